"""Exercise: spherical interpolation, degenerate cases included."""

import numpy as np

from vae_course.engine import exercise
from vae_course.engine.wording import show_argument

_RTOL, _ATOL = 1e-3, 1e-4
# In float32 its cosine with itself is above 1.
_LONG = np.random.default_rng(71).normal(size=96)[32:].astype("float32")
_PATHS = [
    ([1.0, 0.0], [0.0, 1.0], 0.5),
    ([2.0, 0.0], [0.0, 2.0], 0.25),
    ([1.0, 0.0], [0.0, 4.0], 1 / 3),
    ([1.0, 2.0, 2.0], [-4.0, 0.0, 3.0], 0.0),
    ([1.0, 2.0, 2.0], [-4.0, 0.0, 3.0], 0.8),
    ([1.0, 2.0, 2.0], [2.0, 0.0, -1.5], 1.0),
    # Angles whose sine is small, and not nearly zero: 20, 160 and 175 degrees.
    ([0.9397, 0.3420], [1.0, 0.0], 0.5),
    ([1.0, 0.0], [-0.9397, 0.3420], 0.5),
    ([1.0, 0.0], [-0.9962, 0.0872], 0.5),
]
_DEGENERATE = [
    ([3.0, 4.0], [6.0, 8.0], 0.25),  # its cosine is 1, however it is rounded
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
        yield _arguments(one, other, t), point
        right = right and _close(point, slerp._solution(one, other, t))
    yield "la formule est juste", right
    for one, other, t in _DEGENERATE:
        one, other = np.asarray(one), np.asarray(other)
        point, expected = answer.array(one, other, t), (1 - t) * one + t * other
        wanted = "on attend le point du segment"
        if expected.size <= 2:
            wanted += f", {show_argument(expected)}, et non {show_argument(point)}"
        yield f"{_arguments(one, other, t)} : {wanted}", _close(point, expected)


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
    "(un code nul, deux codes de même direction ou de directions opposées, où sin ω est sous un "
    "millième), rendez le point du segment droit.",
    section="§ 4.1.2 (interpoler entre deux images)",
    hints=[
        "Quel est l'angle ω entre deux vecteurs ? Son cosinus est leur produit scalaire, divisé "
        "par leurs deux longueurs.",
        "La formule : [sin((1 − t)ω) z_start + sin(tω) z_end] / sin ω. Essayez t = 0, puis t = 1.",
        "Les cas à part sont ceux où l'on diviserait par zéro : une longueur nulle, ou sin ω "
        "presque nul, sous 0,001 (`np.sin(np.pi)` ne vaut pas 0). Et un arrondi peut porter le "
        "cosinus à 1,0000001 : `np.clip` avant `np.arccos`.",
    ],
    success="Vous tournez au lieu de couper : entre deux codes de même longueur, la longueur est "
    "gardée et l'angle avance à vitesse constante ; et aucun couple de codes ne donne `nan`.",
    observe=_points,
    rtol=_RTOL,
    atol=_ATOL,
)
def slerp(z_start, z_end, t):
    """Le point t de l'interpolation sphérique ; du segment, là où elle n'a pas de sens."""
    z_start, z_end = np.asarray(z_start), np.asarray(z_end)
    segment = (1 - t) * z_start + t * z_end
    lengths = np.linalg.norm(z_start) * np.linalg.norm(z_end)
    if lengths == 0:
        return segment
    angle = np.arccos(np.clip(np.sum(z_start * z_end) / lengths, -1, 1))
    if np.sin(angle) < 1e-3:
        return segment
    return (np.sin((1 - t) * angle) * z_start + np.sin(t * angle) * z_end) / np.sin(angle)


_UNGUARDED = {"np.sin(angle) < 1e-3": "False"}

