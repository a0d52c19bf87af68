"""Exercise: the reconstruction error of each image."""

import numpy as np
from keras import ops

from vae_course.engine import exercise

# Few enough pixels to compute by hand what a message shows.
_IMAGES = [
    ([0.5, 0, 1, 0, 0.2, 1], [0, 1, 0.5, 0, 0.4, 0.5], (2, 1, 3, 1)),
    ([1, 0.2, 0, 0.5, 0, 0.9], [0.5, 0, 0, 1, 0.3, 0], (1, 2, 1, 3)),  # one image, in colour
    (
        [0.1, 0.9, 0, 1, 0.4, 0, 0.8, 0.2, 1, 0.6, 0.3, 0],
        [0.3, 0.5, 0, 0, 0.9, 0.1, 0.2, 0.2, 0.7, 1, 0, 0.8],
        (3, 1, 2, 2),
    ),
]


@exercise(
    statement="Écrivez `errors_per_image(x, x_prime)` : l'erreur de reconstruction ‖x − x'‖² de "
    "chaque image. Les deux tableaux sont de forme `(lot, hauteur, largeur, canaux)` ; on attend "
    "une valeur par image, de forme `(lot,)`.",
    section="§ 1.2 (l'erreur de reconstruction)",
    hints=[
        "Pour une seule image de deux pixels, que vaut l'erreur si le premier se trompe de 0,3 et "
        "le second de 0,4 ? (Ni 0,7, ni 0,5.)",
        "Trois gestes, dans cet ordre : l'écart, son carré, la somme. Sur quels axes sommer pour "
        "qu'il reste un nombre par image ?",
        "L'axe 0 est celui du lot, on le garde ; la somme prend les trois autres : "
        "`axis=(1, 2, 3)`.",
    ],
    success="Somme sur tous les pixels et tous les canaux, une valeur par image : c'est la "
    "convention de tout le cours.",
    cases=[
        tuple(np.reshape(each, shape).astype("float32") for each in (x, x_prime))
        for x, x_prime, shape in _IMAGES
    ],
)
def errors_per_image(x, x_prime):
    """‖x − x'‖², une valeur par image."""
    return ops.sum((x - x_prime) ** 2, axis=(1, 2, 3))


errors_per_image.mistake("mean_for_sum").says(
    "Vous faites la moyenne sur les pixels : il faut la somme. Avec des images de 784 pixels, "
    "votre erreur serait 784 fois trop petite, et ne se comparerait à aucune autre du cours."
).edits({"ops.sum": "ops.mean"}, {"ops.sum": "x.shape[-1] * ops.mean"})
errors_per_image.mistake("norm_not_squared").says(
    "Vous rendez la norme ‖x − x'‖ : il manque le carré. Ne prenez pas la racine de la somme "
    "(`np.linalg.norm` la prend)."
).edits({"(1, 2, 3))": "(1, 2, 3)) ** 0.5"})
errors_per_image.mistake("whole_batch").says(
    "Vous rendez un seul nombre pour tout le lot : on attend une valeur par image. L'axe 0, celui "
    "du lot, doit rester ; la moyenne sur les images se prend une fois, à la fin."
).edits(
    {", axis=(1, 2, 3)": ""},
    {"ops.sum": "ops.mean", ", axis=(1, 2, 3)": ""},
    {", axis=(1, 2, 3))": ") / len(x)"},
    {", axis=(1, 2, 3))": ") ** 0.5"},
)
errors_per_image.mistake("not_squared").says(
    "Vous sommez les écarts sans les élever au carré : un pixel trop clair et un pixel trop sombre "
    "se compensent, et une image fausse peut avoir une erreur nulle."
).edits(
    {" ** 2": ""},
    {"x - x_prime": "x_prime - x", " ** 2": ""},
    {"(x - x_prime) ** 2": "x - x_prime"},
)
errors_per_image.mistake("doubled").says(
    "Vous doublez les écarts (`* 2`) au lieu de les élever au carré (`** 2`)."
).edits({" ** 2": " * 2"}, {"x - x_prime": "x_prime - x", " ** 2": " * 2"})
errors_per_image.mistake("fixed_size").says(
    "Vous comptez 784 pixels, quelle que soit l'image : ce nombre n'est pas dans l'énoncé. Sommez "
    "les carrés, sans passer par une moyenne."
).edits({"ops.sum": "784 * ops.mean"})
errors_per_image.mistake("divided_by_the_batch").says(
    "Vous divisez par le nombre d'images : l'erreur d'une image ne dépend pas de celles qui "
    "l'accompagnent dans le lot."
).edits({"(1, 2, 3))": "(1, 2, 3)) / len(x)"})
errors_per_image.mistake("variance").says(
    "C'est une variance : elle retranche l'écart moyen, si bien qu'une image trop claire partout "
    "aurait une erreur nulle."
).edits(
    {"ops.sum((x - x_prime) ** 2": "ops.var(x - x_prime"},
    {"ops.sum((x - x_prime) ** 2": "ops.std(x - x_prime"},
)
errors_per_image.mistake("squared_too_late").says(
    "Vous prenez le carré de la somme : il faut la somme des carrés. Chaque écart s'élève au carré "
    "avant d'être ajouté aux autres."
).edits(
    {" ** 2": "", "(1, 2, 3))": "(1, 2, 3)) ** 2"},
    {"(x - x_prime) ** 2": "abs(x - x_prime)", "(1, 2, 3))": "(1, 2, 3)) ** 2"},
)
errors_per_image.mistake("absolute_values").says(
    "Vous sommez les valeurs absolues : c'est une autre distance, qui pardonne plus aux grands "
    "écarts. ‖ ‖² est la somme des carrés."
).edits({"(x - x_prime) ** 2": "abs(x - x_prime)"})
errors_per_image.mistake("difference_of_norms").says(
    "Vous comparez deux quantités d'encre, ‖x‖² et ‖x'‖², et non les images : deux chiffres "
    "différents qui ont autant d'encre auraient une erreur nulle. L'écart d'abord, pixel à pixel."
).edits(
    {"(x - x_prime) ** 2": "x**2 - x_prime**2"},
    {"(x - x_prime) ** 2": "x**2 - x_prime**2", "(1, 2, 3))": "(1, 2, 3)) ** 2"},
)
errors_per_image.mistake("summed_over_the_batch").says(
    "Vous sommez sur les images au lieu des pixels : `axis=0` est l'axe du lot, celui qu'il faut "
    "garder."
).edits({"(1, 2, 3)": "0"})
errors_per_image.mistake("axes_left").says(
    "La somme s'arrête en chemin : il reste un axe des pixels ou des canaux. Il faut sommer sur la "
    "hauteur, la largeur et les canaux, tous les trois."
).edits(
    {"(1, 2, 3)": "(1, 2)"},
    {"(1, 2, 3)": "(2, 3)"},
    {"(1, 2, 3)": "-1"},
    {"ops.sum": "ops.mean", "(1, 2, 3)": "-1"},
    {"(1, 2, 3)": "1"},
    "return (x - x_prime) ** 2",
)
