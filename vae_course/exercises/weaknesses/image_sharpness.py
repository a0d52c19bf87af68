"""Exercise: how sharp an image is, by the variance of its Laplacian."""

import numpy as np

from vae_course.engine import exercise


def _image(rows):
    return np.array(rows, "float64")[None, :, :, None]


_DOT = _image([[0, 0, 0], [0, 1, 0], [0, 0, 0]])  # 4, four times -1, four times 0: 20 / 9
_EDGE = _image([[0, 0, 0], [0, 0, 0], [1, 1, 1]])
_rng = np.random.default_rng(130)


@exercise(
    statement="Écrivez `image_sharpness(images)` : pour chaque image de forme `(n, hauteur, "
    "largeur, 1)`, la variance, sur tous ses pixels, de son laplacien : quatre fois le pixel, "
    "moins ses quatre voisins (haut, bas, gauche, droite). Au-delà du bord, tout est noir : 0. Le "
    "résultat est de forme `(n,)`.",
    section="§ 4.2 (qualité des images générées)",
    hints=[
        "Que vaut le laplacien au milieu d'une plage unie ? De part et d'autre d'un bord net ? Et "
        "d'un bord étalé sur quatre pixels ?",
        "Entourez chaque image d'un cadre noir, `np.pad(images[..., 0], ((0, 0), (1, 1), (1, 1)))` "
        ": les quatre voisins sont alors quatre tranches de ce tableau.",
        "`framed[:, :-2, 1:-1]` est le voisin du haut. La variance se prend sur les axes 1 et 2.",
    ],
    success="Un bord net donne un grand laplacien, un bord étalé un petit : la variance tombe avec "
    "le flou. Mais le bruit la fait monter plus qu'aucun bord.",
    cases=[
        (_DOT,),
        (_EDGE,),
        (np.concatenate([_DOT, 0.5 * _EDGE + 0.2]),),
        (_rng.random((3, 6, 5, 1)),),
        (_rng.random((2, 8, 8, 1)) * 40,),
    ],
)
def image_sharpness(images):
    """La variance du laplacien de chaque image, (n,)."""
    framed = np.pad(images[..., 0], ((0, 0), (1, 1), (1, 1)))
    above, below = framed[:, :-2, 1:-1], framed[:, 2:, 1:-1]
    left, right = framed[:, 1:-1, :-2], framed[:, 1:-1, 2:]
    laplacian = 4 * images[..., 0] - above - below - left - right
    return laplacian.var(axis=(1, 2))


image_sharpness.mistake("one_value").says(
    "Un seul nombre pour tout le lot : on en attend un par image, la variance sur les axes 1 et 2."
).edits({".var(axis=(1, 2))": ".var()"})
image_sharpness.mistake("deviation").says(
    "C'est l'écart-type du laplacien : on demande la variance, son carré."
).edits({".var(axis": ".std(axis"})
image_sharpness.mistake("mean_square").says(
    "C'est la moyenne du carré : la variance en retire le carré de la moyenne. Le laplacien n'est "
    "pas de moyenne nulle, car ce qui est au-delà du bord est noir."
).edits({"laplacian.var(axis=(1, 2))": "np.mean(laplacian**2, axis=(1, 2))"})
image_sharpness.mistake("wraps_around").says(
    "Vos voisins font le tour de l'image : au bord gauche, `np.roll` prend le pixel du bord droit. "
    "Au-delà du bord, tout est noir."
).edits({"((0, 0), (1, 1), (1, 1))": "((0, 0), (1, 1), (1, 1)), mode='wrap'"})
image_sharpness.mistake("border_repeated").says(
    "Au-delà du bord, vous répétez le pixel du bord : on demande du noir, 0."
).edits({"((0, 0), (1, 1), (1, 1))": "((0, 0), (1, 1), (1, 1)), mode='edge'"})
image_sharpness.mistake("inside_only").says(
    "Vous laissez de côté les pixels du bord : eux aussi comptent, leurs voisins absents étant "
    "noirs."
).edits({"laplacian.var": "laplacian[:, 1:-1, 1:-1].var"})
image_sharpness.mistake("diagonals").says(
    "Vous comptez aussi les quatre voisins en diagonale : seuls comptent haut, bas, gauche et "
    "droite."
).edits(
    {
        "4 * images": "8 * images",
        "- right\n": "- right\n    laplacian = laplacian - framed[:, :-2, :-2] - framed[:, 2:, 2:]"
        "\n    laplacian = laplacian - framed[:, :-2, 2:] - framed[:, 2:, :-2]\n",
    }
)
image_sharpness.mistake("mean_of_neighbours").says(
    "Vous comparez le pixel à la moyenne de ses voisins : on demande quatre fois le pixel, moins "
    "leur somme. Votre variance est seize fois trop petite."
).edits({"laplacian.var": "(laplacian / 4).var"})
image_sharpness.mistake("variance_of_pixels").says(
    "C'est la variance des pixels eux-mêmes, donc le contraste : une image floue peut en avoir "
    "autant qu'une nette. Prenez celle du laplacien."
).edits({"laplacian.var": "images[..., 0].var"})
image_sharpness.mistake("first_differences").says(
    "Vous additionnez les écarts à deux voisins seulement : il en faut quatre, haut, bas, gauche "
    "et droite."
).edits(
    {"4 * images": "2 * images", " - below": "", " - right": ""},
    {"4 * images": "2 * images", "- above - below ": ""},
    {"4 * images": "2 * images", " - left - right": ""},
)
