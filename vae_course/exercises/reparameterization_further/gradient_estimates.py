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


gradient_estimates.mistake("own_derivative_forgotten").says(
    "La dérivée propre de f est oubliée : f contient μ elle aussi, et `df_dmean` s'ajoute dans les "
    "deux estimations. C'est le cas de −ELBO, où log q(z|x) contient les paramètres de q."
).edits(
    {"df_dz + df_dmean": "df_dz", "sigma + df_dmean": "sigma"},
    {"sigma + df_dmean": "sigma"},
    {"df_dz + df_dmean": "df_dz"},
)
gradient_estimates.mistake("own_draw_in_the_baseline").says(
    "Votre ligne de base regarde le tirage qu'elle juge : c'est la moyenne de tous les tirages. Le "
    "terme du score est alors trop petit, d'un facteur 1 − 1/K en moyenne. Prenez les autres."
).edits({"(np.sum(f) - f) / (len(f) - 1)": "np.mean(f)"})
gradient_estimates.mistake("no_baseline").says(
    "Il n'y a pas de ligne de base : l'estimation est juste en moyenne, mais bien plus bruyante "
    "dès que f est grand. Retranchez à chaque f la moyenne des autres."
).edits({"(f - others)": "f"})
gradient_estimates.mistake("wrong_count").says(
    "La moyenne des autres tirages se divise par leur nombre, K − 1, et non par K."
).edits({"(len(f) - 1)": "len(f)"})
gradient_estimates.mistake("sigma_in_the_score").says(
    "Le score n'est pas à la bonne échelle : ∂ log q/∂μ vaut (z − μ)/σ², c'est-à-dire ε/σ, puisque "
    "z − μ = σ ε."
).edits({" / sigma": ""}, {"/ sigma": "/ sigma**2"}, {"/ sigma": "* sigma"})
gradient_estimates.mistake("score_sign").says(
    "Le signe du score est à l'envers : un tirage dont f dépasse la moyenne des autres rend E[f] "
    "plus grande quand μ va vers lui. C'est (f − b) ε/σ."
).edits({"f - others": "others - f"})
gradient_estimates.mistake("slope_in_the_score").says(
    "Le score n'a pas besoin de la pente de f : il ne lit que ses valeurs. Remplacez `df_dz` par f "
    "− b dans la seconde estimation."
).edits(
    {"(f - others)": "df_dz"},
    {"(np.sum(f) - f)": "(np.sum(df_dz) - df_dz)", "(f - others)": "(df_dz - others)"},
)
gradient_estimates.mistake("noise_in_the_path").says(
    "Dans l'estimation reparamétrée, la pente de f est multipliée par ∂z/∂μ, qui vaut 1. σ et ε "
    "n'y entrent pas : ils viendraient en dérivant selon σ."
).edits(
    {"df_dz": "df_dz * epsilon"}, {"df_dz": "df_dz * sigma"}, {"df_dz": "df_dz * sigma * epsilon"}
)
gradient_estimates.mistake("swapped").says(
    "Les deux estimations sont justes, mais dans l'autre ordre : d'abord la reparamétrée, puis "
    "celle du score."
).edits({"return pathwise, score": "return score, pathwise"})
gradient_estimates.mistake("summed_over_draws").says(
    "Vous sommez les K tirages : c'est leur moyenne qui estime le gradient d'une espérance."
).edits({"np.mean(df_dz": "np.sum(df_dz", "np.mean((f": "np.sum((f"})
