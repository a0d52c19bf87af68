"""Exercise: the peak signal-to-noise ratio of each image, in decibels."""

import numpy as np

from vae_course.engine import exercise

_rng = np.random.default_rng(81)
_ONE = np.array([[[0, 10, 5, 5]], [[0, 9, 4, 5]]], "float32")  # 10 log₁₀ (100 / ½) = 23.01
_COLOUR = np.array([[[1, 0, 0, 0, 1, 0]], [[0.9, 0, 0.2, 0.1, 0.8, 0]]], "float32")
_TWO = np.array([[[0, 0, 0, 0], [1, 0, 0, 1]], [[1, 0, 0, 0], [0, 0, 0, 0]]], "float32")
_BYTES = _rng.integers(0, 256, (2, 3, 6, 5, 1)).astype("float32")
_SCALES = np.reshape([0.2, 0.5, 0.8, 1], (4, 1, 1, 1))
_UNIT = (_rng.random((2, 4, 3, 7, 3)) * _SCALES).astype("float32")


@exercise(
    statement="Écrivez `psnr(x, x_hat, peak)`, le rapport du signal de crête au bruit de chaque "
    "image, en décibels : `x` et `x_hat` de forme `(lot, hauteur, largeur, canaux)`, pixels de 0 à "
    "`peak`, une valeur par image, de forme `(lot,)`.",
    section="§ 4.1.3 (restaurer des images dégradées)",
    hints=[
        "L'erreur de chaque image est la moyenne, sur ses pixels, du carré des écarts. Sur quels "
        "axes faut-il donc moyenner ?",
        "Les axes 1, 2 et 3 sont ceux d'une image ; l'axe 0 est celui du lot et doit rester.",
        "Il reste 10 log₁₀ du quotient : au numérateur, le carré de la crête `peak`.",
    ],
    success="Un décibel de plus, c'est une erreur quadratique divisée par 1,26 ; dix, par dix.",
    cases=[
        (*_ONE.reshape(2, 1, 1, 2, 2), 10.0),
        (*_COLOUR.reshape(2, 1, 1, 2, 3), 1.0),
        (*_TWO.reshape(2, 2, 2, 2, 1), 1.0),
        (*_BYTES, 255.0),
        (*_UNIT, 1.0),
    ],
)
def psnr(x, x_hat, peak):
    """Le PSNR de chaque image, en décibels."""
    error = np.mean(np.square(x - x_hat), axis=(1, 2, 3))
    return 10 * np.log10(peak**2 / error)


psnr.mistake("peak_not_squared").says(
    "La crête n'est pas au carré : l'erreur est un carré, il lui faut le carré de `peak`. Avec des "
    "pixels de 0 à 1 on ne voit pas la différence."
).edits({"peak**2": "peak"})
psnr.mistake("peak_forgotten").says(
    "Vous ne vous servez pas de `peak` : votre formule suppose des pixels de 0 à 1. De 0 à 255, "
    "les erreurs sont 255² fois plus grandes, et les images ne sont pas moins bonnes."
).edits({"peak**2": "1"}, {"peak**2": "1", "x_hat": "np.clip(x_hat, 0, 1)"})
psnr.mistake("natural_logarithm").says(
    "Le logarithme est népérien : les décibels demandent le logarithme décimal, `np.log10`."
).edits({"log10": "log"})
psnr.mistake("half").says(
    "Vous avez pris la racine de l'erreur et gardé le facteur 10 : vos valeurs sont la moitié du "
    "PSNR. Avec des racines, le facteur est 20."
).edits({"peak**2 / error": "peak / np.sqrt(error)"})
psnr.mistake("double").says(
    "Le facteur 20 va avec les amplitudes, `peak` et la racine de l'erreur ; avec leurs carrés, "
    "c'est 10. Vos valeurs sont le double du PSNR."
).edits({"10 *": "20 *"})
psnr.mistake("sum_of_squares").says(
    "Vous sommez les carrés des écarts au lieu de les moyenner : le PSNR d'une image dépendrait "
    "alors de sa taille."
).edits({"np.mean": "np.sum"})
psnr.mistake("whole_batch").says(
    "Un seul nombre pour tout le lot : on en attend un par image. Moyennez sur les axes d'une "
    "image, `axis=(1, 2, 3)`."
).edits(
    {", axis=(1, 2, 3)": ""},
    {"return 10 * np.log10(": "return np.mean(10 * np.log10(", "error)": "error))"},
    {"x_hat": "np.clip(x_hat, 0, 1)", ", axis=(1, 2, 3)": "", "peak**2": "1"},
    {", axis=(1, 2, 3)": "", "peak**2": "1"},
)
psnr.mistake("upside_down").says(
    "Le quotient est renversé : plus l'erreur est petite, plus le PSNR doit être grand."
).edits({"peak**2 / error": "error / peak**2"})
psnr.mistake("absolute_error").says(
    "Vous moyennez les écarts en valeur absolue : le PSNR se fonde sur l'erreur quadratique, qui "
    "compte plus les grands écarts."
).edits({"np.square": "np.abs", "10 *": "20 *", "peak**2": "peak"}, {"np.square": "np.abs"})
psnr.mistake("mean_before_the_square").says(
    "Les écarts sont moyennés avant d'être mis au carré : les erreurs de signes contraires "
    "s'annulent. Le carré d'abord, la moyenne ensuite."
).edits({"np.square(x - x_hat)": "x - x_hat", "3))": "3)) ** 2"})
