"""Exercise: a draw of another law, by its inverse distribution function."""

import numpy as np
import tensorflow as tf

from vae_course.engine import Observation, exercise
from vae_course.exercises.reparameterization._derivatives import as_tensors, derivatives

_rng = np.random.default_rng(514)
_LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9]
_LAPLACE = [
    _rng.normal(size=(4, 3)),
    _rng.uniform(0.3, 2.0, size=(4, 3)),
    _rng.uniform(0.01, 0.99, size=(4, 3)),
]


def _laplace_draws(answer):
    simple = [np.full(5, 1.0), np.full(5, 2.0), np.array(_LEVELS)]
    tensors = as_tensors(answer, simple)
    z, again = answer.array(*tensors), answer.array(*tensors)
    yield f"z a la forme de u, (5,) (obtenu : {z.shape})", z.shape == (5,)
    yield "le même u donne le même z", np.array_equal(z, again, equal_nan=True)
    what = f"les z rangés, pour u = {_LEVELS}, m = 1 et s = 2"
    yield what, np.sort(z)  # F⁻¹(1 − u) is as good a draw as F⁻¹(u)
    tensors = as_tensors(answer, _LAPLACE)
    z, to_location, to_scale = yield from derivatives(answer, "ms", tensors)
    yield f"z a la forme de m, s et u, (4, 3) (obtenu : {z.shape})", z.shape == (4, 3)
    distance = z - _LAPLACE[0]
    yield Observation("|z − m|, pour m, s et u de forme (4, 3)", np.abs(distance), 1e-4)
    yield "∂z/∂m", to_location
    yield Observation("∂z/∂s, divisée par (z − m)/s", to_scale * _LAPLACE[1] / distance, 0.02)


@exercise(
    statement="La loi de Laplace a pour densité exp(−|z − m|/s) / 2s. Écrivez "
    "`sample_laplace(location, scale, u)`, un tirage reparamétré, par l'inverse de la "
    "fonction de répartition, à partir de u, uniforme entre 0 et 1 : trois tenseurs de "
    "même forme, et z aussi. Le ruban doit pouvoir dériver z selon m et s.",
    section="§ 2.6.2 (z = μ + σ · ε, que l'exercice étend à une autre loi)",
    hints=[
        "Quelle est la probabilité que z soit au-dessous de m ? Pour quel u doit-on donc trouver "
        "z = m ?",
        "Au-dessous de m, la fonction de répartition vaut F(z) = ½ exp((z − m)/s). Résolvez F(z) = "
        "u quand u < ½ ; l'autre moitié s'en déduit par symétrie.",
        "On trouve z = m + s log(2u) si u < ½, et m − s log(2(1 − u)) sinon : `tf.where`, ou le "
        "signe de u − ½ et sa valeur absolue.",
    ],
    success="La même recette vaut pour toute loi dont on sait inverser la fonction de répartition.",
    observe=_laplace_draws,
)
def sample_laplace(location, scale, u):
    """Un tirage reparamétré de la loi de Laplace, à partir de u uniforme."""
    below = location + scale * tf.math.log(2 * u)  # si u < ½
    above = location - scale * tf.math.log(2 * (1 - u))
    return tf.where(u < 0.5, below, above)


sample_laplace.mistake("one_side").says(
    "Tous vos tirages tombent du même côté de m : c'est la loi exponentielle. La loi de Laplace "
    "est symétrique : la moitié des u doit donner un z au-dessous de m."
).edits(
    *(
        f"return location {sign} scale * tf.math.log({uniform})"
        for uniform in ("1 - u", "u", "1 - 2 * tf.abs(u - 0.5)")
        for sign in "-+"
    )
)
sample_laplace.mistake("centred_uniform").says(
    "Votre formule attend u entre −½ et ½, et il est entre 0 et 1 : remplacez u par u − ½. Sinon "
    "le logarithme reçoit un nombre négatif."
).edits("return location - scale * tf.sign(u) * tf.math.log(1 - 2 * tf.abs(u))")
sample_laplace.mistake("half_forgotten").says(
    "Il manque le facteur 2 : chaque moitié de la loi ne pèse que ½. Il faut log(2u) au-dessous de "
    "½, et log(2(1 − u)) au-dessus : pour u proche de ½, z doit être proche de m."
).edits(
    "return location - scale * tf.sign(u - 0.5) * tf.math.log(1 - tf.abs(u - 0.5))",
    {"2 * u": "u", "2 * (1 - u)": "1 - u"},
)
sample_laplace.mistake("not_the_inverse").says(
    "C'est la fonction de répartition (ou la densité) prise en u. On cherche son inverse : le z "
    "pour lequel F(z) = u."
).edits(
    "tail = 0.5 * tf.exp(-tf.abs(u - location) / scale)\n"
    "return tf.where(u < location, tail, 1 - tail)",
    "return tf.exp(-tf.abs(u - location) / scale) / (2 * scale)",
)
sample_laplace.mistake("scale_for_deviation").says(
    "Vous prenez s pour l'écart-type. Celui de la loi de Laplace vaut s√2, mais c'est bien s qui "
    "multiplie le logarithme."
).edits(
    {"below = ": "scale = scale / 2**0.5\n    below = "},
    {"below = ": "scale = scale * 2**0.5\n    below = "},
)
sample_laplace.mistake("scale_forgotten").says(
    "L'échelle s est oubliée : vos z s'écartent de m comme si elle valait 1. C'est s qui multiplie "
    "le logarithme."
).edits({"below = ": "scale = 1 + 0 * scale\n    below = "})
sample_laplace.mistake("gaussian").says(
    "C'est un tirage gaussien. La loi de Laplace a une pointe en m et des bords plus épais : "
    "inversez sa propre fonction de répartition."
).edits("return location + scale * tf.math.ndtri(u)")
sample_laplace.mistake("noise_of_its_own").says(
    "Le bruit ne vient pas de u : deux appels avec le même u donnent deux z. Tout le hasard doit "
    "entrer par u ; le reste est un calcul."
).edits({"below = ": "u = tf.random.uniform(tf.shape(u), dtype=u.dtype)\n    below = "})
sample_laplace.mistake("gradient_stopped", "§ 2.6.1 (le flux du gradient est cassé)").says(
    "Les tirages sont les bons, mais le gradient est coupé : le ruban ne voit pas que z dépend de "
    "m ou de s. Il ne suit pas NumPy : prenez `tf.where` et `tf.math.log`, ou ceux de `keras.ops`."
).edits(
    {"tf.where(u < 0.5, below, above)": "tf.stop_gradient(tf.where(u < 0.5, below, above))"},
    {"below = ": "scale = tf.stop_gradient(scale)\n    below = "},
)
sample_laplace.mistake("half_of_the_formula").says(
    "Vous appliquez à tous les u la formule d'une seule moitié de la loi. Elle n'est juste que "
    "d'un côté de ½ ; de l'autre, z ne s'éloigne jamais de m de plus de s log 2. Il en faut une "
    "par moitié."
).edits(
    "return location + scale * tf.math.log(2 * u)",
    "return location - scale * tf.math.log(2 * u)",
    "return location + scale * tf.math.log(2 * (1 - u))",
    "return location - scale * tf.math.log(2 * (1 - u))",
)
