"""Exercises of chapter 02: the limits of the autoencoder."""

import functools

import numpy as np
from keras import ops

from vae_keras.exercises._digits import (
    as_example,
    coordinates,
    digits,
    fitted_decoder,
    for_arrays_and_tensors,
    linear_decoder,
    nearest_distances,
)
from vae_keras.exercises._exercise import Observation, exercise

# ---------------------------------------------------------------------- the nearest code

_rng = np.random.default_rng(21)
_CLOUDS = [
    ([[0.0, 0.0], [3.0, 5.0]], [[3.0, 4.0], [6.0, 8.0], [3.0, 4.5]]),
    (_rng.normal(size=(1, 3)), _rng.normal(size=(7, 3))),
    (3 * _rng.normal(size=(50, 16)), _rng.normal(size=(80, 16)) + 1),
]


@exercise(
    statement="Écrivez `distance_to_codes(z, codes)` : la distance euclidienne de chaque `z`, de "
    "forme `(n, d)`, au code le plus proche parmi `codes`, de forme `(m, d)`. Une valeur par `z`, "
    "de forme `(n,)`.",
    section="§ 1.5 (un z aléatoire peut tomber dans une zone non explorée)",
    hints=[
        "Pour un seul z et trois codes, combien y a-t-il de distances ? Laquelle garder ?",
        "Il faut d'abord toutes les distances, un tableau de forme `(n, m)` : "
        "`z[:, None] - codes` contient toutes les différences, de forme `(n, m, d)`.",
        "`np.linalg.norm(différences, axis=-1)`, puis le minimum sur les codes, l'axe 1. Une "
        "boucle sur les z convient aussi.",
    ],
    success="Un z, un nombre : à quelle distance l'encodeur est-il passé ? Rapportée à celle "
    "des codes de test, elle dit où sont les trous.",
    cases=[tuple(np.array(each, "float32") for each in case) for case in _CLOUDS],
    atol=1e-3,
)
def distance_to_codes(z, codes):
    """La distance de chaque z au code le plus proche."""
    return np.min(np.linalg.norm(z[:, None] - codes, axis=-1), axis=1)


def _distances(z, codes):
    return np.linalg.norm(z[:, None] - codes, axis=-1)


@distance_to_codes.misconception(
    "Vous rendez le carré de la distance : il manque la racine. Pour savoir quel code est le plus "
    "proche, le carré suffit ; pour comparer deux distances par leur rapport, non."
)
def _squared_distance(z, codes):
    return np.min(_distances(z, codes), axis=1) ** 2


@distance_to_codes.misconception(
    "Vous rendez la distance moyenne à tous les codes : il faut la plus petite. Un z posé sur un "
    "code est à une distance nulle, aussi loin que soient les autres."
)
def _mean_for_nearest(z, codes):
    return np.mean(_distances(z, codes), axis=1)


_mean_for_nearest.variant(lambda z, codes: np.sqrt(np.mean(_distances(z, codes) ** 2, axis=1)))


_mean_for_nearest.variant(lambda z, codes: np.median(_distances(z, codes), axis=1))


@distance_to_codes.misconception(
    "Vous rendez la distance au centre des codes, leur moyenne. Il n'y a peut-être aucun code au "
    "centre : c'est au plus proche de chacun qu'il faut se comparer."
)
def _distance_to_the_center(z, codes):
    return np.linalg.norm(z - np.mean(codes, axis=0), axis=1)


@distance_to_codes.misconception(
    "C'est dans l'autre sens : vous rendez, pour chaque code, la distance au `z` le plus proche. "
    "On attend une valeur par `z` ; le minimum se prend sur les codes."
)
def _per_code(z, codes):
    return np.min(_distances(z, codes), axis=0)


@distance_to_codes.misconception(
    "Vous rendez le numéro du code le plus proche (`argmin`) : on attend sa distance."
)
def _number_of_the_code(z, codes):
    return np.argmin(_distances(z, codes), axis=1)


@distance_to_codes.misconception(
    "Vous rendez la distance au code le plus lointain : il faut le minimum."
)
def _farthest(z, codes):
    return np.max(_distances(z, codes), axis=1)


@distance_to_codes.misconception(
    "Vous cherchez le plus proche coordonnée par coordonnée, donc en mêlant plusieurs codes : le "
    "point que vous composez n'est le code d'aucune image. D'abord la distance, puis le minimum."
)
def _by_coordinate(z, codes):
    return np.linalg.norm(np.min(np.abs(z[:, None] - codes), axis=1), axis=-1)


@distance_to_codes.misconception(
    "Vous sommez les valeurs absolues des écarts : la distance euclidienne est la racine de la "
    "somme de leurs carrés."
)
def _absolute_values(z, codes):
    return np.min(np.sum(np.abs(z[:, None] - codes), axis=-1), axis=1)


