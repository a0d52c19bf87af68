"""Exercise: the best Gaussian q of an unknown model."""

import numpy as np

from vae_course.engine import Observation, exercise
from vae_course.exercises._laws import log_joint_of, mode_and_width, skewed

# The Gaussian that maximises the ELBO, in closed form: u − exp(u) has mean m − exp(m + s²/2)
# under N(m, s²), which with the entropy log s is largest at m = −1/2, s = 1.
_LAWS = [(0.0, 1.0, 0.0), (1.0, 0.6, -3.0), (-0.5, 1.4, -40.0)]


def _best_gaussians(answer):
    for number, (center, scale, log_norm) in enumerate(_LAWS, start=1):
        mean, sigma = answer.arrays(2, log_joint_of(skewed(center, scale), log_norm))
        what = f"loi dissymétrique n° {number}"
        yield Observation(f"{what} : moyenne de q", np.squeeze(mean), atol=0.1 * scale)
        yield Observation(f"{what} : écart-type de q", np.squeeze(sigma), atol=0.1 * scale)


@exercise(
    statement="Un modèle inconnu, d'une dimension, n'est donné que par la fonction "
    "`log_joint(z)` = log p(x, z). Écrivez `best_gaussian(log_joint)` : la moyenne et l'écart-type "
    "de la gaussienne q qui maximise l'ELBO, à 0,05 près. Toute méthode est permise ; p(z|x) est "
    "entre −8 et 8, et le σ cherché entre 0,1 et 4.",
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
    grid = np.linspace(-8, 8, 401)
    values = log_joint(grid)  # log p(x, z)

    def elbo_at(mean, sigma):
        q = np.exp(-0.5 * ((grid - mean) / sigma) ** 2)
        q /= np.sum(q)  # sur la grille, pour que rien de q ne se perde hors d'elle
        return np.sum(q * values) + np.log(sigma)  # l'entropie, à une constante près

    step = 0.05
    couples = [(m, s) for m in np.arange(-6, 6, step) for s in np.arange(0.1, 4, step)]
    mean, sigma = max(couples, key=lambda couple: elbo_at(*couple))
    return mean, sigma


_NOT_NORMALISED = {
    "q /= np.sum(q)": "q *= (grid[1] - grid[0]) / (sigma * np.sqrt(2 * np.pi))",
    "0.05": "0.1",  # as far from the right answer, and quicker
}


@best_gaussian.mistake("laplace").says(
    "C'est le sommet de p(z|x) et sa courbure (l'approximation de Laplace). Quand la loi est "
    "dissymétrique, q gagne à se décaler : c'est l'ELBO qu'il faut maximiser, pas log p(x, z)."
)
def _laplace(log_joint):
    return mode_and_width(log_joint)


@best_gaussian.mistake("moments_of_the_posterior").says(
    "C'est la moyenne et l'écart-type de p(z|x) : la gaussienne qui minimise KL(p(z|x) ‖ q), dans "
    "l'autre sens. Maximiser l'ELBO minimise KL(q ‖ p(z|x)), dont le minimum est ici une loi plus "
    "étroite."
)
def _moments_of_the_posterior(log_joint):
    grid = np.linspace(-12, 12, 4801)
    weights = np.exp(log_joint(grid) - np.max(log_joint(grid)))
    mean = np.average(grid, weights=weights)
    return mean, np.sqrt(np.average((grid - mean) ** 2, weights=weights))


best_gaussian.mistake("entropy_forgotten").says(
    "L'entropie de q est oubliée : en maximisant la seule espérance de log p(x, z), q se ramasse "
    "en un point. L'ELBO contient aussi −E[log q]."
).edits({" + np.log(sigma)": "", "0.05": "0.1"})
best_gaussian.mistake("grid_that_loses_q").says(
    "Une partie de q tombe hors de votre grille, et ce qu'elle y coûterait n'est pas compté : les "
    "lois larges, au bord, paraissent alors les meilleures. Ramenez q à une somme de 1 sur la "
    "grille, ou calculez l'espérance par des points μ + σ ε."
).edits(_NOT_NORMALISED, _NOT_NORMALISED | {"-8, 8": "-10, 10"})
best_gaussian.mistake("swapped").says(
    "La moyenne et l'écart-type sont échangés : la moyenne d'abord."
).edits({"return mean, sigma": "return sigma, mean"})
best_gaussian.mistake("variance").says(
    "Vous rendez une variance pour un écart-type : prenez sa racine."
).edits({"return mean, sigma": "return mean, sigma**2"})
