"""Exercise: the two terms that bring a vector and its code together, and whom each one moves."""

import numpy as np
import tensorflow as tf

from vae_course.engine import exercise
from vae_course.exercises.beyond._tapes import value_and_slopes

_FEW = (np.array([[1.0, 1.0]]), np.array([[0.0, 3.0]]), 0.25)


def _random(seed, shape, commitment):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape), rng.normal(size=shape), commitment


def _sides(answer):
    for name, (z, vectors, commitment) in {
        "un vecteur, z = [1, 1], e = [0, 3], β = 0,25": _FEW,
        "trois vecteurs de dimension 2, β = 0,5": _random(146, (3, 2), 0.5),
        "deux exemples, des grilles de 2 × 2 vecteurs, β = 2": _random(147, (2, 2, 2, 3), 2.0),
    }.items():
        value, of_z, of_vectors = value_and_slopes(answer, z, vectors, commitment)
        yield f"{name} : la valeur", value
        yield f"{name} : le gradient que reçoit z", of_z
        yield f"{name} : le gradient que reçoit e", of_vectors


@exercise(
    statement="Écrivez `codebook_losses(z, vectors, commitment)` : la somme ‖sg(z) − e‖² + β ‖z − "
    "sg(e)‖², une valeur par exemple, sommée sur tous les autres axes. `z` et `vectors` (les codes "
    "e) sont deux tenseurs de même forme `(n, …, d)`, `commitment` le nombre β ; sg est "
    "`tf.stop_gradient`, où le gradient ne passe pas.",
    section="§ 4.2 (les VQ-VAE)",
    hints=[
        "Les deux carrés ont la même valeur. Lequel déplace le code, lequel déplace z ?",
        "Le premier terme bouge ce qui n'est pas sous sg : le code. Le second, que pèse β, retient "
        "l'encodeur.",
        "Pour une grille, sommez sur tous les axes sauf le premier : `tf.reduce_sum(carrés, "
        "axis=tuple(range(1, len(z.shape))))`.",
    ],
    success="Le code va vers les vecteurs qui l'ont choisi ; l'encodeur, retenu par β, ne "
    "s'éloigne pas trop du code. Sans ce terme, z pourrait grandir sans fin et changer de code à "
    "chaque pas.",
    observe=_sides,
)
def codebook_losses(z, vectors, commitment):
    """‖sg(z) − e‖² + β ‖z − sg(e)‖², une valeur par exemple."""
    axes = tuple(range(1, len(z.shape)))
    codebook = tf.reduce_sum((tf.stop_gradient(z) - vectors) ** 2, axis=axes)
    engaged = tf.reduce_sum((z - tf.stop_gradient(vectors)) ** 2, axis=axes)
    return codebook + commitment * engaged


codebook_losses.mistake("sides_swapped").says(
    "Les deux côtés sont échangés : β pèse sur le terme qui déplace le code. Le terme "
    "d'engagement, celui de β, est ‖z − sg(e)‖² : il retient l'encodeur."
).edits({"codebook + commitment * engaged": "commitment * codebook + engaged"})
codebook_losses.mistake("no_stop").says(
    "La valeur est juste, mais sans sg chaque terme tire les deux : z et le code reçoivent tous "
    "deux 1 + β. Arrêtez z dans le premier carré, le code dans le second."
).edits(
    {
        "(tf.stop_gradient(z) - vectors)": "(z - vectors)",
        "(z - tf.stop_gradient(vectors))": "(z - vectors)",
    }
)
codebook_losses.mistake("codes_do_not_move").says(
    "Le code ne reçoit aucun gradient : dans le premier terme, c'est z qui est sous sg, et le code "
    "qui bouge."
).edits(
    {"(tf.stop_gradient(z) - vectors)": "(z - tf.stop_gradient(vectors))"},
    {"(tf.stop_gradient(z) - vectors)": "tf.stop_gradient(z - vectors)"},
)
codebook_losses.mistake("encoder_does_not_move").says(
    "L'encodeur ne reçoit aucun gradient : dans le second terme, c'est le code qui est sous sg, et "
    "z qui bouge."
).edits(
    {"(z - tf.stop_gradient(vectors))": "(tf.stop_gradient(z) - vectors)"},
    {"(z - tf.stop_gradient(vectors))": "tf.stop_gradient(z - vectors)"},
)
codebook_losses.mistake("stop_in_one_only").says(
    "L'un des deux termes est sans sg, et tire des deux côtés à la fois."
).edits(
    {"(tf.stop_gradient(z) - vectors)": "(z - vectors)"},
    {"(z - tf.stop_gradient(vectors))": "(z - vectors)"},
)
codebook_losses.mistake("no_commitment").says(
    "Il manque le second terme, β ‖z − sg(e)‖² : rien ne retient l'encodeur près de son code."
).edits({"codebook + commitment * engaged": "codebook"})
codebook_losses.mistake("commitment_alone").says(
    "Il manque le premier terme, ‖sg(z) − e‖² : rien ne déplace le dictionnaire."
).edits({"codebook + commitment * engaged": "commitment * engaged"})
codebook_losses.mistake("unweighted").says(
    "Le terme d'engagement n'est pas multiplié par β."
).edits({"codebook + commitment * engaged": "codebook + engaged"})
codebook_losses.mistake("weighted_twice").says(
    "β multiplie les deux termes : il ne pèse que sur le second."
).edits({"codebook + commitment * engaged": "commitment * (codebook + engaged)"})
codebook_losses.mistake("mean_over_values").says(
    "Vous faites une moyenne sur les nombres d'un vecteur, ou sur la grille : c'est une somme, "
    "comme la reconstruction, à laquelle ces termes s'ajoutent."
).edits(
    {
        "tf.reduce_sum((tf.stop_gradient(z)": "tf.reduce_mean((tf.stop_gradient(z)",
        "tf.reduce_sum((z": "tf.reduce_mean((z",
    },
)
codebook_losses.mistake("one_a_vector").says(
    "Vous rendez une valeur par vecteur : sommez aussi sur la grille, il en faut une par exemple."
).edits({"tuple(range(1, len(z.shape)))": "-1"})
codebook_losses.mistake("whole_batch").says(
    "Vous rendez un seul nombre pour tout le lot : on en attend un par exemple, sommé sur tous les "
    "axes sauf le premier."
).edits({"tuple(range(1, len(z.shape)))": "None"})
