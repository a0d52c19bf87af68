"""Exercise: the loss of a batch, with the squared error."""

import numpy as np
from keras import ops

from vae_course.engine import exercise

_rng = np.random.default_rng(1)
_SHAPES = (7, 4, 3, 1), (7, 4, 3, 1), (7, 5), (7, 5)  # of x, x̂, μ and log σ²
_TWO_IMAGES = [0.9, 0.2, 0.1, 1], [0.5, 0.5, 0.5, 0.2], [1, -1, 0, 0.5], [0, -1, 1, 0]
_COLORS = (2, 1, 1, 2), (2, 1, 1, 2), (2, 2), (2, 2)  # two images of one pixel, two channels
_BATCHES = [
    ([[[[1.0], [0.0]]]], [[[[0.5], [0.5]]]], [[2.0, 0.0]], [[0.0, 0.0]]),
    ([[[[1.0], [0.0]]]], [[[[1.0], [0.0]]]], [[0.0, 0.0]], [[1.0, -1.0]]),
    [np.reshape(each, shape) for each, shape in zip(_TWO_IMAGES, _COLORS, strict=True)],
    [_rng.random(shape) for shape in _SHAPES[:2]] + [_rng.normal(size=s) for s in _SHAPES[2:]],
]


@exercise(
    statement="Écrivez `vae_loss(x, x_hat, z_mean, z_log_var)` : la perte d'un lot, lignes 9 à 11 "
    "de l'algorithme 1, avec l'erreur quadratique ‖x − x̂‖² pour reconstruction. Un seul nombre : "
    "la moyenne, sur les images du lot, de la somme des deux termes.",
    section="§ 3.2, algorithme 1, lignes 9 à 11",
    hints=[
        "Que doit valoir la perte d'une image, si x̂ = x, μ = 0 et log σ² = 0 ?",
        "Pour chaque image, sommez (x − x̂)² sur ses trois axes, `axis=(1, 2, 3)` ; sommez "
        "½ (σ² + μ² − 1 − log σ²) sur les dimensions de z, `axis=-1`.",
        "σ² se tire de log σ² par `exp`. Vous avez alors deux tableaux de forme `(lot,)` : la "
        "perte est la moyenne de leur somme.",
    ],
    success="Deux sommes dans chaque image, une moyenne sur le lot : c'est toute la perte d'un "
    "VAE, avec l'une ou l'autre reconstruction.",
    cases=[tuple(np.array(each, "float32") for each in batch) for batch in _BATCHES],
)
def vae_loss(x, x_hat, z_mean, z_log_var):
    """‖x − x̂‖² + KL, en moyenne sur les images du lot."""
    reconstruction = ops.sum(ops.square(x - x_hat), axis=(1, 2, 3))
    kl = 0.5 * ops.sum(ops.exp(z_log_var) + ops.square(z_mean) - 1 - z_log_var, axis=-1)
    return ops.mean(reconstruction + kl)


def _cross_entropy(x, p):
    return -(x * ops.log(p) + (1 - x) * ops.log(1 - p))


