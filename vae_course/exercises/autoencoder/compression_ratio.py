"""Exercise: an honest compression ratio, in bits."""

import numpy as np

from vae_course.engine import exercise


@exercise(
    statement="Écrivez `compression_ratio(image_shape, latent_dim, code_bits, "
    "decoder_parameters, count)` : combien de fois moins de bits faut-il pour envoyer `count` "
    "codes et le décodeur que pour envoyer les images ? 8 bits par valeur d'une image, "
    "`code_bits` par nombre d'un code, 32 bits par paramètre du décodeur.",
    section="§ 1.1 (la compression de données)",
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
        ((4, 6, 1), 3, 16, 10, 100),
        ((10, 20, 3), 10, 4, 1_000, 200),
        ((2, 5, 1), 2, 12, 100, 10),  # not worth it
    ],
)
def compression_ratio(image_shape, latent_dim, code_bits, decoder_parameters, count):
    """Combien de fois moins de bits, décodeur compris."""
    image_bits = count * np.prod(image_shape) * 8
    sent_bits = count * latent_dim * code_bits + decoder_parameters * 32
    return image_bits / sent_bits


compression_ratio.mistake("values_for_bits").says(
    "Vous comptez des nombres, pas des bits : une valeur d'image en prend 8, un nombre d'un code "
    "`code_bits`, un paramètre 32. C'est en bits que tout se paie."
).edits(
    {" * 8": "", " * code_bits": "", " * 32": ""},
    "return np.prod(image_shape) / latent_dim",
)
compression_ratio.mistake("inverted").says(
    "Le rapport est à l'envers : c'est la taille après, divisée par la taille avant. On demande "
    "combien de fois moins : les images en haut, ce que l'on envoie à leur place en bas."
).edits(
    {"image_bits / sent_bits": "sent_bits / image_bits"},
    {" + decoder_parameters * 32": "", "image_bits / sent_bits": "sent_bits / image_bits"},
)
compression_ratio.mistake("decoder_forgotten").says(
    "Le décodeur est oublié : sans lui, personne ne sait relire les codes. Il faut l'envoyer, une "
    "fois, et ses paramètres pèsent souvent plus que bien des images."
).edits({" + decoder_parameters * 32": ""}, {"code_bits + decoder_parameters * 32": "32"})
compression_ratio.mistake("decoder_every_time").says(
    "Votre compte est celui d'une seule image : le décodeur y pèse comme s'il voyageait avec "
    "chacune. Il ne voyage qu'une fois, et sert aux `count` images."
).edits({"count * np.prod": "np.prod", "count * latent_dim": "latent_dim"})
compression_ratio.mistake("parameters_for_bits").says(
    "Vous comptez un bit par paramètre du décodeur : chacun en pèse 32, en float32."
).edits({" * 32": ""})
compression_ratio.mistake("parameters_as_codes").says(
    "Vous comptez `code_bits` bits par paramètre du décodeur. C'est la taille d'un nombre d'un "
    "code ; un paramètre en pèse 32."
).edits({"32": "code_bits"})
compression_ratio.mistake("codes_not_rounded").says(
    "Vous comptez 32 bits par nombre d'un code : il en prend `code_bits`. Arrondir les codes est "
    "le plus facile des gains."
).edits({"code_bits": "32"})
compression_ratio.mistake("images_in_floats").says(
    "Vous comptez 32 bits par valeur d'une image : une image ordinaire en prend 8. Gonfler la "
    "taille de départ est une façon facile d'embellir un taux de compression."
).edits({"* 8": "* 32"})
compression_ratio.mistake("channels_forgotten").says(
    "Il manque les canaux : une image en couleurs a trois valeurs par pixel."
).edits({"(image_shape)": "(image_shape[:2])"})
compression_ratio.mistake("saved_share").says(
    "C'est la part économisée, 1 − après/avant. On demande un rapport : combien de fois moins."
).edits({"image_bits / sent_bits": "1 - sent_bits / image_bits"})
compression_ratio.mistake("factor_forgotten").says(
    "Un des facteurs manque : il y a `count` images, et `count` codes de `latent_dim` nombres."
).edits({"latent_dim * ": ""}, {"count * np.prod": "np.prod"}, {"count * latent_dim": "latent_dim"})
compression_ratio.mistake("sum_of_the_sides").says(
    "Une image de h × l pixels et c canaux a h × l × c valeurs : un produit, non une somme."
).edits({"np.prod": "np.sum"})
compression_ratio.mistake("rounded").says(
    "Vous arrondissez le rapport : `//`, `int` et `round` jettent ce qui suit la virgule. Divisez "
    "avec `/`, sans arrondir."
).edits(
    {"image_bits / ": "image_bits // "},
    {"return ": "return round(", " / sent_bits": " / sent_bits)"},
    {"return ": "return round(", " / sent_bits": " / sent_bits, 1)"},
)
compression_ratio.mistake("difference").says(
    "C'est une différence, le nombre de bits économisés. On demande un rapport : combien de fois "
    "moins."
).edits({"image_bits / sent_bits": "image_bits - sent_bits"})
compression_ratio.mistake("levels_for_bits").says(
    "Un nombre écrit sur `code_bits` bits a 2 puissance `code_bits` niveaux, mais il ne pèse que "
    "`code_bits` bits."
).edits({"code_bits": "2**code_bits"}, {"latent_dim * code_bits": "latent_dim**code_bits"})
compression_ratio.mistake("bytes_and_bits").says(
    "Vous mêlez octets et bits : un paramètre en float32 pèse 4 octets, soit 32 bits, et une "
    "valeur d'image 1 octet, soit 8 bits. Tout doit être dans la même unité."
).edits({"* 32": "* 4"}, {"* 32": "* 8"}, {" * 8": ""})
compression_ratio.mistake("parentheses").says(
    "Il manque des parenthèses : `a / b + c` divise avant d'ajouter, et `a / b * c` multiplie par "
    "`c`. Calculez le total envoyé à part, puis divisez."
).edits(
    "return count * np.prod(image_shape) * 8 / count * latent_dim * code_bits"
    " + decoder_parameters * 32",
    "return count * np.prod(image_shape) * 8 / (count * latent_dim * code_bits)"
    " + decoder_parameters * 32",
)
compression_ratio.mistake("decoder_twice").says(
    "Vous comptez deux fois les paramètres du décodeur : ni l'encodeur ni une seconde copie ne "
    "voyagent, le destinataire n'a qu'à lire."
).edits({"* 32": "* 64"})
