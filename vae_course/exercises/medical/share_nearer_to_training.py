"""Exercise: are synthetic images nearer to training images than to others? As many of each."""

import numpy as np

from vae_course.engine import exercise

# On a line: at 0.6 the nearest held-out one is 1, of the first two training ones 0 (kept) is not
# nearer; the third training image, 0.5, is one too many.
_LINE = (
    np.array([0.6, 3.1, 8.0]),
    np.array([0.0, 3.0, 0.5, 8.1]),
    np.array([1.0, 7.9]),
)
_TIE = (np.array([1.0, 5.0, 9.0]), np.array([0.0, 4.9, 20.0, 9.1]), np.array([2.0, 6.0]))


def _as_images(case):
    """Points on a line as images of one pixel."""
    return tuple(np.reshape(each, (-1, 1, 1, 1)) for each in case)


def _random(seed, counts, shape):
    rng = np.random.default_rng(seed)
    train, held_out = (rng.normal(size=(count, *shape)) for count in counts[1:])
    chosen = rng.integers(0, counts[1], counts[0])
    return train[chosen] + 0.9 * rng.normal(size=(counts[0], *shape)), train, held_out


@exercise(
    statement="Écrivez `share_nearer_to_training(synthetic, train, held_out)` : la part des images "
    "synthétiques dont la plus proche voisine (distance euclidienne) est une image d'entraînement "
    "plutôt qu'une image tenue à l'écart, une égalité comptant pour moitié. Comparez autant des "
    "unes que des autres : de `train`, ne gardez que les `len(held_out)` premières. Images "
    "de forme `(n, hauteur, largeur, canaux)`.",
    section="§ 4.1.5 (la création de scans médicaux synthétiques)",
    hints=[
        "Si l'on comparait à neuf fois plus d'images d'entraînement, de quel côté la plus proche "
        "serait-elle le plus souvent, même pour un générateur qui ne copie rien ?",
        "Aplatissez chaque image, `x.reshape(len(x), -1)`. Une image synthétique a une distance à "
        "chaque image d'entraînement : laquelle compte ?",
        "Comparez le plus petit `‖a − b‖` d'un côté au plus petit de l'autre : la moyenne de "
        "`d_train < d_held_out`, plus la moitié de celle de `d_train == d_held_out`.",
    ],
    success="Une part de 0,5 : les images d'entraînement n'attirent pas plus que d'autres. "
    "Nettement plus : le générateur se souvient.",
    cases=[
        _as_images(_LINE),
        _as_images(_TIE),
        _random(115, (20, 30, 8), (3, 2, 1)),
        _random(116, (25, 12, 12), (2, 3, 1)),
    ],
)
def share_nearer_to_training(synthetic, train, held_out):
    """La part des images synthétiques plus proches d'une image d'entraînement."""
    train = train[: len(held_out)]
    images = [each.reshape(len(each), -1) for each in (synthetic, train, held_out)]

    def nearest(others):
        gap = images[0][:, None] - others
        return np.sqrt(np.sum(gap**2, axis=2)).min(axis=1)

    d_train, d_held_out = nearest(images[1]), nearest(images[2])
    return np.mean(d_train < d_held_out) + 0.5 * np.mean(d_train == d_held_out)


share_nearer_to_training.mistake("unequal_numbers").says(
    "Vous comparez à plus d'images d'entraînement que d'images tenues à l'écart : plus il y en a, "
    "plus la plus proche est proche, et même un générateur qui ne copie rien semblerait copier."
).edits(
    {"train = train[: len(held_out)]": ""},
    {
        "train = train[: len(held_out)]": "",
        " + 0.5 * np.mean(d_train == d_held_out)": "",
    },
)
share_nearer_to_training.mistake("other_distance").says(
    "Vous additionnez des écarts absolus, ou prenez le plus grand : la distance euclidienne est la "
    "racine de la somme des carrés."
).edits(
    {"np.sqrt(np.sum(gap**2, axis=2))": "np.sum(np.abs(gap), axis=2)"},
    {"np.sqrt(np.sum(gap**2, axis=2))": "np.max(np.abs(gap), axis=2)"},
)
share_nearer_to_training.mistake("reversed").says(
    "C'est la part du côté des images tenues à l'écart : on demande celle du côté de "
    "l'entraînement."
).edits({"d_train < d_held_out": "d_train > d_held_out"})
share_nearer_to_training.mistake("ties_lost").says(
    "Une égalité compte pour moitié : sinon deux jeux identiques ne donneraient pas un demi."
).edits(
    {" + 0.5 * np.mean(d_train == d_held_out)": ""},
    {"0.5 * ": ""},
)
share_nearer_to_training.mistake("mean_distance").says(
    "Vous prenez la distance moyenne à toutes les images : c'est la plus proche qui trahit une "
    "copie, et une seule suffit."
).edits({".min(axis=1)": ".mean(axis=1)"})
share_nearer_to_training.mistake("farthest").says(
    "Vous prenez la plus lointaine : c'est la plus proche qui trahit une copie."
).edits({".min(axis=1)": ".max(axis=1)"})
share_nearer_to_training.mistake("wrong_way_round").says(
    "Vous cherchez, pour chaque image réelle, la synthétique la plus proche : on demande, pour "
    "chaque image synthétique, la réelle la plus proche."
).edits({".min(axis=1)": ".min(axis=0)"})
share_nearer_to_training.mistake("count").says(
    "Vous comptez des images : on demande une part, entre 0 et 1."
).edits(
    {
        "np.mean(d_train < d_held_out)": "np.sum(d_train < d_held_out)",
        "np.mean(d_train == d_held_out)": "np.sum(d_train == d_held_out)",
    }
)
share_nearer_to_training.mistake("ratio_of_distances").says(
    "C'est un rapport ou un écart de distances : on demande une part d'images, comptées une à une."
).edits(
    {
        "np.mean(d_train < d_held_out) + 0.5 * np.mean(d_train == d_held_out)": (
            "np.mean(d_train) / np.mean(d_held_out)"
        )
    },
    {
        "np.mean(d_train < d_held_out) + 0.5 * np.mean(d_train == d_held_out)": (
            "np.mean(d_train / d_held_out)"
        )
    },
)
