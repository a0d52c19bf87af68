"""Exercise: a sampler fitted to the codes."""

import numpy as np

from vae_course.engine import Observation, exercise
from vae_course.engine.answer import AnswerError


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


def _heaps(rng):
    """Two heaps far apart, one twice as peopled as the other: shares that one knows by hand."""
    centers = np.repeat([[-5.0, 0.0], [5.0, 0.0]], [400, 200], axis=0)
    return rng.permutation(centers + 0.5 * rng.normal(size=centers.shape))


def _nearest(points, others):
    squares = ((points[:, None] - others[None]) ** 2).sum(-1)
    return np.sqrt(squares.min(axis=1)), squares.argmin(axis=1)


def _spacing(codes):
    """The median distance of a code to its nearest neighbour."""
    squares = ((codes[:, None] - codes[None]) ** 2).sum(-1)
    return np.sqrt(np.median(np.partition(squares, 1, axis=1)[:, 1]))


def _samples(answer):
    rng = np.random.default_rng(75)
    heaps = _heaps(rng)
    yield from _on_the_heaps(_drawn(answer, heaps, 500), heaps)
    ring = _ring(1500, rng)
    yield from _on_the_ring(_drawn(answer, ring, 1200), ring)
    islands, centers = _islands(1000, rng)
    yield from _on_the_islands(_drawn(answer, islands, 1000), islands, centers)
    drawn = _drawn(answer, ring[:1000], 1500)
    what = "count = 1500, pour 1000 codes"
    yield f"{what} : plus de tirages que de codes", len(np.atleast_1d(drawn)) > 1000
    yield _shape(what, drawn, (1500, 2))


def _drawn(answer, codes, count):
    try:
        return answer.array(codes, count)
    except AnswerError as error:
        if error.kind == "not numbers" and "suite de 2 éléments" in str(error):
            raise AnswerError(
                f"{error} La méthode `sample` de `GaussianMixture` rend deux choses, les tirages "
                "et le numéro de leur composante : gardez la première, `[0]`.",
                error.kind,
            ) from error
        raise


def _on_the_heaps(drawn, codes):
    what = "400 codes autour de (−5, 0) et 200 autour de (5, 0), d'écart-type 0,5"
    yield _shape(what, drawn, (500, 2))
    yield f"{what} : tous finis", np.all(np.isfinite(drawn))
    left = np.linalg.norm(drawn - [-5.0, 0.0], axis=1) < 2
    right = np.linalg.norm(drawn - [5.0, 0.0], axis=1) < 2
    yield Observation(f"{what} : part des tirages à moins de 2 de (−5, 0)", left.mean(), atol=0.12)
    yield Observation(f"{what} : part des tirages à moins de 2 de (5, 0)", right.mean(), atol=0.12)
    if left.any():
        middle = drawn[left].mean(axis=0)
        yield Observation(
            f"{what} : moyenne des tirages à moins de 2 de (−5, 0)", middle, atol=0.25
        )
    yield _mostly_new(what, drawn, codes)
    yield _coordinates_copied(what, drawn, codes)


def _on_the_ring(drawn, codes):
    what = "codes en anneau, avec un îlot à côté"
    yield _shape(what, drawn, (1200, 2))
    yield f"{what} : tous finis", np.all(np.isfinite(drawn))
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
    around = f"{what} : part des tirages dans chaque douzième de l'anneau"
    yield Observation(around, shares, atol=0.05)
    yield _mostly_new(what, drawn, codes)
    yield _coordinates_copied(what, drawn, codes)
    fresh = len(np.unique(drawn.round(6), axis=0)) / len(drawn)
    yield Observation(f"{what} : part de tirages distincts", fresh, atol=0.05)


def _on_the_islands(drawn, codes, centers):
    what = "quatre îles en dimension 5"
    yield _shape(what, drawn, (1000, 5))
    gaps, which = _nearest(drawn, centers)
    yield Observation(f"{what} : part des tirages loin de toute île", np.mean(gaps > 1.6), atol=0.1)
    shares = np.bincount(which, minlength=4) / len(drawn)
    yield Observation(f"{what} : part de chaque île", shares, atol=0.08)
    yield _mostly_new(what, drawn, codes)


def _shape(what, drawn, expected):
    return (
        f"{what} : un résultat de forme {expected}, et non {drawn.shape}",
        drawn.shape == expected,
    )


def _coordinates_copied(what, drawn, codes):
    share = np.mean([np.isin(one, other) for one, other in zip(drawn.T, codes.T, strict=True)])
    return Observation(f"{what} : part des coordonnées recopiées d'un code reçu", share, atol=0.1)


