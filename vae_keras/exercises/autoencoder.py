"""Exercises of chapter 01: the reconstruction error, what it costs, and what it detects."""

import functools

import numpy as np
from keras import ops

from vae_keras.exercises._digits import (
    SHAPE,
    as_example,
    coordinates,
    digits,
    fitted_decoder,
    linear_decoder,
    nearest_distances,
)
from vae_keras.exercises._exercise import Observation, exercise

# ---------------------------------------------------------------------- the error

_rng = np.random.default_rng(11)
_IMAGES = [
    (np.array([3.0, 0, 1, 2]), np.array([0.0, 4, 1, 4]), (2, 1, 2, 1)),
    (_rng.random(36), _rng.random(36), (1, 4, 3, 3)),  # one image, in colour
    (_rng.random(96), _rng.random(96), (3, 4, 4, 2)),
]


@exercise(
    statement="Écrivez `errors_per_image(x, x_prime)` : l'erreur de reconstruction ‖x − x'‖² de "
    "chaque image. Les deux tableaux sont de forme `(lot, hauteur, largeur, canaux)` ; on attend "
    "une valeur par image, de forme `(lot,)`.",
    section="§ 1.2 (l'erreur de reconstruction)",
    hints=[
        "Pour une seule image de deux pixels, que vaut l'erreur si le premier se trompe de 3 et le "
        "second de 4 ? (Ni 7, ni 5.)",
        "Trois gestes, dans cet ordre : l'écart, son carré, la somme. Sur quels axes sommer pour "
        "qu'il reste un nombre par image ?",
        "L'axe 0 est celui du lot, on le garde ; la somme prend les trois autres : "
        "`axis=(1, 2, 3)`.",
    ],
    success="Somme sur tous les pixels et tous les canaux, une valeur par image : c'est la "
    "convention de tout le cours.",
    cases=[
        tuple(each.reshape(shape).astype("float32") for each in (x, x_prime))
        for x, x_prime, shape in _IMAGES
    ],
)
def errors_per_image(x, x_prime):
    """‖x − x'‖², une valeur par image."""
    return ops.sum((x - x_prime) ** 2, axis=(1, 2, 3))


@errors_per_image.misconception(
    "Vous faites la moyenne sur les pixels : il faut la somme. Avec des images de 784 pixels, "
    "votre erreur serait 784 fois trop petite, et ne se comparerait à aucune autre du cours."
)
def _mean_for_sum(x, x_prime):
    return np.mean((x - x_prime) ** 2, axis=(1, 2, 3))


_mean_for_sum.variant(lambda x, x_prime: np.mean(np.sum((x - x_prime) ** 2, axis=-1), axis=(1, 2)))


@errors_per_image.misconception(
    "Vous rendez la norme ‖x − x'‖ : il manque le carré. Ne prenez pas la racine de la somme "
    "(`np.linalg.norm` la prend)."
)
def _norm_not_squared(x, x_prime):
    return np.sqrt(np.sum((x - x_prime) ** 2, axis=(1, 2, 3)))


@errors_per_image.misconception(
    "Vous rendez un seul nombre pour tout le lot : on attend une valeur par image. L'axe 0, celui "
    "du lot, doit rester ; la moyenne sur les images se prend une fois, à la fin."
)
def _whole_batch(x, x_prime):
    return np.sum((x - x_prime) ** 2)


_whole_batch.variant(lambda x, x_prime: np.mean((x - x_prime) ** 2))


_whole_batch.variant(lambda x, x_prime: np.mean(np.sum((x - x_prime) ** 2, axis=(1, 2, 3))))


_whole_batch.variant(lambda x, x_prime: np.linalg.norm(x - x_prime))


@errors_per_image.misconception(
    "Vous sommez les écarts sans les élever au carré : un pixel trop clair et un pixel trop "
    "sombre se compensent, et une image fausse peut avoir une erreur nulle."
)
def _not_squared(x, x_prime):
    return np.sum(x - x_prime, axis=(1, 2, 3))


_not_squared.variant(lambda x, x_prime: np.sum(x_prime - x, axis=(1, 2, 3)))


