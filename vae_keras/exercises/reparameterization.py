"""Exercises of chapter 05: reparameterised draws, and the two gradients of an expectation."""

import numpy as np
import tensorflow as tf

from vae_keras.exercises._answer import AnswerError, as_array
from vae_keras.exercises._exercise import Observation, exercise

# ---------------------------------------------------------------------- helpers of the checks


def _tensors(answer, values, examples=None, dtypes=("float32", "float64")):
    """Tensors of the first float type, if the answer takes it; else of the second."""
    try:
        answer(*(tf.constant(each, dtypes[0]) for each in examples or values))
    except AnswerError:
        dtypes = dtypes[1:]
    return [tf.constant(each, dtypes[0]) for each in values]


def _slope(tape, target, source):
    """The gradient as an array, or None where the tape sees no link."""
    if not tf.is_tensor(target):
        return None
    gradient = tape.gradient(target, source)
    if gradient is None or not np.any(gradient):
        return None
    return as_array(gradient)


# ---------------------------------------------------------------------- a Gaussian draw

_ROWS = 20_000
_MU, _SIGMA = [1.0, -2.0], [2.0, 0.5]
_rng = np.random.default_rng(51)
_FEW = [_rng.normal(size=(4, 3)), _rng.normal(size=(4, 3))]


def _coarse(values):
    return np.round(20 * values) / 20  # what is shown is then what theory says


def _gaussian_draws(answer):
    many = [np.tile(_MU, (_ROWS, 1)), np.tile(2 * np.log(_SIGMA), (_ROWS, 1))]
    z_mean, z_log_var = _tensors(answer, many, _FEW)
    z, again = answer.array(z_mean, z_log_var), answer.array(z_mean, z_log_var)
    good_shape = z.shape == again.shape == (_ROWS, 2)
    yield Observation(f"z a la forme de μ et log σ², {(_ROWS, 2)} (obtenu : {z.shape})", good_shape)
    if not good_shape:
        return
    noise = (z - _MU) / _SIGMA
    fresh = [
        ("deux appels donnent deux tirages", np.any(z != again)),
        ("le bruit change d'un exemple à l'autre", np.any(np.ptp(noise, axis=0) > 1e-3)),
        ("le bruit change d'une dimension à l'autre", np.any(np.ptp(noise, axis=1) > 1e-3)),
    ]
    for what, seen in fresh:
        yield Observation(what, bool(seen))
    if not all(seen for _, seen in fresh):
        return
    # Ten standard errors or more of the difference of two such statistics.
    yield Observation(
        f"moyenne de z, quand μ = {_MU} et σ = {_SIGMA}", _coarse(z.mean(axis=0)), 0.2
    )
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

    z_mean, z_log_var = _tensors(answer, _FEW)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([z_mean, z_log_var])
        z = answer(z_mean, z_log_var)
    slopes = [_slope(tape, z, each) for each in (z_mean, z_log_var)]
    for name, slope in zip(("μ", "log σ²"), slopes, strict=True):
        yield Observation(f"le ruban voit que z dépend de {name}", slope is not None)
    if any(slope is None for slope in slopes):
        return
    yield Observation("∂z/∂μ", slopes[0])
    ratio = slopes[1] / (as_array(z) - as_array(z_mean))
    yield Observation("∂z/∂log σ², divisée par z − μ", ratio, 0.02)


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


def _noise(like):
    return np.random.normal(size=np.shape(like)).astype(like.dtype.as_numpy_dtype)


@sample_z.misconception(
    "Vous multipliez ε par la variance : `exp(z_log_var)` est σ². L'écart-type est sa racine, "
    "`exp(0.5 * z_log_var)`.",
    section="§ 2.6.2 (σ multiplie ε, et non σ²)",
)
def _variance_for_sigma(z_mean, z_log_var):
    return z_mean + tf.exp(z_log_var) * _noise(z_mean)