def _mostly_new(what, drawn, codes):
    """A draw is as good as a copy when it is much nearer to a code than codes are to each other."""
    median, spacing = np.median(_nearest(drawn, codes)[0]), _spacing(codes)
    numbers = f"{spacing / 5:.3f} ; chez vous, {median:.3f}".replace(".", ",")
    told = (
        f"{what} : des tirages nouveaux, à une distance médiane du code le plus proche d'au moins"
    )
    return f"{told} un cinquième de celle de deux codes voisins ({numbers})", median >= spacing / 5


@exercise(
    statement="Écrivez `sample_like(codes, count)` : `count` codes nouveaux, de forme "
    "`(count, d)`, tirés d'une loi qui ressemble à celle des `codes` reçus, `(n, d)`. Toute "
    "méthode est permise, sauf recopier : on regarde où vont vos tirages, s'ils respectent les "
    "trous et les îlots, et s'ils sont nouveaux (leur distance au code le plus proche : au moins "
    "un cinquième de celle de deux codes voisins, en médiane).",
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
    start = codes[np.random.randint(len(codes), size=count)]
    width = 0.15 * codes.std(axis=0)
    return start + width * np.random.standard_normal(start.shape)


sample_like.mistake("prior", "§ 2.1 (la loi a priori N(0, I))").says(
    "Vous tirez selon la loi a priori N(0, I), sans regarder les codes reçus. C'est justement "
    "l'écart entre les deux lois qu'on veut réparer."
).edits({"start + width * ": ""})
sample_like.mistake("one_gaussian").says(
    "Une seule gaussienne a la bonne moyenne et la bonne covariance, et remplit les trous : un "
    "anneau n'est pas une gaussienne. Prenez-en plusieurs, ou un bruit autour des codes."
).edits(
    "return np.random.multivariate_normal(codes.mean(axis=0), np.cov(codes.T), count)",
    {"0.15 * ": "", "start +": "codes.mean(axis=0) +"},
)
sample_like.mistake("box").says(
    "Vous tirez uniformément dans la boîte qui contient les codes : ses coins et ses trous sont "
    "vides de codes, et pleins de tirages."
).edits("return np.random.uniform(codes.min(axis=0), codes.max(axis=0), (count, codes.shape[1]))")
sample_like.mistake("copies", "§ 1.5 (copier les données sans apprendre)").says(
    "Vos tirages sont des codes reçus, recopiés ou presque : le décodeur ne rendrait que les "
    "images qu'il a déjà vues. Ajoutez-leur de quoi être nouveaux."
).edits(
    "return codes[np.random.randint(len(codes), size=count)]",
    "return codes[:count]",
    "return codes[np.random.choice(len(codes), count, replace=False)]",
    {"0.15 * codes.std(axis=0)": "0.005"},
    {"0.15 * codes.std(axis=0)": "0.01"},
    {"0.15 * codes": "0.01 * codes"},
)
sample_like.mistake("no_more_than_codes").says(
    "Vous ne pouvez pas tirer plus de codes que vous n'en recevez : chacun ne sert qu'une fois. "
    "Tirez le code de départ au hasard, avec remise."
).edits(
    {"np.random.randint(len(codes), size=count)": ":count"},
    {"randint(len(codes), size=count)": "choice(len(codes), count, replace=False)"},
    {"np.random.randint(len(codes), size=count)": "np.arange(count)"},
)
sample_like.mistake("between_two").says(
    "Vous prenez des points entre deux codes tirés au hasard : le segment traverse les trous, et "
    "les tirages se tassent vers le milieu."
).edits(
    "one, other = codes[np.random.randint(len(codes), size=(2, count))]\n"
    "t = np.random.random((count, 1))\n"
    "return (1 - t) * one + t * other",
    "return codes[np.random.randint(len(codes), size=(2, count))].mean(axis=0)",
)
sample_like.mistake("too_much_noise").says(
    "Votre bruit est trop large : les tirages partent bien des codes, mais les îles débordent, les "
    "trous se remplissent. Il doit être petit devant l'écart-type des codes."
).edits(
    {"0.15 * codes.std(axis=0)": "1.0"},
    {"0.15 * codes.std(axis=0)": "0.8"},
    {"0.15 * codes.std(axis=0)": "0.65"},
    {"0.15 * codes.std(axis=0)": "0.5"},
    {"0.15": "0.5"},
    {"0.15": "0.35"},
    "from scipy.stats import gaussian_kde\nreturn gaussian_kde(codes.T).resample(count).T",
)