@errors_per_image.misconception(
    "Vous prenez le carré de la somme : il faut la somme des carrés. Chaque écart s'élève au carré "
    "avant d'être ajouté aux autres."
)
def _squared_too_late(x, x_prime):
    return np.sum(x - x_prime, axis=(1, 2, 3)) ** 2


@errors_per_image.misconception(
    "Vous sommez les valeurs absolues : c'est une autre distance, qui pardonne plus aux grands "
    "écarts. ‖ ‖² est la somme des carrés."
)
def _absolute_values(x, x_prime):
    return np.sum(np.abs(x - x_prime), axis=(1, 2, 3))


@errors_per_image.misconception(
    "Vous comparez deux quantités d'encre, ‖x‖² et ‖x'‖², et non les images : deux chiffres "
    "différents qui ont autant d'encre auraient une erreur nulle. L'écart d'abord, pixel à pixel."
)
def _difference_of_norms(x, x_prime):
    return np.sum(x**2, axis=(1, 2, 3)) - np.sum(x_prime**2, axis=(1, 2, 3))


_difference_of_norms.variant(lambda x, x_prime: np.sum(x**2 - x_prime**2, axis=(1, 2, 3)) ** 2)


@errors_per_image.misconception(
    "Vous sommez sur les images au lieu des pixels : `axis=0` est l'axe du lot, celui qu'il faut "
    "garder."
)
def _summed_over_the_batch(x, x_prime):
    return np.sum((x - x_prime) ** 2, axis=0)


@errors_per_image.misconception(
    "La somme s'arrête en chemin : il reste un axe des pixels ou des canaux. Il faut sommer sur "
    "la hauteur, la largeur et les canaux, tous les trois."
)
def _axes_left(x, x_prime):
    return np.sum((x - x_prime) ** 2, axis=(1, 2))


_axes_left.variant(lambda x, x_prime: np.sum((x - x_prime) ** 2, axis=-1))


_axes_left.variant(lambda x, x_prime: np.sum((x - x_prime) ** 2, axis=1))


_axes_left.variant(lambda x, x_prime: (x - x_prime) ** 2)


# ---------------------------------------------------------------------- compression


@exercise(
    statement="Écrivez `compression_ratio(image_shape, latent_dim, code_bits, "
    "decoder_parameters, count)` : combien de fois moins de bits faut-il pour envoyer `count` "
    "codes et le décodeur que pour envoyer les images ? 8 bits par valeur d'une image, "
    "`code_bits` par nombre d'un code, 32 bits par paramètre du décodeur.",
    section="§ 4.1.4 (compression de données)",
    hints=[
        "Que faut-il envoyer à quelqu'un qui ne possède rien, pour qu'il voie vos images ? "
        "Combien de fois chaque chose ?",
        "Comptez deux totaux, en bits : les images d'un côté ; les codes et le décodeur, envoyé "
        "une seule fois, de l'autre.",
        "Les images : `count` × hauteur × largeur × canaux × 8. Le reste : `count` × "
        "`latent_dim` × `code_bits` + 32 × `decoder_parameters`. Divisez le premier par le second.",
    ],
    success="Un compte honnête : le décodeur voyage une fois, et s'amortit sur les images ; avec "
    "trop peu d'images, le rapport tombe sous 1.",
    cases=[
        ((4, 4, 1), 2, 8, 10, 100),
        ((28, 28, 1), 10, 16, 50_000, 60_000),
        ((64, 64, 3), 128, 6, 2_000_000, 1_000),  # not worth it
    ],
)
def compression_ratio(image_shape, latent_dim, code_bits, decoder_parameters, count):
    """Combien de fois moins de bits, décodeur compris."""
    image_bits = count * np.prod(image_shape) * 8
    sent_bits = count * latent_dim * code_bits + decoder_parameters * 32
    return image_bits / sent_bits


@compression_ratio.misconception(
    "Vous comptez des nombres, pas des bits : une valeur d'image en prend 8, un nombre d'un code "
    "`code_bits`, un paramètre 32. C'est en bits que tout se paie."
)
def _values_for_bits(image_shape, latent_dim, code_bits, decoder_parameters, count):
    return count * np.prod(image_shape) / (count * latent_dim + decoder_parameters)


