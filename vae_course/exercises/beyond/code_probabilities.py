"""Exercise: a law of the codes, place after place, any method."""

import functools

import numpy as np

from vae_course.engine import exercise
from vae_keras.data import load_images

_NUM_CODES = 16
_BETTER_THAN = 60  # bits a grid: the place alone, or one neighbour, is not enough


@functools.cache
def _grids():
    """Grids of codes of digits, to learn from and to judge with; a place in the middle of each.

    Each code is a tile of 4 × 4 pixels, rounded to the nearest of the 16 tiles whose quarters are
    white or black.
    """
    x = load_images("mnist_mini")[0][..., 0]
    rng = np.random.default_rng(150)
    x = x[rng.permutation(len(x))]
    ink = x.reshape(len(x), 14, 2, 14, 2).mean(axis=(2, 4)) > 0.5
    quarters = ink.reshape(len(x), 7, 2, 7, 2).transpose(0, 1, 3, 2, 4).reshape(len(x), 7, 7, 4)
    codes = quarters @ np.array([8, 4, 2, 1])
    judged = codes[3000:3200]
    return codes[:3000], judged, rng.integers(10, 39, len(judged))


def _laws(answer):
    codes_train, codes, places = _grids()
    order, rows = np.arange(49), np.arange(len(codes))
    flat = codes.reshape(len(codes), -1)
    itself, later = flat.copy(), flat.copy()
    itself[rows, places] = (itself[rows, places] + 5) % _NUM_CODES
    hidden = order > places[:, None]
    later[hidden] = (later[hidden] + 3) % _NUM_CODES
    grids = np.concatenate([each.reshape(codes.shape) for each in (flat, itself, later)])
    p = answer.array(grids.copy(), codes_train.copy(), _NUM_CODES)
    shape = (*grids.shape, _NUM_CODES)
    what = f"le résultat est de forme {shape} (obtenu : {p.shape})"
    yield what, p.shape != grids.shape  # one value a place, and only then
    yield what, p.shape == shape
    yield "aucune valeur n'est `nan`", not np.any(np.isnan(p))
    yield "aucune probabilité n'est négative", np.all(p >= 0)
    yield "les probabilités de chaque place somment à 1", np.allclose(p.sum(axis=-1), 1, atol=1e-3)
    alone = answer.array(codes[[0]], codes_train.copy(), _NUM_CODES)
    first, altered, after = p.reshape(3, len(codes), 49, _NUM_CODES)
    same = alone.size == first[0].size and np.allclose(alone.ravel(), first[0].ravel(), atol=1e-6)
    yield "une grille seule reçoit les mêmes probabilités que dans un lot", same
    same = np.allclose(first[rows, places], altered[rows, places], atol=1e-6)
    yield "un code que l'on change garde les mêmes probabilités", same
    seen = ~hidden
    same = np.allclose(first[seen], after[seen], atol=1e-6)
    yield "quand les codes suivants changent, les probabilités d'avant restent les mêmes", same
    chosen = np.take_along_axis(first, flat[..., None], axis=-1)[..., 0]
    bits = -np.log2(chosen).sum(axis=1)
    yield "la longueur de chaque grille est finie", np.all(np.isfinite(bits))
    follows = np.ptp(first, axis=0).max() > 1e-6
    yield "les probabilités changent d'une grille à l'autre", follows
    told = f"sous votre loi, {bits.mean():.0f} bits"
    yield f"une grille coûte moins de {_BETTER_THAN} bits ; {told}", bits.mean() < _BETTER_THAN


@exercise(
    statement="Des grilles de codes, de forme `(n, 7, 7)`, se lisent ligne après ligne. Écrivez "
    "`code_probabilities(codes, codes_train, num_codes)` : pour chaque place, les probabilités des "
    "`num_codes` codes, sachant ceux qui sont déjà lus de la même grille ; résultat de forme `(n, "
    "7, 7, num_codes)`. Toute méthode est permise, apprise de `codes_train`, à moins de "
    f"{_BETTER_THAN} bits par grille.",
    section="§ 4.2 (les VQ-VAE) et § 4.1.4 (la compression)",
    hints=[
        "Le code de gauche et celui du dessus sont déjà lus : combien de contextes cela fait-il, "
        "avec 16 codes ? Que mettre à la place d'un voisin hors de la grille ?",
        "`np.add.at(compte, (gauche, dessus, codes), 1)` compte chaque code après chaque contexte. "
        "Ajoutez un peu à chaque compte, sinon un contexte rare donne des zéros.",
        "Les contextes rares disent peu : au lieu d'une constante, ajoutez aux comptes les "
        "probabilités d'un modèle plus simple (un seul voisin, et lui celles d'aucun). La place "
        "dans la grille aide aussi.",
    ],
    success="Voilà un prior de VQ-VAE, sans réseau : de quoi écrire des codes en peu de bits, et "
    "en tirer de nouveaux. `fit_prior` fait la même chose avec un petit Transformer.",
    observe=_laws,
)
def code_probabilities(codes, codes_train, num_codes):
    """p(code | codes déjà lus), pour chaque place : (n, 7, 7, num_codes)."""

    def contexts(grids):
        # The place; the place and the code to the left; these and the code above.
        framed = np.pad(grids.astype(int), ((0, 0), (1, 0), (1, 0)), constant_values=num_codes)
        place = np.broadcast_to(np.arange(49).reshape(7, 7), grids.shape)
        one = place * (num_codes + 1) + framed[:, 1:, :-1]
        return (place, one, one * (num_codes + 1) + framed[:, :-1, 1:])

    p = np.full((*codes.shape, num_codes), 1 / num_codes)
    for context, known in zip(contexts(codes), contexts(codes_train), strict=True):
        counts = np.zeros((known.max() + 1, num_codes))
        np.add.at(counts, (known, codes_train), 1)
        seen = np.append(counts, np.zeros((1, num_codes)), axis=0)  # the last: never met
        found = seen[np.minimum(context, len(counts))]
        p = (found + 10 * p) / (found.sum(axis=-1, keepdims=True) + 10)  # the simpler law as ten
    return p