@sample_z.misconception(
    "Vous prenez log σ² (ou sa moitié) pour σ : il peut être négatif ou nul. Il faut en prendre "
    "l'exponentielle, σ = exp(½ log σ²).",
    section="§ 3.2, algorithme 1, ligne 5 (l'encodeur rend log σ²)",
)
def _log_variance_for_sigma(z_mean, z_log_var):
    return z_mean + z_log_var * _noise(z_mean)


_log_variance_for_sigma.variant(lambda m, v: m + 0.5 * v * _noise(m))
_log_variance_for_sigma.variant(lambda m, v: m + tf.sqrt(tf.abs(v)) * _noise(m))


@sample_z.misconception(
    "Un même ε sert à tout le lot : toutes les images reçoivent le même coup du sort. Chaque "
    "exemple a le sien ; donnez à ε la forme de `z_mean`."
)
def _one_noise_for_the_batch(z_mean, z_log_var):
    return z_mean + tf.exp(0.5 * z_log_var) * _noise(z_mean[:1])


_one_noise_for_the_batch.variant(lambda m, v: m + tf.exp(0.5 * v) * _noise(m[:1, :1]))


@sample_z.misconception(
    "Un même ε sert à toutes les dimensions d'un exemple : z ne bouge que le long d'une droite. "
    "Les dimensions sont indépendantes ; donnez à ε la forme de `z_mean`.",
    section="§ 2.6.2 (ε suit N(0, I) : ses coordonnées sont indépendantes)",
)
def _one_noise_per_example(z_mean, z_log_var):
    return z_mean + tf.exp(0.5 * z_log_var) * _noise(z_mean[:, :1])


@sample_z.misconception(
    "Il n'y a pas de hasard : chaque appel rend le même point, au même endroit pour chaque "
    "exemple. C'est le code d'un autoencodeur ; il manque ε, tiré de N(0, I)."
)
def _no_noise(z_mean, z_log_var):
    return z_mean + 0 * z_log_var


_no_noise.variant(lambda z_mean, z_log_var: z_mean + tf.exp(0.5 * z_log_var))


@sample_z.misconception(
    "Deux appels donnent exactement le même ε : la graine est remise à chaque fois (ou ε est tiré "
    "hors de la fonction). Tirez-le dans la fonction, sans y fixer de graine.",
    section="§ 3.2, algorithme 1, ligne 6 (un nouveau tirage à chaque lot)",
)
def _same_noise_every_call(z_mean, z_log_var):
    return z_mean + tf.exp(0.5 * z_log_var) * tf.random.stateless_normal(
        tf.shape(z_mean), (0, 0), dtype=z_mean.dtype
    )


@sample_z.misconception(
    "La loi est bonne, mais le gradient est coupé : le ruban ne voit pas que z dépend de μ ou de "
    "log σ². Il ne suit ni NumPy, ni `numpy()`, ni `stop_gradient` : calculez σ et z avec des "
    "opérations TensorFlow ou Keras.",
    section="§ 2.6.1 (le flux du gradient est cassé)",
)
def _gradient_stopped(z_mean, z_log_var):
    return tf.stop_gradient(z_mean + tf.exp(0.5 * z_log_var) * _noise(z_mean))


_gradient_stopped.variant(lambda m, v: m + np.exp(0.5 * v) * _noise(m))
_gradient_stopped.variant(lambda m, v: tf.stop_gradient(m) + tf.exp(0.5 * v) * _noise(m))


@sample_z.misconception(
    "Le bruit est uniforme, et il doit être gaussien : ε suit N(0, I). C'est `random.normal`, et "
    "non `random.uniform` (ou `np.random.rand`)."
)
def _uniform_noise(z_mean, z_log_var, low=0.0, high=1.0):
    noise = tf.random.uniform(tf.shape(z_mean), low, high, z_mean.dtype)
    return z_mean + tf.exp(0.5 * z_log_var) * noise


for _half in (1.0, np.sqrt(3)):  # the second has the right deviation
    _uniform_noise.variant(
        lambda m, v, h=_half, wrong=_uniform_noise.implementations[0]: wrong(m, v, -h, h)
    )


