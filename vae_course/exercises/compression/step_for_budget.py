"""Exercise: the quantiser's step that meets a budget."""

import functools

import numpy as np

from vae_course.engine import Observation, exercise


@functools.cache
def _sources():
    """(name, values, bits): laws that one formula does not fit together."""
    rng = np.random.default_rng(83)
    two = np.concatenate([rng.normal(-20, 1, 2000), rng.normal(20, 1, 2000)])
    return [
        ("valeurs régulières de −32 à 32, 4 bits (seize paquets)", np.linspace(-32, 32, 6401), 4.0),
        ("gaussienne, 3 bits", rng.normal(size=4000), 3.0),
        ("loi de Laplace, 2 bits", rng.laplace(scale=5, size=4000), 2.0),
        ("deux bosses, 4 bits", two, 4.0),
        ("gaussienne minuscule, 5 bits", 0.003 * rng.normal(size=4000), 5.0),
    ]


def _entropy_at(values, step):
    """The entropy of the rounded values, in bits."""
    counts = np.unique(np.round(values / step), return_counts=True)[1]
    shares = counts / counts.sum()
    return -np.sum(shares * np.log2(shares))


def _entropies(answer):
    for name, values, bits in _sources():
        step = answer.array(values.copy(), bits)
        valid = step.size == 1 and np.all(np.isfinite(step)) and np.all(step > 0)
        yield f"{name} : le pas est un seul nombre, positif", bool(valid)
        found = _entropy_at(values, max(float(np.squeeze(step)), 1e-12))
        what = f"{name} au plus : entropie à votre pas"
        if found < bits - 0.06:
            what += ", trop grand : il reste du budget. Cherchez plus finement, et avec round"
        elif found > bits + 0.06:
            what += ", trop fin : le budget est dépassé"
        yield Observation(what, found, atol=0.06)


@exercise(
    statement="Écrivez `step_for_budget(values, bits)` : le pas Δ le plus fin pour lequel "
    "l'entropie, en bits par valeur, des entiers `round(values / Δ)` ne dépasse pas `bits` : "
    "H = −Σ fₖ log₂ fₖ, où fₖ est la fréquence de l'entier k. `values` est de forme `(n,)` ; toute "
    "méthode est permise, à 0,05 bit près.",
    section="§ 4.1.4 (compression de données)",
    hints=[
        "Pour un pas donné, sauriez-vous calculer l'entropie ? Il faut la fréquence de chaque "
        "entier : `np.unique(…, return_counts=True)`.",
        "Quand le pas grandit, l'entropie baisse. On peut donc chercher par dichotomie : trop de "
        "bits, un pas plus grand ; pas assez, un pas plus petit.",
        "Partez d'un pas minuscule et d'un pas énorme, par rapport à l'écart-type ; coupez "
        "cinquante fois l'intervalle en deux, en moyenne géométrique.",
    ],
    success="Le pas remplit le budget, quelle que soit la loi : c'est la commande de débit de "
    "tout codec.",
    observe=_entropies,
)
def step_for_budget(values, bits):
    """Le pas le plus fin dont l'entropie tient dans le budget."""

    def entropy(step):
        counts = np.unique(np.round(values / step), return_counts=True)[1]
        p = counts / counts.sum()
        return -np.sum(p * np.log2(p))

    small, large = 1e-6 * np.std(values), 1e3 * np.std(values)
    for _ in range(60):
        middle = np.sqrt(small * large)
        small, large = (small, middle) if entropy(middle) <= bits else (middle, large)
    return large


step_for_budget.mistake("entropy_in_nats").says(
    "Votre entropie est en nats et le budget en bits : le fichier sera 1,44 fois trop gros. Prenez "
    "log₂."
).edits({"log2": "log"})
step_for_budget.mistake("fixed_length").says(
    "Vous partagez l'étendue en 2^bits niveaux : c'est un code de longueur fixe. Le codeur "
    "entropique donne des mots courts aux entiers fréquents ; à budget égal, le pas peut être plus "
    "fin."
).edits(
    "return np.ptp(values) / 2**bits",
    {"entropy(middle) <= bits": "len(np.unique(np.round(values / middle))) <= 2**bits"},
    "return np.ptp(values) / (2**bits - 1)",
)
step_for_budget.mistake("gaussian_formula").says(
    "C'est la formule d'une gaussienne, Δ = σ √(2πe) / 2^bits : juste pour elle, fausse pour une "
    "autre loi. Mesurez l'entropie des entiers eux-mêmes."
).edits("return np.std(values) * np.sqrt(2 * np.pi * np.e) / 2**bits")
step_for_budget.mistake("deviation_over_levels").says(
    "C'est l'écart-type divisé par 2^bits : l'entropie d'une gaussienne d'écart-type 1 n'est pas "
    "nulle, elle vaut ½ log₂ 2πe = 2,05 bits. Mesurez l'entropie des entiers."
).edits("return np.std(values) / 2**bits")
step_for_budget.mistake("uniform_formula").says(
    "C'est la formule d'une loi uniforme, Δ = σ √12 / 2^bits : juste pour elle, fausse pour une "
    "autre loi. Mesurez l'entropie des entiers eux-mêmes."
).edits("return np.std(values) * np.sqrt(12) / 2**bits")
step_for_budget.mistake("number_of_levels").says(
    "C'est un nombre de niveaux, 2^bits, et non un pas : le pas a l'unité des valeurs, et change "
    "avec elles."
).edits("return 2**bits", "return 2.0**-bits")
step_for_budget.mistake("inverse").says(
    "C'est le nombre de pas par unité, 1/Δ : on demande le pas Δ lui-même."
).edits({"return large": "return 1 / large"})
