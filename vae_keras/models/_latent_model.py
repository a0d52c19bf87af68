"""What `Autoencoder` and `VAE` share: checked input, the verbs of a step, reports, batches."""

import functools
import operator

import keras
import numpy as np
import tensorflow as tf

from vae_keras import _checks
from vae_keras._replicas import replicas, sum_over_replicas
from vae_keras.models._execution import Execution, flat
from vae_keras.models._input import (
    Input,
    check_end,
    check_outside_of_graphs,
    check_passes,
    readable_errors,
)

_BATCHES_BEFORE_TRACING = 4  # to trace a network takes as long as to call some dozens of times
_CHOICES = {"verbose": ("auto", 0, 1, 2), "shuffle": (True, False, "batch")}
# Compiled steps hold these: set later, they would change nothing, silently.
_SET_ONCE = "free_bits", "num_samples", "gradient", "commitment", "adversarial_weight"
_COUNTS = "batch_size", "steps", "steps_per_epoch", "validation_steps", "validation_batch_size"


class LatentModel(Execution, keras.Model):
    """A pair of networks, encoder and decoder, trained to give back the x they are fed.

    x has any shape `(batch, …)`. Not for direct use: see `Autoencoder` and `VAE`. A new model has
    an `Args:` and a class of its own, and writes

    - `terms(x, target, training)`: the terms of its loss, a dict of tensors `(batch,)`;
    - `total(**terms)`: its loss, from one example's terms or from their means;
    - `train_step(data)`, from the four verbs `unpack`, `objective`, `descend` and `report`.

    Args:
        encoder, decoder: The networks, which fit each other (see `_pair`).
        term_names: Names of the terms, in the order in which they are reported.
        support: The `Support` in which a target must lie.
    """

    is_conditional = False  # whether the networks take a condition, too
    is_autoregressive = False  # whether the decoder takes x, too, each place seeing those before

    def __init__(self, encoder, decoder, *, term_names, support, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.x_shape = tuple(encoder.inputs[0].shape[1:])
        self.latent_dim = decoder.inputs[0].shape[-1]
        # Terms are of float32 even where the encoder computes in 16 bits.
        self.term_dtype = keras.backend.result_type(encoder.outputs[0].dtype, "float32")
        self.trackers = [
            keras.metrics.Mean(name=name, dtype=self.term_dtype) for name in term_names
        ]
        self._rules = Input(encoder, support)
        self.target_dtype = self._rules.target_dtype.name
        self.built = True

    def __setattr__(self, name, value):
        if name in _SET_ONCE and name in vars(self):
            raise ValueError(
                f"{name} must be given where the model is built, got {value!r} for it afterwards. "
                f"Mend: {type(self).__name__}(…, {name}={value!r}), of the same networks."
            )
        super().__setattr__(name, value)

    # ------------------------------------------------------------------ the verbs of a step

    def unpack(self, data):
        """Line 4 of Algorithm 1: the x of a batch, and their targets, x itself unless given."""
        return self._rules.as_tensors(data)

    def objective(self, terms):
        """What is minimised: the mean of the loss over the batch, and the layers' penalties."""
        return self._minimised(self.total(**terms), self.optimizer)

    def descend(self, tape, objective, optimizer=None, variables=None):
        """Line 12 of Algorithm 1: the gradients over θ and φ, and the optimizer's step."""
        variables = self.trainable_variables if variables is None else variables
        gradients = tape.gradient(objective, variables)
        (optimizer or self.optimizer).apply(gradients, variables)

    def _minimised(self, losses, optimizer):
        penalties = sum(self.losses) / self.distribute_strategy.num_replicas_in_sync
        loss = self._mean_over_batch(losses) + penalties
        return optimizer.scale_loss(loss)  # by 1 except in float16

    def report(self, terms):
        """Counts the terms of a batch in, and returns the logs so far, as a step does."""
        for tracker in self.trackers:
            tracker.update_state(terms[tracker.name])
        logs = self.get_metrics_result()
        if isinstance(self.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy):
            # There Keras takes the mean of the logs over their first axis, which scalars lack.
            logs = {name: tf.reshape(value, (1,)) for name, value in logs.items()}
        return logs

    def test_step(self, data):
        """The same losses, without the update: `evaluate` and `validation_data`."""
        return self.report(self.terms(*self.unpack(data), training=False))

    def get_metrics_result(self):
        means = {tracker.name: tracker.result() for tracker in self.trackers}
        logs = {"loss": self.total(**means), **self.reported(means)}
        if not tf.executing_eagerly():
            return logs
        # Plain numbers outside a graph, as callbacks and `evaluate` hand them on.
        return {name: float(value) for name, value in logs.items()}

    def reported(self, means):
        """What the logs tell beside the loss: the means of its terms."""
        return means

    def _mean_over_batch(self, values):
        """Mean over the first axis of the whole batch: on several replicas, this one's part of it.

        Keras sums the replicas' gradients, so each replica divides its sum by the size of the
        whole batch; this stays exact when a last, smaller batch is shared unequally.
        """
        if replicas() is None:
            return tf.reduce_mean(values, axis=0)
        (whole,) = sum_over_replicas(tf.cast(tf.shape(values)[0], values.dtype))
        return tf.reduce_sum(values, axis=0) / whole

    def _mean_over_replicas(self, values):
        """Mean over the first axis of the whole batch, the same on every replica."""
        (mean,) = sum_over_replicas(self._mean_over_batch(values))
        return mean

    # ------------------------------------------------------------------ fit, evaluate, predict

    def fit(self, x=None, y=None, batch_size=None, epochs=1, **kwargs):
        """Trains; `keras.Model.fit` with checked input.

        Args:
            x: Examples `(batch, …)`, or a `tf.data.Dataset`, a `keras.utils.PyDataset` or a
                generator of batches of them, or of pairs (examples, targets).
            y: Targets, if they are not `x` itself (denoising), and not labels; for a
                `ConditionalVAE` the conditions.
            batch_size: Examples a step; 32 by default. Not for a stream, which has its own.
            epochs: Number of passes through the data.
            **kwargs: All else that `keras.Model.fit` takes, `validation_data` and `callbacks`
                among it.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: If x has another shape than the encoder's or another type, holds NaN, is
                empty, or leaves what the likelihood asks for; or if a number is out of its range.
        """
        _checks.whole_number(epochs, "epochs")
        self._check_options(batch_size=batch_size, epochs=epochs, **kwargs)
        check_end(x, "x", kwargs.get("steps_per_epoch"), "steps_per_epoch")
        passes = epochs - kwargs.get("initial_epoch", 0)
        check_passes(x, passes, "x", kwargs.get("steps_per_epoch"), "steps_per_epoch")
        x, y = self._rules.take(x, y)
        if kwargs.get("validation_data") is not None:
            kwargs["validation_data"] = self._checked_validation(passes, **kwargs)
        if isinstance(x, tf.data.Dataset):
            kwargs.setdefault("shuffle", False)  # Keras warns about its own default otherwise.
        self._tell_that_losses_fall(kwargs.get("callbacks"))
        before = self._steps_taken
        with readable_errors():
            history = self._fit(x, y, batch_size=batch_size, epochs=epochs, **kwargs)
        if history.epoch and self._steps_taken == before:
            raise ValueError("x is an empty data set: at least one batch is needed.")
        return history

    def evaluate(self, x=None, y=None, batch_size=None, **kwargs):
        """Computes the losses; `keras.Model.evaluate` with checked input.

        Takes `x` and `y` as `fit` does. Returns the losses as a list, `loss` first, or as a dict
        with `return_dict=True`.
        """
        self._check_options(batch_size=batch_size, **kwargs)
        if not kwargs.get("_use_cached_eval_dataset"):  # What `fit` passes has been checked.
            check_end(x, "x", kwargs.get("steps"), "steps")
            x, y = self._rules.take(x, y)
        before = self._steps_taken
        with readable_errors(), self._one_step_an_execution():
            losses = super().evaluate(x, y, batch_size=batch_size, **kwargs)
        if self._steps_taken == before:
            name = "validation x" if kwargs.get("_use_cached_eval_dataset") else "x"
            raise ValueError(f"{name} is an empty data set: at least one batch is needed.")
        return losses

    def predict(self, x, batch_size=None, **kwargs):
        """Reconstructs, deterministically; `keras.Model.predict` with checked input."""
        self._check_options(batch_size=batch_size, **kwargs)
        check_end(x, "x", kwargs.get("steps"), "steps")
        x = self._rules.alone(x)
        with readable_errors(), self._one_step_an_execution():
            return super().predict(x, batch_size=batch_size, **kwargs)

    def train_on_batch(self, x, y=None, **kwargs):
        """One step on one batch; `keras.Model.train_on_batch` with checked input."""
        self._check_options(**kwargs)
        x, y = self._rules.pair(x, y)
        with self._one_step_an_execution():
            return super().train_on_batch(x, y, **kwargs)

    def test_on_batch(self, x, y=None, **kwargs):
        """The losses on one batch; `keras.Model.test_on_batch` with checked input."""
        self._check_options(**kwargs)
        x, y = self._rules.pair(x, y)
        with self._one_step_an_execution():
            return super().test_on_batch(x, y, **kwargs)

    def predict_on_batch(self, x):
        """Reconstructs one batch; `keras.Model.predict_on_batch` with checked input."""
        x, _ = self._rules.pair(x, with_targets=False)
        with self._one_step_an_execution():
            return super().predict_on_batch(x)

    def check_target(self, x, name="x"):
        """Returns `x`, an array, or raises the ValueError that `fit` would raise for it."""
        return self._rules.target(x, name)

    def _check_options(self, **options):
        """What `fit`, `evaluate` and the like are given beside the data, where it is given."""
        for name in ("sample_weight", "class_weight"):
            if options.get(name) is not None:
                raise ValueError(
                    f"{name} is not supported: every {self._rules.words.one} counts the same in "
                    "the ELBO."
                )
        for name in _COUNTS:
            if options.get(name) is not None:
                _checks.whole_number(options[name], name, most=_checks.LARGEST_INT32)
        most = options["epochs"] - 1 if "epochs" in options else None
        _checks.whole_number(options.get("initial_epoch", 0), "initial_epoch", least=0, most=most)
        _checks.number(options.get("validation_split", 0.0), "validation_split", least=0, most=1)
        for name, choices in _CHOICES.items():
            _checks.choice(options.get(name, choices[0]), name, choices)
        freq = options.get("validation_freq", 1)
        for each in (isinstance(freq, list) and freq) or [freq]:
            _checks.whole_number(each, "validation_freq")
        for each in flat(options.get("callbacks")):
            if not isinstance(each, keras.callbacks.Callback):
                mend = f"{each.__name__}(...)" if isinstance(each, type) else "a list of them"
                raise ValueError(
                    f"callbacks must be instances of keras.callbacks.Callback, got {each!r}. Mend: "
                    f"{mend}."
                )

    def _checked_validation(self, passes, validation_data, validation_steps=None, **_):
        data, name = validation_data, "validation x"
        if not isinstance(data, tuple | list):
            check_end(data, name, validation_steps, "validation_steps")
            check_passes(data, passes, name, validation_steps, "validation_steps")
            return self._rules.take(data, name=name)[0]
        if not 1 <= len(data) <= 2:
            many = self._rules.words.many
            raise ValueError(
                f"validation_data must be {many}, or the pair ({many}, target {many}), got a "
                f"{type(data).__name__} of {len(data)} elements."
            )
        return self._rules.take(*data, name=name)

    def _tell_that_losses_fall(self, callbacks):
        """Keras knows of its own losses alone that the lower the better."""
        names = {tracker.name for tracker in self.trackers}
        for callback in flat(callbacks):
            monitored = str(getattr(callback, "monitor", "")).removeprefix("val_")
            is_one = monitored in names or monitored.endswith("loss")
            if getattr(callback, "mode", None) == "auto" and is_one:
                callback.mode = "min"

    # ------------------------------------------------------------------ encode, decode

    def encode(self, x, batch_size=256):
        """Encodes x.

        Args:
            x: Examples `(batch, …)`, or a `tf.data.Dataset` or `PyDataset` of batches.
            batch_size: Examples encoded at a time.

        Returns:
            NumPy arrays of shape `(batch, latent_dim)`: `(z_mean, z_log_var)`, the parameters of
            q(z|x), for a `VAE`; the codes z for an `Autoencoder`.
        """
        return self._in_batches(self.encoder, self._rules.alone(x), batch_size)

    def decode(self, z, batch_size=256):
        """Decodes latent vectors.

        Args:
            z: Latent vectors `(batch, latent_dim)`.
            batch_size: Vectors decoded at a time.

        Returns:
            NumPy array `(batch, …)`, of x's shape. For a `VAE`, the likelihood's mean:
            probabilities in [0, 1] (Bernoulli; Categorical, with a last axis of categories), or
            means as they are (Gaussian).
        """
        decoded = self._in_batches(self.decoder, self._checked_codes(z), batch_size)
        return keras.ops.convert_to_numpy(self.mean_of(decoded))

    def _checked_codes(self, z):
        shape = _checks.as_array(z, "z").shape
        if len(shape) == 1:
            raise ValueError(
                f"z must have the shape (batch, {self.latent_dim}), got {shape}. Mend: "
                "z[np.newaxis] makes a batch of one vector."
            )
        return _checks.array(z, "z", f"(batch, {self.latent_dim})", dtype="float32")

    def reconstruct(self, x, batch_size=256):
        """Encodes x and decodes its code (for a `VAE`, z_mean): deterministic.

        Args:
            x: Examples `(batch, …)`, or a `tf.data.Dataset` of batches.
            batch_size: Examples at a time.

        Returns:
            NumPy array, as `decode` returns it.
        """
        return self.decode(self.code_of(self.encode(x, batch_size)), batch_size)

    def call(self, inputs, training=False):
        """Reconstructs, without noise: what `predict` returns."""
        code = self.code_of(self.encoder(inputs, training=training))
        return self.mean_of(self.decoder(code, training=training))

    def code_of(self, encoded):
        """The code to decode, from what the encoder returns."""
        return encoded

    def mean_of(self, decoded):
        """x on average, from what the decoder returns."""
        return decoded

    def _in_batches(self, network, x, batch_size):
        """`network` applied to an array or a stream, batch by batch: NumPy arrays."""
        check_outside_of_graphs()
        batch_size = _checks.whole_number(batch_size, "batch_size", most=_checks.LARGEST_INT32)
        check_end(x)
        if isinstance(x, tf.data.Dataset):
            batches = x
        elif isinstance(x, keras.utils.PyDataset):
            batches = (x[index] for index in range(x.num_batches))
        else:
            count = len(x[0] if isinstance(x, tuple) else x)
            rows = (slice(first, first + batch_size) for first in range(0, count, batch_size))
            batches = (keras.tree.map_structure(operator.itemgetter(each), (x,)) for each in rows)
        outputs, apply = [], functools.partial(network, training=False)
        with readable_errors():
            for index, batch in enumerate(batches):
                batch = batch[0] if isinstance(batch, tuple) else batch
                if index == _BATCHES_BEFORE_TRACING:
                    apply = self._traced(network, batch)
                outputs.append(keras.tree.map_structure(keras.ops.convert_to_numpy, apply(batch)))
        if not outputs:
            raise ValueError("x is an empty data set: at least one batch is needed.")
        if isinstance(outputs[0], list | tuple):
            return tuple(np.concatenate(parts) for parts in zip(*outputs, strict=True))
        return np.concatenate(outputs)

    # ------------------------------------------------------------------ serialization

    def export(self, filepath, *args, **kwargs):
        """Writes what `predict` does as a SavedModel; `keras.Model.export`, its signature known."""
        spec = keras.InputSpec(shape=(None, *self.x_shape), dtype=self.encoder.inputs[0].dtype)
        kwargs.setdefault("input_signature", [spec])
        return super().export(filepath, *args, **kwargs)

    def get_config(self):
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
        }

    @classmethod
    def from_config(cls, config):
        parts = {
            name: keras.saving.deserialize_keras_object(config[name])
            for name in ("encoder", "decoder", "priors", "discriminator", "likelihood", "prior")
            if name in config
        }
        return cls(**{**config, **parts})
