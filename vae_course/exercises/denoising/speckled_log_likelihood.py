"""Exercise: the likelihood of a damage that no one had foreseen, salt and pepper."""

import numpy as np

from vae_course.engine import exercise

_TWO_PIXELS = (np.array([[[[1.0], [0.0]]]]), np.array([[[[0.9], [0.3]]]]), 0.2)
_TWO_IMAGES = (np.array([[[[0.0]]], [[[1.0]]]]), np.array([[[[0.8]]], [[[0.4]]]]), 0.5)
_SURE = (np.array([[[[1.0], [1.0]]]]), np.array([[[[0.0], [1.0]]]]), 0.4)


def _random(seed, shape, share):
    rng = np.random.default_rng(seed)
    x_hat = rng.random(shape)
    y = np.where(rng.random(shape) < share, rng.random(shape) < 0.5, rng.random(shape) < x_hat)
    return y.astype("float64"), x_hat, share


@exercise(
    statement="Chaque pixel d'une image est remplacé, avec la probabilité `share`, par 0 ou 1, à "
    "pile ou face ; `x_hat` est la probabilité qu'il soit d'encre avant cela. Écrivez "
    "`speckled_log_likelihood(y, x_hat, share)` : log p(y|z) de chaque image piquée `y`, en nats. "
    "`y`, de 0 et de 1, et `x_hat` sont de forme `(lot, hauteur, largeur, canaux)` ; une valeur "
    "par image.",
    section="§ 4.1.3 (restaurer des images dégradées)",
    hints=[
        "De combien de façons un pixel de `y` peut-il être d'encre ? Il l'était et n'a pas été "
        "touché ; ou bien il a été touché, et la pièce est tombée sur encre. Quelle est la "
        "probabilité de chacune ?",
        "La probabilité d'encre dans `y` est la somme des deux : (1 − share) × x_hat, plus share "
        "fois un demi.",
        "Le reste est l'entropie croisée de Bernoulli du chapitre 06, avec cette probabilité-là : "
        "y log p + (1 − y) log(1 − p), sommée sur les axes 1, 2 et 3.",
    ],
    success="Une ligne de plus dans la vraisemblance, et le VAE sait restaurer ce qu'il n'a jamais "
    "vu : aucun poids n'a changé.",
    cases=[
        _TWO_PIXELS,
        _TWO_IMAGES,
        _SURE,
        _random(88, (1, 2, 2, 2), 0.3),
        _random(89, (3, 4, 5, 2), 0.6),
    ],
)
def speckled_log_likelihood(y, x_hat, share):
    """log p(y|z) d'images mêlées de poivre et de sel, une valeur par image."""
    p = (1 - share) * x_hat + share / 2
    return np.sum(y * np.log(p) + (1 - y) * np.log(1 - p), axis=(1, 2, 3))


