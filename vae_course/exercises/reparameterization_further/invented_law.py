"""Exercise: a reparameterised law of one's own."""

import numpy as np
import tensorflow as tf

from vae_course.engine import exercise
from vae_course.engine.answer import as_array, unpacked
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


def _worst_slice(z, ratios):
    """The slice where the density is the farthest from the draws, in words."""
    off = np.abs(np.log(ratios))
    worst = int(np.argmax(np.where(np.isfinite(off), off, -1)))
    ends = np.sort(z)[[(worst + 1) * _COUNT // _SLICES, (worst + 2) * _COUNT // _SLICES - 1]]
    told = (
        f"entre {ends[0]:.2f} et {ends[1]:.2f} tombent {100 / _SLICES:.1f} % de vos tirages, et "
        f"votre densité en annonce {100 / _SLICES / ratios[worst]:.1f} %"
    )
    return told.replace(".", ",")


def _alike(ratios, value=1.0):
    """Whether the ratios are that value, but where the law has a gap or a jump."""
    return np.mean(np.abs(ratios / value - 1) < 0.05) >= 0.9


def _differences(answer, parameters, u, index):
    """By finite differences, the derivatives of the means of u z and of u log q(z)."""
    shift = _STEP * np.eye(2)[index]
    ends = []
    for moved in (parameters + shift, parameters - shift):
        moved = (tf.constant(each, u.dtype) for each in moved)
        ends.append([np.mean(_UNIFORM * as_array(each)) for each in unpacked(answer(*moved, u), 2)])
    return np.subtract(*ends) / (2 * _STEP)


def _properties(answer, a, b):
    """Yields what a reparameterised law has, and returns the asymmetry of its draws."""
    values, label = np.array([a, b]), f"a = {a}, b = {b}".replace(".", ",")
    a, b, u = as_tensors(answer, [a, b, _UNIFORM], dtypes=("float64", "float32"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([a, b])
        results = unpacked(answer(a, b, u), 2)
    z, log_q = map(as_array, results)
    shapes = z.shape == log_q.shape == (_COUNT,)
    found = f"(obtenu : {z.shape} et {log_q.shape})"
    yield f"{label} : z et log q sont de forme ({_COUNT},), comme u {found}", shapes
    yield f"{label} : z et log q sont finis", np.all(np.isfinite([z, log_q]))
    again = as_array(unpacked(answer(a, b, u), 2)[0])
    same = np.array_equal(z, again) and np.ptp(z) > 0
    yield f"{label} : z ne dépend que de a, b et u, et change avec u", same
    density = _alike(_widths(z, np.log(log_q)))
    yield f"{label} : le second résultat est un logarithme", not density
    ratios = _widths(z, log_q)
    swapped = _alike(_widths(log_q, z)) and not _alike(ratios)
    yield f"{label} : z vient d'abord, puis log q", not swapped
    what = "les z sont serrés là où exp(log q) est grand, en proportion"
    yield f"{label} : {what} ({_worst_slice(z, ratios)})", _alike(ratios, np.median(ratios))
    area = f"l'aire sous exp(log q) vaut 1 (obtenu : {1 / np.median(ratios):.2f})"
    yield f"{label} : {area}".replace(".", ","), _alike(ratios)
    for index, (name, source) in enumerate({"a": a, "b": b}.items()):
        expected = _differences(answer, values, u, index)
        yield f"{label} : z dépend de {name}", abs(expected[0]) > 1e-3
        for what, result, slope in zip(("z", "log q"), results, expected, strict=True):
            weights = tf.cast(u / _COUNT, getattr(result, "dtype", u.dtype))
            found = tf.is_tensor(result) and tape.gradient(result, source, weights)
            found = 0.0 if found is None else float(found)
            near = abs(found - slope) < 0.02 * abs(slope) + 3e-3
            yield f"{label} : le ruban trouve la dérivée de {what} selon {name}", near
    low, middle, high = np.quantile(z, [0.05, 0.5, 0.95])
    return abs(high + low - 2 * middle) / (high - low)


def _invented_laws(answer):
    asymmetries = []
    for a, b in _PARAMETERS:
        asymmetries.append((yield from _properties(answer, a, b)))
    yield "la loi penche d'un côté, pour un de ces a et b au moins", max(asymmetries) > 0.05


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


invented_law.mistake("symmetric").says(
    "Les tirages, leur densité et les gradients s'accordent, mais la loi est symétrique, ou "
    "presque : ses quantiles à 5 % et à 95 % sont aussi loin de la médiane, à quelques pour cent "
    "près. On en demande une qui penche nettement, ce qu'une gaussienne ne sait pas faire."
).edits(
    "t = tf.math.ndtri(u)\n"
    "return a + b * t, -0.5 * t**2 - 0.5 * np.log(2 * np.pi) - tf.math.log(b)",
    "return a + b * u, 0 * u - tf.math.log(b)",
)
invented_law.mistake("swapped").says(
    "Vos deux résultats sont justes, mais dans l'autre ordre : le tirage z d'abord, puis log q(z)."
).edits("t = -tf.math.log(-tf.math.log(u))\nreturn -t - tf.exp(-t) - tf.math.log(b), a + b * t")
invented_law.mistake("change_of_variable_forgotten").says(
    "La densité n'est pas celle de vos tirages. Le plus souvent, c'est celle du bruit, et le "
    "changement de variable est oublié (ou de signe contraire) : q(z) = 1 / |dz/du|. Là où la "
    "transformation étire, les z sont plus rares."
).edits(
    "t = tf.math.ndtri(u)\nreturn tf.exp(a + b * t), -0.5 * t**2 - 0.5 * np.log(2 * np.pi)",
    "return a - b * tf.math.log(1 - u), 0 * u",
)
invented_law.mistake("area_not_one").says(
    "La densité a la bonne forme, mais l'aire sous elle ne vaut pas 1 : il manque une constante. "
    "Souvent −log b, car étirer z de b divise la densité par b ; ou le −½ log 2π de la gaussienne."
).edits({" - tf.math.log(b)": ""})
invented_law.mistake("density_itself").says(
    "Vous rendez la densité q(z), et c'est son logarithme qu'on attend. Écrivez-le directement, "
    "plutôt que de prendre le logarithme d'une exponentielle."
).edits({", log_q": ", tf.exp(log_q)"})
invented_law.mistake("gradient_stopped", "§ 2.6.1 (le flux du gradient est cassé)").says(
    "Vos tirages et leur densité s'accordent, mais le gradient est coupé : le ruban ne trouve pas "
    "la dérivée selon a ou b. Il ne suit ni NumPy, ni `float`, ni `stop_gradient`."
).edits(
    {"a + b * t, log_q": "tf.stop_gradient(a + b * t), tf.stop_gradient(log_q)"},
    {"t = ": "b = tf.stop_gradient(b)\n    t = "},
    {", log_q": ", tf.stop_gradient(log_q)"},
)
invented_law.mistake("parameter_unused").says(
    "Votre loi ne dépend pas de ses deux paramètres : un encodeur qui rend a et b n'aurait qu'un "
    "bouton, ou aucun. Faites-y entrer a et b, tous les deux."
).edits({"a + ": ""}, {"t = ": "b = tf.ones_like(b)\n    t = "})
invented_law.mistake("noise_of_its_own").says(
    "Tout le hasard doit venir de u : deux appels avec les mêmes a, b et u ne donnent pas les "
    "mêmes z (ou bien tous les z sont égaux). Le reste est un calcul, que le ruban peut suivre."
).edits(
    {"t = ": "u = tf.random.uniform(tf.shape(u), dtype=u.dtype)\n    t = "},
    "return a + 0 * u, 0 * u - tf.math.log(b)",
)
