"""Counting models of chorales, to beat: each voice alone, the chord, Markov chains of both."""

import itertools

import numpy as np

from vae_keras.data.chorales import HELD, NUM_SYMBOLS, sounding

STRENGTHS = tuple(10.0 ** np.arange(-1, 3.5, 0.5))


class CountingModel:
    """Probabilities of what comes next, by counting: log p(phrase) is a sum over its frames.

    Each frame is drawn given what it is asked to look at: whether it is the first, on a beat or
    between two beats, and with `looks_back` what sounded the frame before. With `whole_chords` the
    four symbols are drawn as one, a chord; else each voice on its own, given what this voice did.

    A chord that never came must have a probability, too: n(context, chord) + s · p(chord) over
    n(context) + s, where p(chord) is the model of lower order (voices for chords, no context for a
    context, the uniform law below all), and s the strength that is best for the last tenth of the
    training chorales.

    Source: MacKay and Peto, "A Hierarchical Dirichlet Language Model" (1995), for the smoothing.

    Args:
        looks_back: Whether the frame depends on the one before.
        whole_chords: Whether the four voices are one symbol.
    """

    def __init__(self, looks_back, whole_chords):
        self.looks_back, self.whole_chords = looks_back, whole_chords
        orders = [(False, False), (True, False)] if looks_back else [(False, False)]
        if whole_chords:
            orders.append((looks_back, True))
        self._orders = orders

    def fit(self, x, pieces):
        """Counts in the phrases `(count, length, 4)`, whose chorales `(count,)` are numbered."""
        x, pieces = np.asarray(x, "int64"), np.asarray(pieces)
        last = pieces >= np.quantile(pieces, 0.9)
        self.strengths, lower = [], _uniform(x[last])
        for order in self._orders:  # one after the other, each on those below
            counts = self._counts(x[~last], order)(*self._events(x[last], *order))
            trials = [_smoothed(counts, lower, strength, order) for strength in STRENGTHS]
            best = int(np.argmax([np.log(each).sum() for each in trials]))
            self.strengths.append(STRENGTHS[best])
            lower = trials[best]
        self._tables = [self._counts(x, order) for order in self._orders]
        return self

    def log_prob(self, x):
        """log p of each phrase, in nats, `(count,)`."""
        x = np.asarray(x, "int64")
        found = _uniform(x)
        for order, table, strength in zip(self._orders, self._tables, self.strengths, strict=True):
            found = _smoothed(table(*self._events(x, *order)), found, strength, order)
        return np.log(found).reshape(len(x), -1).sum(axis=1)

    def _events(self, x, looks_back, whole_chords):
        """For each phrase and frame, and voice unless they are one: its context and its symbol."""
        heard = sounding(x)
        time = np.broadcast_to(np.arange(x.shape[1])[:, None], x.shape)
        place = np.where(time == 0, 2, time % 2)  # the first; on a beat; between two
        before = np.concatenate([np.zeros_like(heard[:, :1]), heard[:, :-1]], axis=1)
        before = before if looks_back else np.zeros_like(before)
        if whole_chords:
            powers = NUM_SYMBOLS ** np.arange(x.shape[2])
            return (before @ powers) * 3 + place[..., 0], x @ powers
        voice = np.broadcast_to(np.arange(x.shape[2]), x.shape)
        return (before * 3 + place) * x.shape[2] + voice, x

    def _counts(self, x, order):
        """Counts in x, as a function of contexts and symbols: (how often both, the context)."""
        context, symbol = self._events(x, *order)
        kinds = NUM_SYMBOLS ** x.shape[2] if order[1] else NUM_SYMBOLS
        pairs, contexts = _table(context * kinds + symbol), _table(context)
        return lambda context, symbol: (pairs(context * kinds + symbol), contexts(context))


def _table(keys):
    """How often each whole number is among `keys`, as a function of numbers."""
    found, counts = np.unique(keys, return_counts=True)

    def count(keys):
        at = np.minimum(np.searchsorted(found, keys), len(found) - 1)
        return np.where(found[at] == keys, counts[at], 0)

    return count


def _uniform(x):
    return np.full(x.shape, 1 / NUM_SYMBOLS)


def _smoothed(counts, lower, strength, order):
    """Probabilities from counts and from those of the model of lower order."""
    (both, alone), chords = counts, order[1]
    lower = lower.prod(axis=-1) if chords else lower
    return (both + strength * lower) / (alone + strength)


class VoicesInTurn(CountingModel):
    """A chain of chords that tells them voice by voice, as a network does that listens.

    Each symbol given the chord that sounded the frame before and the voices above it in its own
    frame. It knows what the chain of chords knows, and falls back by smaller steps: to all voices
    above, to the one just above, to this voice alone, to no past.
    """

    def __init__(self):
        super().__init__(looks_back=True, whole_chords=False)
        self._orders = [(order, False) for order in range(5)]

    def _events(self, x, looks_back, whole_chords):
        order = looks_back
        context, symbol = super()._events(x, order > 0, whole_chords)
        if order < 2:
            return context, symbol
        heard, kinds = sounding(symbol), 2 * NUM_SYMBOLS
        now, above = 2 * heard + (symbol == HELD), np.zeros_like(symbol)
        for voice in range(symbol.shape[2]):
            for each in range(0 if order > 2 else max(voice - 1, 0), voice):
                above[..., voice] = above[..., voice] * kinds + now[..., each]
        context = context * kinds ** (symbol.shape[2] - 1) + above
        if order == 4:
            chord = heard @ (NUM_SYMBOLS ** np.arange(symbol.shape[2]))
            before = np.concatenate([np.zeros_like(chord[:, :1]), chord[:, :-1]], axis=1)
            context = context * NUM_SYMBOLS ** symbol.shape[2] + before[..., None]
        return context, symbol


def counting_models():
    """The four of them by name, from the simplest."""
    names = ("voix seules", "accords", "voix, Markov", "accords, Markov")
    kinds = itertools.product((False, True), (False, True))
    return {name: CountingModel(*kind) for name, kind in zip(names, kinds, strict=True)}
