"""Exercise: the reparameterised draw."""

import numpy as np
import tensorflow as tf

from vae_course.engine import Observation, exercise
from vae_course.exercises.reparameterization._derivatives import as_tensors, derivatives

_ROWS = 20_000
_MU, _SIGMA = [1.0, -2.0], [2.0, 0.5]
_rng = np.random.default_rng(51)
_FEW = [_rng.normal(size=(4, 3)), _rng.normal(size=(4, 3))]


def _coarse(values):
    return np.round(20 * values) / 20  # what is shown is then what theory says


def _gaussian_draws(answer):
    many = [np.tile(_MU, (_ROWS, 1)), np.tile(2 * np.log(_SIGMA), (_ROWS, 1))]
    z_mean, z_log_var = as_tensors(answer, many, _FEW)
    z, again = answer.array(z_mean, z_log_var), answer.array(z_mean, z_log_var)
    shape = f"z a la forme de μ et log σ², {(_ROWS, 2)} (obtenu : {z.shape})"
    yield shape, z.shape == again.shape == (_ROWS, 2)
    yield "z ne contient que des nombres finis (ni `nan`, ni infini)", np.all(np.isfinite(z))
    noise = (z - _MU) / _SIGMA
    fresh = np.any(z != again)
    by_example, by_dimension = (np.any(np.ptp(noise, axis=axis) > 1e-3) for axis in (0, 1))
    yield "un hasard s'ajoute à μ", fresh or by_example or by_dimension
    yield "le hasard change d'un appel ou d'un exemple à l'autre", fresh or by_example
    yield "deux appels donnent deux tirages", fresh
    yield "le bruit change d'un exemple à l'autre", by_example
    yield "le bruit change d'une dimension à l'autre", by_dimension
    # Ten standard errors or more of the difference of two such statistics.
    mean = f"moyenne de z, quand μ = {_MU} et σ = {_SIGMA}"
    yield Observation(mean, _coarse(z.mean(axis=0)), 0.2)
    yield Observation(f"écart-type de z, quand σ = {_SIGMA}", _coarse(z.std(axis=0)), 0.06, 0.05)
    scaled = (z - z.mean(axis=0)) / z.std(axis=0)
    other = (again - again.mean(axis=0)) / again.std(axis=0)
    inside = np.mean(np.abs(scaled) < 1, axis=0)
    yield Observation("part des z à moins d'un écart-type de la moyenne", inside, 0.05)
    products = {
        "corrélation entre deux dimensions": scaled[:, 0] * scaled[:, 1],
        "corrélation entre deux exemples voisins": scaled[1:] * scaled[:-1],
        "corrélation entre deux appels": scaled * other,
    }
    for what, product in products.items():
        yield Observation(what, np.mean(product), 0.1)

    tensors = as_tensors(answer, _FEW)
    z, to_mean, to_log_var = yield from derivatives(answer, ("μ", "log σ²"), tensors)
    yield "∂z/∂μ", to_mean
    yield Observation("∂z/∂log σ², divisée par z − μ", to_log_var / (z - _FEW[0]), 0.02)


@exercise(
    statement="Écrivez `sample_z(z_mean, z_log_var)` : un tirage de N(μ, diag σ²) par exemple, de "
    "même forme `(lot, d)`, que le ruban de TensorFlow sait dériver. La fonction tire elle-même "
    "son bruit.",
    section="§ 2.6.2 et § 3.2, algorithme 1, lignes 5 et 6",
    hints=[
        "Où est le hasard dans z = μ + σ ε ? De quelle forme doit être ε pour que chaque nombre de "
        "z ait le sien ?",
        "La fonction reçoit log σ². Comment en tirer σ, et non σ² ?",
        "Tirez à chaque appel un ε de la forme de `z_mean` : `keras.random.normal` ou "
        "`tf.random.normal`. L'écart-type σ est `exp(0.5 * z_log_var)`, avec `tf.exp` ou "
        "`keras.ops.exp`.",
    ],
    success="La bonne loi, un bruit neuf partout, et un gradient. Dans un `fit`, tirez ce bruit "
    "avec Keras ou TensorFlow : NumPy n'y serait appelé qu'une fois, à la compilation.",
    observe=_gaussian_draws,
)
def sample_z(z_mean, z_log_var):
    """Un tirage reparamétré de N(μ, diag σ²) par exemple."""
    epsilon = tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype)
    return z_mean + tf.exp(0.5 * z_log_var) * epsilon


