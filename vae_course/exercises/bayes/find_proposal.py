"""Exercise: where to draw, for an unknown law."""

import numpy as np

from vae_course.engine import exercise
from vae_course.engine.answer import AnswerError
from vae_course.exercises._laws import log_joint_of, mode_and_width, skewed

_DRAWS = 5000
_EFFECTIVE = 0.78  # asked: 80 %, less what chance may take
_COVERED = 0.97  # of p(z|x), between the least draw and the greatest
_LOG_EVIDENCE_ERROR = 0.05  # seven standard errors at that effective size
_CDF_ERROR = 0.045  # what chance alone exceeds once in five million


def _gaussian(z, center, scale):
    return -0.5 * ((z - center) / scale) ** 2 - np.log(scale * np.sqrt(2 * np.pi))


def _heavy_tailed(z, xp):  # Student, 3 degrees of freedom
    t = (z + 2.0) / 0.6
    return np.log(2 / (np.pi * np.sqrt(3) * 0.6)) - 2 * xp.log(1 + t**2 / 3)


def _two_bumps(z, xp):
    left, right = _gaussian(z, -4.0, 0.5), _gaussian(z, 4.0, 1.0)
    return xp.logaddexp(np.log(0.65) + left, np.log(0.35) + right)


_LAWS = [  # p(z|x), and log p(x)
    ("une bosse loin de 0", lambda z, xp: _gaussian(z, 6.0, 0.5), -40.0),
    ("une bosse dissymétrique", skewed(1.0, 0.8), -7.0),
    ("des bords épais", _heavy_tailed, -120.0),
    ("deux bosses", _two_bumps, -1500.0),
]


def _weigh(log_w):
    """The weights, the effective share of the draws, and the estimate of log p(x)."""
    w = np.exp(log_w - np.max(log_w))
    return w, np.sum(w) ** 2 / np.sum(w**2) / len(w), np.max(log_w) + np.log(np.mean(w))


def _measures(answer, log_density, log_p_x):
    """Of draws and their log q: are they distinct, is that a density, their share, two errors."""
    log_joint = log_joint_of(log_density, log_p_x)
    z, log_q = (np.ravel(each) for each in answer.arrays(2, log_joint, _DRAWS))
    if not len(z) == len(log_q) == _DRAWS:
        raise AnswerError(
            f"On a demandé {_DRAWS} tirages, et autant de log-densités ; votre fonction rend "
            f"{len(z)} tirages et {len(log_q)} log-densités.",
            "number of draws",
        )
    continuous = len(np.unique(z)) > 0.9 * len(z) or not np.isfinite(z).all()
    first = (
        f"au premier tirage, z = {z[0]:.2f}, votre log q(z) = {log_q[0]:.2f} et log p(x, z) = "
        f"{log_joint(z)[0]:.2f}"
    )
    _, share, estimate = _weigh(log_joint(z) - np.log(log_q))
    density = share > _EFFECTIVE and abs(estimate - log_p_x) < _LOG_EVIDENCE_ERROR
    w, share, estimate = _weigh(log_joint(z) - log_q)
    grid, step = np.linspace(-60, 60, 60_001, retstep=True)
    order = np.argsort(z)
    below = np.interp(z[order], grid, np.cumsum(np.exp(log_density(grid, np))) * step)
    gap = np.max(np.abs(np.cumsum(w[order]) / np.sum(w) - below))
    covered = below[-1] - below[0]  # of p(z|x), between the least draw and the greatest
    return continuous, first, density, share, covered, estimate - log_p_x, gap


def _proposals(answer):
    measures = [_measures(answer, *law) for _, *law in _LAWS]
    for (name, _, log_p_x), measure in zip(_LAWS, measures, strict=True):
        continuous, first, density, share, covered, error, gap = measure
        yield f"{name} : les tirages ne se répètent pas", continuous
        yield f"{name} : le second résultat est un logarithme", not density
        percent = f"{100 * share:.0f} %" if np.isfinite(share) else "indéfinie"
        what = f"{name} : taille effective d'au moins 80 % ({percent} ; {first})"
        yield what, share > _EFFECTIVE
        yield f"{name} : les tirages vont partout où est p(z|x) ({first})", not covered < _COVERED
        found = (
            f"{name} : log p(x) retrouvé (estimation {log_p_x + error:.2f}, vraie valeur "
            f"{log_p_x:.2f} ; {first})"
        )
        # What q misses makes the estimate too low; draws of another law leave it as it is.
        good = gap < _CDF_ERROR
        yield found, good or error > -_LOG_EVIDENCE_ERROR
        yield found, good or error < _LOG_EVIDENCE_ERROR
        told = (
            f"{name} : les tirages, pondérés, se répartissent comme p(z|x) (écart {gap:.2f} entre "
            "les fonctions de répartition)"
        )
        yield told, good
        yield found, abs(error) < _LOG_EVIDENCE_ERROR
        shares = [measure[3] for measure in measures[1:]]
        told = ", ".join(f"{100 * each:.0f} %" for each in shares)
        told = f"une loi qui n'est pas une gaussienne est approchée (tailles effectives : {told})"
        yield told, any(each > _EFFECTIVE for each in shares)


