"""Exercise: the two reconstruction terms, from the logits."""

import keras
import numpy as np

from vae_course.engine import exercise


def _images(*shape):
    """Binary and grey pixels, and logits of a decoder that hesitates."""
    rng = np.random.default_rng(61)
    x = np.where(rng.random(shape) < 0.5, rng.random(shape), rng.random(shape) < 0.5)
    return x.astype("float32"), rng.uniform(-3, 3, shape).astype("float32")


def terms(answer):
    two_pixels = (np.reshape(np.float32(each), (1, 1, 2, 1)) for each in ([1, 0], [0, 2]))
    tries = [
        ("une image de deux pixels, x = [1, 0], logits = [0, 2]", *two_pixels),
        ("trois images en gris, de forme (3, 2, 4, 1)", *_images(3, 2, 4, 1)),
        ("deux images en couleurs, de forme (2, 3, 3, 3)", *_images(2, 3, 3, 3)),
    ]
    for what, x, logits in tries:
        for term, value in zip(("Bernoulli", "Gauss"), answer.arrays(2, x, logits), strict=True):
            yield f"{what} : {term}", value
    sure = np.float32([0, 1, 0, 1]), np.float32([100, 100, -100, -100])
    value = answer.arrays(2, *(each.reshape(4, 1, 1, 1) for each in sure))[0].ravel()
    found = np.array2string(value, precision=1, suppress_small=True, separator=", ")
    told = (
        "pour quatre images d'un pixel, x = [0, 1, 0, 1] et logits = [100, 100, −100, −100], "
        f"le terme de Bernoulli vaut [100, 0, 0, 100] (le vôtre : {found})"
    )
    right = value.size == 4 and np.allclose(np.abs(value), [100, 0, 0, 100], rtol=1e-3, atol=1e-3)
    yield told, right


@exercise(
    statement="Écrivez `reconstruction_terms(x, logits)`, de deux tableaux de forme "
    "`(lot, hauteur, largeur, canaux)` : l'entropie croisée, puis ‖x − x̂‖² avec x̂ = "
    "sigmoïde(logits). Deux résultats de forme `(lot,)`, finis même si les logits valent ±100.",
    section="§ 3.2, algorithme 1, ligne 9",
    hints=[
        "Sur quels axes sommer pour qu'il reste un nombre par image, qu'elle soit grise ou en "
        "couleurs ? Tous, sauf celui du lot.",
        "À logit = 100, p s'arrondit à 1, et log(1 − p) vaut −∞. Développez plutôt sur le papier : "
        "−log(1 − sigmoïde(l)) = log(1 + exp(l)), que l'on nomme softplus(l).",
        "De même −log sigmoïde(l) = softplus(l) − l. L'entropie croisée d'un pixel se réduit donc "
        "à softplus(l) − x · l, avec `keras.ops.softplus` ou `np.logaddexp(0, l)`.",
    ],
    success="Calculée depuis les logits, l'entropie croisée reste finie même quand le décodeur est "
    "sûr de lui et se trompe : la perte ne deviendra pas `nan` au milieu d'un entraînement.",
    observe=terms,
)
def reconstruction_terms(x, logits):
    """L'entropie croisée et l'erreur quadratique, une valeur par image."""
    pixels = (1, 2, 3)
    x_hat = keras.ops.sigmoid(logits)
    cross_entropy = keras.ops.softplus(logits) - x * logits
    squared_error = keras.ops.square(x - x_hat)
    return keras.ops.sum(cross_entropy, pixels), keras.ops.sum(squared_error, pixels)


_ENTROPY = "keras.ops.softplus(logits) - x * logits"


def _cross_entropy(x, p):
    return -(x * keras.ops.log(p) + (1 - x) * keras.ops.log(1 - p))


def _clipped(p):
    return keras.ops.clip(p, 1e-7, 1 - 1e-7)  # as Keras does


