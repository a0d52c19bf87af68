"""Rules of voice leading that Bach's pupils learnt, counted."""

import itertools

import numpy as np

from vae_course.chorales.notes import pitch_of
from vae_keras.data.chorales import HELD

RULES = {  # by name, what the course calls them
    "fifths": "quintes parallèles",
    "octaves": "octaves parallèles",
    "crossing": "croisements",
    "range": "hors tessiture",
    "dissonance": "temps dissonants",
}
_DISSONANT = (1, 2, 6, 10, 11)  # semitones modulo the octave


def ranges_of(x):
    """The lowest and the highest pitch of each voice in phrases `(count, length, 4)`: two (4,)."""
    pitch = pitch_of(x)
    return np.nanmin(pitch, axis=(0, 1)), np.nanmax(pitch, axis=(0, 1))


def broken_rules(x, ranges):
    """Counts what the rules of four-part writing forbid, or ration, in each phrase.

    - `fifths`, `octaves`: two voices move in the same direction, from a perfect fifth (an octave, a
      unison) to another one, from one frame to the next; compound intervals are of their kind;
    - `crossing`: frames in which a voice sounds above a higher one, for each pair of neighbours;
    - `range`: notes struck outside of what the voice sings in Bach's chorales;
    - `dissonance`: beats on which some pair of voices sounds a second, a seventh or a tritone. Bach
      has many: they are rationed, not forbidden. Not counted: a fourth above the bass, and whether
      a dissonance is prepared and resolved.

    Args:
        x: Phrases, `(count, length, 4)`.
        ranges: The lowest and the highest pitch of each voice, as `ranges_of` gives them.

    Returns:
        A dict from the names in `RULES` to counts `(count,)`.
    """
    x = np.asarray(x)
    pitch = pitch_of(x)
    before, after = pitch[:, :-1], pitch[:, 1:]
    step = after - before
    counts = {name: np.zeros(len(x), int) for name in RULES}
    dissonant = np.zeros(pitch.shape[:2], bool)
    for high, low in itertools.combinations(range(pitch.shape[2]), 2):
        interval = pitch[..., high] - pitch[..., low]
        kind = np.abs(interval) % 12
        together = step[..., high] * step[..., low] > 0
        for name, semitones in (("fifths", 7), ("octaves", 0)):
            parallel = together & (kind[:, :-1] == semitones) & (kind[:, 1:] == semitones)
            counts[name] += parallel.sum(axis=1)
        if low == high + 1:
            counts["crossing"] += (interval < 0).sum(axis=1)
        dissonant |= np.isin(kind, _DISSONANT)
    counts["dissonance"] += dissonant[:, ::2].sum(axis=1)
    outside = (x != HELD) & ((pitch < ranges[0]) | (pitch > ranges[1]))
    counts["range"] += outside.sum(axis=(1, 2))
    return counts
