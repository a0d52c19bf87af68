"""Exercise: several sharp answers instead of one blurred one; any method."""

import functools

import numpy as np

from vae_course.engine import exercise
from vae_course.faces import draw_faces

_SIZE, _DRAWS = 24, 12
_NOT_SMILE = 1, 2, 4, 5  # eyes, width, hue, gaze


@functools.cache
def _faces():
    """Faces that smile or not, training ones; others, their upper halves and their two answers."""
    rng = np.random.default_rng(138)
    factors = np.zeros((600, 6))
    factors[:, _NOT_SMILE] = rng.uniform(-1, 1, (600, 4))
    factors[:, 0] = rng.choice([-1.0, 1.0], 600)
    x = draw_faces(factors, _SIZE)
    asked = factors[500:520].copy()
    answers = []
    for smile in (-1, 1):
        asked[:, 0] = smile
        answers.append(draw_faces(asked, _SIZE))
    return x[:500], answers[0][:, : _SIZE // 2], np.stack(answers)


def _roughness(faces):
    """How grainy the lower halves are: the mean square of their 3×3 Laplacian."""
    low = faces[..., _SIZE // 2 :, :, :]
    inside = 4 * low[..., 1:-1, 1:-1, :]
    around = low[..., :-2, 1:-1, :] + low[..., 2:, 1:-1, :]
    return np.mean((inside - around - low[..., 1:-1, :-2, :] - low[..., 1:-1, 2:, :]) ** 2)


def _completions(answer):
    x_train, upper, answers = _faces()
    half, shape = _SIZE // 2, (_DRAWS, len(upper), _SIZE, _SIZE, 3)
    found = answer.array(upper.copy(), x_train.copy(), _DRAWS)
    yield f"le résultat a cinq axes (obtenu : {found.shape})", found.ndim == 5
    whole = found.shape[-3:] == shape[-3:]
    yield f"ce sont des visages entiers, {shape[-3:]} (obtenu : {found.shape})", whole
    yield f"le résultat est de forme {shape} (obtenu : {found.shape})", found.shape == shape
    yield "toutes les valeurs sont finies", bool(np.all(np.isfinite(found)))
    kept = np.abs(found[:, :, :half] - upper).max() < 0.02
    yield "la moitié haute est celle que l'on a reçue", bool(kept)
    yield "le bas n'a pas de grain", bool(_roughness(found) < 1.6 * _roughness(answers))
    gaps = np.mean((found - answers[:, None])[..., half:, :, :] ** 2, axis=(3, 4, 5))
    apart = np.mean((answers[0] - answers[1])[:, half:] ** 2, axis=(1, 2, 3))
    nearest = np.median(gaps.min(axis=0) / apart)  # 0 where exact, ¼ for the mean of the two
    yield "le bas a la couleur et la largeur du haut", bool(nearest < 0.6)
    yield (
        "chaque réponse est bien plus proche d'une des deux vraies que ne l'est leur moyenne",
        bool(nearest < 0.15),
    )
    shares = np.mean(gaps[0] < gaps[1], axis=0)
    both = np.mean((shares > 0) & (shares < 1))
    yield "presque chaque visage reçoit tantôt une bouche, tantôt l'autre", bool(both > 0.7)
    yield (
        "chacune des deux bouches vient une fois sur cinq au moins",
        bool(0.2 < shares.mean() < 0.8),
    )


@exercise(
    statement="`x_train`, `(n, 24, 24, 3)`, contient des visages qui sourient ou font la moue, "
    "une fois sur deux. De `upper`, `(m, 12, 24, 3)`, on n'a que la moitié haute, sans la bouche. "
    "Écrivez `complete_faces(upper, x_train, count)` : `count` réponses possibles par visage, de "
    "forme `(count, m, 24, 24, 3)`, nettes, et tantôt l'une des deux bouches, tantôt l'autre. "
    "Toute méthode est permise.",
    section="§ 4.2 (qualité des images générées)",
    hints=[
        "Quelle est la meilleure réponse unique, au sens des moindres carrés ? Pourquoi n'est-elle "
        "jamais un vrai visage ?",
        "Quels visages de `x_train` ont presque cette moitié haute-là ? Leurs moitiés basses sont "
        "des réponses possibles : faut-il les moyenner, ou en tirer une ?",
        "Les huit plus proches voisins sur la moitié haute ; pour chaque réponse, un voisin tiré "
        "au sort parmi les huit, dont on garde le bas. Un VAE conditionnel ferait aussi l'affaire.",
    ],
    success="Plusieurs réponses nettes et possibles, au lieu d'une seule, moyenne et impossible : "
    "le flou n'est pas une fatalité, c'est le prix de n'en donner qu'une.",
    observe=_completions,
)
def complete_faces(upper, x_train, count):
    """Des visages complets et possibles, (count, m, 24, 24, 3)."""
    rng = np.random.default_rng(0)
    half, faces = upper.shape[1], len(upper)
    gaps = upper.reshape(faces, 1, -1) - x_train[:, :half].reshape(1, len(x_train), -1)
    nearest = np.argsort(np.sum(gaps**2, axis=2), axis=1)[:, :8]
    drawn = rng.integers(0, 8, (count, faces))  # quel voisin, pour chaque réponse
    answers = x_train[nearest[np.arange(faces), drawn]]
    answers[:, :, :half] = upper
    return answers


_DRAWN = "answers = x_train[nearest[np.arange(faces), drawn]]"

complete_faces.mistake("mean").says(
    "Vos réponses sont des moyennes : deux bouches superposées, à demi effacées. C'est la "
    "meilleure réponse unique au sens des moindres carrés, et ce n'est le visage de personne. "
    "Tirez l'une des possibilités, au lieu de les moyenner."
).edits(
    {_DRAWN: "answers = np.repeat(x_train[nearest].mean(axis=1)[None], count, axis=0)"},
)
complete_faces.mistake("noisy_mean").says(
    "Vos réponses ont du grain : un bruit ajouté pixel par pixel à une moyenne. Les pixels d'une "
    "bouche se décident ensemble, pas chacun de son côté."
).edits(
    {
        _DRAWN: "answers = np.repeat(x_train[nearest].mean(axis=1)[None], count, axis=0)\n"
        "    answers = answers + rng.normal(0, 0.1, answers.shape)"
    }
)
complete_faces.mistake("one_answer").says(
    "Chaque visage reçoit toujours la même bouche : une réponse nette, mais l'autre, aussi "
    "probable, n'est jamais donnée. C'est l'effondrement de modes d'un GAN."
).edits({"rng.integers(0, 8, (count, faces))": "np.zeros((count, faces), int)"})
complete_faces.mistake("upper_ignored").says(
    "Le bas de vos visages n'a ni la couleur ni la largeur du haut : regardez `upper`, et "
    "choisissez des visages qui lui ressemblent."
).edits(
    {
        "drawn = rng.integers(0, 8, (count, faces))": "drawn = 0",
        _DRAWN: "answers = x_train[rng.integers(0, len(x_train), (count, faces))]",
    }
)
complete_faces.mistake("upper_changed").says(
    "La moitié haute a changé : on la connaît, elle reste telle quelle."
).edits({"answers[:, :, :half] = upper": ""})
complete_faces.mistake("axes").says(
    "Les deux premiers axes sont échangés : d'abord les réponses, `count`, puis les visages."
).edits({"return answers": "return np.swapaxes(answers, 0, 1)"})
complete_faces.mistake("lower_only").says(
    "Vous rendez les moitiés basses : on attend des visages entiers, de 24 × 24 pixels."
).edits({"return answers": "return answers[:, :, half:]"})
