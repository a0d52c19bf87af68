"""The conditional variational autoencoder."""

import keras
import tensorflow as tf

from vae_keras import _checks
from vae_keras.models._condition import Condition, ConditionalInput
from vae_keras.models.vae import VAE


@keras.saving.register_keras_serializable(package="vae_keras")
class ConditionalVAE(VAE):
    """Learns to draw x that have a given property: a class, or a vector of numbers.

    A `VAE` whose encoder and decoder are both told the condition c,

        loss = reconstruction_loss + beta · kl_loss
        reconstruction_loss = -log p(x|z, c),   kl_loss = KL(q(z|x, c) ‖ N(0, I))

    which with beta = 1 bounds -log p(x|c). As c is given, z need not hold it: it holds what varies
    from one x of a class to the next.

    Data are pairs (x, c), as labelled data sets have them: c takes the place that Keras has for y,

        cvae.fit(x_train, y_train, validation_data=(x_test, y_test))

    or a `tf.data.Dataset`, a `PyDataset` or a generator of batches `(x, c)`: those of TFDS with
    `as_supervised=True` for instance. `predict` takes the same pair as one argument, `(x, c)`. The
    target is x itself.

    Source: Sohn, Lee and Yan, "Learning Structured Output Representation using Deep Conditional
    Generative Models" (2015), section 4.1, with a prior that does not depend on c.

    Args:
        encoder: `keras.Model` from `[x, c]` to `[z_mean, z_log_var]`; c is `(batch,
            condition_dim)`, as `dense_encoder(..., condition_dim=10)` takes it.
        decoder: `keras.Model` from `[z, c]` to what the likelihood takes.
        num_classes: How many classes there are, if c is a class: whole numbers `(batch,)` below
            it, which the model makes one-hot, so that `condition_dim` is `num_classes`. `None` if c
            is a vector of properties, floating-point numbers `(batch, condition_dim)`: bring them
            to a common scale.
        likelihood, beta, free_bits, seed, **kwargs: As for `VAE`.

    Raises:
        ValueError: If the networks do not fit together, or an argument is out of its range.

    Example:

    >>> encoder = dense_encoder((28, 28, 1), latent_dim=2, condition_dim=10)
    >>> decoder = dense_decoder((28, 28, 1), latent_dim=2, condition_dim=10)
    >>> cvae = ConditionalVAE(encoder, decoder, num_classes=10)
    >>> cvae.compile("adam")
    >>> cvae.fit(x_train, y_train, epochs=10, batch_size=128)
    >>> eights = cvae.generate(16, condition=8)
    """

    is_conditional = True

    def __init__(self, encoder, decoder, num_classes=None, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        if num_classes is not None:
            num_classes = _checks.whole_number(num_classes, "num_classes", least=2)
        condition = Condition(encoder.inputs[1], num_classes)
        if num_classes not in (None, condition.size):
            raise ValueError(
                f"The networks must take num_classes={num_classes} numbers as the condition, got "
                f"{condition.size}. Mend: build both with condition_dim={num_classes}."
            )
        self.num_classes = num_classes
        self._rules = ConditionalInput(encoder, self._rules.support, condition)

    def terms(self, inputs, target, training):
        """Lines 5 to 10 of Algorithm 1, both networks being told c."""
        x, c = inputs
        z_mean, z_log_var = self.encoder([x, c], training=training)  # line 5: encode
        z = self.sampling([z_mean, z_log_var], training=training)  # line 6: z = μ + σ · ε
        x_hat = self.decoder([z, c], training=training)  # line 7: decode
        return self.elbo_terms(target, x_hat, z_mean, z_log_var, training)

    def call(self, inputs, training=False):
        """Reconstructs a pair `(x, c)`, without noise: what `predict` returns."""
        x, condition = self._rules.two(inputs)
        c = self.condition_vectors(condition)
        code = self.code_of(self.encoder([x, c], training=training))
        return self.mean_of(self.decoder([code, c], training=training))

    def encode(self, x, condition=None, batch_size=256):
        """Encodes x under its condition; `VAE.encode`.

        Args:
            x: Examples `(batch, …)`; or a data set or `PyDataset` of pairs, without `condition`.
            condition: Their conditions: classes `(batch,)` or vectors `(batch, condition_dim)`, or
                one for all.
            batch_size: Examples encoded at a time.

        Returns:
            `(z_mean, z_log_var)`, NumPy arrays of shape `(batch, latent_dim)`.
        """
        pairs = self._pairs(x, condition)
        return self._in_batches(self._given_condition(self.encoder), pairs, batch_size)

    def decode(self, z, condition=None, batch_size=256):
        """Decodes latent vectors under a condition; `VAE.decode`.

        Args:
            z: Latent vectors `(batch, latent_dim)`. Of a path between two codes, the images of one
                class: `decode(interpolate(z_start, z_end), condition=8)`.
            condition: One for all or one for each, as for `encode`.
            batch_size: Vectors decoded at a time.
        """
        z = self._checked_codes(z)
        pairs = (z, self._rules.condition.rows(condition, len(z)))
        decoded = self._in_batches(self._given_condition(self.decoder), pairs, batch_size)
        return keras.ops.convert_to_numpy(self.mean_of(decoded))

    def reconstruct(self, x, condition=None, batch_size=256):
        """Encodes x and decodes z_mean, both under a condition, as for `encode`; deterministic."""
        return self._in_batches(self, self._pairs(x, condition), batch_size)

    def generate(self, n, condition=None, seed=None):
        """Draws new x that meet a condition: z ~ N(0, I), then the decoder of [z, c].

        Args:
            n: How many, at least 1.
            condition: One for all: a class, or a vector `(condition_dim,)`; or one for each.
            seed: Integer seed; the same seed gives the same z, whatever the condition.

        Returns:
            NumPy array `(n, …)`, as `decode` returns it.
        """
        return self.decode(self.sample_prior(n, seed), condition)

    def condition_vectors(self, condition):
        """What the networks are given of conditions, a tensor `(batch, condition_dim)`."""
        return self._rules.condition.vectors(condition)

    def _pairs(self, x, condition):
        if condition is None:
            return self._rules.alone(x)
        return self._rules.given(x, condition)

    def _given_condition(self, network):
        """The network as a function of one pair, its condition as it is given."""

        def of_pair(pair, training):
            inputs = [tf.convert_to_tensor(pair[0]), self.condition_vectors(pair[1])]
            return network(inputs, training=training)

        return of_pair

    def _symbolic_build(self, iterator=None, data_batch=None):
        if data_batch is not None and len(data_batch) == 2:
            data_batch = (tuple(data_batch),)  # Keras would call the model with x alone
        super()._symbolic_build(iterator=iterator, data_batch=data_batch)

    def export(self, filepath, *args, **kwargs):
        """Writes what `predict` does as a SavedModel, a function of one pair `[x, c]`."""
        condition = self._rules.condition
        dtype = condition.dtype.name if self.num_classes is None else "int64"
        pair = [
            keras.InputSpec(shape=(None, *self.x_shape), dtype=self.encoder.inputs[0].dtype),
            keras.InputSpec(shape=(None, *condition.shape), dtype=dtype),
        ]
        kwargs.setdefault("input_signature", [pair])
        return super().export(filepath, *args, **kwargs)

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}
