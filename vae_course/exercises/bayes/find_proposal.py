"""Exercise: where to draw, for an unknown law."""

import numpy as np
from keras import ops
from scipy.special import softmax

from vae_course.engine import Observation, exercise
from vae_course.engine.answer import AnswerError

_DRAWS = 5000
_EFFECTIVE = 0.78  # asked: 80 %, less what chance may take
_LOG_EVIDENCE_ERROR = 0.05  # seven standard errors at that effective size
_CDF_ERROR = 0.045  # what chance alone exceeds once in five million


def _gaussian(z, center, scale):
    return -0.5 * ((z - center) / scale) ** 2 - np.log(scale * np.sqrt(2 * np.pi))


def _skewed(z, xp):
    u = (z - 1.0) / 0.8
    return u - xp.exp(u) - np.log(0.8)


def _heavy_tailed(z, xp):  # Student, 3 degrees of freedom
    t = (z + 2.0) / 0.6
    return np.log(2 / (np.pi * np.sqrt(3) * 0.6)) - 2 * xp.log(1 + t**2 / 3)


def _two_bumps(z, xp):
    left, right = _gaussian(z, -4.0, 0.5), _gaussian(z, 4.0, 1.0)
    return xp.logaddexp(np.log(0.65) + left, np.log(0.35) + right)


_LAWS = [  # p(z|x), and log p(x)
    ("une bosse loin de 0", lambda z, xp: _gaussian(z, 6.0, 0.5), -40.0),
    ("une bosse dissymétrique", _skewed, -7.0),
    ("des bords épais", _heavy_tailed, -120.0),
    ("deux bosses", _two_bumps, -1500.0),
]


def _log_joint_of(log_density, log_p_x):
    def log_joint(z):
        if isinstance(z, (np.ndarray, np.generic, float, int, list)):
            return log_density(np.asarray(z, "float64"), np) + log_p_x
        return log_density(z, ops) + log_p_x

    return log_joint


def _weigh(log_w):
    """The weights, the effective share of the draws, and the estimate of log p(x)."""
    w = np.exp(log_w - np.max(log_w))
    return w, np.sum(w) ** 2 / np.sum(w**2) / len(w), np.max(log_w) + np.log(np.mean(w))


def _proposals(answer):
    grid, step = np.linspace(-60, 60, 60_001, retstep=True)
    for name, log_density, log_p_x in _LAWS:
        log_joint = _log_joint_of(log_density, log_p_x)
        z, log_q = (np.ravel(each) for each in answer.arrays(2, log_joint, _DRAWS))
        if not len(z) == len(log_q) == _DRAWS:
            raise AnswerError(
                f"On a demandé {_DRAWS} tirages, et autant de log-densités ; votre fonction rend "
                f"{len(z)} tirages et {len(log_q)} log-densités.",
                "number of draws",
            )
        with np.errstate(all="ignore"):
            _, effective, estimate = _weigh(log_joint(z) - np.log(log_q))
            density = effective > _EFFECTIVE and abs(estimate - log_p_x) < _LOG_EVIDENCE_ERROR
            w, effective, estimate = _weigh(log_joint(z) - log_q)
        yield Observation(f"{name} : le second résultat est un logarithme", not density)
        percent = f"{100 * effective:.0f} %" if np.isfinite(effective) else "indéfinie"
        yield Observation(
            f"{name} : taille effective d'au moins 80 % ({percent})", effective > _EFFECTIVE
        )
        if not effective > _EFFECTIVE:
            continue  # the rest would be chance
        error = estimate - log_p_x
        yield Observation(
            f"{name} : log p(x) retrouvé (estimation {estimate:.2f}, vraie valeur {log_p_x:.2f})",
            abs(error) < _LOG_EVIDENCE_ERROR,
        )
        order = np.argsort(z)
        below = np.interp(z[order], grid, np.cumsum(np.exp(log_density(grid, np))) * step)
        gap = np.max(np.abs(np.cumsum(w[order]) / np.sum(w) - below))
        yield Observation(
            f"{name} : les tirages, pondérés, se répartissent comme p(z|x) (écart {gap:.2f} "
            "entre les fonctions de répartition)",
            gap < _CDF_ERROR,
        )
        if gap >= _CDF_ERROR:  # what q misses makes the estimate too low, never too high
            what = f"{name} : l'estimation de log p(x) n'est pas trop haute"
            yield Observation(what, error < _LOG_EVIDENCE_ERROR)


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


def _histogram(log_joint, num_draws, low=-12.0, high=12.0):
    """Draws of p(z|x) on an interval, and their density there."""
    edges = np.linspace(low, high, 4001)
    middles, step = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
    p = softmax(log_joint(middles))
    cells = np.random.choice(len(p), num_draws, p=p)
    return middles[cells] + step * np.random.uniform(-0.5, 0.5, num_draws), np.log(p[cells] / step)


def _bump(log_joint):
    """The ends of the bump where log p(x, z) is largest."""
    grid = np.linspace(-12, 12, 2401)
    low = log_joint(grid) < np.max(log_joint(grid)) - 9
    summit = np.argmax(log_joint(grid))
    left, right = np.flatnonzero(low[:summit]), np.flatnonzero(low[summit:])
    first = grid[left[-1]] if left.size else -12.0
    return first, grid[summit + right[0]] if right.size else 12.0


