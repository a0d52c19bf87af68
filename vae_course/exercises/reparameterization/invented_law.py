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
    return np.mean(np.exp(-log_q), axis=1)[1:-1] / _SLICES / np.diff(ends)


def _alike(ratios, value=1.0):
    """Whether the ratios are that value, but where the law has a gap or a jump."""
    return np.mean(np.abs(ratios / value - 1) < 0.05) >= 0.9


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


def _properties(answer, a, b):
    """Yields what a reparameterised law has, and returns the asymmetry of its draws."""
    values, label = np.array([a, b]), f"a = {a}, b = {b}".replace(".", ",")
    a, b, u = as_tensors(answer, [a, b, _UNIFORM], dtypes=("float64", "float32"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([a, b])
        results = _pair(answer(a, b, u))
    z, log_q = map(as_array, results)
    shapes = z.shape == log_q.shape == (_COUNT,)
    yield Observation(f"{label} : z et log q sont de forme ({_COUNT},), comme u", shapes)
    yield Observation(
        f"{label} : z et log q sont finis", np.all(np.isfinite(z) & np.isfinite(log_q))
    )
    again = as_array(_pair(answer(a, b, u))[0])
    same = np.array_equal(z, again) and np.ptp(z) > 0
    yield Observation(f"{label} : z ne dépend que de a, b et u, et change avec u", same)
    density = _alike(_widths(z, np.log(log_q)))
    yield Observation(f"{label} : le second résultat est un logarithme", not density)
    ratios = _widths(z, log_q)
    alike = _alike(ratios, np.median(ratios))
    what = "les z sont serrés là où exp(log q) est grand, en proportion"
    yield Observation(f"{label} : {what}", alike)
    area = f"l'aire sous exp(log q) vaut 1 (obtenu : {1 / np.median(ratios):.2f})"
    yield Observation(f"{label} : {area}".replace(".", ","), _alike(ratios))
    for index, (name, source) in enumerate({"a": a, "b": b}.items()):
        expected = _differences(answer, values, u, index)
        yield Observation(f"{label} : z dépend de {name}", abs(expected[0]) > 1e-3)
        for what, result, slope in zip(("z", "log q"), results, expected, strict=True):
            weights = tf.cast(u / _COUNT, getattr(result, "dtype", u.dtype))
            found = tf.is_tensor(result) and tape.gradient(result, source, weights)
            found = 0.0 if found is None else float(found)
            yield Observation(
                f"{label} : le ruban trouve la dérivée de {what} selon {name}",
                abs(found - slope) < 0.02 * abs(slope) + 3e-3,
            )
    low, middle, high = np.quantile(z, [0.05, 0.5, 0.95])
    return abs(high + low - 2 * middle) / (high - low)


def _invented_laws(answer):
    asymmetries = []
    for a, b in _PARAMETERS:
        asymmetries.append((yield from _properties(answer, a, b)))
    asymmetric = max(asymmetries) > 0.05
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
    log_q = -t - tf.exp(-t) - tf.math.log(b)
    return a + b * t, log_q


invented_law.misconception(
    "Les tirages, leur densité et les gradients s'accordent, mais la loi est symétrique, ou "
    "presque : ses quantiles à 5 % et à 95 % sont aussi loin de la médiane, à quelques pour cent "
    "près. On en demande une qui penche nettement, ce qu'une gaussienne ne sait pas faire."
).edits(
    "symmetric",
    {
        "-tf.math.log(-tf.math.log(u))": "tf.math.ndtri(u)",
        "-t - tf.exp(-t)": "-0.5 * t**2 - 0.5 * np.log(2 * np.pi)",
    },
    "return a + b * u, 0 * u - tf.math.log(b)",
)
invented_law.misconception(
    "La densité n'est pas celle de vos tirages. Le plus souvent, c'est celle du bruit, et le "
    "changement de variable est oublié (ou de signe contraire) : q(z) = 1 / |dz/du|. Là où la "
    "transformation étire, les z sont plus rares."
).edits(
    "change_of_variable_forgotten",
    {
        "-tf.math.log(-tf.math.log(u))": "tf.math.ndtri(u)",
        "-t - tf.exp(-t) - tf.math.log(b)": "-0.5 * t**2 - 0.5 * np.log(2 * np.pi)",
        "a + b * t": "tf.exp(a + b * t)",
    },
    "return a - b * tf.math.log(1 - u), 0 * u",
)
invented_law.misconception(
    "La densité a la bonne forme, mais l'aire sous elle ne vaut pas 1 : il manque une constante. "
    "Souvent −log b, car étirer z de b divise la densité par b ; ou le −½ log 2π de la gaussienne."
).edits("area_not_one", {" - tf.math.log(b)": ""})
invented_law.misconception(
    "Vous rendez la densité q(z), et c'est son logarithme qu'on attend. Écrivez-le directement, "
    "plutôt que de prendre le logarithme d'une exponentielle."
).edits("density_itself", {", log_q": ", tf.exp(log_q)"})
invented_law.misconception(
    "Vos tirages et leur densité s'accordent, mais le gradient est coupé : le ruban ne trouve pas "
    "la dérivée selon a ou b. Il ne suit ni NumPy, ni `float`, ni `stop_gradient`.",
    section="§ 2.6.1 (le flux du gradient est cassé)",
).edits(
    "gradient_stopped",
    {"a + b * t, log_q": "tf.stop_gradient(a + b * t), tf.stop_gradient(log_q)"},
    {"t = ": "b = tf.stop_gradient(b)\n    t = "},
    {", log_q": ", tf.stop_gradient(log_q)"},
)
invented_law.misconception(
    "Votre loi ne dépend pas de ses deux paramètres : un encodeur qui rend a et b n'aurait qu'un "
    "bouton, ou aucun. Faites-y entrer a et b, tous les deux."
).edits("parameter_unused", {"a + ": ""}, {"t = ": "b = tf.ones_like(b)\n    t = "})
invented_law.misconception(
    "Tout le hasard doit venir de u : deux appels avec les mêmes a, b et u ne donnent pas les "
    "mêmes z (ou bien tous les z sont égaux). Le reste est un calcul, que le ruban peut suivre."
).edits(
    "noise_of_its_own",
    {"t = ": "u = tf.random.uniform(tf.shape(u), dtype=u.dtype)\n    t = "},
    "return a + 0 * u, 0 * u - tf.math.log(b)",
)
