"""Bach's four-part chorales, on a grid of eighth notes: music as whole numbers."""

import functools
import hashlib
import json
from typing import NamedTuple

import numpy as np

from vae_keras import _checks
from vae_keras.data import places

VOICES = ("soprano", "alto", "tenor", "bass")
HELD, REST, FIRST_PITCH = 0, 1, 2
LOWEST_PITCH, HIGHEST_PITCH = 30, 87  # MIDI numbers: F♯1 to D♯6
NUM_SYMBOLS = FIRST_PITCH + HIGHEST_PITCH - LOWEST_PITCH + 1
BAR = 8  # eighth notes

_SHA256 = "4cf85fff29ef409cd3b51946626ae4d17ab1e57f9e6500d7b8239c1dd248b4bb"


class ChoraleSplits(NamedTuple):
    """The four arrays of `load_chorales`.

    Attributes:
        x_train, x_test: Phrases, int32 `(count, length, 4)`.
        piece_train, piece_test: The number of the chorale that each is from, int32 `(count,)`.
    """

    x_train: np.ndarray
    piece_train: np.ndarray
    x_test: np.ndarray
    piece_test: np.ndarray


class Chorale(NamedTuple):
    """A whole chorale.

    Attributes:
        name: Its number in the catalogue of Bach's works, `"bwv66.6"`.
        title: The hymn, `"Christ lag in Todesbanden"`; None where it is not known.
        sharps: Number of sharps in the key signature; flats are negative.
        mode: `"major"` or `"minor"`; of the older modes, the nearer of the two.
        upbeat: Number of eighth notes before the first bar line.
        frames: Symbols, int32 `(length, 4)`, as those of `load_chorales`.
    """

    name: str
    title: str | None
    sharps: int
    mode: str
    upbeat: int
    frames: np.ndarray


def load_chorales(*, length=16, stride=None, transpositions=(0,), common_key=False):
    """Phrases of Bach's four-part chorales, which travel with the package.

    Time goes by eighth notes; each frame holds a symbol for soprano, alto, tenor and bass:

        0       the voice holds the note (or the rest) it had
        1       a rest begins
        2 + k   the pitch 30 + k (MIDI) is struck

    A phrase says all of itself: a note that it finds sounding is struck in its first frame. The
    phrases of a chorale follow each other from its first note; what is left at its end and shorter
    than `length` is left out. All settings of one hymn are in training, or all in test: those whose
    melodies are alike, or whose titles are the same (data/README.md). The chorales are in 4/4: 16
    frames last two bars, and may begin with an upbeat. Which chorale is in which mode, and its
    title, `whole_chorales` tells.

    Args:
        length: Number of frames of a phrase, eighth notes, at least 1.
        stride: Frames from the start of a training phrase to that of the next one; None for
            `length`, as in test.
        transpositions: Semitones, -12 to 12; the training phrases come once for each of them, if
            all voices stay within what they sing somewhere in the training phrases.
        common_key: Whether, before that, each chorale, of training and of test, is transposed so
            that its key signature has no sharp and no flat (C major, A minor, …), as papers do;
            else all are in their own key.

    Returns:
        A `ChoraleSplits`: `(x_train, piece_train, x_test, piece_test)`.

    Raises:
        ValueError: If a number is not a whole one, or no phrase is that long.
        OSError: If the file of chorales is damaged.

    Example:

    >>> x_train, _, x_test, _ = load_chorales(transpositions=range(-5, 7))
    >>> vae = VAE(dense_encoder((16, 4), 32), dense_decoder((16, 4, 60), 32), "categorical")
    """
    length = _checks.whole_number(length, "length")
    stride = length if stride is None else _checks.whole_number(stride, "stride")
    if not isinstance(common_key, bool | np.bool_):
        raise ValueError(f"common_key must be True or False, got {common_key!r}.")
    try:
        semitones = list(transpositions)
    except TypeError:
        raise ValueError(
            f"transpositions must be several numbers of semitones, got {transpositions!r}. "
            "Mend: (0,)."
        ) from None
    for each in semitones:
        _checks.whole_number(each, "each of transpositions", -12, 12)
    if not semitones:
        raise ValueError("transpositions must hold a number of semitones, got none. Mend: (0,).")
    splits = whole_chorales()
    x_train, piece_train = _phrases(splits["train"], length, stride, common_key)
    x_test, piece_test = _phrases(splits["test"], length, length, common_key)
    if not len(x_train) or not len(x_test):
        raise ValueError(f"length must be that of a phrase in the chorales, got {length}.")
    struck = x_train >= FIRST_PITCH
    low = np.where(struck, x_train, NUM_SYMBOLS).min(axis=(0, 1))
    high = np.where(struck, x_train, 0).max(axis=(0, 1))
    phrases, pieces = [], []
    for each in semitones:
        moved = transpose(x_train, each)
        fits = np.all(~struck | ((moved >= low) & (moved <= high)), axis=(1, 2))
        phrases.append(moved[fits])
        pieces.append(piece_train[fits])
    return ChoraleSplits(np.concatenate(phrases), np.concatenate(pieces), x_test, piece_test)


