"""Networks for phrases of four-part music, which hear intervals rather than pitches."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from vae_keras.data.chorales import (
    FIRST_PITCH,
    HELD,
    LOWEST_PITCH,
    NUM_SYMBOLS,
    REST,
    VOICES,
    sounding,
)

_USUAL_PITCHES = 71, 66, 60, 52  # where each voice is before its first note: Bach's means
_LEAP = 18  # the largest step of a voice, in semitones
_FAR = 24  # semitones: intervals beyond are all one
_INTERVALS = 2 * (2 * _FAR + 3)


@keras.saving.register_keras_serializable(package="vae_course")
class Surroundings(layers.Layer):
    """What each voice hears before its next symbol: whole numbers, intervals from where it is.

    Args:
        memory: How many frames back it hears all four voices; 0 for none, nor the voices above it
            in the present frame.
        **kwargs: The usual arguments of a Keras layer.

    Returns:
        For symbols `(batch, length * 4)` frame by frame: the pitch symbol from which each voice
        moves, `(batch, length, 4)`, and what it hears, `(batch, length, 4, 4 * memory + 4)`.
    """

    def __init__(self, memory, **kwargs):
        super().__init__(**kwargs)
        self.memory = memory

    def call(self, x):
        voices = len(VOICES)
        x = ops.cast(ops.reshape(x, (-1, x.shape[1] // voices, voices)), "int32")
        heard = sounding(x, ops)
        usual = np.array(_USUAL_PITCHES, "int32") - LOWEST_PITCH + FIRST_PITCH
        place = _last_pitch(heard, usual)
        origin = _earlier(place, 1, usual)
        held = ops.cast(x == HELD, "int32")
        ids = []
        for frames_back in range(1, self.memory + 1):
            then, was_held = _earlier(heard, frames_back), _earlier(held, frames_back)
            ids.append(_interval(then, was_held, origin))
        now = _interval(heard, held, origin)
        above = np.tril(np.ones((voices, voices), "int32"), -1)  # soprano first, bass last
        ids.append(now * above)
        return origin, ops.concatenate(ids, axis=-1)

    def get_config(self):
        return {**super().get_config(), "memory": self.memory}


@keras.saving.register_keras_serializable(package="vae_course")
class Steps(layers.Layer):
    """Logits of steps, from where a voice is, to logits of symbols.

    The inputs are logits `(batch, length, 4, 2 + 37)`, of holding, of resting, and of the steps
    from -18 to 18 semitones, and the symbols of the pitches they start from, `(batch, length, 4)`;
    the output `(batch, length * 4, 60)`.
    """

    def call(self, steps, origin):
        pitches = np.arange(FIRST_PITCH, NUM_SYMBOLS, dtype="float32")
        step = pitches - ops.cast(origin, "float32")[..., None]
        place = ops.clip(step + _LEAP, 0, 2 * _LEAP) + FIRST_PITCH
        logits = tf.gather(steps, ops.cast(place, "int32"), batch_dims=3)
        logits = ops.where(ops.abs(step) > _LEAP, -15.0, logits)
        logits = ops.concatenate([steps[..., :FIRST_PITCH], logits], axis=-1)
        return ops.reshape(logits, (-1, steps.shape[1] * len(VOICES), NUM_SYMBOLS))


def phrase_encoder(length, latent_dim, hidden_units=(256, 256)):
    """Encoder of phrases: whole numbers `(batch, length * 4)` → `[z_mean, z_log_var]`.

    Each place is its symbol, and the pitch from which its voice moves; then come dense layers.

    Args:
        length: Number of frames of a phrase.
        latent_dim: Number of latent dimensions.
        hidden_units: Widths of the layers that see the whole phrase.
    """
    x = keras.Input((length * len(VOICES),), dtype="int32", name="x")
    h = layers.Reshape((length, -1))(layers.Embedding(NUM_SYMBOLS, 16)(x))
    origin, _ = Surroundings(0)(x)
    pitch = layers.Reshape((length, -1))(layers.Embedding(NUM_SYMBOLS, 16)(origin))
    h = layers.Concatenate()([h, pitch])
    h = layers.Dense(96, activation="relu")(h)
    h = layers.Flatten()(h)
    for units in hidden_units:
        h = layers.Dense(units, activation="relu")(h)
    head = {"kernel_initializer": keras.initializers.RandomNormal(stddev=0.02)}
    outputs = [layers.Dense(latent_dim, name=name, **head)(h) for name in ("z_mean", "z_log_var")]
    return keras.Model(x, outputs, name="encoder")


def phrase_decoder(length, latent_dim, memory=4, hidden_units=(192, 128), dropout=0.0):
    """Autoregressive decoder of phrases: `[z, x]` → logits `(batch, length * 4, 60)`.

    Each symbol given z, the `memory` frames before and the voices above it in its own frame:
    p(x|z) = ∏ p(x_tv | x_{t-memory}, …, x_{t-1}, x_{t, <v}, z). All in intervals from where the
    voice is, so that what is learnt in one key holds in all; its own pitch is known, too.

    Args:
        length: Number of frames of a phrase.
        latent_dim: Number of latent dimensions.
        memory: How many frames back it hears, at least 1.
        hidden_units: Widths of the two layers of each voice.
        dropout: Share of the frames that it does not hear in training.
    """
    voices = len(VOICES)
    z = keras.Input((latent_dim,), name="z")
    x = keras.Input((length * voices,), dtype="int32", name="x")
    plan = layers.Dense(256, activation="relu")(z)
    plan = layers.Dense(length * 64, activation="relu")(plan)
    plan = layers.Reshape((length, 1, 64))(plan)
    plan = layers.Concatenate(axis=2)([plan] * voices)
    origin, heard = Surroundings(memory)(x)
    slots = heard.shape[-1]
    h = layers.Embedding(_INTERVALS, 12)(heard)
    h = layers.Reshape((length, voices, slots * 12))(h)
    if dropout:
        h = layers.Dropout(dropout, noise_shape=(None, length, 1, 1))(h)
    h = layers.Concatenate()([h, layers.Embedding(NUM_SYMBOLS, 12)(origin), plan])
    for units in hidden_units:
        h = layers.EinsumDense(
            "btvf,vfh->btvh", (length, voices, units), bias_axes="vh", activation="relu"
        )(h)
    steps = layers.EinsumDense(
        "btvf,vfh->btvh",
        (length, voices, FIRST_PITCH + 2 * _LEAP + 1),
        bias_axes="tvh",
    )(h)
    return keras.Model([z, x], Steps()(steps, origin), name="decoder")


def _last_pitch(heard, usual):
    """For each place the pitch that sounds, or that sounded before the rest."""
    last = sounding(ops.where(heard < FIRST_PITCH, HELD, heard), ops)
    return ops.where(last == REST, usual, last)


def _earlier(values, frames_back, start=0):
    """The values of so many frames before; `start` where there was none."""
    frames_back = min(frames_back, values.shape[1])
    first = ops.where(True, start, values[:, :frames_back])
    return ops.concatenate([first, values[:, : values.shape[1] - frames_back]], axis=1)


def _interval(heard, held, origin):
    """How far each voice (last axis) is from where a voice (the axis before) is; a whole number.

    0 where there is nothing, 2 for a rest, then the intervals; one more if the voice holds.
    """
    heard, held, origin = (ops.cast(each, "float32") for each in (heard, held, origin))
    heard, held = heard[:, :, None, :], held[:, :, None, :]
    step = ops.clip(heard - origin[..., None], -_FAR, _FAR) + _FAR + 2
    kind = ops.where(heard < FIRST_PITCH, heard, step)
    return ops.cast(ops.where(kind == 0, 0, 2 * kind + held), "int32")
