"""Exercise: an honest compression ratio, in bits."""

import numpy as np

from vae_course.engine import exercise


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
        ((64, 64, 3), 128, 6, 2_000_000, 500),  # not worth it
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
    "Votre compte est celui d'une seule image : le décodeur y pèse comme s'il voyageait "
    "avec chacune. Il ne voyage qu'une fois, et sert aux `count` images."
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
    "taille de départ est une façon facile d'embellir un taux de compression."
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


@compression_ratio.misconception(
    "Un des facteurs manque : il y a `count` images, et `count` codes de `latent_dim` nombres.",
)
def _factor_forgotten(image_shape, latent_dim, code_bits, decoder_parameters, count):
    return count * np.prod(image_shape) * 8 / (count * code_bits + decoder_parameters * 32)


@_factor_forgotten.variant
def _(image_shape, latent_dim, code_bits, decoder_parameters, count):
    sent = count * latent_dim * code_bits + decoder_parameters * 32
    return np.prod(image_shape) * 8 / sent


@_factor_forgotten.variant
def _(image_shape, latent_dim, code_bits, decoder_parameters, count):
    sent = latent_dim * code_bits + decoder_parameters * 32
    return count * np.prod(image_shape) * 8 / sent


@compression_ratio.misconception(
    "Une image de h × l pixels et c canaux a h × l × c valeurs : un produit, non une somme.",
)
def _sum_of_the_sides(image_shape, latent_dim, code_bits, decoder_parameters, count):
    sent = count * latent_dim * code_bits + decoder_parameters * 32
    return count * np.sum(image_shape) * 8 / sent


@compression_ratio.misconception(
    "Vous arrondissez le rapport : `//` jette ce qui suit la virgule. Divisez avec `/`.",
)
def _rounded(image_shape, latent_dim, code_bits, decoder_parameters, count):
    sent = count * latent_dim * code_bits + decoder_parameters * 32
    return count * np.prod(image_shape) * 8 // sent
