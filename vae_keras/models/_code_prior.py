"""p(k) of grids of codes: a network that tells each code's probabilities from those before it."""

import keras
import numpy as np
import tensorflow as tf

from vae_keras.losses import categorical_log_likelihood
from vae_keras.models._pair import place_seen_ahead


def check_prior(prior, length, num_codes):
    """Raises a ValueError unless `prior` tells each of `length` codes from those before it."""
    asked = f"(batch, {length}) of whole numbers to (batch, {length}, {num_codes})"
    if not isinstance(prior, keras.Model) or not hasattr(prior, "input_shape"):
        raise ValueError(
            f"prior must be a keras.Model with known shapes, from {asked}, got {prior!r}. Mend: "
            f"causal_transformer({length}, {num_codes}), or none."
        )
    shapes = prior.input_shape, prior.output_shape
    if shapes != ((None, length), (None, length, num_codes)):
        raise ValueError(f"prior must be a network from {asked}, got one from {shapes}.")
    generator = np.random.default_rng(0)
    first = generator.integers(num_codes, size=length)
    other = (first + generator.integers(1, num_codes, size=length)) % num_codes
    place = place_seen_ahead(prior, lambda codes: prior(codes, training=False), first, other)
    if place is not None:
        raise ValueError(
            "prior must tell each code from those before it alone, got one whose logits at place "
            f"{place} depend on that code or on a later one. Mend: shift its input by one place "
            "and mask what is later, as causal_transformer does."
        )


def fit(prior, codes, optimizer, validation_codes=None, **options):
    """Trains on sequences of codes; `keras.Model.fit` whose loss is -log p(k), in nats."""
    # A model of the same layers: neither its optimizer nor its loss is saved with the prior.
    model = keras.Model(prior.inputs[0], prior.outputs[0])
    model.compile(optimizer, loss=_negative_log_prob)
    model.optimizer.build(model.trainable_variables)  # by the first step: it would be traced twice
    if validation_codes is not None:
        options["validation_data"] = validation_codes, validation_codes
    return model.fit(codes, codes, **options)


def log_prob(prior, codes):
    """log p(k) of sequences of codes, `(batch,)`, in nats: a sum over places, in float64."""
    return categorical_log_likelihood(codes, _logits(prior, codes)).numpy()


def sample(prior, uniforms):
    """Draws sequences from uniform numbers `(n, length)` in [0, 1), one number a place.

    All places are drawn at once, again and again: each time at least one more, from the first, is
    what it would be had they been drawn one by one, and then it stays. A sequence in which nothing
    changes any more is done.
    """
    codes = np.zeros(uniforms.shape, "int32")
    rows = np.arange(len(codes))  # those that may still change
    for first in range(uniforms.shape[1]):  # the places before it stay
        before = codes[rows, first:]
        logits = _logits(prior, codes[rows])[:, first:]
        cumulative = np.exp(logits - logits.max(axis=2, keepdims=True)).cumsum(axis=2)
        cumulative /= cumulative[..., -1:]
        drawn = np.sum(uniforms[rows, first:, None] >= cumulative, axis=2, dtype="int32")
        codes[rows, first:] = drawn
        rows = rows[np.any(drawn != before, axis=1)]
        if not len(rows):
            break
    return codes


def _logits(prior, codes):
    return keras.ops.convert_to_numpy(prior(codes, training=False)).astype("float64")


def _negative_log_prob(codes, logits):
    return -categorical_log_likelihood(tf.cast(codes, "int32"), logits)  # Keras makes them floats