_values_for_bits.variant(
    lambda image_shape, latent_dim, code_bits, decoder_parameters, count: (
        np.prod(image_shape) / latent_dim
    )
)


_values_for_bits.variant(
    lambda image_shape, latent_dim, code_bits, decoder_parameters, count: (
        count * np.prod(image_shape) / (count * latent_dim * code_bits + decoder_parameters * 32)
    )
)


@compression_ratio.misconception(
    "Le rapport est à l'envers : c'est la taille après, divisée par la taille avant. On demande "
    "combien de fois moins : les images en haut, ce que l'on envoie à leur place en bas."
)
def _inverted(*arguments):
    return 1 / compression_ratio._solution(*arguments)


_inverted.variant(
    lambda image_shape, latent_dim, code_bits, decoder_parameters, count: (
        latent_dim * code_bits / (np.prod(image_shape) * 8)
    )
)


@compression_ratio.misconception(
    "Le décodeur est oublié : sans lui, personne ne sait relire les codes. Il faut l'envoyer, une "
    "fois, et ses paramètres pèsent souvent plus que bien des images."
)
def _decoder_forgotten(image_shape, latent_dim, code_bits, decoder_parameters, count):
    return np.prod(image_shape) * 8 / (latent_dim * code_bits)


_decoder_forgotten.variant(
    lambda image_shape, latent_dim, code_bits, decoder_parameters, count: (
        np.prod(image_shape) * 8 / (latent_dim * 32)
    )
)


@compression_ratio.misconception(
    "Vous envoyez le décodeur avec chaque image : il ne voyage qu'une fois, puis sert à toutes."
)
def _decoder_every_time(image_shape, latent_dim, code_bits, decoder_parameters, count):
    return np.prod(image_shape) * 8 / (latent_dim * code_bits + decoder_parameters * 32)


@compression_ratio.misconception(
    "Vous comptez un bit par paramètre du décodeur : chacun en pèse 32, en float32."
)
def _parameters_for_bits(image_shape, latent_dim, code_bits, decoder_parameters, count):
    return count * np.prod(image_shape) * 8 / (count * latent_dim * code_bits + decoder_parameters)


@compression_ratio.misconception(
    "Vous comptez `code_bits` bits par paramètre du décodeur. C'est la taille d'un nombre d'un "
    "code ; un paramètre en pèse 32."
)
def _parameters_as_codes(image_shape, latent_dim, code_bits, decoder_parameters, count):
    sent = (count * latent_dim + decoder_parameters) * code_bits
    return count * np.prod(image_shape) * 8 / sent


@compression_ratio.misconception(
    "Vous comptez 32 bits par nombre d'un code : il en prend `code_bits`. Arrondir les codes est "
    "le plus facile des gains."
)
def _codes_not_rounded(image_shape, latent_dim, code_bits, decoder_parameters, count):
    return count * np.prod(image_shape) * 8 / (32 * (count * latent_dim + decoder_parameters))


@compression_ratio.misconception(
    "Vous comptez 32 bits par valeur d'une image : une image ordinaire en prend 8. Gonfler la "
    "taille de départ est la façon la plus courante d'embellir un taux de compression."
)
def _images_in_floats(*arguments):
    return 4 * compression_ratio._solution(*arguments)


@compression_ratio.misconception(
    "Il manque les canaux : une image en couleurs a trois valeurs par pixel."
)
def _channels_forgotten(image_shape, *others):
    return compression_ratio._solution((*image_shape[:2], 1), *others)


@compression_ratio.misconception(
    "C'est la part économisée, 1 − après/avant. On demande un rapport : combien de fois moins."
)
def _saved_share(*arguments):
    return 1 - 1 / compression_ratio._solution(*arguments)


# ---------------------------------------------------------------------- the alarm


_GRID = 50 * np.linspace(0, 1, 501) ** 3  # scores, many small and few large
_rng.shuffle(_GRID)
# No new score lies where two definitions of a quantile could disagree.
_SCORES = [
    (np.arange(1, 11) / 2, np.array([4.0, 9, 1, 7, 10, 2, 6, 3, 8, 5]), [0.5, 2, 7.5, 9.5, 12, 20]),
    (_GRID / 2, _GRID, [2.0, 10, 20, 25, 38, 42, 44, 47, 49, 70]),
    (_GRID / 2, _GRID, [1.0, 5, 9, 12, 30, 31]),  # nothing abnormal
]