slerp.mistake("straight").says(
    "C'est l'interpolation linéaire : elle coupe par l'intérieur de la sphère, et la longueur du "
    "code baisse au milieu du chemin. On demande celle qui tourne."
).edits("return (1 - t) * z_start + t * z_end")
slerp.mistake("backwards").says(
    "Le sens est inversé : à t = 0 on doit être à `z_start`, et à t = 1 à `z_end`. Le poids sin((1 "
    "− t)ω) est celui de `z_start`."
).edits({"angle) * z_start": "angle) * z_end", "angle) * z_end": "angle) * z_start"})
slerp.mistake("degenerate_cases_forgotten").says(
    "La formule générale est juste ; il reste les cas où elle n'a pas de sens, puisqu'on y divise "
    "par zéro : codes de même direction, opposés, ou nuls. Traitez-les avant, et rendez-y le point "
    "du segment, (1 − t) z_start + t z_end."
).edits(
    {"lengths == 0": "False"} | _UNGUARDED,
    {"* np.linalg.norm(z_end)": "* np.linalg.norm(z_end) + 1e-8"} | _UNGUARDED,
)
slerp.mistake("zero_code_forgotten").says(
    "Il reste le code nul : il n'a ni direction, ni angle avec un autre. Regardez les longueurs "
    "avant de diviser, et rendez alors le point du segment."
).edits({"lengths == 0": "False"}, {"lengths == 0": "not np.any(z_start)"})
slerp.mistake("opposite_codes_forgotten").says(
    "Deux codes opposés passent à travers : en machine, `np.sin(np.pi)` vaut 1,2e-16 et non 0. "
    "Comparez sin ω à un petit seuil, et rendez alors le point du segment."
).edits(
    {"< 1e-3": "== 0"},
    {"np.sin(angle) <": "angle <"},
    {"lengths == 0": "False", "np.sin(angle) < 1e-3": "not np.isfinite(1 / np.sin(angle))"},
)
slerp.mistake("threshold_too_large").says(
    "Vous quittez la formule trop tôt : elle vaut pour tous les angles où l'on peut diviser par "
    "sin ω, même pour 20° ou 175°. Rendez le point du segment seulement là où sin ω est presque "
    "nul : sous un millième."
).edits(
    *(
        {"np.sin(angle) < 1e-3": condition}
        for condition in (
            "np.sin(angle) < 0.1",
            "np.sin(angle) < 0.5",
            "np.sin(angle) < 0.99",
            "np.cos(angle) > 0.9 or np.sin(angle) < 1e-3",
            "np.cos(angle) < -0.9 or np.sin(angle) < 1e-3",
            "np.cos(angle) < -0.99 or np.sin(angle) < 1e-3",
            "np.cos(angle) > 0.9 or np.cos(angle) < -0.99",
        )
    )
)
slerp.mistake("degrees").says("Votre angle est en degrés ; `np.sin` attend des radians.").edits(
    {"angle = ": "angle = 180 / np.pi * "} | _UNGUARDED,
    {"angle = ": "angle = 180 / np.pi * "},
)
slerp.mistake("unit_length").says(
    "Vous rendez un code de longueur 1 : seules les directions ont été interpolées. La formule "
    "s'applique aux codes eux-mêmes ; les vecteurs unitaires ne servent qu'à trouver l'angle."
).edits(
    {
        "angle) * z_start": "angle) * z_start / np.linalg.norm(z_start)",
        "angle) * z_end": "angle) * z_end / np.linalg.norm(z_end)",
    }
)
slerp.mistake("angle_not_normalised").says(
    "Votre angle vient du produit scalaire des codes, sans le diviser par leurs longueurs : ce "
    "n'est leur cosinus que pour des vecteurs de longueur 1."
).edits(
    {" / lengths": ""} | _UNGUARDED,
    {"np.clip(np.sum(z_start * z_end) / lengths, -1, 1)": "z_start @ z_end"} | _UNGUARDED,
    {" / lengths": ""},
)
slerp.mistake("straight_then_stretched").says(
    "Vous interpolez en ligne droite, puis vous corrigez la longueur : ce n'est pas la formule. "
    "Même entre deux codes de même longueur, où le chemin serait le bon, l'angle n'avancerait pas "
    "à vitesse constante."
).edits(
    "segment = (1 - t) * z_start + t * z_end\n"
    "length = (1 - t) * np.linalg.norm(z_start) + t * np.linalg.norm(z_end)\n"
    "return length * segment / np.linalg.norm(segment)"
)
slerp.mistake("not_divided").says(
    "Il manque la division par sin ω : à t = 0 et à t = 1, on ne retrouve pas les deux codes."
).edits({" / np.sin(angle)": ""})