@exercise(
    statement="Un modèle inconnu n'est donné que par `log_joint(z)` = log p(x, z), z étant un "
    "nombre. Écrivez `find_proposal(log_joint, num_draws)` : `num_draws` tirages z d'une loi q de "
    "votre choix, et leurs log-densités log q(z). La taille effective doit dépasser 80 % ; tout se "
    "passe entre −12 et 12.",
    section="§ 2.3 (une loi auxiliaire q) et § 2.4, éq. (2) et (3)",
    hints=[
        "Si q était p(z|x), que vaudraient les poids ? Vous savez calculer p(x, z) pour tout z "
        "entre −12 et 12 : avez-vous regardé où il est grand, et s'il l'est à plusieurs endroits ?",
        "Calculez `log_joint` sur une grille fine ; retranchez le maximum, prenez l'exponentielle, "
        "divisez par la somme : c'est la probabilité de chaque case, une loi discrète.",
        "Tirez des cases (`np.random.choice(…, p=…)`), puis un point au hasard dans chaque case. "
        "La densité de q y est la probabilité de la case, divisée par sa largeur.",
    ],
    success="Une loi q assez proche de p(z|x) rend p(x) pour presque rien. C'est ce travail que le "
    "VAE confie à son encodeur, pour chaque image et en vingt dimensions.",
    observe=_proposals,
)
def find_proposal(log_joint, num_draws):
    """Des tirages d'une loi q proche de p(z|x), et leurs log-densités."""
    grid, step = np.linspace(-12, 12, 2401, retstep=True)
    values = log_joint(grid)
    probabilities = np.exp(values - np.max(values))
    probabilities /= np.sum(probabilities)  # une par case de la grille
    cells = np.random.choice(len(grid), num_draws, p=probabilities)
    z = grid[cells] + step * np.random.uniform(-0.5, 0.5, num_draws)
    return z, np.log(probabilities[cells] / step)  # une densité : divisée par la largeur


def _highest_bump(values):
    """log p(x, z) on the bump where it is largest; elsewhere, minus infinity."""
    bumps = np.cumsum(values < np.max(values) - 9)
    return np.where(bumps == bumps[np.argmax(values)], values, -np.inf)


find_proposal.mistake("discrete_draws").says(
    "Vos tirages se répètent : ils ne prennent que quelques valeurs, celles d'une grille par "
    "exemple (ou vos deux résultats sont échangés : les tirages d'abord). Une telle loi n'a pas de "
    "densité, et les poids ne veulent rien dire : après la case, tirez un point au hasard dedans."
).edits({" + step * np.random.uniform(-0.5, 0.5, num_draws)": ""})
find_proposal.mistake("far_from_the_posterior").says(
    "Vos poids sont très inégaux, même sur le modèle le plus simple. Ou bien q ne ressemble pas à "
    "p(z|x) : une loi fixée d'avance (la loi a priori, une loi uniforme) tire presque partout "
    "ailleurs, regardez `log_joint` avant de tirer. Ou bien les log-densités rendues ne sont pas "
    "celles de q, aux points que vous avez tirés."
).edits({"log_joint(grid)": "-(grid**2) / 2"}, {"log_joint(grid)": "0 * grid"})


@find_proposal.mistake("one_gaussian").says(
    "Votre q va quand la loi a posteriori est une gaussienne, et là seulement. Une bosse de "
    "travers, des bords épais, deux bosses : il faut une loi q qui prenne la forme qu'elle trouve, "
    "un mélange ou un histogramme par exemple."
)
def _one_gaussian(log_joint, num_draws):
    mode, width = mode_and_width(log_joint)
    z = np.random.normal(mode, width, num_draws)
    return z, _gaussian(z, mode, width)


find_proposal.mistake("one_bump").says(
    "Votre q ne couvre qu'une des deux bosses. Aucun tirage ne tombe sur l'autre : les poids sont "
    "presque égaux et log p(x) trop bas, et rien dans les poids ne dit l'endroit que q ne visite "
    "pas. Cherchez de −12 à 12."
).edits({"log_joint(grid)": "_highest_bump(log_joint(grid))"})
find_proposal.mistake("two_bumps_badly_covered").says(
    "Seul le modèle à deux bosses vous résiste, et ses poids sont très inégaux. Ou bien q ne "
    "couvre vraiment qu'une bosse, et les rares tirages sur l'autre écrasent tout ; ou bien q est "
    "une seule loi, large, qui tire surtout dans le vide entre les deux. Prenez un mélange, ou un "
    "histogramme."
).edits(
    {
        "log_joint(grid)": "_highest_bump(log_joint(grid))",
        "cells = ": "probabilities = 0.97 * probabilities + 0.03 / len(grid)\n    cells = ",
    }
)
find_proposal.mistake("search_too_short").says(
    "Vous ne cherchez pas partout : une partie de p(z|x) est hors de l'intervalle que vous "
    "regardez, et vos tirages n'y vont jamais. Leurs poids n'en disent rien. Allez de −12 à 12."
).edits(*({"-12, 12": f"{-end}, {end}"} for end in (4, 1, 2, 3, 5, 6)))
find_proposal.mistake("density_not_normalised").says(
    "Vos tirages sont bons, mais log q n'est pas une log-densité : l'aire sous q ne fait pas 1. Il "
    "manque une constante (−log σ − ½ log 2π pour une gaussienne ; −log p(x) si vous prenez log "
    "p(x, z) ; la largeur de la case, pour une probabilité de case)."
).edits({"np.log(probabilities[cells] / step)": "log_joint(z)"})
find_proposal.mistake("draws_of_another_law").says(
    "Vos tirages ne suivent pas la loi dont vous donnez la densité. Les poids sont parfaits, mais "
    "ils parlent d'une autre loi : z doit être tiré selon q, le q même que vous rendez."
).edits({", p=probabilities": ""})
find_proposal.mistake("density_itself").says(
    "Vous rendez la densité q(z), et c'est son logarithme qu'on attend."
).edits({"np.log": ""})
find_proposal.mistake("naive_exponential").says(
    "L'exponentielle de `log_joint` s'annule quand log p(x, z) est très négatif, ici vers −1500, "
    "et 0/0 n'est pas une probabilité. Retranchez le maximum avant de prendre l'exponentielle."
).edits({" - np.max(values)": ""})
