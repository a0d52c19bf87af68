"""Exercise: the best molecule within a budget, near enough to where one starts."""

import functools

import numpy as np

from vae_course.engine import exercise

_DIM, _BUDGET, _LEAST = 16, 200, 0.4
_PROBLEMS = 6
_SHARE = 0.75  # of what can be gained, in mean: random search gets a little more than half


class _Landscape:
    """A property of z, rough and with a slope, and a similarity to the start: a toy chemistry."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.start = rng.standard_normal(_DIM)
        self.slope = rng.standard_normal(_DIM)
        self.slope /= np.linalg.norm(self.slope)
        self.waves = rng.standard_normal((4, _DIM))
        self.phases = rng.uniform(0, 2 * np.pi, 4)
        self.seen = 0

    def radius(self):
        """Where the similarity falls to `_LEAST`."""
        return np.sqrt(np.log(1 / _LEAST) * 2) * 1.5

    def values(self, z):
        rough = 0.05 * np.cos(z @ self.waves.T + self.phases).sum(axis=1)
        return (z - self.start) @ self.slope + rough

    def similarities(self, z):
        return np.exp(-np.sum((z - self.start) ** 2, axis=1) / (2 * 1.5**2))

    def evaluate(self, z):
        z = np.asarray(z, "float64")
        if z.ndim != 2 or z.shape[1] != _DIM:
            raise ValueError(f"z doit avoir la forme (n, {_DIM}), obtenu : {z.shape}")
        self.seen += len(z)
        return self.values(z), self.similarities(z)


@functools.cache
def _most(seed):
    landscape = _Landscape(seed)
    return landscape.radius()  # along the slope; the waves add little


def _searches(answer):
    gains = []
    for seed in range(_PROBLEMS):
        landscape = _Landscape(seed)
        z = answer.array(landscape.evaluate, landscape.start.copy(), _BUDGET)
        z = z[0] if z.shape == (1, _DIM) else z
        what = f"problème {seed + 1} : le résultat a la forme de `z_start`, ({_DIM},)"
        yield f"{what} (obtenu : {z.shape})", z.shape == (_DIM,)
        yield f"problème {seed + 1} : le résultat est fini", bool(np.all(np.isfinite(z)))
        what = f"problème {seed + 1} : `budget` = {_BUDGET} points évalués au plus"
        yield f"{what} (obtenu : {landscape.seen})", landscape.seen <= _BUDGET
        near = landscape.similarities(z[None])[0]
        what = f"problème {seed + 1} : la similarité du résultat est d'au moins {_LEAST}"
        yield f"{what} (obtenu : {near:.2f})", bool(near >= _LEAST - 1e-9)
        start = landscape.values(landscape.start[None])[0]
        gains.append((landscape.values(z[None])[0] - start) / _most(seed))
        yield f"problème {seed + 1} : la propriété n'a pas baissé", bool(gains[-1] >= -1e-9)
    mean = float(np.mean(gains))
    told = f"(obtenu : {100 * mean:.0f} %)"
    yield f"le résultat gagne quelque chose {told}", mean > 0.02
    what = f"en moyenne, au moins {100 * _SHARE:.0f} % du gain possible sont atteints"
    yield f"{what} {told}", mean >= _SHARE


@exercise(
    statement="`evaluate(z)`, pour `z` de forme `(n, d)`, rend les propriétés de n codes et leurs "
    "similarités au départ, deux tableaux `(n,)`. Écrivez `search_nearby(evaluate, z_start, "
    "budget)` : le code `(d,)` de la plus haute propriété que vous trouvez, à une similarité d'au "
    "moins 0,4, sans évaluer plus de `budget` codes en tout. Toute méthode est permise.",
    section="§ 4.1.5 (de nouvelles molécules avec des propriétés spécifiques)",
    hints=[
        "Des tirages autour de `z_start` ne vont presque jamais dans la bonne direction. Que "
        "disent, ensemble, leurs propriétés ?",
        "Évaluez cent voisins, puis ajustez une droite, propriété ≈ a + g · (z − z_start), par "
        "moindres carrés : g est une pente. Avancez le long de g.",
        "Il reste cent codes : essayez z_start + t · g pour beaucoup de longueurs t, ne gardez que "
        "les similarités d'au moins 0,4, et rendez le meilleur de tous ceux que vous avez vus.",
    ],
    success="Vos premières évaluations ont dit où dépenser les suivantes : c'est ce que fait "
    "l'ascension dans l'espace latent, qui demande la pente à un prédicteur.",
    observe=_searches,
)
def search_nearby(evaluate, z_start, budget):
    """Le meilleur code trouvé, assez semblable au départ."""
    z_start, rng = np.asarray(z_start), np.random.default_rng(0)
    around = z_start + 0.3 * rng.standard_normal((budget // 2, len(z_start)))
    values, near = evaluate(around)
    slope = np.linalg.lstsq(around - z_start, values - values.mean(), rcond=None)[0]
    steps = np.linspace(0, 6, budget - budget // 2)[:, None]
    along = z_start + steps * slope / np.linalg.norm(slope)
    more_values, more_near = evaluate(along)
    z = np.concatenate([around, along])
    values = np.concatenate([values, more_values])
    near = np.concatenate([near, more_near])
    return z[np.argmax(np.where(near >= 0.4, values, -np.inf))]


search_nearby.mistake("similarity_forgotten").says(
    "Le meilleur de tous n'est plus le même composé : sa similarité au départ est inférieure à "
    "0,4. Ne choisissez que parmi ceux qui sont assez proches."
).edits({"np.where(near >= 0.4, values, -np.inf)": "values"})
search_nearby.mistake("start_returned").says(
    "Vous rendez le départ, ou presque : rien n'est gagné. Évaluez des voisins et suivez ce qu'ils "
    "apprennent."
).edits("return z_start")
search_nearby.mistake("wrong_way").says(
    "Vous descendez : le code rendu a la propriété la plus basse, et l'on cherche la plus haute."
).edits({"np.argmax(np.where(near >= 0.4, values, -np.inf))": "np.argmin(values)"})
search_nearby.mistake("random_search").says(
    "Vous ne gagnez guère plus qu'une recherche au hasard autour du départ : à seize dimensions, "
    "presque aucun pas pris au hasard ne va dans la bonne direction. Servez-vous de toutes les "
    "premières valeurs, ensemble, pour choisir la suite : une pente, par exemple."
).edits(
    "rng = np.random.default_rng(0)\n"
    "z = z_start + 0.5 * rng.standard_normal((budget, len(z_start)))\n"
    "values, near = evaluate(z)\n"
    "return z[np.argmax(np.where(near >= 0.4, values, -np.inf))]",
)
search_nearby.mistake("over_budget").says(
    "Vous évaluez plus de codes que le budget ne le permet : en chimie, chacun serait une "
    "synthèse. Comptez tous les codes, ceux de la fin aussi."
).edits({"np.linspace(0, 6, budget - budget // 2)": "np.linspace(0, 6, budget)"})
