"""What `Autoencoder` and `VAE` share: compilation, checked input, distribution, batches."""

import contextlib
import numbers
import types

import keras
import numpy as np
import tensorflow as tf

from vae_keras.models import _checks

# Steps run by one call of the compiled training function where XLA is on. A dense step takes a few
# milliseconds, of which Python's part is then a noticeable share.
_STEPS_PER_EXECUTION = 16

_CONVOLUTIONS = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
    keras.layers.DepthwiseConv1D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv1D,
    keras.layers.SeparableConv2D,
)

_ARRANGEMENTS = (
    keras.layers.Reshape,
    keras.layers.Flatten,
    keras.layers.Permute,
    keras.layers.Cropping2D,
    keras.layers.ZeroPadding2D,
)


class ImageModel(keras.Model):
    """A pair of networks, encoder and decoder, trained to give back the images they are fed.

    Not for direct use: see `Autoencoder` and `VAE`.
    """

    # Why pixels must lie in [0, 1], or None if they need not.
    _unit_interval = None

    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(**kwargs)
        for network, role in ((encoder, "encoder"), (decoder, "decoder")):
            if not isinstance(network, keras.Model) or not hasattr(network, "input_shape"):
                raise ValueError(
                    f"The {role} must be a keras.Model with known shapes (functional, or a "
                    f"Sequential that starts with keras.Input), got {network!r}. Mend: wrap it, "
                    "inputs = keras.Input(shape); keras.Model(inputs, network(inputs))."
                )
        self.encoder = encoder
        self.decoder = decoder
        _check_networks_fit(encoder, decoder, self._number_of_encoder_outputs)
        if ends_in_sigmoid(decoder):
            self._unit_interval = "a decoder that ends in a sigmoid"
        self.image_shape = tuple(encoder.input_shape[1:])
        self.latent_dim = decoder.input_shape[-1]
        self._is_fitting = False

    # ------------------------------------------------------------------ compile

    def compile(
        self,
        optimizer="adam",
        *,
        run_eagerly=False,
        steps_per_execution="default",
        jit_compile="auto",
        auto_scale_loss=True,
        **unsupported,
    ):
        """Sets the optimizer; the loss is the model's own.

        Args:
            optimizer: Keras optimizer or its name.
            run_eagerly: Whether to run without graph, for debugging.
            steps_per_execution: Training steps run by one call of the compiled function. By
                default 16 where XLA is on and 1 elsewhere. Callbacks on batches are called once
                per execution.
            jit_compile: Whether to compile with XLA. `"auto"` takes the faster of the two: on a
                CPU, XLA for dense networks and no XLA for convolutions, which it slows down; on a
                GPU, Keras's own choice.
            auto_scale_loss: Whether to scale the loss under the `mixed_float16` policy.
            **unsupported: `loss` and `metrics` are refused.

        Raises:
            ValueError: If a loss or a metric is given.
        """
        if steps_per_execution != "default" and (
            not isinstance(steps_per_execution, numbers.Integral) or steps_per_execution < 1
        ):
            raise ValueError(
                f"steps_per_execution must be a whole number above 0, got {steps_per_execution!r}."
            )
        for name, value in unsupported.items():
            if value is not None:
                raise ValueError(
                    f"{type(self).__name__}.compile() takes no {name!r}: it has its "
                    "own loss and reports its terms. Mend: compile(optimizer='adam')."
                )
        self._compile_options = {
            "optimizer": optimizer,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
            "auto_scale_loss": auto_scale_loss,
        }
        if jit_compile == "auto" and not run_eagerly:
            jit_compile = self._resolve_jit_compile()
        if steps_per_execution == "default":
            steps_per_execution = _STEPS_PER_EXECUTION if jit_compile is True else 1
        super().compile(
            optimizer=optimizer,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
            auto_scale_loss=auto_scale_loss,
        )

    def _resolve_jit_compile(self):
        on_cpu = all(device.device_type == "CPU" for device in tf.config.list_physical_devices())
        if not on_cpu or self.distribute_strategy.num_replicas_in_sync > 1:
            return "auto"
        return all(
            layer.supports_jit and not isinstance(layer, _CONVOLUTIONS)
            for layer in self._flatten_layers()
        )

    def _divide_steps(self, *limits):
        """Makes the default number of steps an execution divide the steps asked for.

        Keras runs whole executions: 40 steps in executions of 16 would be 48.
        """
        if not self.compiled or self._compile_options["steps_per_execution"] != "default":
            return
        limits = [limit for limit in limits if limit]
        largest = _STEPS_PER_EXECUTION if self.jit_compile else 1
        steps = max(n for n in range(1, largest + 1) if all(limit % n == 0 for limit in limits))
        if steps != self.steps_per_execution:
            self.steps_per_execution = steps
            self.train_function = self.test_function = self.predict_function = None

    def get_compile_config(self):
        # What was asked for, not what it became here: another machine resolves "auto" its own way.
        return keras.saving.serialize_keras_object(self._compile_options) if self.compiled else None

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    # ------------------------------------------------------------------ fit, evaluate, predict

    def fit(self, x=None, y=None, batch_size=None, epochs=1, **kwargs):
        """Trains on images; `keras.Model.fit` with checked input.

        Args:
            x: Images `(batch, height, width, channels)`, or a `tf.data.Dataset` of batches of
                them, or of pairs (images, target images).
            y: Target images, if they are not `x` itself (denoising). Not labels.
            batch_size: Images a step; 32 by default. Not for a data set, which has its own.
            epochs: Number of passes through the data.
            **kwargs: All else that `keras.Model.fit` takes, `validation_data` and `callbacks`
                among it.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: If the images have another shape than the encoder's, are integers, hold
                NaN, are empty, or leave [0, 1] under the Bernoulli likelihood.
        """
        _refuse_weights(kwargs)
        x, y = self._checked(x, y)
        if kwargs.get("validation_data") is not None:
            kwargs["validation_data"] = self._checked_validation(kwargs["validation_data"])
        if isinstance(x, tf.data.Dataset):
            kwargs.setdefault("shuffle", False)  # Keras warns about its own default otherwise.
        self._divide_steps(kwargs.get("steps_per_epoch"), kwargs.get("validation_steps"))
        self._is_fitting = True
        try:
            with _readable_errors():
                return super().fit(x, y, batch_size=batch_size, epochs=epochs, **kwargs)
        finally:
            self._is_fitting = False

    def evaluate(self, x=None, y=None, batch_size=None, **kwargs):
        """Computes the losses on images; `keras.Model.evaluate` with checked input.

        Takes `x` and `y` as `fit` does. Returns the losses as a list, `loss` first, or as a dict
        with `return_dict=True`.
        """
        _refuse_weights(kwargs)
        if not kwargs.get("_use_cached_eval_dataset"):  # What `fit` passes has been checked.
            x, y = self._checked(x, y)
        if not self._is_fitting:
            self._divide_steps(kwargs.get("steps"))
        with _readable_errors():
            return super().evaluate(x, y, batch_size=batch_size, **kwargs)

    def predict(self, x, batch_size=None, **kwargs):
        """Reconstructs images, deterministically; `keras.Model.predict` with checked input."""
        x, _ = self._checked(x, targets=False)
        with _readable_errors():
            return super().predict(x, batch_size=batch_size, **kwargs)

    def _checked(self, x, y=None, prefix="", targets=True):
        """`x` and `y` after the checks; a data set comes back with a check on each batch."""
        options = {"image_shape": self.image_shape, "unit_interval": self._unit_interval}
        if isinstance(x, tf.data.Dataset):
            return _checks.check_dataset(x, name=f"{prefix}x", targets=targets, **options), y
        streams = (keras.utils.PyDataset, types.GeneratorType, tf.distribute.DistributedDataset)
        if isinstance(x, streams):
            return x, y  # Their shape and type are checked when the step is traced.
        x = _checks.check_images(x, name=f"{prefix}x", **options)
        if y is not None:
            y = _checks.check_images(y, name=f"the target {prefix}y", **options)
            if len(y) != len(x):
                raise ValueError(f"x holds {len(x)} images and the target y {len(y)}.")
        return x, y

    def _checked_validation(self, data):
        if not isinstance(data, (tuple, list)):
            return self._checked(data, prefix="validation ")[0]
        if not 1 <= len(data) <= 2:
            raise ValueError(
                "validation_data must be images, or the pair (images, target images), got a "
                f"{type(data).__name__} of {len(data)} elements."
            )
        return self._checked(*data, prefix="validation ")

    def _unpack(self, data):
        """The images of a batch and their targets: the images themselves unless given."""
        x, target, _ = keras.utils.unpack_x_y_sample_weight(data)
        x = self._checked_batch(x, "x")
        return x, x if target is None else self._checked_batch(target, "the target y")

    def _checked_batch(self, images, name):
        _checks.check_shape(images.shape, self.image_shape, name)
        _checks.check_dtype(images.dtype, name)
        return tf.cast(images, self.encoder.inputs[0].dtype)

    # ------------------------------------------------------------------ steps

    def _mean_over_batch(self, values):
        """Mean of one value an example over the whole batch, whatever the replicas' shares.

        Keras sums the replicas' gradients, so each replica divides its sum by the size of the
        whole batch; this stays exact when a last, smaller batch is shared unequally.
        """
        replica_context = tf.distribute.get_replica_context()
        if replica_context is None or replica_context.num_replicas_in_sync == 1:
            return tf.reduce_mean(values)
        share = tf.cast(tf.size(values), values.dtype)
        whole = replica_context.all_reduce(tf.distribute.ReduceOp.SUM, share)
        return tf.reduce_sum(values) / whole

    def _penalties(self):
        """What layers add to the loss themselves (regularizers), this replica's share of it."""
        return sum(self.losses) / self.distribute_strategy.num_replicas_in_sync

    @staticmethod
    def _as_logs(values):
        """Plain numbers outside a graph, as callbacks and `evaluate` hand them on."""
        if not tf.executing_eagerly():
            return values
        return {name: float(value) for name, value in values.items()}

    def _logs(self):
        """The metrics so far, as a step returns them."""
        logs = self.get_metrics_result()
        if isinstance(self.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy):
            # There Keras takes the mean of the logs over their first axis, which scalars lack.
            logs = {name: tf.reshape(value, (1,)) for name, value in logs.items()}
        return logs

    # ------------------------------------------------------------------ encode, decode

    def decode(self, z, batch_size=256):
        """Decodes latent vectors into images.

        Args:
            z: Latent vectors `(batch, latent_dim)`.
            batch_size: Vectors decoded at a time.

        Returns:
            Images as a NumPy array `(batch, height, width, channels)`. For a `VAE`, the
            likelihood's mean: probabilities in [0, 1] (Bernoulli), or means as they are
            (Gaussian).
        """
        z = _checks.check_latents(z, self.latent_dim)
        return keras.ops.convert_to_numpy(self._mean(self._in_batches(self.decoder, z, batch_size)))

    def reconstruct(self, x, batch_size=256):
        """Encodes images and decodes their code (for a `VAE`, z_mean): deterministic.

        Args:
            x: Images `(batch, height, width, channels)`, or a `tf.data.Dataset` of batches.
            batch_size: Images at a time.

        Returns:
            NumPy array of the images' shape.
        """
        return self.decode(self._code(self.encode(x, batch_size)), batch_size)

    def call(self, inputs, training=False):
        """Reconstructs images, without noise: what `predict` returns."""
        code = self._code(self.encoder(inputs, training=training))
        return self._mean(self.decoder(code, training=training))

    def _code(self, encoded):
        """The code to decode, from what the encoder returns."""
        return encoded

    def _mean(self, decoded):
        """The images, from what the decoder returns."""
        return decoded

    def _in_batches(self, network, x, batch_size):
        """`network` applied to an array or a data set, batch by batch: NumPy arrays."""
        if not isinstance(batch_size, numbers.Integral) or batch_size < 1:
            raise ValueError(f"batch_size must be a whole number above 0, got {batch_size!r}.")
        if isinstance(x, types.GeneratorType) or (
            isinstance(x, tf.data.Dataset) and x.cardinality() == tf.data.INFINITE_CARDINALITY
        ):
            raise ValueError("x must have an end, got an endless data set or a generator.")
        if isinstance(x, tf.data.Dataset):
            batches = x
        elif isinstance(x, keras.utils.PyDataset):
            batches = (x[index] for index in range(len(x)))
        else:
            batches = (x[first : first + batch_size] for first in range(0, len(x), batch_size))
        images = (batch[0] if isinstance(batch, tuple) else batch for batch in batches)
        with _readable_errors():
            # Called directly: compiled, each new size of a last batch would be traced anew.
            outputs = [
                keras.tree.map_structure(keras.ops.convert_to_numpy, network(batch, training=False))
                for batch in images
            ]
        if not outputs:
            raise ValueError("The data set is empty: at least one batch of images is needed.")
        if isinstance(outputs[0], (list, tuple)):
            return tuple(np.concatenate(parts) for parts in zip(*outputs, strict=True))
        return np.concatenate(outputs)

    # ------------------------------------------------------------------ serialization

    def export(self, filepath, *args, **kwargs):
        """Writes what `predict` does as a SavedModel; `keras.Model.export`, its signature known."""
        shape = (None, *self.image_shape)
        kwargs.setdefault("input_signature", [keras.InputSpec(shape=shape, dtype="float32")])
        return super().export(filepath, *args, **kwargs)

    def get_config(self):
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
        }

    @classmethod
    def from_config(cls, config):
        networks = {
            role: keras.saving.deserialize_keras_object(config[role])
            for role in ("encoder", "decoder")
        }
        return cls(**{**config, **networks})


