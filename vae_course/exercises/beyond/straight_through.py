"""Exercise: the straight-through gradient."""

import numpy as np
import tensorflow as tf

from vae_course.engine import exercise
from vae_course.exercises.beyond._tapes import value_and_slopes

_FEW = (np.array([[0.2, 1.0]]), np.array([[0.0, 2.0]]), np.array([[3.0, -1.0]]))


def _random(seed, shape):
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(size=shape) for _ in range(3))


def _passes(answer):
    for name, (z, vectors, weights) in {
        "un vecteur de deux nombres, z = [0,2, 1], e = [0, 2]": _FEW,
        "une grille de forme (2, 3, 3, 4)": _random(145, (2, 3, 3, 4)),
    }.items():
        value, of_z, of_vectors = value_and_slopes(answer, z, vectors, weights=weights)
        yield f"{name} : la valeur", value
        yield f"{name} : le gradient selon z de Σ w · résultat", of_z
        yield f"{name} : le gradient selon e de Σ w · résultat", of_vectors


@exercise(
    statement="Écrivez `straight_through(z, vectors)` : un tenseur qui vaut `vectors` (les codes "
    "choisis), mais dont le gradient va à `z`, intact, comme s'il valait `z`. Rien ne va à "
    "`vectors` : le dictionnaire apprend autrement. Deux tenseurs de même forme ; "
    "`tf.stop_gradient(t)` vaut `t`, et le gradient n'y passe pas.",
    section="§ 4.2 (les VQ-VAE) ; § 2.6 pour l'autre façon de laisser passer un gradient",
    hints=[
        "Le résultat doit valoir `vectors` et dépendre de `z`. Quelle expression vaut zéro, et a "
        "pourtant un gradient de 1 selon `z` ?",
        "`z - tf.stop_gradient(z)` vaut zéro partout, et sa dérivée selon `z` est 1.",
        "Ajoutez-lui `vectors`, dont vous arrêtez le gradient.",
    ],
    success="À l'aller, le code ; au retour, z : on fait comme si l'arrondi n'existait pas. Cela "
    "n'est juste que si z est près de son code, et c'est à cela que sert le terme d'engagement.",
    observe=_passes,
)
def straight_through(z, vectors):
    """La valeur de vectors, le gradient de z."""
    return tf.stop_gradient(vectors) + z - tf.stop_gradient(z)


_ALL = "tf.stop_gradient(vectors) + z - tf.stop_gradient(z)"

straight_through.mistake("no_gradient").says(
    "La valeur est juste, mais aucun gradient ne va à `z` : l'encodeur n'apprendrait rien de la "
    "reconstruction."
).edits({_ALL: "tf.stop_gradient(vectors)"}, {_ALL: "z + tf.stop_gradient(vectors) - z"})
straight_through.mistake("to_the_codes_alone").says(
    "La valeur est juste, mais le gradient va au dictionnaire, et rien à `z` : c'est la pente "
    "d'une marche d'escalier, nulle partout. `z + (vectors − z)` se simplifie, pour le ruban aussi."
).edits({_ALL: "tf.identity(vectors)"}, {_ALL: "z + (vectors - z)"})
straight_through.mistake("to_both").says(
    "Le gradient va bien à `z`, mais aussi à `vectors` : arrêtez-le là. Le dictionnaire suit ses "
    "moyennes, ou son propre terme de la perte."
).edits({"tf.stop_gradient(vectors)": "vectors"})
straight_through.mistake("value_of_z").says(
    "Le résultat vaut `z` : le décodeur verrait des vecteurs qui ne sont pas dans le dictionnaire, "
    "et qu'aucun code ne saurait écrire. À l'aller, il faut la valeur de `vectors`."
).edits(
    {_ALL: "tf.identity(z)"},
    {_ALL: "z + tf.stop_gradient(vectors) - tf.stop_gradient(vectors)"},
    {_ALL: "tf.stop_gradient(z) + vectors - tf.stop_gradient(vectors)"},
    {_ALL: "z + vectors - tf.stop_gradient(vectors)"},
)
straight_through.mistake("sign").says(
    "Le gradient arrive à `z` avec le signe contraire : l'encodeur monterait la pente."
).edits(
    {_ALL: "tf.stop_gradient(vectors) - z + tf.stop_gradient(z)"},
    {_ALL: "tf.stop_gradient(z) + vectors - z"},
)
straight_through.mistake("not_the_codes").says(
    "Le résultat ne vaut ni `vectors` ni `z` : les termes doivent se compenser exactement, à "
    "l'aller."
).edits({_ALL: "tf.stop_gradient(vectors) + z"}, {_ALL: "z + tf.stop_gradient(z - vectors)"})
