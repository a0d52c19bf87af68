"""Exercise: how far a random z falls from the codes."""

import numpy as np

from vae_course.engine import exercise

_rng = np.random.default_rng(21)
_CLOUDS = [
    ([[0.0, 0.0], [3.0, 5.0]], [[3.0, 4.0], [6.0, 8.0], [3.0, 4.5]]),
    ([[1.0, 0.0, 2.0], [0.0, -3.0, 1.0]], [[1.0, 2.0, 4.0], [0.0, 0.0, 0.0], [-4.0, 0.0, 1.0]]),
    (3 * _rng.normal(size=(50, 16)), _rng.normal(size=(80, 16)) + 1),
]
_FAR = _rng.normal(size=(60, 16)) + 30
_CLOUDS.append((_FAR[:20], _FAR))  # each z on a code, far from the origin


@exercise(
    statement="Écrivez `distance_to_codes(z, codes)` : la distance euclidienne de chaque `z`, de "
    "forme `(n, d)`, au code le plus proche parmi `codes`, de forme `(m, d)`. Une valeur par `z`, "
    "de forme `(n,)`.",
    section="§ 1.5 (un z aléatoire peut tomber dans une zone non explorée)",
    hints=[
        "Pour un seul z et trois codes, combien y a-t-il de distances ? Laquelle garder ?",
        "Il faut d'abord toutes les distances, un tableau de forme `(n, m)` : "
        "`z[:, None] - codes` contient toutes les différences, de forme `(n, m, d)`.",
        "`np.linalg.norm(différences, axis=-1)`, puis le minimum sur les codes, l'axe 1. Une "
        "boucle sur les z convient aussi.",
    ],
    success="Un z, un nombre : à quelle distance l'encodeur est-il passé ? Rapportée à celle "
    "des codes de test, elle dit où sont les trous.",
    cases=[tuple(np.array(each, "float32") for each in case) for case in _CLOUDS],
    atol=0.1,  # what ‖z‖² + ‖c‖² − 2 z·c loses in float32, on the last case
    rtol=1e-3,
)
def distance_to_codes(z, codes):
    """La distance de chaque z au code le plus proche."""
    distances = np.linalg.norm(z[:, None] - codes, axis=-1)
    return np.min(distances, axis=1)


def _expanded(z, codes, factor):
    """The distances, from the squared lengths and the products z · c, times a factor."""
    squares = np.sum(z**2, axis=1)[:, None] + np.sum(codes**2, axis=1)
    return np.sqrt(squares + factor * z @ codes.T)


