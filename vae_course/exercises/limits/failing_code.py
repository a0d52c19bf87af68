"""Exercise: a code whose image is like no image."""

import functools

import numpy as np
from keras import ops

from vae_course.engine import exercise
from vae_course.exercises import _digits

# Of the plane, in deviations of the codes: the radius of its hole, and in that hole a pit, where
# no quantile of the codes leads, of that centre and width.
_HOLE = 6.0
_PIT, _WIDTH = (3.1, -2.3), 1.0


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
    x = _digits.images()[0]
    plane = _digits.coordinates(2)(x)
    inner = _digits.fitted_decoder(2, _powers, 0.1)

    stripes = np.zeros(x.shape[1:], "float32")
    stripes[:, ::4] = stripes[:, 1::4] = 1

    def closed(z):  # the disc of radius _HOLE goes to the origin, all the rest near it
        radius = ops.sqrt(ops.sum(z**2, axis=1, keepdims=True) + 1e-12)
        within = 2 * ops.tanh(ops.maximum(radius - _HOLE, 0.0) / 2)
        far = ops.sum((z - np.array(_PIT, "float32")) ** 2, axis=1)[:, None, None, None]
        depth = ops.exp(-((far / _WIDTH**2) ** 4))  # 1 in the pit, 0 out of it
        return (1 - depth) * inner(z * within / radius) + depth * stripes

    radius = np.linalg.norm(plane, axis=1, keepdims=True)
    opened = plane * (1 + _HOLE / radius)  # pushed away from the origin: a hole, not a gap

    # More numbers than it takes to copy: a code of 900 numbers for 784 pixels.
    turn = np.linalg.qr(np.random.default_rng(22).standard_normal((900, 784)))[0].astype("float32")
    copies = x.reshape(len(x), -1) @ turn.T

    def copier(z):
        return ops.reshape(ops.clip(ops.matmul(z, turn), 0, 1), (-1, *x.shape[1:]))

    return [
        ("à 60 dimensions", _digits.linear_decoder(60, clip=True), _digits.coordinates(60)(x)),
        ("à 2 dimensions, troué", _digits.as_decoder(closed, 2), opened),
        ("surcomplet, à 900 dimensions", _digits.as_decoder(copier, 900), copies),
    ]


@functools.cache
def _limit():
    """The distance to the nearest training image that one digit in ten exceeds."""
    return round(float(np.quantile(_digits.nearest_distances(*_digits.images()[::-1]), 0.9)), 1)


def _failures(answer):
    for name, decode, codes in _decoders():
        x = _digits.images()[0][: len(codes)]
        array = answer.array(decode, codes, x, _limit())
        z, what = _digits.as_example(array, codes.shape[1:]), f"décodeur {name}"
        shapes = f"un z de forme {codes.shape[1:]} (vôtre : {array.shape})"
        yield f"{what} : {shapes}", z is not None
        distance = _digits.nearest_distances(decode(z[None].astype("float32")), x)[0]
        failed = distance > _limit() * (1 - 1e-4)
        # The usual distance between a code and the nearest other.
        apart = np.median(np.sort(np.linalg.norm(codes[:50, None] - codes, axis=-1))[:, 1])
        known = _digits.nearest_distances(z[None], codes)[0] < 0.5 * apart
        yield f"{what} : un z qui n'est pas celui d'une image", failed or not known
        low, high = np.quantile(codes, [0.05, 0.95], axis=0)
        slack = 1e-3 * (high - low)  # quantiles have several definitions
        inside = np.all((z >= low - slack) & (z <= high + slack))
        yield f"{what} : un z dans la boîte des codes", inside
        measured = f"de l'image décodée à la plus proche image : {distance:.1f}"
        yield f"{what}, {measured} ; plus de {_limit()}".replace(".", ","), failed


@exercise(
    statement="Écrivez `failing_code(decode, codes, images, limit)` : un z, de forme `(d,)`, qui "
    "reste dans la boîte des codes d'entraînement (coordonnée par coordonnée, entre leurs "
    "quantiles à 5 % et à 95 %) et dont l'image décodée est à plus de `limit` de chacune des "
    "images.",
    section="§ 1.5 (il est impossible de savoir où prendre un nouveau z)",
    hints=[
        "Sauriez-vous dire, pour un z donné, s'il échoue ? Il faut le décoder, et mesurer.",
        "Tirez mille z au hasard dans la boîte : `rng.uniform(*np.quantile(codes, "
        "[0.05, 0.95], axis=0), (1000, d))`. Combien de leurs images sont loin de toutes les "
        "vraies ?",
        "Décodez-les tous, calculez pour chacun la distance de son image à la plus proche de "
        "`images` (mettez les images à plat), et rendez le z pour lequel elle est la plus grande.",
    ],
    success="Chaque coordonnée de votre z est ordinaire, et pourtant son image est plus loin des "
    "images apprises que neuf vrais chiffres sur dix : rien, dans un autoencodeur, ne dit "
    "où tirer.",
    observe=_failures,
)
def failing_code(decode, codes, images, limit):
    """Un z de la boîte dont l'image est loin de toutes les autres."""
    rng = np.random.default_rng(0)
    box = np.quantile(codes, [0.05, 0.95], axis=0)
    z = rng.uniform(*box, (300, codes.shape[1]))
    decoded = np.reshape(decode(z), (len(z), -1))
    known = np.reshape(images, (len(images), -1))
    distances = [np.min(np.linalg.norm(known - image, axis=1)) for image in decoded]
    return z[np.argmax(distances)]


failing_code.mistake("known_code").says(
    "C'est le code d'une image d'entraînement, ou presque : le décodeur y dessine ce qu'il a "
    "appris. Éloignez-vous des codes, sans sortir de la boîte."
).edits("return codes[0]")
failing_code.mistake("outside_the_box").says(
    "Ce z sort de la boîte des codes. Loin de tout, n'importe quel décodeur échoue : ce serait "
    "trop facile. Gardez chaque coordonnée entre les quantiles à 5 % et à 95 % des codes."
).edits("return 10 * codes.max(axis=0)", "return codes.min(axis=0)", "return codes.max(axis=0)")
failing_code.mistake("quiet_hole").says(
    "Ce z n'est le code d'aucune image, et le décodeur y dessine pourtant une image à moins de "
    "`limit` d'une vraie : un trou n'est pas forcément un gouffre. Mesurez l'image décodée, pas le "
    "code, et essayez beaucoup de z dans toute la boîte : un sur cent seulement échoue parfois, et "
    "ni les coins, ni le centre, ni des z semblables aux codes n'y suffisent."
).edits(
    {"np.reshape(decode(z), (len(z), -1))": "z", "np.reshape(images, (len(images), -1))": "codes"},
    "return np.mean(codes, axis=0)",
    "return np.quantile(codes, 0.95, axis=0)",
)