code_probabilities.mistake("probability_of_the_code_read").says(
    "Vous rendez la probabilité du code qui est venu : on demande celles de tous les codes "
    "possibles, à chaque place, sur un dernier axe."
).edits({"return p": "return np.take_along_axis(p, codes[..., None], axis=-1)[..., 0]"})
code_probabilities.mistake("sees_itself").says(
    "Les probabilités d'une place dépendent de son propre code, que le lecteur ne connaît pas "
    "encore : c'est un oracle."
).edits(
    {"framed[:, :-1, 1:]": "framed[:, 1:, 1:]"},
    "return 0.9 * np.eye(num_codes)[codes] + 0.1 / num_codes",
)
code_probabilities.mistake("sees_the_future").says(
    "Vous regardez des codes qui ne sont pas encore lus, à droite ou au-dessous. Restent la gauche "
    "et les lignes du dessus. `np.roll` ramène la fin de la grille au début ; `np.pad` met un bord."
).edits(
    {"framed[:, :-1, 1:]": "np.roll(grids, -1, axis=1)"},
    {"framed[:, :-1, 1:]": "np.roll(grids, -1, axis=2)"},
)
code_probabilities.mistake("learns_from_what_it_reads").says(
    "Vos probabilités dépendent des autres grilles du lot : chacune doit pouvoir se lire seule. "
    "Comptez dans `codes_train`."
).edits(
    {"p = np.full(": "codes_train = codes\n    p = np.full("},
    {"p = np.full(": "codes_train = np.concatenate([codes_train, codes])\n    p = np.full("},
)
code_probabilities.mistake("never_seen").says(
    "Des `nan` : un contexte jamais vu fait 0/0. Ajoutez un peu à chaque compte."
).edits({" + 10 * p)": ")", " + 10)": ")"})
code_probabilities.mistake("not_normalised").says(
    "À chaque place, les probabilités de tous les codes doivent sommer à 1 : divisez les comptes "
    "par leur somme sur le dernier axe."
).edits(
    {" / (found.sum(axis=-1, keepdims=True) + 10)": ""},
    {"(found.sum(axis=-1, keepdims=True) + 10)": "found.sum()"},
)
code_probabilities.mistake("impossible").says(
    "Un code est venu auquel vous donniez la probabilité 0 : il coûterait une infinité de bits. Un "
    "contexte rare ne dit rien de sûr : ajoutez un peu à chaque compte."
).edits(
    {
        "p = (found + 10 * p) / (found.sum(axis=-1, keepdims=True) + 10)": "n = found.sum(axis=-1, "
        "keepdims=True)\n        p = np.where(n > 0, found / np.maximum(n, 1), p)"
    },
    {"return p": "return np.eye(num_codes)[p.argmax(axis=-1)]"},
)
code_probabilities.mistake("no_context").says(
    "Vos probabilités sont les mêmes pour toutes les grilles. Servez-vous de ce que l'on sait de "
    "chacune : les codes déjà lus, celui de gauche ou du dessus surtout."
).edits(
    {
        "zip(contexts(codes), contexts(codes_train), strict=True)": "[(contexts(codes)[0], "
        "contexts(codes_train)[0])]"
    },
    "return np.full((*codes.shape, num_codes), 1 / num_codes)",
)
code_probabilities.mistake("one_neighbour").says(
    "Vos probabilités suivent la grille, mais pas assez. Un seul voisin, sans la place, ne suffit "
    "pas : le même code à gauche n'annonce pas la même chose au bord et au milieu. Croisez les "
    "deux."
).edits(
    {"(place, one, one * (num_codes + 1) + framed[:, :-1, 1:])": "0 * place, framed[:, 1:, :-1]"},
    {"(place, one, one * (num_codes + 1) + framed[:, :-1, 1:])": "0 * place, framed[:, :-1, 1:]"},
)