@exercise(
    statement="Écrivez `raise_alarms(train_errors, val_errors, new_errors, rate)` : pour chaque "
    "nouvelle image, `True` si son erreur donne l'alarme. Le seuil doit laisser une part `rate` "
    "de fausses alarmes sur des images normales que le réseau n'a jamais vues.",
    section="§ 1.1 (la détection d'anomalies)",
    hints=[
        "Trois tableaux d'erreurs : lequel contient des images normales, et que le réseau n'a pas "
        "apprises ?",
        "Si `rate` vaut 0,05, quelle part des images normales doit se trouver au-dessous du "
        "seuil ? Le nombre cherché est un quantile.",
        "`np.quantile(erreurs, 1 - rate)` est le seuil. Il reste à lui comparer chaque nouvelle "
        "erreur.",
    ],
    success="Le seuil ne dépend ni des images apprises, ni de celles qu'on juge : s'il n'y a pas "
    "d'intrus, il n'y a presque pas d'alarme.",
    cases=[
        (*(np.array(each, "float32") for each in scores), rate)
        for scores, rate in zip(_SCORES, (0.2, 0.05, 0.01), strict=True)
    ],
)
def raise_alarms(train_errors, val_errors, new_errors, rate):
    """Vrai là où l'erreur dépasse le seuil."""
    threshold = np.quantile(val_errors, 1 - rate)
    return new_errors > threshold


@raise_alarms.misconception(
    "Votre seuil est réglé sur les images à juger, anomalies comprises : il en dénonce toujours la "
    "même part, qu'il y ait des intrus ou non. Réglez-le sur des images que l'on sait normales."
)
def _threshold_on_the_new_images(train_errors, val_errors, new_errors, rate):
    return new_errors > np.quantile(new_errors, 1 - rate)


_threshold_on_the_new_images.variant(
    lambda train_errors, val_errors, new_errors, rate: new_errors > np.quantile(new_errors, rate)
)


_threshold_on_the_new_images.variant(
    lambda train_errors, val_errors, new_errors, rate: (
        new_errors >= np.quantile(new_errors, 1 - rate, method="higher")
    )
)


@raise_alarms.misconception(
    "Votre seuil est réglé sur les images apprises : le réseau les redessine trop bien, leurs "
    "erreurs sont flatteuses, et les fausses alarmes seront bien plus nombreuses que prévu.",
    section="§ 1.5 (le risque de sur-apprentissage)",
)
def _threshold_on_the_training_images(train_errors, val_errors, new_errors, rate):
    return new_errors > np.quantile(train_errors, 1 - rate)


@_threshold_on_the_training_images.variant
def _(train_errors, val_errors, new_errors, rate):
    known = np.concatenate([train_errors, val_errors])
    return new_errors > np.quantile(known, 1 - rate)


@raise_alarms.misconception(
    "C'est la mauvaise queue : votre seuil est le quantile `rate`, que presque toutes les images "
    "normales dépassent. Il faut celui que seule une part `rate` dépasse : `1 - rate`."
)
def _wrong_tail(train_errors, val_errors, new_errors, rate):
    return new_errors > np.quantile(val_errors, rate)


@raise_alarms.misconception(
    "Vous comparez une erreur à `rate`, qui est une part d'images et non une erreur. Le seuil est "
    "l'erreur que cette part des images normales dépasse."
)
def _rate_as_a_value(train_errors, val_errors, new_errors, rate):
    return new_errors > rate


_rate_as_a_value.variant(
    lambda train_errors, val_errors, new_errors, rate: new_errors > np.max(val_errors) * (1 - rate)
)


_rate_as_a_value.variant(
    lambda train_errors, val_errors, new_errors, rate: new_errors > np.max(val_errors) * rate
)


_rate_as_a_value.variant(
    lambda train_errors, val_errors, new_errors, rate: new_errors > np.mean(val_errors) * (1 + rate)
)


