"""From symbols to notes: when each begins, how long it lasts, how high it is."""

import itertools
from typing import NamedTuple

import numpy as np

from vae_keras import _checks
from vae_keras.data.chorales import FIRST_PITCH, HELD, LOWEST_PITCH, NUM_SYMBOLS, VOICES, sounding


class Note(NamedTuple):
    """A note: its voice, its first frame, its number of frames, its pitch (MIDI)."""

    voice: int
    start: int
    duration: int
    pitch: int


def frames_of(frames):
    """`frames` as whole numbers `(length, 4)`, checked."""
    frames = _checks.array(frames, "frames", "(length, 4)")
    if frames.shape[1] != len(VOICES):
        raise ValueError(f"frames must have four voices, got the shape {frames.shape}.")
    if np.any((frames != np.round(frames)) | (frames < 0) | (frames >= NUM_SYMBOLS)):
        raise ValueError(
            f"frames must hold symbols, whole numbers from 0 to {NUM_SYMBOLS - 1}, got values "
            f"from {frames.min():g} to {frames.max():g}."
        )
    return frames.astype("int32")


def pitch_of(x):
    """The pitches (MIDI) that sound in music `(…, length, 4)`; NaN where a voice rests."""
    heard = sounding(x)
    return np.where(heard >= FIRST_PITCH, heard - FIRST_PITCH + LOWEST_PITCH, np.nan)


def notes_of(frames):
    """The notes of music `(length, 4)`, voice by voice, in time.

    Returns:
        A list of `Note`; times are in frames, pitches are MIDI numbers.

    Raises:
        ValueError: If these are no symbols of four voices.
    """
    frames = frames_of(frames)
    notes = []
    for voice in range(frames.shape[1]):
        starts = [*np.flatnonzero(frames[:, voice] != HELD), len(frames)]
        for start, end in itertools.pairwise(starts):
            symbol = frames[start, voice]
            if symbol >= FIRST_PITCH:
                pitch = int(symbol) - FIRST_PITCH + LOWEST_PITCH
                notes.append(Note(voice, int(start), int(end - start), pitch))
    return notes
