"""Exercise: parallel fifths, found."""

import numpy as np

from vae_course.engine import exercise


@exercise(
    statement="`high` et `low`, de forme `(n,)`, sont les hauteurs MIDI (en demi-tons) de deux "
    "voix qui ne se croisent pas, accord après accord. Écrivez `parallel_fifths(high, low)` : "
    "combien de fois, d'un accord au suivant, les deux voix montent toutes deux, ou descendent "
    "toutes deux, d'une quinte juste (7 demi-tons, à une ou plusieurs octaves près) à une autre.",
    section="§ 4.1.5 (musique)",
    hints=[
        "Comment dire « à l'octave près » d'un intervalle ? `% 12`.",
        "Deux conditions : une quinte avant et une quinte après ; et les deux voix bougent, "
        "dans le même sens.",
        "Le sens d'une voix est le signe de `np.diff` ; deux signes sont égaux, et non nuls, quand "
        "leur produit est positif.",
    ],
    success="Cette règle, que tout élève d'harmonie connaît, tient en quatre lignes ; et Bach la "
    "suit presque toujours, nous le mesurerons.",
    cases=[
        (np.array([67, 69]), np.array([60, 62])),  # do-sol, ré-la
        (np.array([67, 67, 67]), np.array([60, 60, 60])),  # tenues
        (np.array([67, 72, 74, 71]), np.array([60, 60, 55, 52])),
        (np.array([79, 81, 67]), np.array([60, 62, 60])),  # composées
        (np.array([67, 79]), np.array([60, 48])),  # mouvement contraire
        (np.array([67, 74, 69, 71, 72]), np.array([60, 55, 62, 64, 65])),
        (np.array([64, 67, 69, 71, 72, 72]), np.array([57, 60, 57, 64, 60, 65])),
        (np.array([67, 69]), np.array([60, 64])),  # quinte, puis quarte
        (np.array([72, 74, 76, 77]), np.array([60, 62, 64, 65])),  # octaves
        (np.array([65, 67, 69]), np.array([60, 62, 64])),  # quartes
        (np.array([69, 67, 64, 67]), np.array([62, 60, 57, 48])),
        (np.array([67, 81]), np.array([60, 62])),  # quinte, puis douzième, en montant
        (np.array([91, 93]), np.array([60, 62])),  # à deux octaves près
    ],
)
def parallel_fifths(high, low):
    """Le nombre de quintes parallèles entre deux voix."""
    high, low = np.asarray(high), np.asarray(low)
    fifth = (high - low) % 12 == 7
    together = np.diff(high) * np.diff(low) > 0
    return np.sum(together & fifth[:-1] & fifth[1:])


parallel_fifths.mistake("held").says(
    "Une quinte tenue, ou répétée, n'est pas une faute : les deux voix doivent bouger."
).edits({"> 0": ">= 0"}, {"together & ": ""})
parallel_fifths.mistake("contrary").says(
    "D'une quinte à une quinte par mouvement contraire (l'une monte, l'autre descend), elles ne "
    "sont pas parallèles. Demandez le même sens."
).edits({"np.diff(high) * np.diff(low) > 0": "(np.diff(high) != 0) & (np.diff(low) != 0)"})
parallel_fifths.mistake("simple_only").says(
    "Une douzième est une quinte, à l'octave près : comparez l'intervalle modulo 12."
).edits({" % 12": ""})
parallel_fifths.mistake("arrival_only").says(
    "Vous ne regardez que l'arrivée : c'est la quinte *directe*. La quinte parallèle part aussi "
    "d'une quinte."
).edits({" & fifth[:-1]": ""})
parallel_fifths.mistake("departure_only").says(
    "Vous ne regardez que le départ : la quinte parallèle arrive aussi sur une quinte."
).edits({" & fifth[1:]": ""})
parallel_fifths.mistake("octaves").says(
    "Ce sont les octaves parallèles : la quinte juste fait 7 demi-tons."
).edits({"== 7": "== 0"})
parallel_fifths.mistake("five_semitones").says(
    "Cinq demi-tons font une quarte. La quinte porte ce nom parce qu'elle couvre cinq degrés, et "
    "fait 7 demi-tons."
).edits({"== 7": "== 5"})
parallel_fifths.mistake("rising_only").says(
    "Vous ne comptez que les voix qui montent : descendre ensemble de quinte en quinte est la même "
    "faute."
).edits({"np.diff(high) * np.diff(low) > 0": "(np.diff(high) > 0) & (np.diff(low) > 0)"})
parallel_fifths.mistake("equal_steps").says(
    "Vous demandez aux deux voix le même nombre de demi-tons. De la quinte à la douzième, l'une "
    "va plus loin que l'autre, dans le même sens : c'est encore une faute."
).edits(
    {"np.diff(high) * np.diff(low) > 0": "(np.diff(high) == np.diff(low)) & (np.diff(low) != 0)"}
)
parallel_fifths.mistake("fifths").says(
    "Vous comptez les quintes, parallèles ou non : il en faut deux de suite, et un mouvement."
).edits("return np.sum((high - low) % 12 == 7)")