sample_z.mistake("variance_for_sigma", "§ 2.6.2 (σ multiplie ε, et non σ²)").says(
    "Vous multipliez ε par la variance : `exp(z_log_var)` est σ². L'écart-type est sa racine, "
    "`exp(0.5 * z_log_var)`."
).edits({"0.5 * ": ""})
sample_z.mistake(
    "log_variance_for_sigma", "§ 3.2, algorithme 1, ligne 5 (l'encodeur rend log σ²)"
).says(
    "Vous prenez log σ² (ou sa moitié) pour σ : il peut être négatif ou nul. Il faut en prendre "
    "l'exponentielle, σ = exp(½ log σ²)."
).edits(
    {"tf.exp(0.5 * z_log_var)": "z_log_var"},
    {"tf.exp": ""},
    {"tf.exp(0.5 * z_log_var)": "tf.sqrt(tf.abs(z_log_var))"},
)
sample_z.mistake("one_noise_for_the_batch").says(
    "Un même ε sert à tout le lot : toutes les images reçoivent le même coup du sort. Chaque "
    "exemple a le sien ; donnez à ε la forme de `z_mean`."
).edits({"tf.shape(z_mean)": "tf.shape(z_mean[:1])"}, {"tf.shape(z_mean)": "(1, 1)"})
sample_z.mistake(
    "one_noise_per_example", "§ 2.6.2 (ε suit N(0, I) : ses coordonnées sont indépendantes)"
).says(
    "Un même ε sert à toutes les dimensions d'un exemple : z ne bouge que le long d'une droite. "
    "Les dimensions sont indépendantes ; donnez à ε la forme de `z_mean`."
).edits({"tf.shape(z_mean)": "tf.shape(z_mean[:, :1])"})
sample_z.mistake("no_noise").says(
    "Il n'y a pas de hasard : chaque appel rend le même point, au même endroit pour chaque "
    "exemple. C'est le code d'un autoencodeur ; il manque ε, tiré de N(0, I)."
).edits("return z_mean + 0 * z_log_var", {" * epsilon": ""})
sample_z.mistake(
    "same_noise_every_call", "§ 3.2, algorithme 1, ligne 6 (un nouveau tirage à chaque lot)"
).says(
    "Deux appels donnent exactement le même ε : la graine est remise à chaque fois (ou ε est tiré "
    "hors de la fonction). Tirez-le dans la fonction, sans y fixer de graine."
).edits({"normal(tf.shape(z_mean)": "stateless_normal(tf.shape(z_mean), (0, 0)"})
sample_z.mistake("gradient_stopped", "§ 2.6.1 (le flux du gradient est cassé)").says(
    "La loi est bonne, mais le gradient est coupé : le ruban ne voit pas que z dépend de μ ou de "
    "log σ². Il ne suit ni NumPy, ni `numpy()`, ni `stop_gradient` : calculez σ et z avec des "
    "opérations TensorFlow ou Keras."
).edits(
    {"return ": "return tf.stop_gradient(", "* epsilon": "* epsilon)"},
    {"tf.exp": "np.exp"},
    {"return z_mean": "return tf.stop_gradient(z_mean)"},
)
sample_z.mistake("uniform_noise").says(
    "Le bruit est uniforme, et il doit être gaussien : ε suit N(0, I). C'est `random.normal`, et "
    "non `random.uniform` (ou `np.random.rand`)."
).edits(
    {"normal(tf.shape(z_mean)": "uniform(tf.shape(z_mean), 0, 1"},
    {"normal(tf.shape(z_mean)": "uniform(tf.shape(z_mean), -1, 1"},
    {"normal(tf.shape(z_mean)": "uniform(tf.shape(z_mean), -(3**0.5), 3**0.5"},
)
sample_z.mistake("mean_forgotten").says(
    "La moyenne est oubliée : vous tirez autour de 0. Ajoutez `z_mean` : z = μ + σ ε."
).edits({"z_mean + ": "0 * z_mean + "})
sample_z.mistake(
    "root_of_a_logarithm", "§ 3.2, algorithme 1, ligne 5 (ce que rend l'encodeur)"
).says(
    "La racine ou le logarithme de log σ², qui est souvent négatif : d'où les `nan`. log σ² est "
    "déjà un logarithme ; σ en est l'exponentielle de la moitié, `exp(0.5 * z_log_var)`."
).edits({"tf.exp(0.5 * z_log_var)": "tf.sqrt(z_log_var)"})
