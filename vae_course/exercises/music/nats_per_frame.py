"""Exercise: nats a frame, the unit of the field."""

import numpy as np

from vae_course.engine import exercise

_RNG = np.random.default_rng(121)


@exercise(
    statement="Un modèle a donné une probabilité à chaque symbole de quelques phrases ; "
    "`log_p`, de forme `(phrases, croches, voix)`, en est le logarithme népérien. Écrivez "
    "`nats_per_frame(log_p)` : le coût moyen d'une croche, ses quatre voix ensemble, en nats.",
    section="§ 4.1.5 (musique)",
    hints=[
        "Que coûte un symbole de probabilité ½ ? −log ½ = 0,69 nat. Les coûts s'ajoutent.",
        "Une croche coûte la somme sur ses voix, pas la moyenne.",
        "Sommez tout, changez le signe, divisez par le nombre de croches : phrases × croches.",
    ],
    success="Le même modèle fait quatre fois moins par symbole et seize fois plus par phrase : "
    "avant de comparer deux nombres, demandez leur unité.",
    cases=[
        (np.log(np.full((1, 2, 4), 0.5)),),
        (np.log(np.array([[[0.5, 0.25, 1.0, 0.5], [0.1, 0.2, 0.5, 1.0], [0.9, 0.9, 0.5, 0.3]]])),),
        (np.log(_RNG.uniform(0.05, 1, (3, 16, 4))),),
        (np.log(_RNG.uniform(0.05, 1, (7, 8, 4))),),
        (np.log(_RNG.uniform(0.05, 1, (2, 5, 3))),),
    ],
)
def nats_per_frame(log_p):
    """Le coût moyen d'une croche, en nats."""
    frames = log_p.shape[0] * log_p.shape[1]
    return -np.sum(log_p) / frames


nats_per_frame.mistake("per_symbol").says(
    "C'est le coût d'un symbole : une croche en a un pour chaque voix, et les coûts s'ajoutent."
).edits({"-np.sum(log_p) / frames": "-np.mean(log_p)"})
nats_per_frame.mistake("per_phrase").says(
    "C'est le coût d'une phrase entière : divisez encore par le nombre de croches."
).edits({" * log_p.shape[1]": ""})
nats_per_frame.mistake("phrases_not_counted").says(
    "Vous divisez par les croches d'une seule phrase : il y en a autant dans chacune. Comptez "
    "phrases × croches."
).edits({"log_p.shape[0] * ": ""})
nats_per_frame.mistake("always_four").says(
    "Vous multipliez par quatre, quel que soit le nombre de voix : sommez plutôt sur leur axe."
).edits({"-np.sum(log_p) / frames": "-4 * np.mean(log_p)"})
nats_per_frame.mistake("total").says(
    "C'est le coût de tout : on demande celui d'une croche, en moyenne."
).edits({" / frames": ""})
nats_per_frame.mistake("bits").says(
    "Ce sont des bits : ces logarithmes sont déjà en nats, il n'y a rien à diviser par log 2."
).edits({"/ frames": "/ frames / np.log(2)"})
nats_per_frame.mistake("sign").says(
    "Le signe est à l'envers : un coût est positif, et log p ne l'est pas."
).edits({"-np.sum": "np.sum"})
nats_per_frame.mistake("mean_of_probabilities").says(
    "Vous prenez le logarithme de la moyenne des probabilités. C'est la moyenne des logarithmes "
    "qu'il faut : les probabilités d'un message se multiplient."
).edits(
    "return -log_p.shape[2] * np.log(np.mean(np.exp(log_p)))",
    "return -np.log(np.mean(np.exp(np.sum(log_p, axis=2))))",
    "return -np.log(np.mean(np.exp(log_p)))",
)
