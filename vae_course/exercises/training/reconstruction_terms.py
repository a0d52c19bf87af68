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
    two_pixels = (np.reshape(np.float32(each), (1, 1, 2, 1)) for each in ([1, 0.25], [1, -2]))
    tries = [
        ("une image de deux pixels, x = [1, 0,25], logits = [1, −2]", *two_pixels),
        ("trois images en gris, de forme (3, 2, 4, 1)", *_images(3, 2, 4, 1)),
        ("deux images en couleurs, de forme (2, 3, 3, 3)", *_images(2, 3, 3, 3)),
    ]
    for what, x, logits in tries:
        for term, value in zip(("Bernoulli", "Gauss"), answer.arrays(2, x, logits), strict=True):
            yield f"{what} : {term}", value
    yield from _sure(answer, 30)
    yield from _sure(answer, 100)


def _sure(answer, logit):
    """What the first term is of a decoder that is sure of itself, rightly and wrongly."""
    x, logits = np.float32([0, 1, 0, 1]), np.float32([logit, logit, -logit, -logit])
    value = answer.arrays(2, *(each.reshape(4, 1, 1, 1) for each in (x, logits)))[0].ravel()
    found = np.array2string(value, precision=1, suppress_small=True, separator=", ")
    told = (
        f"pour quatre images d'un pixel, x = [0, 1, 0, 1] et logits = [{logit}, {logit}, "
        f"−{logit}, −{logit}], le terme de Bernoulli vaut [{logit}, 0, 0, {logit}] (le vôtre : "
        f"{found})"
    )
    value = value if value.size == 4 else np.full(4, np.nan)
    # One by one: which mistake it is, is seen.
    yield told, not np.all(value[:2] > 1e30)  # log(1 + exp(l)) overflows, and only it
    yield told, not (np.isnan(value[2]) and np.isposinf(value[3]) and logit == 100)  # exp(−l), too
    wrong = np.abs(value[[0, 3]])  # infinite, or held to a ceiling?
    yield told, not np.all(np.isfinite(wrong) & (wrong < 0.97 * logit))
    yield told, np.allclose(np.abs(value), [logit, 0, 0, logit], rtol=1e-3, atol=1e-3)


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


def _in_double(logits):
    return 1 / (1 + np.exp(-np.float64(logits)))


reconstruction_terms.mistake("through_the_probability").says(
    "Tout est juste tant que le décodeur hésite. Mais quand un logit est grand, p s'arrondit à 1, "
    "et log(1 − p) devient infini. Ne passez pas par p : partez des logits, −log p = softplus(−l) "
    "et −log(1 − p) = softplus(l), avec `keras.ops.softplus` ou `np.logaddexp(0, l)`."
).edits(
    {_ENTROPY: "_cross_entropy(x, x_hat)"},
    {_ENTROPY: "_cross_entropy(x, _in_double(logits))"},
)
reconstruction_terms.mistake("held_to_a_ceiling").says(
    "Tout est juste tant que le décodeur hésite. Mais p (ou le logit) est rogné, par un petit ε ou "
    "par `clip` : la perte plafonne, et son gradient s'annule là où le décodeur se trompe le plus. "
    "Rien n'est à rogner si l'on part des logits : softplus(l) − x · l."
).edits(
    {_ENTROPY: "_cross_entropy(x, _clipped(x_hat))"},
    {_ENTROPY: "_cross_entropy(x, keras.ops.clip(_in_double(logits), 1e-20, 1 - 1e-15))"},
    {"x_hat = ": "logits = keras.ops.clip(logits, -20, 20)\n    x_hat = "},
    {"x_hat = ": "logits = keras.ops.clip(logits, -60, 60)\n    x_hat = "},
)
reconstruction_terms.mistake("exponential_overflows").says(
    "La formule est la bonne, mais exp(l) déborde : en simple précision, exp(100) est infini. "
    "Écrivez log(1 + exp(l)) = max(l, 0) + log(1 + exp(−|l|)), ou prenez `keras.ops.softplus` ou "
    "`np.logaddexp(0, l)`, qui le font."
).edits(
    {"keras.ops.softplus(logits)": "keras.ops.log(1 + keras.ops.exp(logits))"},
    {"keras.ops.softplus(logits)": "keras.ops.log1p(keras.ops.exp(logits))"},
    {
        _ENTROPY: "x * np.log(1 + np.exp(-np.asarray(logits))) "
        "+ (1 - x) * np.log(1 + np.exp(np.asarray(logits)))"
    },
)
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