@distance_to_codes.misconception(
    "Un seul nombre pour tous les `z` : on attend une valeur pour chacun. Le minimum se prend sur "
    "les codes seulement, l'axe 1 du tableau des distances ; la moyenne viendra après."
)
def _one_number(z, codes):
    return np.min(_distances(z, codes))


_one_number.variant(lambda z, codes: np.mean(np.min(_distances(z, codes), axis=1)))


@distance_to_codes.misconception(
    "Vous rendez les distances à tous les codes, un tableau `(n, m)` : il reste à garder, pour "
    "chaque `z`, la plus petite."
)
def _all_distances(z, codes):
    return _distances(z, codes)


# ---------------------------------------------------------------------- the gap


def _fit_memory(x):
    """Learns by heart: gives back the nearest image learnt."""

    def errors(images):  # by differences: exactly zero for an image learnt
        return np.array([np.min(np.sum((x - one) ** 2, axis=(1, 2, 3))) for one in images])

    return errors


def _fit_mean(x):
    return lambda images: np.sum((images - np.mean(x, axis=0)) ** 2, axis=(1, 2, 3))


def _fit_axes(x):
    """Principal components, half as many as images."""
    mean, flat = np.mean(x, axis=0), np.reshape(x, (len(x), -1)).astype("float64")
    axes = np.linalg.svd(flat - mean.ravel(), full_matrices=False)[2][: len(x) // 2]

    def errors(images):
        centered = np.reshape(images, (len(images), -1)) - mean.ravel()
        return np.sum((centered - centered @ axes.T @ axes) ** 2, axis=1)

    return errors


def _gaps(answer):
    x = digits()[0][:, 4:24, 4:24]  # smaller, to be quick
    tries = [
        ("l'image moyenne", _fit_mean, x[:12], x[12:90]),
        ("un modèle qui apprend par cœur", _fit_memory, x[:20], x[20:50]),
        ("des axes principaux", _fit_axes, x[:30], x[60:70]),
        ("l'image moyenne, un lot de test facile", _fit_mean, x[:40], _blurred(x[:25])),
    ]
    for what, fit, x_train, x_test in tries:
        gap = answer.array(lambda images, fit=fit: _checked(fit, images), x_train, x_test)
        sizes = f"{len(x_train)} images apprises, {len(x_test)} de test"
        yield Observation(f"{what} ({sizes})", gap)


def _checked(fit, images):
    images = np.asarray(images)
    if images.ndim != 4 or len(images) < 2:
        raise ValueError(f"`fit` attend un lot d'images, et reçoit la forme {images.shape}")
    errors = fit(images)
    return lambda tested: errors(np.asarray(tested))


def _blurred(x):
    return (x + np.mean(x, axis=0)) / 2


@exercise(
    statement="`fit(images)` entraîne un modèle et rend une fonction `errors`, telle que "
    "`errors(images)` donne l'erreur de chaque image. Écrivez "
    "`generalization_gap(fit, x_train, x_test)` : de combien l'erreur moyenne sur le test "
    "dépasse l'erreur moyenne sur les images apprises.",
    section="§ 1.5 (le risque de sur-apprentissage)",
    hints=[
        "Combien de fois faut-il entraîner, et sur quelles images ? Le test ne doit rien "
        "apprendre au modèle.",
        "`errors = fit(x_train)`, une seule fois. Puis `errors(x_train)` et `errors(x_test)`, avec "
        "le même modèle.",
        "On compare des moyennes, puisque les deux lots n'ont pas la même taille : celle du test, "
        "moins celle des images apprises.",
    ],
    success="Le modèle qui apprend par cœur a une erreur nulle sur ce qu'il a appris : c'est "
    "l'écart qui le trahit. Et un test facile peut rendre l'écart négatif.",
    observe=_gaps,
)
def generalization_gap(fit, x_train, x_test):
    """Erreur moyenne du test, moins celle des images apprises."""
    errors = fit(x_train)
    return np.mean(errors(x_test)) - np.mean(errors(x_train))


@generalization_gap.misconception(
    "Le signe est à l'envers : on retranche l'erreur des images apprises de celle du test. Un "
    "modèle qui apprend par cœur a un écart positif."
)
def _wrong_sign(fit, x_train, x_test):
    return -generalization_gap._solution(fit, x_train, x_test)


@generalization_gap.misconception(
    "Les images de test ont servi à l'entraînement : elles ne disent plus rien des images jamais "
    "vues. `fit` ne doit recevoir que `x_train`."
)
def _test_set_learnt(fit, x_train, x_test):
    errors = fit(np.concatenate([x_train, x_test]))
    return np.mean(errors(x_test)) - np.mean(errors(x_train))


@_test_set_learnt.variant
def _(fit, x_train, x_test):
    errors = fit(x_test)
    return np.mean(errors(x_test)) - np.mean(errors(x_train))


@_test_set_learnt.variant
def _(fit, x_train, x_test):
    errors = fit(x_test)
    return np.mean(errors(x_train)) - np.mean(errors(x_test))


@generalization_gap.misconception(
    "Vous entraînez deux modèles, un par lot : chacun est jugé sur ce qu'il a appris, et l'écart "
    "ne mesure plus rien. Un seul modèle, entraîné sur `x_train`, jugé sur les deux lots."
)
def _two_models(fit, x_train, x_test):
    return np.mean(fit(x_test)(x_test)) - np.mean(fit(x_train)(x_train))


_two_models.variant(
    lambda fit, x_train, x_test: np.mean(fit(x_train)(x_test)) - np.mean(fit(x_test)(x_train))
)
_two_models.variant(
    lambda fit, x_train, x_test: np.mean(fit(x_train)(x_train)) - np.mean(fit(x_test)(x_test))
)


@generalization_gap.misconception(
    "C'est le rapport des deux erreurs, celui du chapitre. On demande ici leur différence, qui a "
    "un sens même quand l'erreur des images apprises est nulle."
)
def _ratio(fit, x_train, x_test):
    errors = fit(x_train)
    with np.errstate(divide="ignore"):
        return np.mean(errors(x_test)) / np.mean(errors(x_train))


@_ratio.variant
def _(fit, x_train, x_test):
    return _ratio.implementations[0](fit, x_train, x_test) - 1


@_ratio.variant
def _(fit, x_train, x_test):
    return 1 / _ratio.implementations[0](fit, x_train, x_test)


@generalization_gap.misconception(
    "Vous comparez des sommes : le plus grand lot a la plus grande, quel que soit le modèle. Il "
    "faut des moyennes, une par lot."
)
def _sums(fit, x_train, x_test):
    errors = fit(x_train)
    return np.sum(errors(x_test)) - np.sum(errors(x_train))


@generalization_gap.misconception(
    "C'est l'erreur du test toute seule. L'écart en retranche celle des images apprises : un "
    "modèle mauvais partout n'a pas appris par cœur."
)
def _test_error_alone(fit, x_train, x_test):
    return np.mean(fit(x_train)(x_test))


@generalization_gap.misconception(
    "Vous prenez la valeur absolue : l'écart a un signe. Quand le test est plus facile que les "
    "images apprises, il est négatif, et il faut le savoir."
)
def _absolute_value(fit, x_train, x_test):
    return np.abs(generalization_gap._solution(fit, x_train, x_test))


# ---------------------------------------------------------------------- an input that fails

_HOLE = 6.0  # radius of the hole in the plane, in deviations of the codes


def _powers(z):
    """The monomials of two variables up to degree 6; they grow fast outside of the data."""
    powers = [ops.ones_like(z)]
    for _ in range(6):  # products: the gradient of 0 ** 0 would be nan
        powers.append(powers[-1] * z / 2)
    terms = [powers[i][:, :1] * powers[j][:, 1:] for i in range(7) for j in range(7 - i)]
    return ops.concatenate(terms, axis=-1)


@functools.cache
def _decoders():
    """Decoders, each with the codes of the training images."""
    x = digits()[0]
    plane = coordinates(2)(x)
    inner = fitted_decoder(2, _powers, 0.1)

    def closed(z):  # the disc of radius _HOLE goes to the origin
        radius = ops.sqrt(ops.sum(z**2, axis=1, keepdims=True) + 1e-12)
        return inner(z * ops.maximum(1 - _HOLE / radius, 0.0))

    radius = np.linalg.norm(plane, axis=1, keepdims=True)
    opened = plane * (1 + _HOLE / radius)  # pushed away from the origin: a hole, not a gap

    # More numbers than it takes to copy: a code of 900 numbers for 784 pixels.
    turn = np.linalg.qr(np.random.default_rng(22).standard_normal((900, 784)))[0].astype("float32")
    copies = x[:100].reshape(100, -1) @ turn.T

    def copier(z):
        return ops.reshape(ops.clip(ops.matmul(z, turn), 0, 1), (-1, *x.shape[1:]))

    name = "le décodeur"
    return [
        ("à 60 dimensions", linear_decoder(60, clip=True), coordinates(60)(x)),
        ("à 2 dimensions, troué", for_arrays_and_tensors(closed, (2,), name), opened),
        ("surcomplet, à 900 dimensions", for_arrays_and_tensors(copier, (900,), name), copies),
    ]


@functools.cache
def _limit():
    """The distance to the nearest training image that one digit in ten exceeds."""
    return round(float(np.quantile(nearest_distances(*digits()[::-1]), 0.9)), 1)


def _failures(answer):
    for name, decode, codes in _decoders():
        x = digits()[0][: len(codes)]
        array = answer.array(decode, codes, x, _limit())
        z = as_example(array, codes.shape[1:])
        what = f"décodeur {name}"
        right = z is not None
        yield Observation(
            f"{what} : un z de forme {codes.shape[1:]} (vôtre : {array.shape})", right
        )
        if not right:
            return
        low, high = codes.min(axis=0), codes.max(axis=0)
        slack = 1e-4 * (high - low)
        right = bool(np.all((z >= low - slack) & (z <= high + slack)))
        yield Observation(f"{what} : un z dans la boîte des codes", right)
        if not right:
            return
        distance = nearest_distances(decode(z[None].astype("float32")), x)[0]
        failed = bool(distance > _limit() * (1 - 1e-4))
        # The usual distance between a code and the nearest other.
        apart = np.median(np.sort(np.linalg.norm(codes[:50, None] - codes, axis=-1))[:, 1])
        known = nearest_distances(z[None], codes)[0] < 0.5 * apart
        yield Observation(f"{what} : un z qui n'est pas celui d'une image", failed or not known)
        if known and not failed:
            return
        measured = f"de l'image décodée à la plus proche image : {distance:.1f}"
        yield Observation(f"{what}, {measured} ; plus de {_limit()}".replace(".", ","), failed)
        if not failed:
            return


@exercise(
    statement="Écrivez `failing_code(decode, codes, images, limit)` : un z, de forme `(d,)`, qui "
    "reste dans la boîte des codes d'entraînement (coordonnée par coordonnée, entre le plus petit "
    "et le plus grand) et dont l'image décodée est à plus de `limit` de chacune des images.",
    section="§ 1.5 (il est impossible de savoir où prendre un nouveau z)",
    hints=[
        "Sauriez-vous dire, pour un z donné, s'il échoue ? Il faut le décoder, et mesurer.",
        "Tirez mille z au hasard dans la boîte : `rng.uniform(codes.min(axis=0), "
        "codes.max(axis=0), (1000, d))`. Combien de leurs images sont loin de toutes les vraies ?",
        "Décodez-les tous, calculez pour chacun la distance de son image à la plus proche de "
        "`images` (mettez les images à plat), et rendez le z pour lequel elle est la plus grande.",
    ],
    success="Chaque coordonnée de votre z est ordinaire, et pourtant son image n'a plus rien d'un "
    "chiffre : rien, dans un autoencodeur, ne dit où tirer.",
    observe=_failures,
)
def failing_code(decode, codes, images, limit):
    """Un z de la boîte dont l'image est loin de toutes les autres."""
    rng = np.random.default_rng(0)
    z = rng.uniform(codes.min(axis=0), codes.max(axis=0), (300, codes.shape[1]))
    decoded = np.reshape(decode(z), (len(z), -1))
    known = np.reshape(images, (len(images), -1))
    distances = [np.min(np.linalg.norm(known - image, axis=1)) for image in decoded]
    return z[np.argmax(distances)]


@failing_code.misconception(
    "C'est le code d'une image d'entraînement, ou presque : le décodeur y dessine ce qu'il a "
    "appris. Éloignez-vous des codes, sans sortir de la boîte."
)
def _known_code(decode, codes, images, limit):
    return codes[0]


@failing_code.misconception(
    "Ce z sort de la boîte des codes. Loin de tout, n'importe quel décodeur échoue : ce serait "
    "trop facile. Gardez chaque coordonnée entre le plus petit et le plus grand code.",
)
def _outside_the_box(decode, codes, images, limit):
    return 10 * codes.max(axis=0)


@failing_code.misconception(
    "Aucune image n'a ce code, et le décodeur y dessine pourtant une image ordinaire : un trou "
    "n'est pas forcément un gouffre. Ne devinez pas le z qui échoue : essayez-en beaucoup, et "
    "mesurez l'image décodée, pas le code.",
)
def _quiet_hole(decode, codes, images, limit):
    rng = np.random.default_rng(0)
    z = rng.uniform(codes.min(axis=0), codes.max(axis=0), (300, codes.shape[1]))
    return z[np.argmax(np.min(np.linalg.norm(z[:, None] - codes, axis=-1), axis=1))]


_quiet_hole.variant(lambda decode, codes, images, limit: np.mean(codes, axis=0))


_quiet_hole.variant(
    lambda decode, codes, images, limit: np.random.default_rng(0).standard_normal(codes.shape[1])
)