def _gaussian_draws(center, scale, num_draws):
    z = np.random.normal(center, scale, num_draws)
    return z, _gaussian(z, center, scale)


@find_proposal.misconception(
    "Vos poids sont très inégaux, même sur le modèle le plus simple : q ne ressemble pas à p(z|x). "
    "Une loi fixée d'avance (la loi a priori, une loi uniforme) tire presque partout ailleurs : "
    "regardez `log_joint` avant de tirer."
)
def _far_from_the_posterior(log_joint, num_draws):
    return _gaussian_draws(0.0, 1.0, num_draws)


@_far_from_the_posterior.variant
def _(log_joint, num_draws):
    return np.random.uniform(-12, 12, num_draws), np.full(num_draws, -np.log(24))


@find_proposal.misconception(
    "Votre q va quand la loi a posteriori est une gaussienne, et là seulement. Une bosse de "
    "travers, des bords épais, deux bosses : il faut une loi q qui prenne la forme qu'elle "
    "trouve, un mélange ou un histogramme par exemple."
)
def _one_gaussian(log_joint, num_draws):
    grid = np.linspace(-12, 12, 24_001)
    mode, h = grid[np.argmax(log_joint(grid))], 1e-2
    left, middle, right = log_joint(np.array([mode - h, mode, mode + h]))
    return _gaussian_draws(mode, h / np.sqrt(2 * middle - left - right), num_draws)


@find_proposal.misconception(
    "Votre q ne couvre qu'une des deux bosses. Aucun tirage ne tombe sur l'autre : les "
    "poids sont presque égaux et log p(x) trop bas, et rien dans les poids ne dit "
    "l'endroit que q ne visite pas. Cherchez de −12 à 12."
)
def _one_bump(log_joint, num_draws):
    return _histogram(log_joint, num_draws, *_bump(log_joint))


@find_proposal.misconception(
    "Seul le modèle à deux bosses vous résiste, et ses poids sont très inégaux. Ou bien q "
    "ne couvre vraiment qu'une bosse, et les rares tirages sur l'autre écrasent tout ; ou "
    "bien q est une seule loi, large, qui tire surtout dans le vide entre les deux. "
    "Prenez un mélange, ou un histogramme."
)
def _two_bumps_badly_covered(log_joint, num_draws):
    first, last = _bump(log_joint)
    z, _ = _histogram(log_joint, num_draws, first, last)
    away = np.random.uniform(size=num_draws) < 0.03  # a few draws elsewhere
    z[away] = np.random.uniform(-12, 12, away.sum())
    inside = (first < z) & (z < last)
    grid, step = np.linspace(first, last, 4001, retstep=True)
    log_p = log_joint(z) - np.logaddexp.reduce(log_joint(grid)) - np.log(step)
    return z, np.log(0.03 / 24 + 0.97 * np.exp(log_p) * inside)


@find_proposal.misconception(
    "Vous cherchez trop près de 0 : une partie de p(z|x) est plus loin, et vos tirages n'y vont "
    "jamais. Leurs poids n'en disent rien, mais log p(x) est trop bas. Allez de −12 à 12."
)
def _search_too_short(log_joint, num_draws):
    return _histogram(log_joint, num_draws, -4, 4)


for _end in (1, 2, 3, 5, 6):
    _search_too_short.variant(lambda f, n, end=_end: _histogram(f, n, -end, end))


@find_proposal.misconception(
    "Vos tirages sont bons, mais log q n'est pas une log-densité : l'aire sous q ne fait pas 1. Il "
    "manque une constante (−log σ − ½ log 2π pour une gaussienne ; −log p(x) si vous prenez "
    "log p(x, z) ; la largeur de la case, pour une probabilité de case)."
)
def _density_not_normalised(log_joint, num_draws):
    z, _ = _histogram(log_joint, num_draws)
    return z, log_joint(z)


@find_proposal.misconception(
    "Vos tirages ne suivent pas la loi dont vous donnez la densité. Les poids sont parfaits, mais "
    "ils parlent d'une autre loi : z doit être tiré selon q, le q même que vous rendez."
)
def _draws_of_another_law(log_joint, num_draws):
    grid, step = np.linspace(-12, 12, 24_001, retstep=True)
    z = np.random.uniform(-12, 12, num_draws)
    return z, log_joint(z) - np.logaddexp.reduce(log_joint(grid)) - np.log(step)


@find_proposal.misconception("Vous rendez la densité q(z), et c'est son logarithme qu'on attend.")
def _density_itself(log_joint, num_draws):
    z, log_q = _histogram(log_joint, num_draws)
    return z, np.exp(log_q)


@find_proposal.misconception(
    "L'exponentielle de `log_joint` s'annule quand log p(x, z) est très négatif, ici vers −1500, "
    "et 0/0 n'est pas une probabilité. Retranchez le maximum avant de prendre l'exponentielle."
)
def _naive_exponential(log_joint, num_draws):
    grid, step = np.linspace(-12, 12, 2401, retstep=True)
    p = np.exp(log_joint(grid))
    p /= p.sum()
    cells = np.random.choice(len(grid), num_draws, p=p)
    z = grid[cells] + step * np.random.uniform(-0.5, 0.5, num_draws)
    return z, np.log(p[cells] / step)