@sample_z.misconception(
    "La moyenne est oubliée : vous tirez autour de 0. Ajoutez `z_mean` : z = μ + σ ε."
)
def _mean_forgotten(z_mean, z_log_var):
    return 0 * z_mean + tf.exp(0.5 * z_log_var) * _noise(z_mean)


# ---------------------------------------------------------------------- two gradients


def _random_draws(k, level):
    f, slope, own, epsilon = _rng.normal(size=(4, k))
    return level + 5 * f, 3 * slope + 2, own - 1, epsilon


_DRAWS = [
    (*map(np.array, ([1.0, 4.0], [3.0, 1.0], [0.5, -1.0], [-1.0, 1.0])), 2.0),
    (*_random_draws(3, 2.0), 0.4),
    (*_random_draws(50, 120.0), 1.7),
]


@exercise(
    statement="On dérive E[f(z, μ)] selon μ, où z suit N(μ, σ²) et où f contient μ elle aussi. "
    "Écrivez `gradient_estimates(f, df_dz, df_dmean, epsilon, sigma)`, qui rend deux nombres : "
    "l'estimation reparamétrée, puis celle du score avec pour ligne de base la moyenne des autres "
    "tirages. Les tableaux sont de forme `(K,)`.",
    section="§ 2.6.3 (pourquoi le gradient entre dans l'espérance)",
    results=2,
    hints=[
        "Quand μ bouge un peu, ε étant fixé, de combien z bouge-t-il ? Et f(z, μ), qui contient μ "
        "deux fois ?",
        "Score : chaque tirage vaut (f − b) ε/σ, où b est la moyenne de f sur les K − 1 autres. "
        "Mais ce terme ne dérive que la loi : il manque ce que μ fait à f directement.",
        "`pathwise = np.mean(df_dz + df_dmean)` ; pour le score, `others = (np.sum(f) - f) / "
        "(len(f) - 1)`, puis la moyenne de `(f - others) * epsilon / sigma + df_dmean`.",
    ],
    success="Deux estimateurs du même gradient : le premier lit la pente de f, le second ses "
    "valeurs ; tous deux dérivent aussi ce que f contient de μ.",
    cases=_DRAWS,
)
def gradient_estimates(f, df_dz, df_dmean, epsilon, sigma):
    """Le gradient de E[f(z, μ)] selon μ : reparamétré, puis par le score."""
    others = (np.sum(f) - f) / (len(f) - 1)  # la moyenne des autres tirages
    pathwise = np.mean(df_dz + df_dmean)  # ∂z/∂μ = 1
    score = np.mean((f - others) * epsilon / sigma + df_dmean)
    return pathwise, score


def _others(f):
    return (np.sum(f) - f) / (len(f) - 1)


def _pathwise(df_dz, df_dmean):
    return np.mean(df_dz + df_dmean)


def _score(f, df_dmean, slope):
    """The score's estimate, for a given derivative of log q."""
    return np.mean((f - _others(f)) * slope + df_dmean)


@gradient_estimates.misconception(
    "La dérivée propre de f est oubliée : f contient μ elle aussi, et `df_dmean` s'ajoute dans les "
    "deux estimations. C'est le cas de −ELBO, où log q(z|x) contient les paramètres de q."
)
def _own_derivative_forgotten(f, df_dz, df_dmean, epsilon, sigma):
    return np.mean(df_dz), _score(f, 0, epsilon / sigma)


_own_derivative_forgotten.variant(lambda f, dz, dm, e, s: (_pathwise(dz, dm), _score(f, 0, e / s)))
_own_derivative_forgotten.variant(lambda f, dz, dm, e, s: (np.mean(dz), _score(f, dm, e / s)))


@gradient_estimates.misconception(
    "Votre ligne de base regarde le tirage qu'elle juge : c'est la moyenne de tous les tirages. "
    "Le terme du score est alors trop petit, d'un facteur 1 − 1/K en moyenne. Prenez les autres."
)
def _own_draw_in_the_baseline(f, df_dz, df_dmean, epsilon, sigma):
    score = np.mean((f - np.mean(f)) * epsilon / sigma + df_dmean)
    return _pathwise(df_dz, df_dmean), score