vae_loss.mistake("half_missing", "§ 3.2, algorithme 1, ligne 10").says(
    "Il manque le ½ de la ligne 10 : votre KL est le double de ce qu'elle doit être."
).edits({"0.5 * ": ""})
vae_loss.mistake("mean_over_pixels", "§ 3.2, algorithme 1, ligne 9").says(
    "Vous faites la moyenne sur les pixels : ‖x − x̂‖² est une somme. Avec une moyenne, la KL "
    "pèserait autant de fois trop qu'il y a de pixels, et le code ne servirait plus à rien."
).edits({"ops.sum(ops.square(x": "ops.mean(ops.square(x"})
vae_loss.mistake("mean_over_dimensions", "§ 3.2, algorithme 1, ligne 10 (la somme)").says(
    "Vous faites la moyenne sur les dimensions de z : la KL est une somme sur elles."
).edits({"0.5 * ops.sum": "0.5 * ops.mean"})
vae_loss.mistake("kl_subtracted", "§ 3.2, algorithme 1, ligne 11").says(
    "La KL est retranchée. Elle l'est dans l'ELBO ; la perte en est l'opposée, et les deux termes "
    "s'y ajoutent."
).edits({"reconstruction + kl": "reconstruction - kl"})
vae_loss.mistake("kl_forgotten", "§ 3.2, algorithme 1, ligne 11").says(
    "La KL manque : c'est la perte d'un autoencodeur, dont rien ne range les codes."
).edits({" + kl": ""})
vae_loss.mistake("reconstruction_forgotten", "§ 3.2, algorithme 1, ligne 11").says(
    "La reconstruction manque : avec la KL seule, le code n'a rien à dire de l'image."
).edits({"reconstruction + ": ""})
vae_loss.mistake("one_per_image").says(
    "Vous rendez une valeur par image. C'est presque fini : la perte du lot est leur moyenne, un "
    "seul nombre."
).edits({"ops.mean(reconstruction + kl)": "reconstruction + kl"})
vae_loss.mistake("sum_over_batch").says(
    "Vous sommez sur le lot : la perte doublerait avec un lot deux fois plus grand. On en prend la "
    "moyenne."
).edits({"ops.mean(reconstruction": "ops.sum(reconstruction"})
vae_loss.mistake("norm_not_squared", "§ 3.2, algorithme 1, ligne 9").says(
    "Vous prenez la distance ‖x − x̂‖, et il faut son carré : ôtez la racine."
).edits({"ops.sum(ops.square(x": "ops.sqrt(ops.sum(ops.square(x", "3))": "3)))"})
vae_loss.mistake("absolute_error", "§ 3.2, algorithme 1, ligne 9").says(
    "Vous sommez les écarts |x − x̂|, et il faut leurs carrés."
).edits({"ops.square(x - x_hat)": "ops.abs(x - x_hat)"})
vae_loss.mistake("half_squared_error", "§ 3.2, algorithme 1, ligne 9").says(
    "Il y a un ½ devant ‖x − x̂‖² : la ligne 9 n'en a pas. Avec lui, c'est une autre variance du "
    "décodeur, 1 au lieu de ½ : permis ailleurs, mais pas demandé ici."
).edits({"reconstruction + kl": "0.5 * reconstruction + kl"})
vae_loss.mistake(
    "not_a_log_variance", "§ 3.2, algorithme 1, ligne 5 (ce que rend l'encodeur)"
).says(
    "L'encodeur rend log σ², et vous l'avez pris pour autre chose (σ², σ, ou log σ). La variance "
    "est `exp(z_log_var)`, et log σ² est `z_log_var` lui-même."
).edits(
    {"ops.exp(z_log_var)": "z_log_var", "- z_log_var": "- ops.log(z_log_var)"},
    {"ops.exp(z_log_var)": "z_log_var**2", "- z_log_var": "- ops.log(z_log_var**2)"},
    {"exp(z_log_var)": "exp(2 * z_log_var)", "- z_log_var": "- 2 * z_log_var"},
    {"exp(z_log_var)": "exp(0.5 * z_log_var)"},
    {"ops.exp(z_log_var)": "z_log_var"},
)
vae_loss.mistake("wrong_term", "§ 3.2, algorithme 1, ligne 10").says(
    "Un des quatre termes de la KL manque, ou n'a pas le bon signe : σ² + μ² − 1 − log σ². "
    "Vérifiez avec μ = 0 et log σ² = 0 : elle doit valoir zéro."
).edits(
    {" - 1": ""},
    {" + ops.square(z_mean)": ""},
    {" - z_log_var": ""},
    {" - z_log_var": " + z_log_var"},
    {" + ops.square": " - ops.square"},
    {" - 1": " + 1"},
)
vae_loss.mistake("mean_not_squared", "§ 3.2, algorithme 1, ligne 10").says(
    "Le μ de la KL n'est pas au carré."
).edits({"ops.square(z_mean)": "z_mean"}, {"ops.square(z_mean)": "ops.abs(z_mean)"})
vae_loss.mistake("channels_not_summed", "§ 3.2, algorithme 1, ligne 9").says(
    "Tout est juste pour des images grises, mais les canaux ne sont pas sommés : ou bien vous en "
    "faites la moyenne, comme les pertes de Keras (`keras.losses…`), ou bien cet axe reste, et vos "
    "deux termes n'ont plus la même forme. Sommez (x − x̂)² sur les axes 1, 2 et 3."
).edits({"axis=(1, 2, 3)": "axis=(1, 2)"})
vae_loss.mistake("terms_not_added", "§ 3.2, algorithme 1, ligne 11").says(
    "Vous rendez les deux termes séparément : la perte est leur somme, un seul nombre."
).edits("""reconstruction = ops.sum(ops.square(x - x_hat), axis=(1, 2, 3))
kl = 0.5 * ops.sum(ops.exp(z_log_var) + ops.square(z_mean) - 1 - z_log_var, axis=-1)
return ops.mean(reconstruction), ops.mean(kl)""")
vae_loss.mistake("cross_entropy", "§ 3.2, algorithme 1, ligne 9").says(
    "C'est la perte avec l'entropie croisée, celle du chapitre. On demande l'autre reconstruction "
    "de la ligne 9, ‖x − x̂‖² ; x̂ est déjà une image, et non des logits."
).edits(
    {"ops.square(x - x_hat)": "_cross_entropy(x, x_hat)"},
    {"ops.square(x - x_hat)": "_cross_entropy(x, ops.clip(x_hat, 1e-7, 1 - 1e-7))"},
    {"ops.square(x - x_hat)": "_cross_entropy(x, ops.sigmoid(x_hat))"},
)
