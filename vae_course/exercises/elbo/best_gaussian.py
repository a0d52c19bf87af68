"""Exercise: the best Gaussian q of an unknown model."""

import numpy as np

from vae_course.engine import Observation, exercise
from vae_course.exercises._laws import log_joint_of, mode_and_width, skewed

# The Gaussian that maximises the ELBO, in closed form: u − exp(u) has mean m − exp(m + s²/2)
# under N(m, s²), which with the entropy log s is largest at m = −1/2, s = 1.
_LAWS = [  # center, scale, log p(x), and what is said of log p(x, z)
    (0.0, 1.3, 0.0, "log p(x, z) = u − exp(u) − log 1,3, où u = z/1,3"),
    (1.0, 0.6, -3.0, "log p(x, z) = u − exp(u) − log 0,6 − 3, où u = (z − 1)/0,6"),
    (-0.5, 1.0, -40.0, "log p(x, z) = u − exp(u) − 40, où u = z + 0,5"),
]


def _elbo(mean, sigma, center, scale, log_norm):
    """The ELBO of N(mean, sigma²), in closed form; NaN where sigma is not above 0."""
    m, s = (mean - center) / scale, sigma / scale
    return m - np.exp(m + s**2 / 2) + np.log(s) + log_norm + 0.5 * np.log(2 * np.pi * np.e)


def _best_gaussians(answer):
    for *law, formula in _LAWS:
        center, scale, log_norm = law
        log_joint = log_joint_of(skewed(center, scale), log_norm)
        mean, sigma = map(np.squeeze, answer.arrays(2, log_joint))
        what, scalars = formula, mean.shape == sigma.shape == ()
        if scalars:
            found, best = _elbo(mean, sigma, *law), _elbo(center - scale / 2, scale, *law)
            what += f" (votre q : ELBO {found:.2f}, la meilleure : {best:.2f})"
        yield Observation(f"{what}, moyenne de q", mean, atol=0.1 * scale)
        if scalars:
            yield f"{what} ; σ = {sigma:.2g} est un écart-type", bool(sigma > 0)
            yield f"{what} ; q n'est pas réduite à un point (σ = {sigma:.2g})", sigma > 0.15 * scale
        yield Observation(f"{what}, écart-type de q", sigma, atol=0.1 * scale)


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
    "Votre q se ramasse en un point : l'entropie est oubliée, ou comptée à l'envers. L'ELBO est E["
    "log p(x, z)] − E[log q], et −E[log q] vaut log σ, à une constante près : il récompense les q "
    "larges."
).edits(
    {" + np.log(sigma)": "", "0.05": "0.1"},
    {" + np.log(sigma)": " - np.log(sigma)", "0.05": "0.1"},
)
best_gaussian.mistake("log_deviation").says(
    "Votre second résultat est un logarithme, log σ ou log σ². On demande l'écart-type, σ."
).edits(
    {"return mean, sigma": "return mean, np.log(sigma)"},
    {"return mean, sigma": "return mean, 2 * np.log(sigma)"},
)
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