def whole_chorales():
    """The whole chorales: a dict of two lists of `Chorale`, `"train"` and `"test"`.

    Raises:
        OSError: If the file of chorales is missing or damaged.
    """
    return {
        name: [
            Chorale(*(each[field] for field in Chorale._fields[:-1]), _frames(each["voices"]))
            for each in chorales
        ]
        for name, chorales in _file().items()
    }


def transpose(x, semitones):
    """The symbols of music that is so many semitones higher; a pitch may leave the alphabet."""
    return np.where(x >= FIRST_PITCH, x + semitones, x).astype("int32")


def sounding(x, ops=np):
    """The pitches that sound: the symbols `(…, length, 4)` without `HELD`.

    Each held place gets the symbol of the note, or the rest, that is held there: 1 for a rest, 2
    and more for a pitch. A voice that holds from the first frame on rests. Of tensors with
    `ops=keras.ops`.
    """
    time = np.arange(x.shape[-2], dtype="int32")[:, None]
    latest = ops.where(x == HELD, REST, x + NUM_SYMBOLS * time)  # the later, the greater
    behind = 1
    while behind < x.shape[-2]:  # the greatest so far, of twice as many frames each time
        greatest = ops.maximum(latest[..., behind:, :], latest[..., :-behind, :])
        latest = ops.concatenate([latest[..., :behind, :], greatest], axis=-2)
        behind *= 2
    return latest % NUM_SYMBOLS


@functools.cache
def _file():
    path = places.embedded("chorales/chorales.json")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != _SHA256:
        raise OSError(
            f"The file {path} must be the one that vae-keras came with. Mend: install vae-keras "
            "again."
        )
    return json.loads(data)


def _frames(voices):
    """Symbols (length, 4) of voices given as pitch, duration, pitch, …; the pitch 0 is a rest."""
    columns = []
    for runs in voices:
        column = []
        for pitch, duration in zip(runs[::2], runs[1::2], strict=True):
            symbol = pitch - LOWEST_PITCH + FIRST_PITCH if pitch else REST
            column += [symbol] + [HELD] * (duration - 1)
        columns.append(column)
    return np.array(columns, "int32").T


def _phrases(chorales, length, stride, common_key):
    phrases, pieces = [], []
    for number, chorale in enumerate(chorales):
        # A fifth up for each flat: to no sharp and no flat, by at most six semitones.
        frames = transpose(chorale.frames, (6 - 7 * chorale.sharps) % 12 - 6 if common_key else 0)
        heard = sounding(frames)
        for start in range(0, len(frames) - length + 1, stride):
            phrase = frames[start : start + length].copy()
            phrase[0] = heard[start]
            phrases.append(phrase)
            pieces.append(number)
    shape = (len(phrases), length, len(VOICES))
    return np.array(phrases, "int32").reshape(shape), np.array(pieces, "int32")