reconstruction_terms.mistake("through_the_probability").says(
    "Tout est juste tant que le décodeur hésite. Mais à un logit de ±100, p s'arrondit à 0 ou 1, "
    "et son logarithme devient infini, ou faux s'il est rogné par un petit ε. Ne passez pas par p "
    ": partez des logits, avec softplus(l) = log(1 + exp(l)), calculé par la bibliothèque."
).edits({_ENTROPY: "_cross_entropy(x, x_hat)"})
reconstruction_terms.mistake("logits_as_probabilities").says(
    "Les logits sont pris pour des probabilités : ce sont des nombres quelconques, négatifs ou "
    "plus grands que 1. La probabilité d'un pixel est sigmoïde(logit) ; avec une fonction de "
    "Keras, c'est `from_logits=True`."
).edits(
    {_ENTROPY: "_cross_entropy(x, logits)", "- x_hat": "- logits"},
    {_ENTROPY: "_cross_entropy(x, logits)"},
    {
        _ENTROPY: "_cross_entropy(x, _clipped(logits))",
        "- x_hat": "- logits",
    },
    {_ENTROPY: "_cross_entropy(x, _clipped(logits))"},
)
reconstruction_terms.mistake("logits_as_images").says(
    "L'entropie croisée est juste, mais l'erreur quadratique compare l'image aux logits. L'image "
    "reconstruite x̂ est sigmoïde(logits), dans [0, 1]."
).edits(
    {"- x_hat": "- logits"},
    {"- x_hat": "- logits", "sum(squared_error": "sum(squared_error + 0.5 * np.log(np.pi)"},
)
reconstruction_terms.mistake("sigmoid_twice").says(
    "La sigmoïde est appliquée deux fois. Une fonction qui attend des logits (`from_logits=True`) "
    "l'applique elle-même : donnez-lui les logits, pas des probabilités."
).edits(
    {"x_hat = ": "x_hat = logits = "},
    {"x_hat = ": "logits = keras.ops.sigmoid(logits)\n    x_hat = "},
)
reconstruction_terms.mistake("mean_over_pixels").says(
    "Vous faites la moyenne sur les pixels : il faut la somme. Des pixels indépendants ont des "
    "log-vraisemblances qui s'ajoutent ; la moyenne revient à donner à la KL un poids β égal au "
    "nombre de pixels, et le code risque de se taire."
).edits(
    {"sum(cross": "mean(cross", "sum(squared": "mean(squared"},
    {"sum(cross": "mean(cross"},
    {"sum(squared": "mean(squared"},
)
reconstruction_terms.mistake("mean_over_channels").says(
    "Juste pour des images grises, faux en couleurs : une moyenne se prend sur les canaux. Les "
    "pertes de Keras (`keras.losses…`) la font sur le dernier axe ; sommez ce que rend "
    "`keras.ops.binary_crossentropy`, une valeur par pixel et par canal."
).edits(
    {"(cross": "(1 / x.shape[-1] * cross", "(squared": "(1 / x.shape[-1] * squared"},
    {"(cross": "(1 / x.shape[-1] * cross"},
    {"(squared": "(1 / x.shape[-1] * squared"},
)
reconstruction_terms.mistake("wrong_sign").says(
    "Le signe est à l'envers : vous rendez des log-vraisemblances (à une constante près), et la "
    "perte est leur opposé. L'entropie croisée et ‖x − x̂‖² ne sont jamais négatives."
).edits(
    {"(cross": "(-cross", "(squared": "(-squared"},
    {"(cross": "(-cross"},
    {"(squared": "(-squared"},
    {"(cross": "(-cross", "(squared_error": "(-squared_error - 0.5 * np.log(np.pi)"},
)
reconstruction_terms.mistake("whole_batch").says(
    "Vous rendez un seul nombre pour tout le lot : on en attend un par image. Sommez sur les axes "
    "1, 2 et 3 ; la moyenne sur le lot se prend une fois, à la fin, avec la KL."
).edits(
    {"(1, 2, 3)": "None", "(cross": "(1 / len(x) * cross", "(squared": "(1 / len(x) * squared"},
    {"(1, 2, 3)": "None"},
    {"(1, 2, 3)": "None", "sum(cross": "mean(cross", "sum(squared": "mean(squared"},
)
reconstruction_terms.mistake("paper_forgotten").says(
    "Il manque une moitié de l'entropie croisée : un pixel de papier a, lui aussi, une "
    "probabilité. Au terme x log p s'ajoute (1 − x) log(1 − p) : il faut les deux."
).edits(
    {_ENTROPY: "x * keras.ops.softplus(-logits)"},
    {_ENTROPY: "(1 - x) * keras.ops.softplus(logits)"},
)
reconstruction_terms.mistake("norm_not_squared", "§ 1.2 (l'erreur de reconstruction)").says(
    "L'erreur quadratique est une somme de carrés, le carré de la norme : ni sa racine, ni une "
    "somme de valeurs absolues. C'est elle qui est, à une constante près, l'opposé d'une "
    "log-vraisemblance gaussienne."
).edits({"squared_error, pixels)": "squared_error, pixels) ** 0.5"}, {"square(": "abs("})
reconstruction_terms.mistake("another_variance").says(
    "Votre terme gaussien n'est pas ‖x − x̂‖² lui-même : il a un facteur ½ (la variance 1), ou la "
    "constante du logarithme d'une densité. La ligne 9 demande l'erreur quadratique seule."
).edits(
    {"(squared_error": "(0.5 * squared_error"},
    {"(squared_error": "(squared_error + 0.5 * np.log(np.pi)"},
    {"(squared_error": "(0.5 * squared_error + 0.5 * np.log(2 * np.pi)"},
)
reconstruction_terms.mistake("swapped").says(
    "Les deux résultats sont justes, mais dans l'autre ordre : l'entropie croisée d'abord."
).edits({"(cross_entropy": "(squared_error", "(squared_error": "(cross_entropy"})