speckled_log_likelihood.mistake("damage_ignored").says(
    "C'est la vraisemblance du VAE, comme si l'image était intacte : `share` n'y est pas. Un pixel "
    "blanc peut être un pixel d'encre que le hasard a remplacé."
).edits(
    {"(1 - share) * x_hat + share / 2": "x_hat"},
    {"(1 - share) * x_hat + share / 2": "np.clip(x_hat, 1e-7, 1 - 1e-7)"},
    {
        "(1 - share) * x_hat + share / 2": "x_hat",
        "np.log(p)": "np.log(p + 1e-7)",
        "np.log(1 - p)": "np.log(1 - p + 1e-7)",
    },
)
speckled_log_likelihood.mistake("coin_forgotten").says(
    "Vous ajoutez `share` entier : un pixel touché ne devient d'encre qu'une fois sur deux, à pile "
    "ou face. C'est `share / 2`."
).edits({"share / 2": "share"})
speckled_log_likelihood.mistake("touched_pixels_forgotten").says(
    "Un pixel touché peut lui aussi devenir d'encre : à (1 − share) × x_hat s'ajoute share fois un "
    "demi."
).edits({" + share / 2": ""})
speckled_log_likelihood.mistake("untouched_in_full").says(
    "Vous gardez `x_hat` entier et y ajoutez share / 2 : le pixel n'est resté tel quel qu'avec la "
    "probabilité 1 − share, et la somme dépasserait 1."
).edits({"(1 - share) * x_hat": "x_hat"})
speckled_log_likelihood.mistake("share_for_the_rest").says(
    "`share` est la probabilité d'être touché, et non d'être intact : les deux sont échangées."
).edits({"(1 - share) * x_hat + share / 2": "share * x_hat + (1 - share) / 2"})
speckled_log_likelihood.mistake("flipped").says(
    "Vous retournez les pixels touchés, (1 − share) x̂ + share (1 − x̂) : ici une pièce décide de "
    "leur nouvelle valeur, qui est la bonne une fois sur deux."
).edits({"share / 2": "share * (1 - x_hat)"})
speckled_log_likelihood.mistake("mixture_of_logarithms").says(
    "Vous mêlez les logarithmes : (1 − share) log p(y|intact) + share log ½. Ce sont les "
    "probabilités qui se mêlent ; le logarithme vient après."
).edits(
    {
        "(1 - share) * x_hat + share / 2": "np.clip(x_hat, 1e-7, 1 - 1e-7)",
        "y * np.log(p) + (1 - y) * np.log(1 - p)": (
            "(1 - share) * (y * np.log(p) + (1 - y) * np.log(1 - p)) + share * np.log(0.5)"
        ),
    },
    {
        "(1 - share) * x_hat + share / 2": "x_hat",
        "y * np.log(p) + (1 - y) * np.log(1 - p)": (
            "(1 - share) * (y * np.log(p) + (1 - y) * np.log(1 - p)) + share * np.log(0.5)"
        ),
    },
)
speckled_log_likelihood.mistake("whole_image_touched").says(
    "Vous faites comme si toute l'image était touchée ou intacte d'un bloc : chaque pixel tire son "
    "sort à part. Mêlez les probabilités pixel par pixel, puis prenez le logarithme, puis sommez."
).edits(
    "p = np.clip(x_hat, 1e-7, 1 - 1e-7)\n"
    "intact = np.prod(np.where(y == 1, p, 1 - p), axis=(1, 2, 3))\n"
    "return np.log((1 - share) * intact + share * 0.5 ** y[0].size)",
    "intact = np.prod(np.where(y == 1, x_hat, 1 - x_hat), axis=(1, 2, 3))\n"
    "return np.log((1 - share) * intact + share * 0.5 ** y[0].size)",
)
speckled_log_likelihood.mistake("ink_alone").says(
    "Seuls les pixels d'encre comptent dans votre somme : un pixel blanc a aussi sa probabilité, "
    "1 − p. Il manque (1 − y) log(1 − p)."
).edits({" + (1 - y) * np.log(1 - p)": ""})
speckled_log_likelihood.mistake("paper_for_ink").says(
    "L'encre et le papier sont échangés : `y` vaut 1 quand le pixel est d'encre, et sa probabilité "
    "est alors p."
).edits({"y * np.log(p) + (1 - y) * np.log(1 - p)": "(1 - y) * np.log(p) + y * np.log(1 - p)"})
speckled_log_likelihood.mistake("loss_for_likelihood").says(
    "Le signe est celui d'une perte : on demande log p(y|z), qui est négatif ici."
).edits({"np.sum(": "-np.sum("})
speckled_log_likelihood.mistake("probability").says(
    "C'est la probabilité, et non son logarithme : celle d'une image entière est trop petite pour "
    "un nombre flottant."
).edits(
    {"return np.sum(": "return np.exp(np.sum(", "axis=(1, 2, 3))": "axis=(1, 2, 3)))"},
)
speckled_log_likelihood.mistake("mean_for_sum").says(
    "Vous faites la moyenne sur les pixels : leurs logarithmes s'ajoutent. Une moyenne ferait "
    "peser la loi a priori des centaines de fois trop."
).edits({"np.sum(": "np.mean("})
speckled_log_likelihood.mistake("whole_batch").says(
    "Un seul nombre pour tout le lot : on attend une valeur par image. Sommez sur les axes 1, 2 et "
    "3."
).edits({", axis=(1, 2, 3)": ""}, {"np.sum(": "np.mean(", ", axis=(1, 2, 3)": ""})
speckled_log_likelihood.mistake("axes_left").says(
    "La somme s'arrête en chemin : il faut sommer sur la hauteur, la largeur et les canaux, et "
    "garder l'axe 0, celui du lot."
).edits(
    {"axis=(1, 2, 3)": "axis=(1, 2)"},
    {"axis=(1, 2, 3)": "axis=-1"},
    {"axis=(1, 2, 3)": "axis=0"},
    {"np.sum(": "(", ", axis=(1, 2, 3)": ""},
)
speckled_log_likelihood.mistake("base_two_or_ten").says(
    "Le logarithme n'est pas le népérien : la loi a priori est en nats, et les deux s'ajoutent."
).edits(
    {"np.log(p)": "np.log2(p)", "np.log(1 - p)": "np.log2(1 - p)"},
    {"np.log(p)": "np.log10(p)", "np.log(1 - p)": "np.log10(1 - p)"},
)
speckled_log_likelihood.mistake("gaussian").says(
    "C'est une erreur quadratique, la vraisemblance d'un bruit gaussien : un pixel retourné n'a "
    "rien d'une petite erreur, et un seul suffirait à tout fausser."
).edits(
    "return -np.sum((y - x_hat) ** 2, axis=(1, 2, 3))",
    "return -0.5 * np.sum((y - x_hat) ** 2, axis=(1, 2, 3))",
    "p = (1 - share) * x_hat + share / 2\nreturn -np.sum((y - p) ** 2, axis=(1, 2, 3))",
    "p = (1 - share) * x_hat + share / 2\nreturn -0.5 * np.sum((y - p) ** 2, axis=(1, 2, 3))",
)
