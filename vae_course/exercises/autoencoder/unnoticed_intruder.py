"""Exercise: an image that is no digit and raises no alarm."""

import functools

import numpy as np
from keras import ops

from vae_course.engine import exercise
from vae_course.exercises import _digits

_FAR = 8.5  # 97 % of the digits are nearer than that to another one


@functools.cache
def _autoencoders():
    """Three autoencoders, each with the threshold that 5 % of the validation images exceed."""
    rng = np.random.default_rng(12)
    weights = (rng.standard_normal((16, 300)) / 4).astype("float32")
    bias = rng.standard_normal(300).astype("float32")

    def features(z):
        hidden = ops.tanh(ops.matmul(z, weights) + bias)
        return ops.concatenate([hidden, ops.ones_like(z[:, :1])], axis=-1)

    fitted, x = _digits.fitted_decoder(16, features, 3.0), _digits.images()[1]
    pairs = [
        ("linéaire, 12 dimensions", _digits.coordinates(12), _digits.linear_decoder(12)),
        ("non linéaire, 16 dimensions", _digits.coordinates(16), fitted),
        ("linéaire, 40 dimensions", _digits.coordinates(40), _digits.linear_decoder(40)),
    ]
    return [(*pair, float(np.quantile(_errors(*pair[1:], x), 0.95))) for pair in pairs]


def _errors(encode, decode, x):
    return np.sum((x - decode(encode(x))) ** 2, axis=(1, 2, 3))


def _intruders(answer):
    x_train = _digits.images()[0]
    for name, encode, decode, threshold in _autoencoders():
        array = answer.array(encode, decode, x_train, threshold)
        image, what = _digits.as_example(array, _digits.SHAPE), f"autoencodeur {name}"
        right = image is not None
        yield f"{what} : une image de forme {_digits.SHAPE} (vôtre : {array.shape})", right
        right = np.all((image > -1e-4) & (image < 1 + 1e-4))
        extent = f"de {image.min():.2g} à {image.max():.2g}"
        yield f"{what} : des pixels entre 0 et 1 (vôtres : {extent})", right
        distance = _digits.nearest_distances(image[None], x_train)[0]
        yield f"{what} : une image qui n'est pas dans `x_train`", distance > 1e-2
        told = (
            f"distance à la plus proche image de `x_train` : {distance:.1f} ; au moins {_FAR:.1f}"
        )
        yield f"{what}, {told}".replace(".", ","), distance > _FAR - 1e-3
        error = _errors(encode, decode, image[None])[0]
        told = f"erreur de l'intrus : {error:.1f}, seuil d'alarme : {threshold:.1f} ; pas d'alarme"
        yield f"{what}, {told}".replace(".", ","), error < threshold * (1 + 1e-4)


@exercise(
    statement="Écrivez `unnoticed_intruder(encode, decode, x_train, threshold)` : une image de "
    "forme `(28, 28, 1)`, aux pixels entre 0 et 1, à une distance d'au moins 8,5 de chaque image "
    "d'entraînement, et dont l'erreur ‖x − x'‖² reste pourtant sous le seuil d'alarme `threshold`.",
    section="§ 1.1 (la détection d'anomalies) et § 1.2 (l'erreur de reconstruction)",
    hints=[
        "Quelles sont les images que le décodeur sait dessiner ? Sont-elles toutes des chiffres ?",
        "Un code extravagant donne une image extravagante. Écartez les codes de leur moyenne, "
        "décodez, ramenez les pixels entre 0 et 1 (`np.clip`).",
        "Fabriquez-en quelques centaines ; pour chacune, calculez son erreur et sa distance au "
        "plus proche chiffre. Parmi celles dont l'erreur est sous `threshold`, rendez la plus "
        "lointaine.",
    ],
    success="Votre intrus est plus loin de tout ce que le réseau a appris que 97 vrais chiffres "
    "sur 100, et aucune alarme n'a sonné : une petite erreur dit que le réseau sait "
    "redessiner l'image, pas qu'elle est normale.",
    observe=_intruders,
)
def unnoticed_intruder(encode, decode, x_train, threshold):
    """Une image qui ne ressemble à rien, et que l'autoencodeur redessine bien."""
    rng = np.random.default_rng(0)
    codes = np.asarray(encode(x_train))
    steps = 4 * np.std(codes, axis=0) * rng.standard_normal((100, codes.shape[1]))
    images = np.clip(decode(np.mean(codes, axis=0) + steps), 0, 1)
    x_prime = np.asarray(decode(encode(images)))
    errors = np.sum((images - x_prime) ** 2, axis=(1, 2, 3))
    nearest = [np.min(np.sum((x_train - image) ** 2, axis=(1, 2, 3))) for image in images]
    return images[np.argmax(np.where(errors < threshold, nearest, 0))]


unnoticed_intruder.mistake("training_image").says(
    "C'est une image d'entraînement : elle passe inaperçue, mais ce n'est pas une intruse."
).edits("return x_train[0]")
unnoticed_intruder.mistake("not_an_image", "§ 1.2 (le décodeur)").says(
    "Certains pixels sortent de [0, 1] : ce n'est plus une image, et un simple contrôle des pixels "
    "l'arrêterait. `np.clip` les y ramène ; vérifiez ensuite l'erreur, qui aura changé."
).edits("return decode(10 * encode(x_train[:1]))[0] * 10")
unnoticed_intruder.mistake("too_close").says(
    "Votre image est trop près d'un chiffre. Une page blanche, l'image moyenne, un chiffre pâli ou "
    "un fondu passent bien inaperçus, mais ne sont pas assez loin des chiffres les plus légers. Il "
    "faut une image plus étrange : demandez-la au décodeur."
).edits(
    "return np.zeros(x_train.shape[1:])",
    "return np.mean(x_train, axis=0)",
    "return (x_train[0] + x_train[1]) / 2",
)
unnoticed_intruder.mistake("noticed").says(
    "L'alarme sonne : votre image est bien étrange, mais le réseau ne sait pas la redessiner. "
    "Partez plutôt de ce que le décodeur sait dessiner, et mesurez l'erreur avant de la rendre."
).edits(
    "return np.random.random(x_train.shape[1:])",
    "return 1 - x_train[0]",
    "return np.ones(x_train.shape[1:])",
)
