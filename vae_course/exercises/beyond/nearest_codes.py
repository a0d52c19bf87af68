"""Exercise: for each vector the nearest one of a codebook."""

import numpy as np

from vae_course.engine import exercise

# Two vectors, three codes: the first code is the longest, the second points as the first vector
# does, the third is the nearest of both.
_PLANE = (
    np.array([[1.0, 1.0], [0.0, -1.0]]),
    np.array([[9.0, 8.0], [3.0, 3.0], [0.5, 0.0]]),
)


def _random(seed, shape, count):
    rng = np.random.default_rng(seed)
    codebook = rng.normal(size=(count, shape[-1])) * rng.uniform(0.3, 3, (count, 1))
    return rng.normal(size=shape), codebook


@exercise(
    statement="Écrivez `nearest_codes(z, codebook)` : pour chaque vecteur de `z`, le numéro du "
    "vecteur de `codebook` qui en est le plus proche (distance euclidienne). `codebook` est de "
    "forme `(K, d)` ; `z` est un tableau de vecteurs, de forme `(…, d)` : `(n, d)`, ou une grille "
    "`(n, lignes, colonnes, d)`. Le résultat a la forme de `z` sans son dernier axe.",
    section="§ 4.2 (les VQ-VAE)",
    hints=[
        "Combien de distances y a-t-il à comparer, pour un vecteur ? Pour une grille de 4 × 4 ?",
        "`z[..., None, :] - codebook` donne toutes les différences, de forme `(…, K, d)`. Sur quel "
        "axe sommer leurs carrés, sur lequel chercher le plus petit ?",
        "`np.argmin(np.sum((z[..., None, :] - codebook) ** 2, axis=-1), axis=-1)`.",
    ],
    success="C'est toute l'inférence d'un VQ-VAE, sans loi ni tirage : q(k|x) met toute sa "
    "probabilité sur un seul code.",
    cases=[_PLANE, _random(143, (6, 3), 5), _random(144, (2, 3, 4, 2), 7)],
)
def nearest_codes(z, codebook):
    """Le numéro du code le plus proche de chaque vecteur."""
    gap = z[..., None, :] - codebook
    squares = np.sum(gap**2, axis=-1)
    return np.argmin(squares, axis=-1)


nearest_codes.mistake("dot_product").says(
    "Vous comparez des produits scalaires : un code très long l'emporterait toujours. Le carré de "
    "la distance est ‖z‖² − 2 z·e + ‖e‖², et ‖e‖² n'est pas le même pour tous les codes."
).edits("return np.argmax(z @ codebook.T, axis=-1)")
nearest_codes.mistake("cosine").says(
    "Vous comparez des angles : deux vecteurs de même direction peuvent être loin l'un de l'autre. "
    "On demande la distance euclidienne."
).edits("return np.argmax(z @ (codebook / np.linalg.norm(codebook, axis=1)[:, None]).T, axis=-1)")
nearest_codes.mistake("half_of_the_product").says(
    "Il manque un facteur 2 : ‖z − e‖² = ‖z‖² − 2 z·e + ‖e‖²."
).edits("return np.argmin(np.sum(codebook**2, axis=1) - z @ codebook.T, axis=-1)")
nearest_codes.mistake("farthest").says(
    "C'est le code le plus loin : le plus proche a la plus petite distance, `argmin`."
).edits({"argmin": "argmax"})
nearest_codes.mistake("absolute_differences").says(
    "Vous additionnez des écarts absolus, ou prenez le plus grand : la distance euclidienne "
    "additionne des carrés."
).edits({"gap**2": "np.abs(gap)"}, {"np.sum(gap**2, axis=-1)": "np.max(np.abs(gap), axis=-1)"})
nearest_codes.mistake("square_of_the_sum").says(
    "Vous élevez au carré la somme des différences, où elles se compensent : c'est chaque "
    "différence qu'il faut élever au carré, avant de sommer."
).edits({"np.sum(gap**2, axis=-1)": "np.sum(gap, axis=-1) ** 2"})
nearest_codes.mistake("vector_of_each_code").says(
    "Vous cherchez, pour chaque code, le vecteur le plus proche : c'est l'inverse. Un vecteur, un "
    "code ; et un code peut n'être choisi par personne."
).edits(
    "gap = z.reshape(-1, 1, z.shape[-1]) - codebook\n"
    "return np.argmin(np.sum(gap**2, axis=-1), axis=0)"
)
nearest_codes.mistake("distance").says(
    "Vous rendez la distance au code le plus proche : on demande son numéro, `argmin`."
).edits({"argmin": "min"}, {"np.argmin(squares, axis=-1)": "np.sqrt(np.min(squares, axis=-1))"})
nearest_codes.mistake("vectors").says(
    "Vous rendez les vecteurs eux-mêmes : on demande leurs numéros, que l'on écrira."
).edits({"np.argmin(squares, axis=-1)": "codebook[np.argmin(squares, axis=-1)]"})
nearest_codes.mistake("flattened").says(
    "Les numéros sont justes, mais à plat : rendez-leur la forme de la grille, "
    "`codes.reshape(z.shape[:-1])`."
).edits({"np.argmin(squares, axis=-1)": "np.argmin(squares, axis=-1).ravel()"})
nearest_codes.mistake("from_one").says(
    "Les numéros partent de 1 : ceux d'un tableau partent de 0, et `codebook[k]` doit donner le "
    "vecteur."
).edits({"np.argmin(squares, axis=-1)": "1 + np.argmin(squares, axis=-1)"})
