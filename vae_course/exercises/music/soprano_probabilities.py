"""Exercise: a model of a melody, by any means."""

import functools

import numpy as np

from vae_course.engine import exercise
from vae_keras.data.chorales import NUM_SYMBOLS, load_chorales

_BETTER_THAN = 1.35  # nats a symbol: what no context, or the place in the bar alone, do not reach


@functools.cache
def _melodies():
    """Sopranos, to learn from and to judge with; a place in the middle of each of the latter."""
    x, piece, _, _ = load_chorales(common_key=True)
    sopranos = x[..., 0].astype("int64")
    judged = sopranos[piece % 5 == 0][:80]
    places = np.random.default_rng(122).integers(4, 12, len(judged))
    return sopranos[piece % 5 != 0], judged, places


def _melody_models(answer):
    x_train, x, places = _melodies()
    order, rows = np.arange(x.shape[1]), np.arange(len(x))
    itself, later = x.copy(), x.copy()
    itself[rows, places] = (itself[rows, places] + 3) % NUM_SYMBOLS
    later[order > places[:, None]] = 36
    melodies = np.concatenate([x, itself, later])
    p = answer.array(melodies.copy(), x_train.copy())
    wanted = (*melodies.shape, NUM_SYMBOLS)
    yield f"le résultat est de forme {wanted} (obtenu : {p.shape})", p.shape == wanted
    yield "aucune valeur n'est `nan`", not np.any(np.isnan(p))
    yield "toutes les valeurs sont des probabilités", np.all((p >= 0) & (p <= 1))
    sums = np.allclose(p.sum(axis=-1), 1, atol=1e-4)
    yield "à chaque place, les probabilités des soixante symboles font 1", sums
    alone = answer.array(x[[0]], x_train.copy())
    first, altered, after = p.reshape(3, *x.shape, NUM_SYMBOLS)
    same = alone.shape == first[[0]].shape and np.allclose(alone[0], first[0], atol=1e-6)
    yield "une mélodie seule reçoit les mêmes probabilités que dans un lot", same
    same = np.allclose(first[rows, places], altered[rows, places], atol=1e-6)
    yield "quand on change un symbole, les probabilités à sa place restent les mêmes", same
    sung = order <= places[:, None]
    same = np.allclose(first[sung], after[sung], atol=1e-6)
    yield "quand la suite change, les probabilités d'avant restent les mêmes", same
    came = np.take_along_axis(first, x[..., None], axis=-1)
    yield "chaque symbole venu a une probabilité non nulle", np.all(came > 0)
    yield "les probabilités changent d'une mélodie à l'autre", np.ptp(first, axis=0).max() > 1e-6
    nats = -np.log(came).mean()
    what = f"un symbole coûte moins de {_BETTER_THAN:.2f} nat".replace(".", ",")
    told = f"sous votre modèle, {nats:.2f}".replace(".", ",")
    yield f"{what} ; {told}", nats < _BETTER_THAN


@exercise(
    statement="Écrivez `soprano_probabilities(melodies, x_train)` : pour chaque place de chaque "
    "mélodie, la probabilité de chacun des soixante symboles, sachant ceux qui précèdent dans la "
    "même mélodie. Entrées de forme `(n, 16)` ; résultat de forme `(n, 16, 60)`, dont chaque ligne "
    "fait 1. Toute méthode est permise, à moins de "
    f"{str(_BETTER_THAN).replace('.', ',')} nat par symbole.",
    section="§ 4.1.5 (composition automatique de mélodies)",
    hints=[
        "Après un sol tenu, que chante-t-on, dans `x_train` ? Comptez, pour chaque symbole qui "
        "sonne, ceux qui le suivent. Et la place : sur le temps, ou entre deux ?",
        "Le contexte est un nombre, 2 × (ce qui sonne juste avant) + place % 2. "
        "`np.add.at(compte, (contextes, symboles), 1)` remplit un tableau (120, 60).",
        "Un contexte rare ne dit rien de sûr : ajoutez à chaque ligne dix fois les fréquences de "
        "la même place, avant de diviser par la somme. Plus loin dans le passé, mieux encore.",
    ],
    success="Vous avez le modèle de Markov d'une mélodie : tirez-en symbole après symbole, et il "
    "compose. Ce qui manque à ses mélodies, c'est ce que le code z de la phrase apporte.",
    observe=_melody_models,
)
def soprano_probabilities(melodies, x_train):
    """La probabilité de chaque symbole, à chaque place, sachant ceux qui précèdent."""

    def contexts(x):
        time = np.arange(x.shape[1])
        last = np.maximum.accumulate(np.where(x == 0, 0, time), axis=1)
        heard = np.take_along_axis(x, last, axis=1)
        before = np.concatenate([np.zeros_like(heard[:, :1]), heard[:, :-1]], axis=1)
        return 2 * before + time % 2

    counts = np.zeros((120, 60))
    np.add.at(counts, (contexts(x_train), x_train), 1)
    usual = counts.reshape(60, 2, 60).sum(axis=0) + 0.1
    usual /= usual.sum(axis=1, keepdims=True)
    counts += 10 * np.tile(usual, (60, 1))
    p = counts / counts.sum(axis=1, keepdims=True)
    return p[contexts(melodies)]


soprano_probabilities.mistake("not_normalised").says(
    "À chaque place, l'un des soixante symboles viendra : leurs probabilités font 1. Divisez "
    "chaque ligne par sa somme."
).edits({"counts / counts.sum(axis=1, keepdims=True)": "counts / counts.sum()"})
soprano_probabilities.mistake("sees_itself").says(
    "La probabilité d'un symbole dépend de ce symbole : on ne l'a pas encore entendu."
).edits({"before + time % 2": "x + time % 2"}, {"before + time % 2": "heard + time % 2"})
soprano_probabilities.mistake("sees_the_future").says(
    "Vous regardez le symbole suivant, qui n'est pas encore chanté."
).edits({"before + time % 2": "np.roll(x, -1, axis=1) + time % 2"})
soprano_probabilities.mistake("learns_from_what_it_sings").says(
    "Vos probabilités dépendent des autres mélodies du lot. Comptez dans `x_train` seul."
).edits(
    {
        "counts = np.zeros((120, 60))": "x_train = np.concatenate([x_train, melodies])\n"
        "    counts = np.zeros((120, 60))"
    }
)
soprano_probabilities.mistake("never_seen").says(
    "Des `nan` : un contexte jamais vu fait 0/0. Ajoutez un peu à chaque compte."
).edits({"counts += 10 * np.tile(usual, (60, 1))": "pass"})
soprano_probabilities.mistake("impossible").says(
    "Un symbole est venu auquel vous donniez la probabilité 0 : son coût est infini. Ajoutez un "
    "peu à chaque compte."
).edits(
    {
        "counts += 10 * np.tile(usual, (60, 1))": "counts[counts.sum(axis=1) == 0] = 1",
    }
)
soprano_probabilities.mistake("no_context").says(
    "Vos probabilités sont les mêmes pour toutes les mélodies : servez-vous de ce que chacune a "
    "déjà chanté."
).edits(
    {"2 * before + time % 2": "0 * before + time % 2"},
    "return np.full((*melodies.shape, 60), 1 / 60)",
)
