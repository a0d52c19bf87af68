"""Exercise: the two estimators of the gradient of an expectation."""

import numpy as np

from vae_course.engine import exercise

_rng = np.random.default_rng(513)


def _random_draws(k, level):
    f, slope, own, epsilon = _rng.normal(size=(4, k))
    return level + 5 * f, 3 * slope + 2, own - 1, epsilon


_DRAWS = [
    (*map(np.array, ([1.0, 4.0], [3.0, 1.0], [0.5, -1.0], [-1.0, 1.0])), 2.0),
    (*_random_draws(3, 2.0), 0.4),
    (*_random_draws(50, 120.0), 1.7),
]


@exercise(
    statement="On dérive E[f(z, μ)] selon μ, où z suit N(μ, σ²) et où f contient μ elle aussi. "
    "Écrivez `gradient_estimates(f, df_dz, df_dmean, epsilon, sigma)`, qui rend deux nombres : "
    "l'estimation reparamétrée, puis celle du score avec pour ligne de base la moyenne des autres "
    "tirages. Les tableaux sont de forme `(K,)`.",
    section="§ 2.6.3 (pour le premier des deux ; le second n'est que dans le chapitre)",
    results=2,
    hints=[
        "Quand μ bouge un peu, ε étant fixé, de combien z bouge-t-il ? Et f(z, μ), qui contient μ "
        "deux fois ?",
        "Score : chaque tirage vaut (f − b) ε/σ, où b est la moyenne de f sur les K − 1 autres. "
        "Mais ce terme ne dérive que la loi : il manque ce que μ fait à f directement.",
        "`pathwise = np.mean(df_dz + df_dmean)` ; pour le score, `others = (np.sum(f) - f) / "
        "(len(f) - 1)`, puis la moyenne de `(f - others) * epsilon / sigma + df_dmean`.",
    ],
    success="Deux estimateurs du même gradient : le premier lit la pente de f, le second ses "
    "valeurs ; tous deux dérivent aussi ce que f contient de μ.",
    cases=_DRAWS,
)
def gradient_estimates(f, df_dz, df_dmean, epsilon, sigma):
    """Le gradient de E[f(z, μ)] selon μ : reparamétré, puis par le score."""
    others = (np.sum(f) - f) / (len(f) - 1)  # la moyenne des autres tirages
    pathwise = np.mean(df_dz + df_dmean)  # ∂z/∂μ = 1
    score = np.mean((f - others) * epsilon / sigma + df_dmean)
    return pathwise, score


def _others(f):
    return (np.sum(f) - f) / (len(f) - 1)


def _pathwise(df_dz, df_dmean):
    return np.mean(df_dz + df_dmean)


def _score(f, df_dmean, slope):
    """The score's estimate, for a given derivative of log q."""
    return np.mean((f - _others(f)) * slope + df_dmean)


@gradient_estimates.misconception(
    "La dérivée propre de f est oubliée : f contient μ elle aussi, et `df_dmean` s'ajoute dans les "
    "deux estimations. C'est le cas de −ELBO, où log q(z|x) contient les paramètres de q."
)
def _own_derivative_forgotten(f, df_dz, df_dmean, epsilon, sigma):
    return np.mean(df_dz), _score(f, 0, epsilon / sigma)


_own_derivative_forgotten.variant(lambda f, dz, dm, e, s: (_pathwise(dz, dm), _score(f, 0, e / s)))
_own_derivative_forgotten.variant(lambda f, dz, dm, e, s: (np.mean(dz), _score(f, dm, e / s)))


@gradient_estimates.misconception(
    "Votre ligne de base regarde le tirage qu'elle juge : c'est la moyenne de tous les tirages. "
    "Le terme du score est alors trop petit, d'un facteur 1 − 1/K en moyenne. Prenez les autres."
)
def _own_draw_in_the_baseline(f, df_dz, df_dmean, epsilon, sigma):
    score = np.mean((f - np.mean(f)) * epsilon / sigma + df_dmean)
    return _pathwise(df_dz, df_dmean), score


