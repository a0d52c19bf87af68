"""Exercise: a sampler fitted to the codes."""

import numpy as np

from vae_keras.exercises._exercise import Observation, exercise


def _ring(count, rng):
    """Three quarters of the codes on a ring, one quarter in a small heap beside it."""
    angle = rng.uniform(0, 2 * np.pi, count)
    radius = 2 + 0.15 * rng.normal(size=count)
    ring = np.stack([1 + radius * np.cos(angle), -1 + radius * np.sin(angle)], axis=1)
    heap = np.array([-3.0, 2.5]) + 0.25 * rng.normal(size=(count, 2))
    return np.where(rng.random(count)[:, None] < 0.75, ring, heap)


def _islands(count, rng):
    """Four islands in five dimensions, not equally peopled."""
    centers = 1.6 * np.random.default_rng(76).choice([-1.0, 1.0], size=(4, 5))
    which = rng.choice(4, size=count, p=[0.4, 0.3, 0.2, 0.1])
    return centers[which] + 0.3 * rng.normal(size=(count, 5)), centers


def _nearest(points, others):
    squares = ((points[:, None] - others[None]) ** 2).sum(-1)
    return np.sqrt(squares.min(axis=1)), squares.argmin(axis=1)


def _samples(answer):
    rng = np.random.default_rng(75)
    codes = _ring(1500, rng)
    drawn = answer.array(codes, 1200)
    what = "codes en anneau, avec un îlot à côté"
    yield Observation(f"{what} : forme du résultat", np.array(drawn.shape), atol=0.0)
    if drawn.shape != (1200, 2):
        return
    yield Observation(f"{what} : tous finis", bool(np.all(np.isfinite(drawn))))
    yield Observation(f"{what} : moyenne des tirages", drawn.mean(axis=0), atol=0.3)
    yield Observation(f"{what} : écarts-types des tirages", drawn.std(axis=0), atol=0.25)
    from_middle = np.linalg.norm(drawn - [1.0, -1.0], axis=1)
    yield Observation(
        f"{what} : part des tirages dans le trou de l'anneau", np.mean(from_middle < 1), atol=0.05
    )
    in_heap = np.linalg.norm(drawn - [-3.0, 2.5], axis=1) < 1
    yield Observation(f"{what} : part des tirages dans l'îlot", np.mean(in_heap), atol=0.08)
    gaps, _ = _nearest(drawn, codes)
    yield Observation(f"{what} : part de copies d'un code reçu", np.mean(gaps < 1e-3), atol=0.05)
    fresh = len(np.unique(drawn.round(6), axis=0)) / len(drawn)
    yield Observation(f"{what} : part de tirages distincts", fresh, atol=0.05)

    codes, centers = _islands(1000, rng)
    drawn = answer.array(codes, 1000)
    what = "quatre îles en dimension 5"
    yield Observation(f"{what} : forme du résultat", np.array(drawn.shape), atol=0.0)
    if drawn.shape != (1000, 5):
        return
    gaps, which = _nearest(drawn, centers)
    yield Observation(f"{what} : part des tirages loin de toute île", np.mean(gaps > 1.6), atol=0.1)
    shares = np.bincount(which, minlength=4) / len(drawn)
    yield Observation(f"{what} : part de chaque île", shares, atol=0.08)


@exercise(
    statement="Écrivez `sample_like(codes, count)` : `count` codes nouveaux, de forme "
    "`(count, d)`, tirés d'une loi qui ressemble à celle des `codes` reçus, `(n, d)`. Toute "
    "méthode est permise, sauf recopier : on regarde où vont vos tirages, s'ils respectent les "
    "trous et les îlots, et s'ils sont nouveaux.",
    section="§ 4.1.1 (générer de nouvelles images) et § 1.5 (où prendre un nouveau z ?)",
    hints=[
        "Une seule gaussienne remplit les trous. Que se passerait-il avec plusieurs, chacune pour "
        "une partie des codes ?",
        "Première voie : `GaussianMixture`, de scikit-learn, avec assez de composantes, puis "
        "`sample(count)`. Seconde voie, sans rien ajuster : partir d'un code pris au hasard.",
        "Un code au hasard, plus un petit bruit gaussien : c'est un estimateur à noyau. "
        "L'écart-type du bruit doit être petit devant les trous, et grand devant zéro.",
    ],
    success="Vous avez un échantillonneur a posteriori : il tire où sont les codes, sans en "
    "recopier aucun, et le décodeur n'est plus interrogé dans les trous.",
    observe=_samples,
)
def sample_like(codes, count):
    """Des codes nouveaux, (count, d), là où vont les codes reçus, sans les recopier."""
    start = codes[np.random.randint(0, len(codes), count)]
    width = 0.15 * codes.std(axis=0)
    return start + width * np.random.standard_normal(start.shape)


@sample_like.misconception(
    "Vous tirez selon la loi a priori N(0, I), sans regarder les codes reçus. C'est justement "
    "l'écart entre les deux lois qu'on veut réparer.",
    section="§ 2.1 (la loi a priori N(0, I))",
)
def _prior(codes, count):
    return np.random.standard_normal((count, codes.shape[1]))


@sample_like.misconception(
    "Une seule gaussienne a la bonne moyenne et la bonne covariance, et remplit les trous : un "
    "anneau n'est pas une gaussienne. Prenez-en plusieurs, ou un bruit autour des codes."
)
def _one_gaussian(codes, count):
    return np.random.multivariate_normal(codes.mean(axis=0), np.cov(codes.T), count)


@_one_gaussian.variant
def _(codes, count):
    noise = np.random.standard_normal((count, codes.shape[1]))
    return codes.mean(axis=0) + codes.std(axis=0) * noise


@sample_like.misconception(
    "Vous tirez uniformément dans la boîte qui contient les codes : ses coins et ses trous sont "
    "vides de codes, et pleins de tirages."
)
def _box(codes, count):
    size = (count, codes.shape[1])
    return np.random.uniform(codes.min(axis=0), codes.max(axis=0), size)


@sample_like.misconception(
    "Vos tirages sont des codes reçus, recopiés : le décodeur ne rendrait que les images qu'il a "
    "déjà vues. Ajoutez-leur de quoi être nouveaux.",
    section="§ 1.5 (copier les données sans apprendre)",
)
def _copies(codes, count):
    return codes[np.random.randint(0, len(codes), count)]


@sample_like.misconception(
    "Vous prenez des points entre deux codes tirés au hasard : le segment traverse les trous, et "
    "les tirages se tassent vers le milieu."
)
def _between_two(codes, count):
    one, other = codes[np.random.randint(0, len(codes), (2, count))]
    t = np.random.random((count, 1))
    return (1 - t) * one + t * other


@_between_two.variant
def _(codes, count):
    one, other = codes[np.random.randint(0, len(codes), (2, count))]
    return (one + other) / 2


@sample_like.misconception(
    "Votre bruit est trop grand : les tirages partent bien des codes, puis débordent dans les "
    "trous et loin de tout. Il doit être petit devant l'écart-type des codes."
)
def _too_much_noise(codes, count):
    start = codes[np.random.randint(0, len(codes), count)]
    return start + np.random.standard_normal(start.shape)
