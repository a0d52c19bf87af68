"""Counting models of chorales, to beat: each voice alone, the chord, Markov chains of both."""

import collections
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
        pieces = np.asarray(pieces)
        last = pieces >= np.quantile(pieces, 0.9)
        self.strengths = []
        for _ in self._orders:  # one after the other, each on those below
            self._count(x[~last])
            trials = []
            for strength in STRENGTHS:
                self.strengths.append(strength)
                trials.append(self._log_prob(x[last]).mean())
                self.strengths.pop()
            self.strengths.append(STRENGTHS[int(np.argmax(trials))])
        self._count(x)
        return self

    def log_prob(self, x):
        """log p of each phrase, in nats, `(count,)`."""
        return self._log_prob(x)

    def _events(self, x, looks_back, whole_chords):
        """For each phrase and frame, and voice unless they are one: its context and its symbol."""
        x = np.asarray(x, "int64")
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

    def _count(self, x):
        self._tables = []
        for order in self._orders:
            context, symbol = (each.ravel().tolist() for each in self._events(x, *order))
            pairs = collections.Counter(zip(context, symbol, strict=True))
            self._tables.append((pairs, collections.Counter(context)))

    def _log_prob(self, x):
        lower = np.full(np.shape(x), 1 / NUM_SYMBOLS)
        for order, (pairs, contexts), strength in zip(
            self._orders, self._tables, self.strengths, strict=False
        ):
            context, symbol = self._events(x, *order)
            flat = list(zip(context.ravel().tolist(), symbol.ravel().tolist(), strict=True))
            both = np.array([pairs[each] for each in flat]).reshape(context.shape)
            alone = np.array([contexts[each] for each, _ in flat]).reshape(context.shape)
            if order[1]:
                lower = lower.prod(axis=-1)
            lower = (both + strength * lower) / (alone + strength)
        return np.log(lower).reshape(len(x), -1).sum(axis=1)


class VoicesInTurn(CountingModel):
    """A chain of chords that tells them voice by voice, as a network does that listens.

    Each symbol given the chord that sounded the frame before and the voices above it in its own
    frame. It knows what the chain of chords knows, and falls back by smaller steps: to all voices
    above, to the one just above, to this voice alone, to no past. About 30 s for a training set in
    all keys.
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