def _check_networks_fit(encoder, decoder, number_of_outputs):
    """Raises a ValueError unless the decoder takes what the encoder gives, and gives it back."""
    if not isinstance(encoder.input_shape, tuple) or not isinstance(decoder.input_shape, tuple):
        raise ValueError("The encoder and the decoder must have one input each.")
    outputs = encoder.output_shape
    outputs = outputs if isinstance(outputs, list) else [outputs]
    if len(outputs) != number_of_outputs:
        expected = "[z_mean, z_log_var]" if number_of_outputs == 2 else "one tensor z"
        mend = "True" if number_of_outputs == 2 else "False"
        raise ValueError(
            f"The encoder must return {expected}, got {len(outputs)} output(s) of shape {outputs}. "
            f"Mend: dense_encoder(..., variational={mend})."
        )
    if any(len(shape) != 2 or shape[1] is None for shape in outputs) or len(set(outputs)) != 1:
        raise ValueError(
            f"The encoder's outputs must have one shape (batch, latent_dim), got {outputs}."
        )
    if tuple(decoder.input_shape) != (None, outputs[0][1]):
        raise ValueError(
            f"The encoder and the decoder do not fit together: the encoder gives z of shape "
            f"{outputs[0]}, the decoder takes {decoder.input_shape}. Mend: build both with the "
            "same latent_dim."
        )
    if isinstance(decoder.output_shape, list) or decoder.output_shape != encoder.input_shape:
        raise ValueError(
            f"The encoder and the decoder do not fit together: the encoder takes images of shape "
            f"{encoder.input_shape}, the decoder gives {decoder.output_shape}. Mend: build both "
            "with the same image_shape."
        )
    if len(encoder.input_shape) != 4:
        raise ValueError(
            "The encoder must take images of shape (batch, height, width, channels), got "
            f"{encoder.input_shape}."
        )


def ends_in_sigmoid(decoder):
    """Whether the decoder's last layer, but for those that only arrange, is a sigmoid."""
    for layer in reversed(decoder.layers):
        if isinstance(layer, keras.Model):
            return ends_in_sigmoid(layer)
        if not isinstance(layer, _ARRANGEMENTS):
            return getattr(layer, "activation", None) is keras.activations.sigmoid
    return False


def _refuse_weights(arguments):
    for name in ("sample_weight", "class_weight"):
        if arguments.get(name) is not None:
            raise ValueError(f"{name} is not supported: every image counts the same in the ELBO.")


@contextlib.contextmanager
def _readable_errors():
    """Turns a check that failed inside a data set into the ValueError it stands for."""
    try:
        yield
    except tf.errors.OpError as error:
        readable = _checks.readable_error(error)
        if readable is None:
            raise
        raise readable from None
