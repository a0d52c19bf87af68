"""What a phrase is like, as a number: dense or not, high or low, major or minor."""

import numpy as np

from vae_course.chorales.notes import pitch_of
from vae_keras.data.chorales import FIRST_PITCH

# How well each semitone above the tonic fits a major or a minor key, as listeners judged it.
_MAJOR = 6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88
_MINOR = 6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17


def density(x):
    """The number of notes struck in each phrase `(count, length, 4)`: `(count,)`."""
    return (np.asarray(x) >= FIRST_PITCH).sum(axis=(1, 2))


def height(x):
    """The mean pitch (MIDI) of each phrase `(count, length, 4)`, all voices: `(count,)`."""
    return np.nanmean(pitch_of(x), axis=(1, 2))


def majorness(x):
    """The greater, the more a phrase sounds major and not minor: `(count,)`, from -1 to 1 or so.

    How long each of the twelve notes sounds, correlated with what a key asks for: the best of the
    twelve major keys less the best of the twelve minor ones. Two bars say little of a key: of a
    phrase of a chorale in major and one of a chorale in minor, it puts the former higher four
    times in five.

    Source: Krumhansl, "Cognitive Foundations of Musical Pitch" (1990).

    Args:
        x: Phrases `(count, length, 4)`.
    """
    pitch = pitch_of(x).reshape(len(x), -1)
    times = np.stack([(pitch % 12 == note).sum(axis=1) for note in range(12)], axis=1)
    best = []
    for profile in (_MAJOR, _MINOR):
        keys = np.stack([np.roll(profile, tonic) for tonic in range(12)])
        both = [each - each.mean(axis=1, keepdims=True) for each in (times, keys)]
        unit = [
            each / np.maximum(np.linalg.norm(each, axis=1, keepdims=True), 1e-9) for each in both
        ]
        best.append((unit[0] @ unit[1].T).max(axis=1))
    return best[0] - best[1]
