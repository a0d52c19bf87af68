"""Exercise: spherical interpolation, degenerate cases included."""

import numpy as np

from vae_course.engine import Observation, exercise
from vae_course.engine.wording import show_argument

_RTOL, _ATOL = 1e-3, 1e-4
_rng = np.random.default_rng(71)
_ONE, _OTHER = _rng.normal(size=(2, 16))
_LONG = _rng.normal(size=64).astype("float32")
_PATHS = [
    ([1.0, 0.0], [0.0, 1.0], 0.5),
    ([2.0, 0.0], [0.0, 2.0], 0.25),
    ([1.0, 0.0], [0.0, 4.0], 1 / 3),
    (_ONE, _OTHER, 0.0),
    (_ONE, _OTHER, 0.8),
    (_ONE, -0.5 * _OTHER, 1.0),
]
_DEGENERATE = [
    ([3.0, 4.0], [3.0, 4.0], 0.3),  # its cosine is 1, however it is rounded
    (_LONG, 3 * _LONG, 0.5),
    ([0.0, 0.0], [2.0, -1.0], 0.25),
    ([4.0, 1.0], [0.0, 0.0], 0.25),
    ([3.0, 0.0], [-1.0, 0.0], 0.25),
]


def _points(answer):
    """First the formula; then, if it is right, what it cannot do, up to the first failure."""
    right = True
    for one, other, t in _PATHS:
        one, other = np.asarray(one), np.asarray(other)
        point = answer.array(one, other, t)
        yield Observation(_arguments(one, other, t), point)
        right = right and _close(point, slerp._solution(one, other, t))
    for one, other, t in _DEGENERATE:
        if not right:
            return
        one, other = np.asarray(one), np.asarray(other)
        point, expected = answer.array(one, other, t), (1 - t) * one + t * other
        right = _close(point, expected)
        wanted = "on attend le point du segment"
        if expected.size <= 2:
            wanted += f", {show_argument(expected)}, et non {show_argument(point)}"
        yield Observation(f"{_arguments(one, other, t)} : {wanted}", right)


def _arguments(one, other, t):
    if one is _LONG:
        return f"z_start de forme {one.shape}, en float32, z_end = 3 z_start, t = {t}"
    return f"z_start = {show_argument(one)}, z_end = {show_argument(other)}, t = {show_argument(t)}"


def _close(point, expected):
    same_shape = point.shape == expected.shape
    return same_shape and np.allclose(point, expected, rtol=_RTOL, atol=_ATOL)


@exercise(
    statement="Écrivez `slerp(z_start, z_end, t)` : le point d'avancement `t`, de 0 à 1, de "
    "l'interpolation sphérique entre deux codes de forme `(d,)`. Là où sa formule n'a pas de sens "
    "(un code nul, deux codes de même direction ou de directions opposées), rendez le point du "
    "segment droit.",
    section="§ 4.1.2 (interpoler entre deux images)",
    hints=[
        "Quel est l'angle ω entre deux vecteurs ? Son cosinus est leur produit scalaire, divisé "
        "par leurs deux longueurs.",
        "La formule : [sin((1 − t)ω) z_start + sin(tω) z_end] / sin ω. Essayez t = 0, puis t = 1.",
        "Les cas à part sont ceux où l'on diviserait par zéro : une longueur nulle, ou sin ω "
        "presque nul (`np.sin(np.pi)` ne vaut pas 0). Et un arrondi peut porter le cosinus à "
        "1,0000001 : `np.clip` avant `np.arccos`.",
    ],
    success="Vous tournez au lieu de couper : entre deux codes de même longueur, la longueur est "
    "gardée et l'angle avance à vitesse constante ; et aucun couple de codes ne donne "
    "`nan`.",
    observe=_points,
    rtol=_RTOL,
    atol=_ATOL,
)
def slerp(z_start, z_end, t):
    """Le point t de l'interpolation sphérique ; du segment, là où elle n'a pas de sens."""
    z_start, z_end = np.asarray(z_start), np.asarray(z_end)
    lengths = np.linalg.norm(z_start) * np.linalg.norm(z_end)
    if lengths == 0:
        return (1 - t) * z_start + t * z_end
    angle = np.arccos(np.clip(np.sum(z_start * z_end) / lengths, -1, 1))
    if np.sin(angle) < 1e-3:
        return (1 - t) * z_start + t * z_end
    return (np.sin((1 - t) * angle) * z_start + np.sin(t * angle) * z_end) / np.sin(angle)


def _angle(one, other):
    lengths = np.linalg.norm(one) * np.linalg.norm(other)
    return np.arccos(np.clip(one @ other / lengths, -1, 1)) if lengths else 0.0


def _along(one, other, angle, t):
    return (np.sin((1 - t) * angle) * one + np.sin(t * angle) * other) / np.sin(angle)


def _unit(z):
    length = np.linalg.norm(z)
    return z / length if length else z


@slerp.misconception(
    "C'est l'interpolation linéaire : elle coupe par l'intérieur de la sphère, et la longueur du "
    "code baisse au milieu du chemin. On demande celle qui tourne."
)
def _straight(z_start, z_end, t):
    return (1 - t) * z_start + t * z_end


