"""The sound of a chorale, from sines."""

import numpy as np

from vae_course.chorales.notes import notes_of
from vae_keras import _checks

_HARMONICS = (1.0, 0.5, 0.25, 0.12)  # a soft reed: each partial half as loud as the one below


def synthesize(frames, *, rate=8000, tempo=80):
    """The sound of music `(length, 4)`.

    Each note is a sum of four sines, its frequency f = 440 · 2^((pitch - 69) / 12) Hz and its
    multiples below half of the rate, which begins in 20 ms and fades to its end.

    Args:
        frames: Symbols `(length, 4)`, a frame an eighth note.
        rate: Samples a second.
        tempo: Quarter notes a minute.

    Returns:
        NumPy array `(samples,)`, float32 in [-1, 1].

    Raises:
        ValueError: If these are no symbols, or a number is not above 0.
    """
    notes = notes_of(frames)
    rate = _checks.whole_number(rate, "rate")
    eighth = 30 / _checks.number(tempo, "tempo", above=0)  # seconds
    sound = np.zeros(int(np.ceil(len(frames) * eighth * rate)) + 1)
    for note in notes:
        first = int(note.start * eighth * rate)
        seconds = np.arange(int(note.duration * eighth * rate)) / rate
        frequency = 440 * 2 ** ((note.pitch - 69) / 12)
        wave = sum(
            loudness * np.sin(2 * np.pi * number * frequency * seconds)
            for number, loudness in enumerate(_HARMONICS, start=1)
            if number * frequency < rate / 2
        )
        length = note.duration * eighth
        envelope = np.minimum(1, seconds / 0.02) * np.minimum(1, (length - seconds) / 0.05)
        sound[first : first + len(seconds)] += wave * envelope * np.exp(-seconds)
    return (sound / max(np.abs(sound).max(), 1e-9)).astype("float32")
