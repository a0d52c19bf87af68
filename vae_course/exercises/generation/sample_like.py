"""Exercise: a sampler fitted to the codes."""

import numpy as np
from scipy.stats import gaussian_kde

from vae_course.engine import Observation, exercise


def _ring(count, rng):
    """Three quarters of the codes on a ring, one quarter in a small heap beside it."""
    angle = rng.uniform(0, 2 * np.pi, count)
    radius = 2 + 0.15 * rng.normal(size=count)
    ring = np.stack([1 + radius * np.cos(angle), -1 + radius * np.sin(angle)], axis=1)
    heap = np.array([-3.0, 2.5]) + 0.25 * rng.normal(size=(count, 2))
    return np.where(rng.random(count)[:, None] < 0.75, ring, heap)


def _islands(count, rng):
    """Four islands in five dimensions, not equally peopled."""
    signs = [[-1, -1, 1, 1, -1], [1, -1, -1, 1, 1], [-1, 1, -1, -1, 1], [1, 1, 1, -1, -1]]
    centers = 1.6 * np.array(signs)
    which = rng.choice(4, size=count, p=[0.4, 0.3, 0.2, 0.1])
    return centers[which] + 0.3 * rng.normal(size=(count, 5)), centers


def _nearest(points, others):
    squares = ((points[:, None] - others[None]) ** 2).sum(-1)
    return np.sqrt(squares.min(axis=1)), squares.argmin(axis=1)


def _samples(answer):
    rng = np.random.default_rng(75)
    ring = _ring(1500, rng)
    if not (yield from _on_the_ring(answer.array(ring, 1200), ring)):
        return
    islands, centers = _islands(1000, rng)
    if not (yield from _on_the_islands(answer.array(islands, 1000), islands, centers)):
        return
    drawn = answer.array(ring[:1000], 1500)
    more = bool(drawn.ndim and len(drawn) > 1000)
    what = "count = 1500, pour 1000 codes"
    yield Observation(f"{what} : plus de tirages que de codes", more)
    yield _shape(what, drawn, (1500, 2))


def _on_the_ring(drawn, codes):
    """What is seen of the draws; returns whether it is worth looking further."""
    what = "codes en anneau, avec un îlot à côté"
    shape = _shape(what, drawn, (1200, 2))
    yield shape
    if not shape.value:
        return False
    yield Observation(f"{what} : tous finis", bool(np.all(np.isfinite(drawn))))
    yield Observation(f"{what} : moyenne des tirages", drawn.mean(axis=0), atol=0.4)
    yield Observation(f"{what} : écarts-types des tirages", drawn.std(axis=0), atol=0.25)
    x, y = (drawn - [1.0, -1.0]).T
    in_hole = np.mean(np.hypot(x, y) < 1)
    yield Observation(f"{what} : part des tirages dans le trou de l'anneau", in_hole, atol=0.05)
    to_heap = np.linalg.norm(drawn - [-3.0, 2.5], axis=1)
    in_heap = np.mean(to_heap < 1)
    yield Observation(f"{what} : part des tirages dans l'îlot", in_heap, atol=0.08)
    twelfth = np.floor(6 * (np.arctan2(y, x) / np.pi + 1)) % 12
    shares = [np.mean((twelfth == n) & (to_heap >= 1.5)) for n in range(12)]
    yield Observation(
        f"{what} : part des tirages dans chaque douzième de l'anneau", shares, atol=0.05
    )
    gaps, _ = _nearest(drawn, codes)
    new = _mostly_new(what, gaps, 0.01)
    yield new
    if not new.value:
        return False
    yield Observation(f"{what} : part de copies d'un code reçu", np.mean(gaps < 1e-3), atol=0.1)
    fresh = len(np.unique(drawn.round(6), axis=0)) / len(drawn)
    yield Observation(f"{what} : part de tirages distincts", fresh, atol=0.05)
    return True


def _on_the_islands(drawn, codes, centers):
    """What is seen of the draws; returns whether it is worth looking further."""
    what = "quatre îles en dimension 5"
    shape = _shape(what, drawn, (1000, 5))
    yield shape
    if not shape.value:
        return False
    gaps, which = _nearest(drawn, centers)
    yield Observation(f"{what} : part des tirages loin de toute île", np.mean(gaps > 1.6), atol=0.1)
    shares = np.bincount(which, minlength=4) / len(drawn)
    yield Observation(f"{what} : part de chaque île", shares, atol=0.08)
    new = _mostly_new(what, _nearest(drawn, codes)[0], 0.03)
    yield new
    return new.value


def _shape(what, drawn, expected):
    right = drawn.shape == expected
    return Observation(f"{what} : un résultat de forme {expected}, et non {drawn.shape}", right)


def _mostly_new(what, gaps, radius):
    """A draw is as good as a copy when it is much nearer to a code than codes are to each other."""
    share = np.mean(gaps < radius)
    near = f"à moins de {radius} d'un code reçu".replace(".", ",")
    told = f"{what} : moins de trois tirages sur quatre {near} (vôtres : {100 * share:.0f} %)"
    return Observation(told, bool(share < 0.75))


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
    success="Vous avez un échantillonneur ajusté après coup : il tire où sont les codes, sans en "
    "recopier aucun, et le décodeur n'est plus interrogé dans les trous.",
    observe=_samples,
)
def sample_like(codes, count):
    """Des codes nouveaux, (count, d), là où vont les codes reçus, sans les recopier."""
    start = codes[np.random.randint(0, len(codes), count)]
    width = 0.15 * codes.std(axis=0)
    return start + width * np.random.standard_normal(start.shape)


def _around(codes, width):
    return codes + width * np.random.standard_normal(codes.shape)


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
    "Vos tirages sont des codes reçus, recopiés ou presque : le décodeur ne rendrait que les "
    "images qu'il a déjà vues. Ajoutez-leur de quoi être nouveaux.",
    section="§ 1.5 (copier les données sans apprendre)",
)
def _copies(codes, count):
    return codes[np.random.randint(0, len(codes), count)]


@_copies.variant
def _(codes, count):
    return codes[:count]


@_copies.variant
def _(codes, count):
    return codes[np.random.choice(len(codes), count, replace=False)]


@_copies.variant
def _(codes, count):
    return _around(codes[np.random.randint(0, len(codes), count)], 0.005)


@_copies.variant
def _(codes, count):  # new on the ring, where codes are close, and not on the islands
    return _around(codes[np.random.randint(0, len(codes), count)], 0.01)


@sample_like.misconception(
    "Vous ne pouvez pas tirer plus de codes que vous n'en recevez : chacun ne sert qu'une fois. "
    "Tirez le code de départ au hasard, avec remise.",
)
def _no_more_than_codes(codes, count):
    return _around(codes, 0.15 * codes.std(axis=0))[:count]


@_no_more_than_codes.variant
def _(codes, count):
    start = codes[np.random.choice(len(codes), count, replace=False)]
    return _around(start, 0.15 * codes.std(axis=0))


@_no_more_than_codes.variant
def _(codes, count):
    return _around(codes[np.arange(count)], 0.15 * codes.std(axis=0))


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
    return _around(codes[np.random.randint(0, len(codes), count)], 1.0)


@_too_much_noise.variant
def _(codes, count):
    return gaussian_kde(codes.T).resample(count).T