@slerp.misconception(
    "Le sens est inversé : à t = 0 on doit être à `z_start`, et à t = 1 à `z_end`. Le poids "
    "sin((1 − t)ω) est celui de `z_start`."
)
def _backwards(z_start, z_end, t):
    return _along(z_end, z_start, _angle(z_start, z_end), t)


@slerp.misconception(
    "La formule générale est juste ; il reste les cas où elle divise par zéro : codes de "
    "même direction, opposés, ou nuls. Traitez-les avant, en rendant le point du segment."
)
def _degenerate_cases_forgotten(z_start, z_end, t):
    cosine = z_start @ z_end / (np.linalg.norm(z_start) * np.linalg.norm(z_end))
    return _along(z_start, z_end, np.arccos(np.clip(cosine, -1, 1)), t)


@_degenerate_cases_forgotten.variant
def _(z_start, z_end, t):  # in float32, 1e-8 changes nothing
    lengths = np.linalg.norm(z_start) * np.linalg.norm(z_end) + 1e-8
    return _along(z_start, z_end, np.arccos(np.clip(z_start @ z_end / lengths, -1, 1)), t)


@slerp.misconception(
    "Il reste le code nul : il n'a ni direction, ni angle avec un autre. Regardez les longueurs "
    "avant de diviser, et rendez alors le point du segment."
)
def _zero_code_forgotten(z_start, z_end, t):
    cosine = z_start @ z_end / (np.linalg.norm(z_start) * np.linalg.norm(z_end))
    angle = np.arccos(np.clip(cosine, -1, 1))
    if np.sin(angle) < 1e-3:
        return (1 - t) * z_start + t * z_end
    return _along(z_start, z_end, angle, t)


@_zero_code_forgotten.variant
def _(z_start, z_end, t):
    if not np.any(z_start):  # and the other one?
        return t * z_end
    return _zero_code_forgotten.implementations[0](z_start, z_end, t)


@slerp.misconception(
    "Deux codes opposés passent à travers : en machine, `np.sin(np.pi)` vaut 1,2e-16 et non 0. "
    "Comparez sin ω à un petit seuil, et rendez alors le point du segment."
)
def _opposite_codes_forgotten(z_start, z_end, t):
    angle = _angle(z_start, z_end)
    if np.sin(angle) == 0:
        return (1 - t) * z_start + t * z_end
    return _along(z_start, z_end, angle, t)


@_opposite_codes_forgotten.variant
def _(z_start, z_end, t):
    angle = _angle(z_start, z_end)
    if angle < 1e-3:
        return (1 - t) * z_start + t * z_end
    return _along(z_start, z_end, angle, t)


@_opposite_codes_forgotten.variant
def _(z_start, z_end, t):
    cosine = z_start @ z_end / (np.linalg.norm(z_start) * np.linalg.norm(z_end))
    turned = _along(z_start, z_end, np.arccos(np.clip(cosine, -1, 1)), t)
    return turned if np.isfinite(turned).all() else (1 - t) * z_start + t * z_end


@slerp.misconception("Votre angle est en degrés ; `np.sin` attend des radians.")
def _degrees(z_start, z_end, t):
    return _along(z_start, z_end, np.degrees(_angle(z_start, z_end)), t)


@_degrees.variant
def _(z_start, z_end, t):
    angle = np.degrees(_angle(z_start, z_end))
    if np.sin(angle) < 1e-3:  # negative beyond 180 "radians"
        return (1 - t) * z_start + t * z_end
    return _along(z_start, z_end, angle, t)


@slerp.misconception(
    "Vous rendez un code de longueur 1 : seules les directions ont été interpolées. La formule "
    "s'applique aux codes eux-mêmes ; les vecteurs unitaires ne servent qu'à trouver l'angle."
)
def _unit_length(z_start, z_end, t):
    return _along(_unit(z_start), _unit(z_end), _angle(z_start, z_end), t)


@slerp.misconception(
    "Votre angle vient du produit scalaire des codes, sans le diviser par leurs longueurs : ce "
    "n'est leur cosinus que pour des vecteurs de longueur 1."
)
def _angle_not_normalised(z_start, z_end, t):
    return _along(z_start, z_end, np.arccos(np.clip(z_start @ z_end, -1, 1)), t)


@_angle_not_normalised.variant
def _(z_start, z_end, t):
    return _along(z_start, z_end, np.arccos(z_start @ z_end), t)


@_angle_not_normalised.variant
def _(z_start, z_end, t):
    angle = np.arccos(np.clip(z_start @ z_end, -1, 1))
    if np.sin(angle) < 1e-3:
        return (1 - t) * z_start + t * z_end
    return _along(z_start, z_end, angle, t)


@slerp.misconception(
    "Vous interpolez en ligne droite, puis vous corrigez la longueur : ce n'est pas la "
    "formule. Même entre deux codes de même longueur, où le chemin serait le bon, l'angle "
    "n'avancerait pas à vitesse constante."
)
def _straight_then_stretched(z_start, z_end, t):
    straight = (1 - t) * z_start + t * z_end
    length = (1 - t) * np.linalg.norm(z_start) + t * np.linalg.norm(z_end)
    return length * _unit(straight)


@slerp.misconception(
    "Il manque la division par sin ω : à t = 0 et à t = 1, on ne retrouve pas les deux codes."
)
def _not_divided(z_start, z_end, t):
    angle = _angle(z_start, z_end)
    return np.sin((1 - t) * angle) * z_start + np.sin(t * angle) * z_end