@raise_alarms.misconception(
    "`np.percentile` compte de 0 à 100, et vous lui donnez une part entre 0 et 1 : prenez "
    "`np.quantile`, ou multipliez par 100."
)
def _percents(train_errors, val_errors, new_errors, rate):
    return new_errors > np.percentile(val_errors, 1 - rate)


@raise_alarms.misconception(
    "L'alarme est à l'envers : vous la donnez au-dessous du seuil. Une grande erreur est suspecte, "
    "une petite ne l'est pas."
)
def _alarm_below(train_errors, val_errors, new_errors, rate):
    return new_errors < np.quantile(val_errors, 1 - rate)


@raise_alarms.misconception(
    "Moyenne plus quelques écarts-types : cette règle suppose des erreurs gaussiennes, et ne tient "
    "pas compte de `rate`. Un quantile ne suppose rien.",
)
def _mean_and_deviations(train_errors, val_errors, new_errors, rate):
    return new_errors > np.mean(val_errors) + 2 * np.std(val_errors)


_mean_and_deviations.variant(
    lambda train_errors, val_errors, new_errors, rate: (
        new_errors > np.mean(val_errors) + 3 * np.std(val_errors)
    )
)


_mean_and_deviations.variant(
    lambda train_errors, val_errors, new_errors, rate: (
        new_errors > np.mean(val_errors) + np.std(val_errors)
    )
)


_mean_and_deviations.variant(
    lambda train_errors, val_errors, new_errors, rate: (
        new_errors > np.mean(val_errors) + 1.645 * np.std(val_errors)
    )
)


@raise_alarms.misconception(
    "Votre seuil ne tient pas compte de `rate` : 95 %, c'était pour 5 % de fausses alarmes. Quelle "
    "part des images normales doit rester au-dessous, quand `rate` vaut 0,2 ?"
)
def _rate_ignored(train_errors, val_errors, new_errors, rate):
    return new_errors > np.quantile(val_errors, 0.95)


_rate_ignored.variant(
    lambda train_errors, val_errors, new_errors, rate: new_errors > np.max(val_errors)
)


@raise_alarms.misconception(
    "Vous partagez `rate` entre deux queues, comme pour un intervalle. Ici une seule est "
    "suspecte, celle des grandes erreurs : le seuil est le quantile `1 - rate`."
)
def _two_tails(train_errors, val_errors, new_errors, rate):
    return new_errors > np.quantile(val_errors, 1 - rate / 2)


_two_tails.variant(
    lambda train_errors, val_errors, new_errors, rate: (
        (new_errors > np.quantile(val_errors, 1 - rate / 2))
        | (new_errors < np.quantile(val_errors, rate / 2))
    )
)


@raise_alarms.misconception(
    "Vous rendez le seuil : il est bon, mais il reste à lui comparer chaque nouvelle erreur. On "
    "attend un `True` ou un `False` par nouvelle image."
)
def _threshold_itself(train_errors, val_errors, new_errors, rate):
    return np.quantile(val_errors, 1 - rate)


# ---------------------------------------------------------------------- the intruder

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

    pairs = [
        ("linéaire, 12 dimensions", coordinates(12), linear_decoder(12)),
        ("non linéaire, 16 dimensions", coordinates(16), fitted_decoder(16, features, 3.0)),
        ("linéaire, 40 dimensions", coordinates(40), linear_decoder(40)),
    ]
    return [(*pair, float(np.quantile(_errors(*pair[1:], digits()[1]), 0.95))) for pair in pairs]


def _errors(encode, decode, x):
    return np.sum((x - decode(encode(x))) ** 2, axis=(1, 2, 3))


