"""Exercise: a reparameterised law of one's own."""

import numpy as np
import tensorflow as tf

from vae_course.engine import Observation, exercise
from vae_course.engine.answer import AnswerError, as_array
from vae_course.exercises.reparameterization._derivatives import as_tensors

_rng = np.random.default_rng(515)
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
        return bool(np.mean(np.abs(ratios / value - 1) < 0.05) >= 0.9)


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
    a, b, u = as_tensors(answer, [*parameters, _UNIFORM], dtypes=("float64", "float32"))
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
    success="Des tirages, leur densité et un gradient : voilà ce que l'ELBO demande à q. Si la "
    "variance de votre loi est finie (sinon la KL à N(0, I) est infinie), elle pourrait "
    "servir dans un VAE.",
    observe=_invented_laws,
)
def invented_law(a, b, u):
    """Un tirage d'une loi dissymétrique, et sa log-densité."""
    t = -tf.math.log(-tf.math.log(u))  # la loi de Gumbel, parmi bien d'autres
    z = a + b * t
    return z, -t - tf.exp(-t) - tf.math.log(b)


@invented_law.misconception(
    "Les tirages, leur densité et les gradients s'accordent, mais la loi est symétrique, "
    "ou presque : ses quantiles à 5 % et à 95 % sont aussi loin de la médiane, à quelques "
    "pour cent près. On en demande une qui penche nettement, ce qu'une gaussienne ne sait "
    "pas faire."
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
