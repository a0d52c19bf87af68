"""Exercise: a grid of the latent plane, in equal parts of the prior."""

import functools

import numpy as np
from scipy.stats import norm

from vae_course.engine import exercise


@exercise(
    statement="Écrivez `prior_grid(count)` : les codes d'une grille de `count` × `count` points "
    "du plan latent, de forme `(count², 2)`. Sur chaque axe, découpez N(0, 1) en `count` tranches "
    "de même probabilité et prenez le milieu de chacune, en probabilité. Le premier code est en "
    "haut à gauche, puis ligne après ligne.",
    section="§ 4.1.1 (générer) et § 2.1 (la loi a priori N(0, I))",
    hints=[
        "Avec `count = 2`, les deux tranches ont une probabilité de ½. Quelle part de N(0, 1) se "
        "trouve à gauche du milieu de la première ?",
        "Le milieu de la tranche i (de 0 à n − 1) laisse à sa gauche la probabilité (i + ½)/n. "
        "Quelle fonction rend la valeur, quand on lui donne cette probabilité ?",
        "C'est l'inverse de la fonction de répartition : `norm.ppf` dans `scipy.stats`. Puis tous "
        "les couples, l'ordonnée la plus grande d'abord : `np.meshgrid`.",
    ],
    success="Entre deux points voisins, il y a toujours la même part de la loi a priori : la "
    "grille montre ce que le modèle générera, dans les bonnes proportions.",
    cases=[(1,), (2,), (3,), (7,)],
)
def prior_grid(count):
    """Codes (count², 2) qui découpent N(0, I) en parts égales, du haut à gauche au bas à droite."""
    from scipy.stats import norm

    values = norm.ppf((np.arange(count) + 0.5) / count)
    z1, z2 = np.meshgrid(values, values[::-1])
    return np.stack([z1.ravel(), z2.ravel()], axis=1)


def _rows(values):
    across, upwards = np.meshgrid(values, values[::-1])
    return np.stack([across.ravel(), upwards.ravel()], axis=1)


def _rows_from_the_bottom(values):
    across, upwards = np.meshgrid(values, values)
    return np.stack([across.ravel(), upwards.ravel()], axis=1)


def _columns(values):
    return np.stack([np.repeat(values, len(values)), np.tile(values, len(values))], axis=1)


def _middles(count):
    return (np.arange(count) + 0.5) / count


def _wrong_values(message):
    """Decorator of wrong values of an axis, a list: a misconception, in any order of the points."""

    def decorate(axes):
        def grid(layout, number):
            return functools.wraps(axes)(lambda count: layout(axes(count)[number]))

        first, *others = (
            grid(layout, number)
            for number in range(len(axes(1)))
            for layout in (_rows, _rows_from_the_bottom, _columns)
        )
        mistake = prior_grid.misconception(message)(first)
        for other in others:
            mistake.variant(other)
        return mistake

    return decorate


@_wrong_values(
    "Vos points sont régulièrement espacés : la grille montre autant les bords, où la loi a priori "
    "ne va presque jamais, que le centre. Ce sont les probabilités qui doivent être régulières."
)
def _even_spacing(count):
    return [np.linspace(-end, end, count) for end in (3, 2.5, 2, 1.96, 1, 4)]


@_wrong_values(
    "Vos probabilités contiennent 0 ou 1, dont le code est infini. Le milieu de la "
    "tranche i laisse à sa gauche la probabilité (i + ½)/n, jamais 0 ni 1."
)
def _infinite_ends(count):
    bounds = np.arange(count + 1) / count
    return [norm.ppf(np.linspace(0, 1, count)), norm.ppf(bounds[:-1]), norm.ppf(bounds[1:])]


@_wrong_values(
    "Vos probabilités sont régulières, mais vont d'un bord choisi à l'autre (de 0,025 à 0,975 au "
    "chapitre 06). Ici ce sont les milieux de n tranches : (i + ½)/n."
)
def _chosen_ends(count):
    tails = (0.025, 0.05, 0.01, 0.005, 0.001, 0.1)
    axes = [norm.ppf(np.linspace(tail, 1 - tail, count)) for tail in tails]
    return axes + (axes if count > 1 else [[0.0]] * len(tails))  # a single point is the median


@_wrong_values(
    "Ce sont les frontières entre n + 1 tranches, i/(n + 1), et non les milieux de n "
    "tranches, (i + ½)/n. Les parts entre voisins sont bien égales, mais les points ne "
    "sont pas ceux qu'on demande."
)
def _borders(count):
    return [norm.ppf(np.arange(1, count + 1) / (count + 1))]


@_wrong_values(
    "Vous appliquez la fonction de répartition, qui va d'un code à une probabilité. Ici on part "
    "des probabilités : il faut son inverse, `norm.ppf`."
)
def _not_inverted(count):
    return [norm.cdf(_middles(count)), norm.cdf(np.linspace(-3, 3, count))]


@_wrong_values(
    "Ce sont les probabilités elles-mêmes, entre 0 et 1, et non les codes : il reste à leur "
    "appliquer l'inverse de la fonction de répartition, `norm.ppf`."
)
def _probabilities_themselves(count):
    return [_middles(count)]


@prior_grid.misconception(
    "La grille est à l'envers : le premier code est en haut, donc son ordonnée est la plus grande. "
    "Une image se remplit par le haut, un axe monte."
)
def _upside_down(count):
    return _rows_from_the_bottom(norm.ppf(_middles(count)))


@prior_grid.misconception(
    "Les deux coordonnées sont échangées : d'un code au suivant, c'est la première, l'abscisse, "
    "qui doit augmenter."
)
def _columns_first(count):
    return _columns(norm.ppf(_middles(count)))


@_columns_first.variant
def _(count):
    return _rows(norm.ppf(_middles(count)))[:, ::-1]


@_columns_first.variant
def _(count):
    values = norm.ppf(_middles(count))
    return np.stack([np.repeat(values, count), np.tile(values[::-1], count)], axis=1)


@prior_grid.misconception(
    "Le compte y est, mais la forme n'est pas celle d'un lot de codes : on attend `(count², 2)`, "
    "un code par ligne, comme le décodeur les veut. `reshape(-1, 2)` y suffit.",
)
def _not_a_batch(count):
    return prior_grid._solution(count).reshape(count, count, 2)
