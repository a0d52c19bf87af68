"""Exercise: the length of a message, from its probabilities."""

import numpy as np

from vae_course.engine import exercise
from vae_course.engine.wording import show_argument

_MESSAGES = {  # the small ones first, whose bits are counted on one's fingers
    "cinq symboles à ¼, soit dix bits": np.full(5, 0.25),
    "huit symboles à ½, soit huit bits": np.full(8, 0.5),  # a whole byte, exactly
    "un symbole à ½, un autre à ¼, un troisième à 1 : trois bits": np.array([0.5, 0.25, 1.0]),
    "deux cents symboles à 0,9, de 0,152 bit chacun, soit 30,4 bits": np.full(200, 0.9),
    "quatre symboles, de 9,97, 0, 0,74 et 5,06 bits": np.array([0.001, 1.0, 0.6, 0.03]),
    "cinq mille symboles": 0.02 + 0.96 * np.random.default_rng(82).random(5000),
}


def _sizes(answer):
    for said, probabilities in _MESSAGES.items():
        size = answer.array(probabilities)
        shown = (
            "" if len(probabilities) > 12 else f"probabilities = {show_argument(probabilities)}, "
        )
        yield f"{shown}{said}", size[0] if size.shape == (1,) else size


@exercise(
    statement="Un codeur idéal a écrit un message ; `probabilities`, de forme `(n,)`, donne "
    "la probabilité que le modèle attribuait à chacun des symboles qui sont venus. Écrivez "
    "`message_bytes(probabilities)` : la taille du message, en octets entiers.",
    section="§ 4.1.4 (un format plus compact)",
    hints=[
        "Combien de bits coûte un symbole de probabilité ½ ? Et de probabilité ¼ ? C'est −log₂ p.",
        "Les longueurs s'ajoutent sur le message, fractions de bit comprises : le codeur ne les "
        "arrondit pas une à une.",
        "Huit bits par octet, et un octet entamé est un octet écrit : on arrondit une fois, à la "
        "fin, vers le haut.",
    ],
    success="Cent symboles presque sûrs tiennent dans deux octets : c'est cela, compresser.",
    observe=_sizes,
    atol=0.25,
    rtol=0.0,
)
def message_bytes(probabilities):
    """La taille du message, en octets entiers."""
    bits = np.sum(-np.log2(probabilities))
    return int(np.ceil(bits / 8))


message_bytes.mistake("nats").says(
    "Ce sont des nats : le logarithme népérien donne des longueurs 1,44 fois trop courtes. En "
    "bits, c'est log₂ (ou log népérien divisé par log 2)."
).edits(
    {"log2": "log"},
    {"log2": "log", "int(np.ceil(bits / 8))": "bits / 8"},
    {"log2": "log", "int(np.ceil(bits / 8))": "bits // 8"},
)
message_bytes.mistake("each_symbol_rounded").says(
    "Vous arrondissez chaque symbole à un nombre entier de bits, ou d'octets. Un codeur entropique "
    "arrondit tout le message, une fois : un symbole à 0,15 bit coûte 0,15 bit."
).edits(
    {"-np.log2(probabilities)": "np.ceil(-np.log2(probabilities))"},
    {"-np.log2(probabilities)": "8 * np.ceil(-np.log2(probabilities) / 8)"},
)
message_bytes.mistake("bits_for_bytes").says(
    "C'est le nombre de bits : on demande des octets, de huit bits."
).edits({" / 8": ""}, {"int(np.ceil(bits / 8))": "bits"})
message_bytes.mistake("underflow").says(
    "La probabilité du message est le produit, mais ce produit est trop petit pour un nombre "
    "flottant : il vaut 0 sur un long message. Sommez les logarithmes."
).edits(
    "return np.ceil(-np.log2(np.prod(probabilities)) / 8)",
    "return int(np.ceil(-np.log2(np.prod(probabilities)) / 8))",
    "import math\nreturn math.ceil(-math.log2(math.prod(probabilities)) / 8)",
)
message_bytes.mistake("entropy").says(
    "C'est une entropie, Σ −p log₂ p : une moyenne sur tous les symboles possibles. Ici les "
    "symboles sont venus : chacun coûte −log₂ p, sans le facteur p."
).edits({"-np.log2": "-probabilities * np.log2"})
message_bytes.mistake("mean_length").says(
    "C'est la longueur moyenne d'un symbole : la taille du message est la somme."
).edits({"np.sum": "np.mean"})
message_bytes.mistake("rounded_down").says(
    "L'arrondi est vers le bas : les derniers bits n'auraient pas de place. Un octet entamé est un "
    "octet écrit."
).edits({"int(np.ceil(bits / 8))": "bits // 8"})
message_bytes.mistake("one_too_many").says(
    "Huit bits tout juste tiennent dans un octet : `ceil`, et non `int(…) + 1`."
).edits({"int(np.ceil(bits / 8))": "bits // 8 + 1"})
message_bytes.mistake("not_rounded_up").says(
    "L'arrondi est oublié, ou au plus proche : un fichier a un nombre entier d'octets, et tous ses "
    "bits y sont. C'est `np.ceil`, une fois, à la fin."
).edits({"int(np.ceil(bits / 8))": "bits / 8"}, {"np.ceil": "np.round"})
message_bytes.mistake("negative_length").says(
    "Le signe est à l'envers : une longueur est positive, et log₂ p ne l'est pas."
).edits({"-np.log2": "np.log2"})