@gradient_estimates.misconception(
    "Il n'y a pas de ligne de base : l'estimation est juste en moyenne, mais bien plus bruyante "
    "dès que f est grand. Retranchez à chaque f la moyenne des autres."
)
def _no_baseline(f, df_dz, df_dmean, epsilon, sigma):
    return _pathwise(df_dz, df_dmean), np.mean(f * epsilon / sigma + df_dmean)


@gradient_estimates.misconception(
    "La moyenne des autres tirages se divise par leur nombre, K − 1, et non par K."
)
def _wrong_count(f, df_dz, df_dmean, epsilon, sigma):
    others = (np.sum(f) - f) / len(f)
    return _pathwise(df_dz, df_dmean), np.mean((f - others) * epsilon / sigma + df_dmean)


@gradient_estimates.misconception(
    "Le score n'est pas à la bonne échelle : ∂ log q/∂μ vaut (z − μ)/σ², c'est-à-dire ε/σ, "
    "puisque z − μ = σ ε."
)
def _sigma_in_the_score(f, df_dz, df_dmean, epsilon, sigma):
    return _pathwise(df_dz, df_dmean), _score(f, df_dmean, epsilon)


_sigma_in_the_score.variant(lambda f, dz, dm, e, s: (_pathwise(dz, dm), _score(f, dm, e / s**2)))
_sigma_in_the_score.variant(lambda f, dz, dm, e, s: (_pathwise(dz, dm), _score(f, dm, e * s)))


@gradient_estimates.misconception(
    "Le signe du score est à l'envers : un tirage dont f dépasse la moyenne des autres rend "
    "E[f] plus grande quand μ va vers lui. C'est (f − b) ε/σ."
)
def _score_sign(f, df_dz, df_dmean, epsilon, sigma):
    return _pathwise(df_dz, df_dmean), _score(f, df_dmean, -epsilon / sigma)


@gradient_estimates.misconception(
    "Le score n'a pas besoin de la pente de f : il ne lit que ses valeurs. Remplacez `df_dz` par "
    "f − b dans la seconde estimation."
)
def _slope_in_the_score(f, df_dz, df_dmean, epsilon, sigma):
    return _pathwise(df_dz, df_dmean), np.mean(df_dz * epsilon / sigma + df_dmean)


_slope_in_the_score.variant(lambda f, dz, dm, e, s: (_pathwise(dz, dm), _score(dz, dm, e / s)))


@gradient_estimates.misconception(
    "Dans l'estimation reparamétrée, la pente de f est multipliée par ∂z/∂μ, qui vaut 1. σ et ε "
    "n'y entrent pas : ils viendraient en dérivant selon σ."
)
def _noise_in_the_path(f, df_dz, df_dmean, epsilon, sigma):
    return np.mean(df_dz * epsilon + df_dmean), _score(f, df_dmean, epsilon / sigma)


_noise_in_the_path.variant(lambda f, dz, dm, e, s: (np.mean(dz * s + dm), _score(f, dm, e / s)))


@_noise_in_the_path.variant
def _(f, df_dz, df_dmean, epsilon, sigma):
    return np.mean(df_dz * sigma * epsilon + df_dmean), _score(f, df_dmean, epsilon / sigma)


@gradient_estimates.misconception(
    "Les deux estimations sont justes, mais dans l'autre ordre : d'abord la reparamétrée, puis "
    "celle du score."
)
def _swapped(f, df_dz, df_dmean, epsilon, sigma):
    return _score(f, df_dmean, epsilon / sigma), _pathwise(df_dz, df_dmean)


@gradient_estimates.misconception(
    "Vous sommez les K tirages : c'est leur moyenne qui estime le gradient d'une espérance."
)
def _summed_over_draws(f, df_dz, df_dmean, epsilon, sigma):
    k = len(f)
    return k * _pathwise(df_dz, df_dmean), k * _score(f, df_dmean, epsilon / sigma)