def _intruders(answer):
    x_train = digits()[0]
    for name, encode, decode, threshold in _autoencoders():
        array = answer.array(encode, decode, x_train, threshold)
        image = as_example(array, SHAPE)
        what = f"autoencodeur {name}"
        right = image is not None
        yield Observation(f"{what} : une image de forme {SHAPE} (vôtre : {array.shape})", right)
        if not right:
            return
        right = bool(np.all((image > -1e-4) & (image < 1 + 1e-4)))
        extent = f"de {image.min():.2g} à {image.max():.2g}"
        yield Observation(f"{what} : des pixels entre 0 et 1 (vôtres : {extent})", right)
        if not right:
            return
        distance = nearest_distances(image[None], x_train)[0]
        yield Observation(f"{what} : une image qui n'est pas dans `x_train`", distance > 1e-2)
        if distance <= 1e-2:
            return
        right = bool(distance > _FAR - 1e-3)
        measured = f"distance à la plus proche image de `x_train` : {distance:.1f}"
        yield Observation(f"{what}, {measured} ; au moins {_FAR:.1f}".replace(".", ","), right)
        if not right:
            return
        error = _errors(encode, decode, image[None])[0]
        right = bool(error < threshold * (1 + 1e-4))
        measured = f"erreur de l'intrus : {error:.1f}, seuil d'alarme : {threshold:.1f}"
        yield Observation(f"{what}, {measured} ; pas d'alarme".replace(".", ","), right)
        if not right:
            return


@exercise(
    statement="Écrivez `unnoticed_intruder(encode, decode, x_train, threshold)` : une image de "
    "forme `(28, 28, 1)`, aux pixels entre 0 et 1, à une distance d'au moins 8,5 de chaque image "
    "d'entraînement, et dont l'erreur ‖x − x'‖² reste pourtant sous le seuil d'alarme "
    "`threshold`.",
    section="§ 1.1 (la détection d'anomalies) et § 1.2 (l'erreur de reconstruction)",
    hints=[
        "Quelles sont les images que le décodeur sait dessiner ? Sont-elles toutes des chiffres ?",
        "Un code extravagant donne une image extravagante. Écartez les codes de leur moyenne, "
        "décodez, ramenez les pixels entre 0 et 1 (`np.clip`).",
        "Fabriquez-en quelques centaines ; pour chacune, calculez son erreur et sa distance au "
        "plus proche chiffre. Parmi celles dont l'erreur est sous `threshold`, rendez la plus "
        "lointaine.",
    ],
    success="Votre intrus ne ressemble à aucun chiffre, et aucune alarme n'a sonné : une petite "
    "erreur dit que le réseau sait redessiner l'image, pas qu'elle est normale.",
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


@unnoticed_intruder.misconception(
    "C'est une image d'entraînement : elle passe inaperçue, mais ce n'est pas une intruse."
)
def _training_image(encode, decode, x_train, threshold):
    return x_train[0]


@unnoticed_intruder.misconception(
    "Certains pixels sortent de [0, 1] : ce n'est plus une image, et un simple contrôle des pixels "
    "l'arrêterait. `np.clip` les y ramène ; vérifiez ensuite l'erreur, qui aura changé.",
    section="§ 1.2 (le décodeur)",
)
def _not_an_image(encode, decode, x_train, threshold):
    return decode(10 * encode(x_train[:1]))[0] * 10


@unnoticed_intruder.misconception(
    "Votre image est trop près d'un chiffre. Une page blanche, l'image moyenne, un chiffre pâli ou "
    "un fondu passent bien inaperçus, mais ne sont pas assez loin des chiffres les plus légers. Il "
    "faut une image plus étrange : demandez-la au décodeur.",
)
def _too_close(encode, decode, x_train, threshold):
    return np.zeros(x_train.shape[1:])


_too_close.variant(lambda encode, decode, x_train, threshold: np.mean(x_train, axis=0))


_too_close.variant(lambda encode, decode, x_train, threshold: (x_train[0] + x_train[1]) / 2)


@unnoticed_intruder.misconception(
    "L'alarme sonne : votre image est bien étrange, mais le réseau ne sait pas la redessiner. "
    "Partez plutôt de ce que le décodeur sait dessiner, et mesurez l'erreur avant de la rendre.",
)
def _noticed(encode, decode, x_train, threshold):
    return np.random.default_rng(0).random(x_train.shape[1:])


_noticed.variant(lambda encode, decode, x_train, threshold: 1 - x_train[0])


_noticed.variant(lambda encode, decode, x_train, threshold: np.ones(x_train.shape[1:]))
