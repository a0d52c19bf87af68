"""Exercises of chapter 04: the ELBO, its two terms, and what it misses."""

import numpy as np
from keras import ops

from vae_keras.exercises._exercise import Observation, exercise
from vae_keras.losses import kl_between_gaussians
from vae_keras.models import LinearGaussianModel

# ---------------------------------------------------------------------- the divergence

_rng = np.random.default_rng(41)
_CODES = [
    ([[1.0, 0.0]], [[0.0, 0.0]]),
    ([[0.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [-1.0, -1.0]]),
    (_rng.normal(size=(64, 10)), _rng.normal(size=(64, 10))),
]


@exercise(
    statement="Écrivez `kl_to_prior(z_mean, z_log_var)`, la divergence de Kullback-Leibler de "
    "N(μ, diag σ²) à N(0, I), en nats : une valeur par exemple, de forme `(lot,)`.",
    section="§ 2.5 (le terme de régularisation) et § 3.2, algorithme 1, ligne 10",
    hints=[
        "Que vaut la divergence d'une seule dimension, quand μ = 0 et σ = 1 ? Votre fonction "
        "doit rendre zéro dans ce cas.",
        "Pour une dimension, c'est ½ (σ² + μ² − 1 − log σ²). La fonction reçoit log σ² : comment "
        "en tirer σ² ?",
        "Les dimensions sont indépendantes : on somme sur elles, donc sur le dernier axe, et sur "
        "lui seul. Il reste une valeur par exemple : `axis=-1`.",
    ],
    success="La divergence à N(0, I) se calcule sans un seul tirage, en nats, une par image.",
    cases=[tuple(np.array(each, "float32") for each in case) for case in _CODES],
)
def kl_to_prior(z_mean, z_log_var):
    """KL(N(μ, diag σ²) ‖ N(0, I)), une valeur par exemple."""
    return 0.5 * ops.sum(ops.exp(z_log_var) + ops.square(z_mean) - 1 - z_log_var, axis=-1)


@kl_to_prior.misconception(
    "Il manque le facteur ½ : vos valeurs sont le double de la divergence. Il vient de l'exposant "
    "de la gaussienne, −(z − μ)²/2σ².",
    section="§ 3.2, algorithme 1, ligne 10",
)
def _half_missing(z_mean, z_log_var):
    return np.sum(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=-1)


@kl_to_prior.misconception(
    "Le signe est à l'envers : une divergence n'est jamais négative. Elle s'écrit "
    "½ Σ (σ² + μ² − 1 − log σ²), ou bien −½ Σ (1 + log σ² − μ² − σ²).",
    section="§ 2.4 (la divergence est toujours positive)",
)
def _wrong_sign(z_mean, z_log_var):
    return -0.5 * np.sum(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=-1)


@kl_to_prior.misconception(
    "Le second argument est log σ², et vous l'avez pris pour autre chose (σ², σ, ou log σ). "
    "La variance est `exp(z_log_var)`, et log σ² est `z_log_var` lui-même.",
    section="§ 3.2, algorithme 1, ligne 5 (ce que rend l'encodeur)",
)
def _not_a_log_variance(z_mean, z_log_var):
    return 0.5 * np.sum(z_log_var + z_mean**2 - 1 - np.log(z_log_var), axis=-1)  # σ²


@_not_a_log_variance.variant
def _(z_mean, z_log_var):
    return 0.5 * np.sum(z_log_var**2 + z_mean**2 - 1 - np.log(z_log_var**2), axis=-1)  # σ


@_not_a_log_variance.variant
def _(z_mean, z_log_var):
    return 0.5 * np.sum(z_log_var**2 + z_mean**2 - 1 - 2 * np.log(z_log_var), axis=-1)  # σ too


@_not_a_log_variance.variant
def _(z_mean, z_log_var):
    return 0.5 * np.sum(np.exp(2 * z_log_var) + z_mean**2 - 1 - 2 * z_log_var, axis=-1)  # log σ


@_not_a_log_variance.variant
def _(z_mean, z_log_var):
    return 0.5 * np.sum(np.exp(2 * z_log_var) + z_mean**2 - 1 - z_log_var, axis=-1)  # half log σ


@_not_a_log_variance.variant
def _(z_mean, z_log_var):
    return 0.5 * np.sum(np.exp(0.5 * z_log_var) + z_mean**2 - 1 - z_log_var, axis=-1)  # σ for σ²


@kl_to_prior.misconception(
    "Vous faites la moyenne sur les dimensions de z : il faut la somme. Des dimensions "
    "indépendantes ont des divergences qui s'ajoutent ; la moyenne revient à un β divisé par d.",
    section="§ 3.2, algorithme 1, ligne 10 (la somme)",
)
def _mean_over_dimensions(z_mean, z_log_var):
    return 0.5 * np.mean(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=-1)


@kl_to_prior.misconception(
    "Vous rendez un seul nombre pour tout le lot : on attend une valeur par exemple. Sommez sur "
    "le dernier axe seulement ; la moyenne sur le lot se prend une fois, à la fin.",
    section="§ 3.1 (l'ELBO est celle d'une donnée x)",
)
def _whole_batch(z_mean, z_log_var):
    return 0.5 * np.sum(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var)


@_whole_batch.variant
def _(z_mean, z_log_var):
    return 0.5 * np.mean(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var)


@_whole_batch.variant
def _(z_mean, z_log_var):
    return np.mean(0.5 * np.sum(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=-1))


@kl_to_prior.misconception(
    "C'est la divergence dans l'autre sens, de N(0, I) à q : les deux arguments sont échangés. "
    "Elle n'est pas symétrique ; ici l'espérance se prend sous q.",
    section="§ 2.4, éq. (5)",
)
def _swapped(z_mean, z_log_var):
    return 0.5 * np.sum((1 + z_mean**2) / np.exp(z_log_var) - 1 + z_log_var, axis=-1)


@kl_to_prior.misconception(
    "Vous sommez sur les exemples au lieu des dimensions : `axis=0` est l'axe du lot. Il faut "
    "garder celui-là, et sommer sur le dernier.",
    section="§ 3.2, algorithme 1, ligne 10",
)
def _wrong_axis(z_mean, z_log_var):
    return 0.5 * np.sum(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=0)


@kl_to_prior.misconception(
    "Il faut encore sommer sur les dimensions de z : vous rendez une valeur par dimension, et on "
    "en attend une par exemple.",
    section="§ 3.2, algorithme 1, ligne 10 (la somme)",
)
def _not_summed(z_mean, z_log_var):
    return 0.5 * (np.exp(z_log_var) + z_mean**2 - 1 - z_log_var)


# ---------------------------------------------------------------------- the gap


def _gaps(answer):
    plain = LinearGaussianModel([[1.0], [0.5]], [0.2, 0.0], 0.5)
    tilted = LinearGaussianModel([[1.0, 0.8], [0.2, -0.4], [0.5, 0.1]], variance=0.3)
    rng = np.random.default_rng(42)
    tries = [
        ("une dimension, une donnée", plain, [[1.5, -0.5]], [[0.3]], [[-1.0]]),
        ("deux dimensions, cinq données", tilted, *(rng.normal(size=(5, n)) for n in (3, 2, 2))),
    ]
    for what, model, x, z_mean, z_log_var in tries:
        gap = answer.array(model, *(np.array(each) for each in (x, z_mean, z_log_var)))
        yield Observation(f"modèle linéaire gaussien, {what}", gap)


@exercise(
    statement="Écrivez `evidence_gap(model, x, z_mean, z_log_var)` : ce qui sépare log p(x) de "
    "l'ELBO, en nats, pour un `LinearGaussianModel` et q = N(μ, diag σ²). Une valeur par donnée.",
    section="§ 2.4 (log p(x) = divergence + ELBO)",
    hints=[
        "Vous connaissez deux écritures de cet écart : laquelle est la plus courte ici ?",
        "Le modèle sait tout : `model.log_marginal(x)`, `model.elbo(x, z_mean, z_log_var)`, et "
        "`model.posterior(x)`, la moyenne et la covariance de p(z|x).",
        "Première écriture : une différence. Seconde : `kl_between_gaussians`, de q à p(z|x), dans "
        "cet ordre ; q a pour covariance la matrice diagonale des exp(log σ²).",
    ],
    success="Ce que l'ELBO perd est exactement KL(q ‖ p(z|x)) : les deux écritures se valent.",
    observe=_gaps,
)
def evidence_gap(model, x, z_mean, z_log_var):
    """log p(x) − ELBO(x), une valeur par donnée."""
    return model.log_marginal(x) - model.elbo(x, z_mean, z_log_var)


def _divergences(model, x, z_mean, z_log_var):
    """KL(p(z|x) ‖ q), the wrong way, and KL(q ‖ p(z)), to the wrong law."""
    means, covariance = (np.asarray(each) for each in model.posterior(x))
    q = np.exp(z_log_var)[..., None] * np.eye(z_mean.shape[-1])
    return (
        np.asarray(kl_between_gaussians(means, covariance, z_mean, q)),
        np.asarray(kl_to_prior._solution(z_mean, z_log_var)),
    )


@evidence_gap.misconception(
    "C'est KL(p(z|x) ‖ q), la divergence dans l'autre sens. L'écart est KL(q ‖ p(z|x)) : "
    "l'espérance se prend sous q."
)
def _reversed_kl(model, x, z_mean, z_log_var):
    return _divergences(model, x, z_mean, z_log_var)[0]


@evidence_gap.misconception(
    "C'est KL(q ‖ p(z)), la divergence à la loi a priori : le second terme de l'ELBO. L'écart est "
    "la divergence à la loi a posteriori p(z|x)."
)
def _to_the_prior(model, x, z_mean, z_log_var):
    return _divergences(model, x, z_mean, z_log_var)[1]


@evidence_gap.misconception(
    "Le signe est à l'envers : l'ELBO est au-dessous de log p(x), l'écart est donc positif."
)
def _negative_gap(model, x, z_mean, z_log_var):
    return model.elbo(x, z_mean, z_log_var) - model.log_marginal(x)


# ---------------------------------------------------------------------- the ELBO of a β-VAE


@exercise(
    statement="Un β-VAE affiche à chaque époque `loss` (= `reconstruction_loss` + β · `kl_loss`) "
    "et `kl_loss`. Écrivez `elbo_from_losses(loss, kl_loss, beta)` : son ELBO, en nats.",
    section="§ 2.4, éq. (5)",
    hints=[
        "L'ELBO a-t-elle un β ? Par quoi la divergence est-elle multipliée à la ligne (5) ?",
        "Retrouvez d'abord `reconstruction_loss`, en ôtant de la perte ce qui lui a été ajouté.",
        "`reconstruction_loss` est −E[log p(x|z)], une perte ; l'ELBO est E[log p(x|z)] − KL.",
    ],
    success="Deux VAE de β différents se comparent par leur ELBO, jamais par leur perte.",
    cases=[
        (np.float32(150.0), np.float32(10.0), 4.0),
        (np.array([160.0, 120.5, 99.0], "float32"), np.array([5.0, 8.5, 20.0], "float32"), 0.5),
        (np.array([160.0, 120.5, 99.0], "float32"), np.array([5.0, 8.5, 20.0], "float32"), 1.0),
    ],
)
def elbo_from_losses(loss, kl_loss, beta):
    """L'ELBO d'un β-VAE, d'après ce qu'il affiche."""
    reconstruction_loss = loss - beta * kl_loss
    return -reconstruction_loss - kl_loss


@elbo_from_losses.misconception(
    "Vous prenez l'opposé de la perte, où la divergence est encore multipliée par β. Ce n'est "
    "l'ELBO que si β = 1 : dans l'ELBO, elle compte une fois, exactement."
)
def _beta_left_in(loss, kl_loss, beta):
    return -loss


@_beta_left_in.variant
def _(loss, kl_loss, beta):
    return -(loss - kl_loss) - beta * kl_loss


@elbo_from_losses.misconception(
    "La divergence a le mauvais signe : l'ELBO la retranche. S'éloigner de la loi a priori coûte."
)
def _kl_sign(loss, kl_loss, beta):
    return -(loss - beta * kl_loss) + kl_loss


@elbo_from_losses.misconception(
    "C'est −ELBO : une perte, que l'on minimise. L'ELBO, que l'on maximise, est son opposé."
)
def _whole_sign(loss, kl_loss, beta):
    return loss - beta * kl_loss + kl_loss


@elbo_from_losses.misconception(
    "Vous retranchez la divergence de l'opposé de la perte, qui la contient déjà (β fois). "
    "Retrouvez d'abord la reconstruction seule."
)
def _kl_counted_twice(loss, kl_loss, beta):
    return -loss - kl_loss


@elbo_from_losses.misconception(
    "Il manque la divergence : vous rendez le seul terme de reconstruction, E[log p(x|z)]."
)
def _kl_forgotten(loss, kl_loss, beta):
    return -(loss - beta * kl_loss)


# ---------------------------------------------------------------------- the best q


def _skewed(center, scale, log_norm):
    """log p(x, z) of a skewed law: (z − center) / scale is the logarithm of an exponential."""

    def log_joint(z):
        u = (z - center) / scale
        exp = np.exp if isinstance(u, (np.ndarray, float)) else ops.exp
        return u - exp(u) - np.log(scale) + log_norm

    return log_joint


# The Gaussian that maximises the ELBO, in closed form: u − exp(u) has mean m − exp(m + s²/2)
# under N(m, s²), which with the entropy log s is largest at m = −1/2, s = 1.
_LAWS = [(0.0, 1.0, 0.0), (1.0, 0.6, -3.0), (-0.5, 1.4, -40.0)]


def _best_gaussians(answer):
    for number, (center, scale, log_norm) in enumerate(_LAWS, start=1):
        mean, sigma = answer.arrays(2, _skewed(center, scale, log_norm))
        what = f"loi dissymétrique n° {number}"
        yield Observation(f"{what} : moyenne de q", np.squeeze(mean), atol=0.1 * scale)
        yield Observation(f"{what} : écart-type de q", np.squeeze(sigma), atol=0.1 * scale)


@exercise(
    statement="Un modèle inconnu, d'une dimension, n'est donné que par la fonction "
    "`log_joint(z)` = log p(x, z). Écrivez `best_gaussian(log_joint)` : la moyenne et l'écart-type "
    "de la gaussienne q qui maximise l'ELBO. Toute méthode est permise ; tout se passe entre −8 et "
    "8, et 0,05 < σ < 4.",
    section="§ 2.4, éq. (4) et (6)",
    hints=[
        "Pour une moyenne et un écart-type donnés, sauriez-vous calculer l'ELBO ? C'est la ligne "
        "(4) : l'espérance sous q de log p(x, z) − log q(z).",
        "L'espérance est une intégrale à une dimension : une grille de z et une somme suffisent. "
        "Celle de −log q est l'entropie, log σ + ½ log 2πe.",
        "Essayez tous les couples d'une grille de moyennes et d'écarts-types, gardez le meilleur, "
        "puis recommencez plus finement autour de lui ; ou montez le gradient.",
    ],
    success="Vous venez de faire de l'inférence variationnelle : q est trouvée sans connaître ni "
    "p(x), ni p(z|x).",
    observe=_best_gaussians,
)
def best_gaussian(log_joint):
    """Moyenne et écart-type de la gaussienne q qui maximise l'ELBO."""
    grid, step = np.linspace(-8, 8, 1601, retstep=True)
    values = log_joint(grid)  # log p(x, z)

    def elbo_at(mean, sigma):
        q = np.exp(-0.5 * ((grid - mean) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
        return np.sum(q * values) * step + np.log(sigma)  # l'entropie, à une constante près

    couples = [(m, s) for m in np.arange(-6, 6, 0.05) for s in np.arange(0.1, 4, 0.05)]
    return max(couples, key=lambda couple: elbo_at(*couple))


def _moments(values):
    """Mean and deviation of the posterior, by the grid."""
    grid = np.linspace(-12, 12, 4801)
    weights = np.exp(values(grid) - np.max(values(grid)))
    weights /= weights.sum()
    mean = np.sum(weights * grid)
    return mean, np.sqrt(np.sum(weights * (grid - mean) ** 2))


def _mode(log_joint):
    """Where log p(x, z) is largest, and the deviation that its curvature there gives."""
    grid = np.linspace(-12, 12, 24001)
    mode, h = grid[np.argmax(log_joint(grid))], 1e-2
    ends = np.array([mode - h, mode, mode + h])
    left, middle, right = log_joint(ends)
    return mode, 1 / np.sqrt(-(left - 2 * middle + right) / h**2)


@best_gaussian.misconception(
    "C'est le sommet de p(z|x) et sa courbure (l'approximation de Laplace). Quand la loi est "
    "dissymétrique, q gagne à se décaler : c'est l'ELBO qu'il faut maximiser, pas log p(x, z)."
)
def _laplace(log_joint):
    return _mode(log_joint)


@best_gaussian.misconception(
    "C'est la moyenne et l'écart-type de p(z|x) : la gaussienne qui minimise KL(p(z|x) ‖ q), dans "
    "l'autre sens. Maximiser l'ELBO minimise KL(q ‖ p(z|x)), qui préfère une loi plus étroite."
)
def _moments_of_the_posterior(log_joint):
    return _moments(log_joint)


@best_gaussian.misconception(
    "L'entropie de q est oubliée : en maximisant la seule espérance de log p(x, z), q se ramasse "
    "en un point. L'ELBO contient aussi −E[log q]."
)
def _entropy_forgotten(log_joint):
    return _mode(log_joint)[0], 0.05


@best_gaussian.misconception("Vous rendez une variance pour un écart-type : prenez sa racine.")
def _variance(log_joint):
    mean, sigma = best_gaussian._solution(log_joint)
    return mean, sigma**2