# ---------------------------------------------------------------------- a Laplace draw

_LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9]
_LAPLACE = [
    _rng.normal(size=(4, 3)),
    _rng.uniform(0.3, 2.0, size=(4, 3)),
    _rng.uniform(0.01, 0.99, size=(4, 3)),
]


def _laplace_draws(answer):
    simple = [np.full(5, 2.0), np.full(5, 1.0), np.array(_LEVELS)]
    tensors = _tensors(answer, simple)
    z, again = answer.array(*tensors), answer.array(*tensors)
    yield Observation(f"z a la forme de u, (5,) (obtenu : {z.shape})", z.shape == (5,))
    if z.shape != (5,):
        return
    same = np.array_equal(z, again, equal_nan=True)
    yield Observation("le même u donne le même z", same)
    if not same:
        return
    what = f"les z rangés, pour u = {_LEVELS}, m = 2 et s = 1"
    yield Observation(what, np.sort(z))  # F⁻¹(1 − u) is as good a draw as F⁻¹(u)
    location, scale, u = _tensors(answer, _LAPLACE)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([location, scale])
        z = answer(location, scale, u)
    good_shape = as_array(z).shape == (4, 3)
    distance = as_array(z) - _LAPLACE[0] if good_shape else as_array(z)
    yield Observation("|z − m|, pour m, s et u de forme (4, 3)", np.abs(distance), 1e-4)
    if not good_shape:
        return
    slopes = [_slope(tape, z, each) for each in (location, scale)]
    for name, slope in zip(("m", "s"), slopes, strict=True):
        yield Observation(f"le ruban voit que z dépend de {name}", slope is not None)
    if any(slope is None for slope in slopes):
        return
    yield Observation("∂z/∂m", slopes[0])
    yield Observation("∂z/∂s, divisée par (z − m)/s", slopes[1] * _LAPLACE[1] / distance, 0.02)


