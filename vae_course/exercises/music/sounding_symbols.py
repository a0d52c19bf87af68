"""Exercise: what sounds while a note is held."""

import numpy as np

from vae_course.engine import exercise


@exercise(
    statement="Une voix est une suite de symboles, `voice`, de forme `(n,)` : 0, elle tient ce "
    "qu'elle avait ; 1, un silence commence ; 2 ou plus, une note est frappée. Le premier symbole "
    "n'est jamais 0. Écrivez `sounding_symbols(voice)` : la même suite, où chaque 0 est remplacé "
    "par le symbole de ce qui est tenu.",
    section="§ 4.1.5 (musique)",
    hints=[
        "Sur [32, 0, 0, 34], que sonne-t-il à chaque croche ? Deux tenues peuvent se suivre.",
        "Pour chaque place, quelle est la dernière place où le symbole n'était pas 0 ? Un silence "
        "compte, lui aussi : il se tient comme une note.",
        "`np.where(voice == 0, 0, np.arange(n))`, puis `np.maximum.accumulate`, donne cette place. "
        "Une boucle qui se souvient du dernier symbole convient aussi.",
    ],
    success="La tenue ne dit rien seule : c'est le passé qui dit ce qui sonne. Un modèle qui "
    "prédit la suite devra se souvenir.",
    cases=[
        (np.array([32, 0, 34, 0]),),
        (np.array([40, 0, 0, 0, 38, 38, 0]),),
        (np.array([30, 1, 0, 0, 33, 0]),),
        (np.array([1, 0, 36, 0, 0, 1, 0, 36]),),
        (np.array([45]),),
    ],
)
def sounding_symbols(voice):
    """Les symboles de ce qui sonne, sans les tenues."""
    voice = np.asarray(voice)
    place = np.where(voice == 0, 0, np.arange(len(voice)))
    return voice[np.maximum.accumulate(place)]


sounding_symbols.mistake("held_is_silent").says(
    "Une tenue n'est pas un silence : la note d'avant sonne encore."
).edits({"voice[np.maximum.accumulate(place)]": "np.where(voice == 0, 1, voice)"})
sounding_symbols.mistake("one_place_back").says(
    "Vous ne regardez qu'une croche en arrière : quand deux tenues se suivent, la seconde reste 0. "
    "Remontez jusqu'à la dernière note, ou au dernier silence."
).edits({"voice[np.maximum.accumulate(place)]": "np.where(voice == 0, np.roll(voice, 1), voice)"})
sounding_symbols.mistake("the_next_note").says(
    "C'est la note suivante que vous tenez : une tenue prolonge ce qui précède."
).edits(
    "voice = np.asarray(voice)\n"
    "n = len(voice)\n"
    "place = np.where(voice == 0, n - 1, np.arange(n))\n"
    "return voice[np.minimum.accumulate(place[::-1])[::-1]]"
)
sounding_symbols.mistake("rests_are_forgotten").says(
    "Un silence se tient, lui aussi : après 1, un 0 prolonge le silence et non la note d'avant."
).edits(
    {"voice == 0": "voice < 2"},
    "voice = np.asarray(voice)\n"
    "place = np.where(voice < 2, 0, np.arange(len(voice)))\n"
    "return np.where(voice == 0, voice[np.maximum.accumulate(place)], voice)",
)
sounding_symbols.mistake("nothing_done").says("Les 0 sont restés.").edits("return np.array(voice)")