@gradient_estimates.misconception(
    "Il n'y a pas de ligne de base : l'estimation est juste en moyenne, mais bien plus bruyante "
    "dès que f est grand. Retranchez à chaque f la moyenne des autres."
)
def _no_baseline(f, df_dz, df_dmean, epsilon, sigma):
    return _pathwise(df_dz, df_dmean), np.mean(f * epsilon / sigma + df_dmean)


@gradient_estimates.misconception(
    "La moyenne des autres tirages se divise par leur nombre, K − 1, et non par K."
)
def _wrong_count(f, df_dz, df_dmean, epsilon, sigma):
    others = (np.sum(f) - f) / len(f)
    return _pathwise(df_dz, df_dmean), np.mean((f - others) * epsilon / sigma + df_dmean)


@gradient_estimates.misconception(
    "Le score n'est pas à la bonne échelle : ∂ log q/∂μ vaut (z − μ)/σ², c'est-à-dire ε/σ, "
    "puisque z − μ = σ ε."
)
def _sigma_in_the_score(f, df_dz, df_dmean, epsilon, sigma):
    return _pathwise(df_dz, df_dmean), _score(f, df_dmean, epsilon)


_sigma_in_the_score.variant(lambda f, dz, dm, e, s: (_pathwise(dz, dm), _score(f, dm, e / s**2)))
_sigma_in_the_score.variant(lambda f, dz, dm, e, s: (_pathwise(dz, dm), _score(f, dm, e * s)))


@gradient_estimates.misconception(
    "Le signe du score est à l'envers : un tirage dont f dépasse la moyenne des autres rend "
    "E[f] plus grande quand μ va vers lui. C'est (f − b) ε/σ."
)
def _score_sign(f, df_dz, df_dmean, epsilon, sigma):
    return _pathwise(df_dz, df_dmean), _score(f, df_dmean, -epsilon / sigma)


@gradient_estimates.misconception(
    "Le score n'a pas besoin de la pente de f : il ne lit que ses valeurs. Remplacez `df_dz` par "
    "f − b dans la seconde estimation."
)
def _slope_in_the_score(f, df_dz, df_dmean, epsilon, sigma):
    return _pathwise(df_dz, df_dmean), np.mean(df_dz * epsilon / sigma + df_dmean)


_slope_in_the_score.variant(lambda f, dz, dm, e, s: (_pathwise(dz, dm), _score(dz, dm, e / s)))


@gradient_estimates.misconception(
    "Dans l'estimation reparamétrée, la pente de f est multipliée par ∂z/∂μ, qui vaut 1. σ et ε "
    "n'y entrent pas : ils viendraient en dérivant selon σ."
)
def _noise_in_the_path(f, df_dz, df_dmean, epsilon, sigma):
    return np.mean(df_dz * epsilon + df_dmean), _score(f, df_dmean, epsilon / sigma)


_noise_in_the_path.variant(lambda f, dz, dm, e, s: (np.mean(dz * s + dm), _score(f, dm, e / s)))


@_noise_in_the_path.variant
def _(f, df_dz, df_dmean, epsilon, sigma):
    return np.mean(df_dz * sigma * epsilon + df_dmean), _score(f, df_dmean, epsilon / sigma)


@gradient_estimates.misconception(
    "Les deux estimations sont justes, mais dans l'autre ordre : d'abord la reparamétrée, puis "
    "celle du score."
)
def _swapped(f, df_dz, df_dmean, epsilon, sigma):
    return _score(f, df_dmean, epsilon / sigma), _pathwise(df_dz, df_dmean)


@gradient_estimates.misconception(
    "Vous sommez les K tirages : c'est leur moyenne qui estime le gradient d'une espérance."
)
def _summed_over_draws(f, df_dz, df_dmean, epsilon, sigma):
    k = len(f)
    return k * _pathwise(df_dz, df_dmean), k * _score(f, df_dmean, epsilon / sigma)