distance_to_codes.mistake("squared_distance").says(
    "Vous rendez le carré de la distance : il manque la racine. Pour savoir quel code est le plus "
    "proche, le carré suffit ; pour comparer deux distances par leur rapport, non."
).edits({"axis=1)": "axis=1) ** 2"})
distance_to_codes.mistake("mean_for_nearest").says(
    "Vous rendez la distance moyenne à tous les codes : il faut la plus petite. Un z posé sur un "
    "code est à une distance nulle, aussi loin que soient les autres."
).edits(
    {"np.min": "np.mean"},
    {"np.min(distances, axis=1)": "np.sqrt(np.mean(distances**2, axis=1))"},
    {"np.min": "np.median"},
    {"np.min": "np.sum"},
)
distance_to_codes.mistake("distance_to_the_center").says(
    "Vous rendez la distance au centre des codes, leur moyenne. Il n'y a peut-être aucun code au "
    "centre : c'est au plus proche de chacun qu'il faut se comparer."
).edits("return np.linalg.norm(z - np.mean(codes, axis=0), axis=1)")
distance_to_codes.mistake("per_code").says(
    "C'est dans l'autre sens : vous rendez, pour chaque code, la distance au `z` le plus proche. "
    "On attend une valeur par `z` ; le minimum se prend sur les codes."
).edits({"axis=1": "axis=0"})
distance_to_codes.mistake("number_of_the_code").says(
    "Vous rendez le numéro du code le plus proche (`argmin`) : on attend sa distance."
).edits({"np.min": "np.argmin"})
distance_to_codes.mistake("farthest").says(
    "Vous rendez la distance au code le plus lointain : il faut le minimum."
).edits({"np.min": "np.max"})
distance_to_codes.mistake("by_coordinate").says(
    "Vous cherchez le plus proche coordonnée par coordonnée, donc en mêlant plusieurs codes : le "
    "point que vous composez n'est le code d'aucune image. D'abord la distance, puis le minimum."
).edits("return np.linalg.norm(np.min(np.abs(z[:, None] - codes), axis=1), axis=-1)")
distance_to_codes.mistake("absolute_values").says(
    "Vous sommez les valeurs absolues des écarts : la distance euclidienne est la racine de la "
    "somme de leurs carrés."
).edits({"np.linalg.norm(z[:, None] - codes": "np.sum(np.abs(z[:, None] - codes)"})
distance_to_codes.mistake("one_number").says(
    "Un seul nombre pour tous les `z` : on attend une valeur pour chacun. Le minimum se prend sur "
    "les codes seulement, l'axe 1 du tableau des distances ; la moyenne viendra après."
).edits(
    {", axis=1": ""},
    {"np.min(distances, axis=1)": "np.mean(np.min(distances, axis=1))"},
    {"np.min(distances, axis=1)": "np.sum(np.min(distances, axis=1))"},
    {", axis=-1": "", "np.min(distances, axis=1)": "distances"},
    {"np.min(distances, axis=1)": "np.min(distances[0])"},
)
distance_to_codes.mistake("second_nearest").says(
    "Vous rendez la distance au deuxième plus proche. Écarter le premier n'a de sens que si les "
    "`z` sont parmi les codes ; ici, ce sont d'autres points."
).edits({"np.min(distances, axis=1)": "np.sort(distances, axis=1)[:, 1]"})
distance_to_codes.mistake("the_code_itself").says(
    "Vous rendez le code le plus proche : on attend sa distance."
).edits({"np.min(distances, axis=1)": "codes[np.argmin(distances, axis=1)]"})
distance_to_codes.mistake("first_code").says(
    "Vous mesurez la distance à un seul code, toujours le même : cherchez, pour chaque `z`, lequel "
    "est le plus proche."
).edits(
    {"np.min(distances, axis=1)": "distances[:, 0]"},
    {"np.min(distances, axis=1)": "distances[:, -1]"},
)
distance_to_codes.mistake("difference_of_norms").says(
    "Vous comparez des longueurs, ‖z‖ et ‖c‖ : deux points également loin de l'origine peuvent "
    "être aux antipodes. La différence d'abord, sa norme ensuite."
).edits(
    "lengths = np.linalg.norm(codes, axis=1)\n"
    "return np.min(np.abs(np.linalg.norm(z, axis=1)[:, None] - lengths), axis=1)"
)
distance_to_codes.mistake("all_distances").says(
    "Vous rendez les distances à tous les codes, un tableau `(n, m)` : il reste à garder, pour "
    "chaque `z`, la plus petite."
).edits({"np.min(distances, axis=1)": "distances"})
distance_to_codes.mistake("rounding_below_zero").says(
    "La racine d'un nombre négatif : quand z est sur un code, l'arrondi de ‖z‖² + ‖c‖² − 2 z·c "
    "peut passer sous zéro. Ramenez-le à zéro, avec `np.maximum(…, 0)`."
).edits({"np.linalg.norm(z[:, None] - codes, axis=-1)": "_expanded(z, codes, -2)"})
distance_to_codes.mistake("square_badly_expanded").says(
    "Le carré d'une différence est mal développé : ‖z − c‖² = ‖z‖² + ‖c‖² − 2 z·c."
).edits({"np.linalg.norm(z[:, None] - codes, axis=-1)": "_expanded(z, codes, -1)"})
distance_to_codes.mistake("sum_for_difference").says(
    "Un signe est à l'envers : vous mesurez ‖z + c‖. La distance est ‖z − c‖, dont le carré se "
    "développe avec − 2 z·c."
).edits({"z[:, None] - codes": "z[:, None] + codes"})
