"""Exercise: the area under the ROC curve, as the probability of a pair."""

import numpy as np

from vae_course.engine import exercise

# Three ill (1) and two healthy (0): of six pairs, four in order and one tie, 4.5 / 6.
_FEW = (np.array([0.9, 0.4, 0.7, 0.6, 0.4]), np.array([1, 0, 0, 1, 1]))
_HIGH = (np.array([3.0, 7.0, 5.0, 5.0, 6.0, 9.0, 5.0]), np.array([0, 1, 1, 0, 0, 1, 0]))


def _random(seed, count, ill):
    """Scores of whole numbers, many of them equal, as a radiologist's notes of 1 to 5."""
    rng = np.random.default_rng(seed)
    labels = np.zeros(count, "int64")
    labels[rng.permutation(count)[:ill]] = 1
    return np.round(rng.normal(size=count) + 0.8 * labels, 1), labels


@exercise(
    statement="Écrivez `area_under_curve(scores, labels)` : la probabilité qu'un malade pris au "
    "hasard ait un score plus grand qu'une personne saine prise au hasard, une égalité comptant "
    "pour moitié. `scores` et `labels` sont de forme `(n,)` ; un malade a l'étiquette 1.",
    section="§ 4.1.5 (des scans synthétiques pour l'entraînement de modèles)",
    hints=[
        "Avec deux malades et trois personnes saines, combien y a-t-il de paires à regarder ? "
        "L'ordre des scores, et lui seul, compte.",
        "`scores[labels == 1][:, None] - scores[labels == 0]` donne d'un coup toutes les "
        "différences, une ligne par malade, une colonne par personne saine.",
        "La moyenne de `écarts > 0`, plus la moitié de la moyenne de `écarts == 0`.",
    ],
    success="C'est l'aire sous la courbe ROC, sans la tracer et sans seuil : 0,5 pour le hasard, 1 "
    "pour un classement parfait.",
    cases=[_FEW, _HIGH, _random(111, 40, 31), _random(112, 60, 12)],
)
def area_under_curve(scores, labels):
    """La probabilité qu'un malade ait un plus grand score qu'une personne saine."""
    gap = scores[labels == 1][:, None] - scores[labels == 0]
    return np.mean(gap > 0) + 0.5 * np.mean(gap == 0)


area_under_curve.mistake("accuracy").says(
    "C'est la part d'images bien classées par un seuil : l'AUC n'a pas de seuil. Deux scores qui "
    "classent dans le même ordre ont la même AUC, quelles que soient leurs valeurs."
).edits(
    "return np.mean((scores > 0.5) == labels)",
    "return np.mean((scores > 0) == labels)",
    "return np.mean((scores >= 0.5) == labels)",
    "return np.mean((scores > np.median(scores)) == labels)",
    "return np.mean((scores > np.mean(scores)) == labels)",
)
area_under_curve.mistake("ties_lost").says(
    "Les égalités ne comptent pas, alors qu'elles comptent pour moitié : un score constant, qui ne "
    "sait rien, doit valoir 0,5, et non 0."
).edits({" + 0.5 * np.mean(gap == 0)": ""})
area_under_curve.mistake("ties_won").says(
    "Les égalités comptent pour des succès, alors qu'elles comptent pour moitié : un score "
    "constant, qui ne sait rien, vaudrait 1."
).edits({"0.5 * ": ""}, "return np.mean(scores[labels == 1][:, None] >= scores[labels == 0])")
area_under_curve.mistake("ties_by_order").says(
    "Deux scores égaux sont départagés par leur place dans le tableau, que le tri a suivie : une "
    "égalité compte pour moitié, quel que soit l'ordre des images."
).edits(
    "ranks = np.argsort(np.argsort(scores, kind='stable'), kind='stable')\n"
    "count = np.sum(labels == 1)\n"
    "won = np.sum(ranks[labels == 1]) - count * (count - 1) / 2\n"
    "return won / (count * np.sum(labels == 0))",
    "found = labels[np.argsort(-scores, kind='stable')]\n"
    "caught = np.cumsum(found) / np.sum(found)\n"
    "return np.sum(caught * (1 - found)) / np.sum(1 - found)",
)
area_under_curve.mistake("sign").says(
    "Le signe est renversé : vous comptez les paires où la personne saine a le plus grand score. "
    "Votre valeur est 1 moins l'AUC."
).edits({"gap > 0": "gap < 0"}, {"labels == 1": "labels == 0", "labels == 0": "labels == 1"})
area_under_curve.mistake("all_pairs").says(
    "Vous divisez par le nombre de toutes les paires, n² : seules comptent celles d'un malade et "
    "d'une personne saine, n₁ × n₀."
).edits(
    "gap = scores[labels == 1][:, None] - scores[labels == 0]\n"
    "return (np.sum(gap > 0) + 0.5 * np.sum(gap == 0)) / len(scores) ** 2",
    "gap = scores[:, None] - scores\nreturn np.mean(gap > 0) + 0.5 * np.mean(gap == 0)",
)
area_under_curve.mistake("count").says(
    "Vous comptez les paires : il reste à diviser par leur nombre, n₁ × n₀, pour avoir une "
    "probabilité."
).edits({"np.mean(gap > 0)": "np.sum(gap > 0)", "np.mean(gap == 0)": "np.sum(gap == 0)"})
area_under_curve.mistake("difference_of_means").says(
    "Vous comparez les moyennes des deux groupes : l'AUC ne dépend que de l'ordre des scores, et "
    "une seule valeur extrême peut changer une moyenne."
).edits(
    "return np.mean(scores[labels == 1]) - np.mean(scores[labels == 0])",
    "return float(np.mean(scores[labels == 1]) > np.mean(scores[labels == 0]))",
    {"np.mean(gap > 0) + 0.5 * np.mean(gap == 0)": "np.mean(gap)"},
)
area_under_curve.mistake("against_the_mean").says(
    "Vous comparez chaque malade à la moyenne des personnes saines : il faut le comparer à chacune "
    "d'elles."
).edits({"[:, None] - scores[labels == 0]": " - np.mean(scores[labels == 0])"})