@exercise(
    statement="La loi de Laplace a pour densité exp(−|z − m|/s) / 2s. Écrivez "
    "`sample_laplace(location, scale, u)`, un tirage reparamétré fabriqué à partir de u, uniforme "
    "entre 0 et 1 : trois tenseurs de même forme, et z aussi. Le ruban doit pouvoir dériver z "
    "selon m et s.",
    section="§ 2.6.2 et § 2.6.3 (une autre loi que la gaussienne)",
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


@sample_laplace.misconception(
    "Tous vos tirages tombent du même côté de m : c'est la loi exponentielle. La loi de Laplace "
    "est symétrique : la moitié des u doit donner un z au-dessous de m."
)
def _one_side(location, scale, u):
    return location - scale * tf.math.log(1 - u)


_one_side.variant(lambda m, s, u: m - s * tf.math.log(u))
_one_side.variant(lambda m, s, u: m + s * tf.math.log(u))
_one_side.variant(lambda m, s, u: m + s * tf.math.log(1 - u))
_one_side.variant(lambda m, s, u: m - s * tf.math.log(1 - 2 * tf.abs(u - 0.5)))
_one_side.variant(lambda m, s, u: m + s * tf.math.log(1 - 2 * tf.abs(u - 0.5)))
_one_side.variant(lambda m, s, u: m + s * tf.math.log(2 * u))


@sample_laplace.misconception(
    "Votre formule attend u entre −½ et ½, et il est entre 0 et 1 : remplacez u par u − ½. "
    "Sinon le logarithme reçoit un nombre négatif."
)
def _centred_uniform(location, scale, u):
    return location - scale * tf.sign(u) * tf.math.log(1 - 2 * tf.abs(u))


@sample_laplace.misconception(
    "Il manque le facteur 2 : chaque moitié de la loi ne pèse que ½. Il faut log(2u) au-dessous "
    "de ½, et log(2(1 − u)) au-dessus : pour u proche de ½, z doit être proche de m."
)
def _half_forgotten(location, scale, u):
    return location - scale * tf.sign(u - 0.5) * tf.math.log(1 - tf.abs(u - 0.5))


@_half_forgotten.variant
def _(location, scale, u):
    below, above = location + scale * tf.math.log(u), location - scale * tf.math.log(1 - u)
    return tf.where(u < 0.5, below, above)


@sample_laplace.misconception(
    "C'est la fonction de répartition (ou la densité) prise en u. On cherche son inverse : le z "
    "pour lequel F(z) = u."
)
def _not_the_inverse(location, scale, u):
    tail = 0.5 * tf.exp(-tf.abs(u - location) / scale)
    return tf.where(u < location, tail, 1 - tail)


_not_the_inverse.variant(lambda m, s, u: tf.exp(-tf.abs(u - m) / s) / (2 * s))


@sample_laplace.misconception(
    "Vous prenez s pour l'écart-type. Celui de la loi de Laplace vaut s√2, mais c'est bien s qui "
    "multiplie le logarithme."
)
def _scale_for_deviation(location, scale, u):
    return sample_laplace._solution(location, scale / np.sqrt(2), u)


_scale_for_deviation.variant(lambda m, s, u: sample_laplace._solution(m, s * np.sqrt(2), u))


@sample_laplace.misconception(
    "C'est un tirage gaussien. La loi de Laplace a une pointe en m et des bords plus épais : "
    "inversez sa propre fonction de répartition."
)
def _gaussian(location, scale, u):
    return location + scale * tf.math.ndtri(u)


@sample_laplace.misconception(
    "Le bruit ne vient pas de u : deux appels avec le même u donnent deux z. Tout le hasard doit "
    "entrer par u ; le reste est un calcul."
)
def _noise_of_its_own(location, scale, u):
    u = tf.random.uniform(tf.shape(u), dtype=u.dtype)
    return sample_laplace._solution(location, scale, u)


@sample_laplace.misconception(
    "Les tirages sont les bons, mais le gradient est coupé : le ruban ne voit pas que z dépend de "
    "m ou de s. Il ne suit pas NumPy : prenez `tf.where` et `tf.math.log`, ou ceux de `keras.ops`.",
    section="§ 2.6.1 (le flux du gradient est cassé)",
)
def _gradient_stopped(location, scale, u):
    return tf.stop_gradient(sample_laplace._solution(location, scale, u))


@_gradient_stopped.variant
def _(location, scale, u):
    return location + tf.stop_gradient(sample_laplace._solution(0 * location, scale, u))


# ---------------------------------------------------------------------- a law of one's own

_COUNT, _SLICES = 20_000, 40
_UNIFORM = _rng.permutation((np.arange(_COUNT) + 0.5) / _COUNT)
_PARAMETERS = [(0.5, 0.8), (1.5, 0.4), (-1.0, 1.7)]
_STEP = 1e-3  # of the finite differences


def _widths(z, log_q):
    """Of slices of as many draws each: their width according to the density, over the true one.

    Since dz = du / q(z), the width of a slice is the mean of 1/q over its draws, times the
    probability it holds. All the ratios are 1 if the draws follow q. The first and the last slices
    have no end.
    """
    order = np.argsort(z)
    z, log_q = (each[order].reshape(_SLICES, -1) for each in (z, log_q))
    ends = (z[1:, 0] + z[:-1, -1]) / 2
    with np.errstate(all="ignore"):
        return np.mean(np.exp(-log_q), axis=1)[1:-1] / _SLICES / np.diff(ends)


def _alike(ratios, value=1.0):
    """Whether the ratios are that value, but where the law has a gap or a jump."""
    with np.errstate(all="ignore"):
        return bool(np.mean(np.abs(ratios / value - 1) < 0.15) >= 0.9)


def _pair(result):
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise AnswerError(
            "On attend deux résultats, séparés par une virgule après `return` : z, puis log q(z).",
            "number of results",
        )
    return result


def _differences(answer, parameters, u, index):
    """By finite differences, the derivatives of the means of u z and of u log q(z)."""
    shift = _STEP * np.eye(2)[index]
    ends = []
    for moved in (parameters + shift, parameters - shift):
        moved = (tf.constant(each, u.dtype) for each in moved)
        ends.append([np.mean(_UNIFORM * as_array(each)) for each in _pair(answer(*moved, u))])
    return np.subtract(*ends) / (2 * _STEP)


def _properties(answer, parameters):
    """What a reparameterised law has, one after the other; the asymmetry of its draws last."""
    a, b, u = _tensors(answer, [*parameters, _UNIFORM], dtypes=("float64", "float32"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([a, b])
        results = _pair(answer(a, b, u))
    z, log_q = map(as_array, results)
    yield f"z et log q sont de forme ({_COUNT},), comme u", z.shape == log_q.shape == (_COUNT,)
    yield "z et log q sont finis", np.all(np.isfinite(z) & np.isfinite(log_q))
    again = as_array(_pair(answer(a, b, u))[0])
    same = np.array_equal(z, again)
    yield "z ne dépend que de a, b et u, et change avec u", same and np.ptp(z) > 0
    with np.errstate(all="ignore"):
        density = _widths(z, np.log(log_q))
    yield "le second résultat est un logarithme", not _alike(density)
    ratios = _widths(z, log_q)
    yield (
        "les z sont serrés là où exp(log q) est grand, en proportion",
        _alike(ratios, np.median(ratios)),
    )
    area = 1 / np.median(ratios)
    yield f"l'aire sous exp(log q) vaut 1 (obtenu : {area:.2f})", _alike(ratios)
    for index, (name, source) in enumerate({"a": a, "b": b}.items()):
        expected = _differences(answer, np.array(parameters), u, index)
        yield f"z dépend de {name}", abs(expected[0]) > 1e-3
        for what, result, slope in zip(("z", "log q"), results, expected, strict=True):
            weights = tf.cast(u / _COUNT, getattr(result, "dtype", u.dtype))
            found = tf.is_tensor(result) and tape.gradient(result, source, weights)
            found = 0.0 if found is None else float(found)
            yield (
                f"le ruban trouve la dérivée de {what} selon {name}",
                abs(found - slope) < 0.02 * abs(slope) + 3e-3,
            )
    low, middle, high = np.quantile(z, [0.05, 0.5, 0.95])
    yield abs(high + low - 2 * middle) / (high - low)


def _invented_laws(answer):
    asymmetries = []
    for a, b in _PARAMETERS:
        for each in _properties(answer, (a, b)):
            if not isinstance(each, tuple):
                asymmetries.append(each)
                break
            what, holds = each
            yield Observation(f"a = {a}, b = {b} : {what}".replace(".", ","), bool(holds))
            if not holds:
                return  # what follows would say nothing more
    asymmetric = bool(max(asymmetries) > 0.05)
    yield Observation("la loi penche d'un côté, pour un de ces a et b au moins", asymmetric)


@exercise(
    statement="Inventez une loi dissymétrique à deux paramètres, a réel et b > 0. Écrivez "
    "`invented_law(a, b, u)` : pour chaque u, uniforme entre 0 et 1, un tirage z et sa log-densité "
    "log q(z), deux tenseurs de la forme de u. Le ruban doit pouvoir dériver z et log q selon a et "
    "b.",
    section="§ 2.6.2 et § 2.6.3 (les conditions de la réécriture)",
    hints=[
        "Quelle fonction croissante de u donnerait des z serrés d'un côté, étirés de l'autre ? Un "
        "logarithme, une exponentielle, une puissance…",
        "Si z = g(u) avec g croissante, une tranche du de probabilité s'étale sur dz = g'(u) du. "
        "Que vaut alors la densité q(z) ?",
        "D'où log q(z) = −log |dz/du|. Par exemple z = a − b log(1 − u) : dz/du = b/(1 − u), donc "
        "log q = log(1 − u) − log b. Trouvez-en une à vous.",
    ],
    success="Des tirages, leur densité et un gradient : c'est tout ce que l'ELBO demande à q. "
    "Votre loi pourrait servir dans un VAE.",
    observe=_invented_laws,
)
def invented_law(a, b, u):
    """Un tirage d'une loi dissymétrique, et sa log-densité."""
    t = -tf.math.log(-tf.math.log(u))  # la loi de Gumbel, parmi bien d'autres
    z = a + b * t
    return z, -t - tf.exp(-t) - tf.math.log(b)


@invented_law.misconception(
    "Les tirages, leur densité et les gradients s'accordent, mais la loi est symétrique : autant "
    "d'un côté que de l'autre. On en demande une qui penche, ce qu'une gaussienne ne sait pas "
    "faire."
)
def _symmetric(a, b, u):
    t = tf.math.ndtri(u)
    return a + b * t, -0.5 * t**2 - 0.5 * np.log(2 * np.pi) - tf.math.log(b)


_symmetric.variant(lambda a, b, u: (a + b * u, 0 * u - tf.math.log(b)))


@invented_law.misconception(
    "La densité n'est pas celle de vos tirages. Le plus souvent, c'est celle du bruit, et le "
    "changement de variable est oublié (ou de signe contraire) : q(z) = 1 / |dz/du|. Là où la "
    "transformation étire, les z sont plus rares."
)
def _change_of_variable_forgotten(a, b, u):
    t = tf.math.ndtri(u)
    return tf.exp(a + b * t), -0.5 * t**2 - 0.5 * np.log(2 * np.pi)  # of the noise


_change_of_variable_forgotten.variant(lambda a, b, u: (a - b * tf.math.log(1 - u), 0 * u))


@invented_law.misconception(
    "La densité a la bonne forme, mais l'aire sous elle ne vaut pas 1 : il manque une constante. "
    "Souvent −log b, car étirer z de b divise la densité par b ; ou le −½ log 2π de la gaussienne."
)
def _area_not_one(a, b, u):
    t = -tf.math.log(-tf.math.log(u))
    return a + b * t, -t - tf.exp(-t)


@invented_law.misconception(
    "Vous rendez la densité q(z), et c'est son logarithme qu'on attend. Écrivez-le directement, "
    "plutôt que de prendre le logarithme d'une exponentielle."
)
def _density_itself(a, b, u):
    z, log_q = invented_law._solution(a, b, u)
    return z, tf.exp(log_q)


@invented_law.misconception(
    "Vos tirages et leur densité s'accordent, mais le gradient est coupé : le ruban ne trouve pas "
    "la dérivée selon a ou b. Il ne suit ni NumPy, ni `float`, ni `stop_gradient`.",
    section="§ 2.6.1 (le flux du gradient est cassé)",
)
def _gradient_stopped(a, b, u):
    return tuple(map(tf.stop_gradient, invented_law._solution(a, b, u)))


@_gradient_stopped.variant
def _(a, b, u):
    z, log_q = invented_law._solution(a, tf.stop_gradient(b), u)
    return z, log_q


@_gradient_stopped.variant
def _(a, b, u):
    z, log_q = invented_law._solution(a, b, u)
    return z, tf.stop_gradient(log_q)


@invented_law.misconception(
    "Votre loi ne dépend pas de ses deux paramètres : un encodeur qui rend a et b n'aurait qu'un "
    "bouton, ou aucun. Faites-y entrer a et b, tous les deux."
)
def _parameter_unused(a, b, u):
    return invented_law._solution(tf.zeros_like(a), b, u)


_parameter_unused.variant(lambda a, b, u: invented_law._solution(a, tf.ones_like(b), u))


@invented_law.misconception(
    "Tout le hasard doit venir de u : deux appels avec les mêmes a, b et u ne donnent pas les "
    "mêmes z (ou bien tous les z sont égaux). Le reste est un calcul, que le ruban peut suivre."
)
def _noise_of_its_own(a, b, u):
    return invented_law._solution(a, b, tf.random.uniform(tf.shape(u), dtype=u.dtype))


_noise_of_its_own.variant(lambda a, b, u: (a + 0 * u, 0 * u - tf.math.log(b)))
