"""Exercise: the importance-weighted bound, from log-weights."""

import numpy as np

from vae_course.engine import exercise

_rng = np.random.default_rng(44)
_CASES = [
    (np.log([1.0, 3.0, 2.0, 6.0]), 2),  # ½ (log 2 + log 4)
    (np.log([1.0, 3.0, 2.0, 6.0]), 1),
    (np.log([1.0, 3.0, 2.0, 6.0, 1.0, 19.0]), 2),
    (_rng.normal(-1500, 2, size=60), 5),
    (_rng.normal(-160, 3, size=60), 60),
]


@exercise(
    statement="`log_weights`, de forme `(n,)`, contient les log-poids de n tirages pour une même "
    "donnée, et k divise n. Écrivez `grouped_bound(log_weights, k)`, votre estimation de la borne "
    "pondérée par importance à k tirages, à partir de groupes de k poids consécutifs : un nombre.",
    section="§ 2.4, éq. (3) et (4)",
    hints=[
        "Pour un groupe de k poids, que faut-il calculer ? Et pour tous les groupes ?",
        "Dans un groupe, le logarithme de la moyenne des poids ; entre les groupes, la moyenne de "
        "ces logarithmes. Sortez le plus grand log-poids de chaque groupe.",
        "`groups = log_weights.reshape(-1, k)`, puis `np.logaddexp.reduce(groups, axis=1)` moins "
        "log k, puis la moyenne.",
    ],
    success="Dans un groupe, le logarithme de la moyenne ; entre les groupes, la moyenne des "
    "logarithmes : avec k = 1 c'est l'ELBO, avec k = n l'estimation de log p(x).",
    cases=_CASES,
    rtol=1e-6,
    atol=1e-4,
)
def grouped_bound(log_weights, k):
    """L'estimation de la borne pondérée par importance à k tirages, un nombre."""
    groups = np.reshape(log_weights, (-1, k))  # une ligne par groupe
    largest = np.max(groups, axis=1, keepdims=True)
    scaled = np.exp(groups - largest)  # entre 0 et 1
    return np.mean(largest[:, 0] + np.log(np.mean(scaled, axis=1)))


grouped_bound.mistake("elbo").says(
    "C'est la moyenne de tous les log-poids, donc l'ELBO : k n'y joue aucun rôle. Dans chaque "
    "groupe, prenez le logarithme de la moyenne des poids."
).edits("return np.mean(log_weights)")
grouped_bound.mistake("one_group").says(
    "C'est le logarithme de la moyenne de tous les poids, comme s'il n'y avait qu'un groupe : "
    "l'estimation de log p(x). Il faut le prendre dans chaque groupe de k, puis moyenner."
).edits({"(-1, k)": "(1, -1)"}, "return np.log(np.mean(np.exp(log_weights)))")
grouped_bound.mistake("naive_exponential").says(
    "La formule est juste, le calcul non : l'exponentielle de −1500 vaut 0 dans l'ordinateur. "
    "Sortez d'abord le plus grand log-poids de chaque groupe."
).edits({"largest = np.max(groups, axis=1, keepdims=True)": "largest = np.zeros((len(groups), 1))"})
grouped_bound.mistake("factor_forgotten").says(
    "Il manque le facteur 1/k : vous prenez la somme des poids de chaque groupe au lieu de leur "
    "moyenne. C'est log k de trop."
).edits({"np.mean(scaled": "np.sum(scaled"})
grouped_bound.mistake("wrong_groups").says(
    "Vous coupez en k groupes au lieu de groupes de k : `reshape(-1, k)` met k poids consécutifs "
    "par ligne."
).edits({"(-1, k)": "(k, -1)"})
grouped_bound.mistake("not_consecutive").says(
    "Vos groupes n'ont pas des poids consécutifs : un groupe sur une ligne, `reshape(-1, k)`."
).edits({"np.reshape(log_weights, (-1, k))": "np.reshape(log_weights, (k, -1)).T"})
grouped_bound.mistake("one_value_a_group").says(
    "Vous rendez une valeur par groupe : la borne est leur moyenne, un seul nombre."
).edits({"return np.mean(largest": "return (largest"})
grouped_bound.mistake("sum_of_groups").says(
    "Vous faites la somme sur les groupes : il faut leur moyenne."
).edits({"return np.mean(largest": "return np.sum(largest"})
grouped_bound.mistake("best_draw").says(
    "C'est le plus grand log-poids de chaque groupe, non le logarithme de la moyenne du groupe."
).edits({" + np.log(np.mean(scaled, axis=1))": ""})
grouped_bound.mistake("maximum_not_added_back").says(
    "Le plus grand log-poids a bien été retiré, mais pas remis : ajoutez-le au logarithme de la "
    "moyenne."
).edits({"largest[:, 0] + ": ""})
