"""The variational autoencoder whose decoder sees what it has written so far."""

import types

import keras
import numpy as np
import tensorflow as tf

from vae_keras import _checks
from vae_keras.models._pair import check_is_causal
from vae_keras.models.vae import VAE


@keras.saving.register_keras_serializable(package="vae_keras")
class AutoregressiveVAE(VAE):
    """Learns to encode sequences, and to write new ones symbol after symbol.

    A `VAE` of sequences x = (x_1, …, x_T) whose decoder is told, at each place, z and the places
    before,

        loss = reconstruction_loss + beta · kl_loss
        reconstruction_loss = -Σ_t log p(x_t|x_1, …, x_{t-1}, z),   kl_loss = KL(q(z|x) ‖ N(0, I))

    so that p(x|z) holds what one place tells of the next. In training the places before are those
    of x itself; in writing, those written. Such a decoder can do without z, and often does: the KL
    falls to 0 and z tells nothing (`find_collapse` says so). `free_bits`, `BetaWarmup` and the
    decoder's `token_dropout` work against it.

    Source: Bowman and others, "Generating Sentences from a Continuous Space" (2016).

    Args:
        encoder: `keras.Model` from x, `(batch, length)` or `(batch, length, parts)`, to `[z_mean,
            z_log_var]`.
        decoder: `keras.Model` from `[z, x]` to what the likelihood takes, each place of which
            depends on those before it alone: `recurrent_decoder(..., autoregressive=True)`.
        likelihood, beta, free_bits, seed, **kwargs: As for `VAE`; of the parts of one place given
            those before, the likelihood is a product.

    Raises:
        ValueError: As `VAE` does, or if a place of the decoder sees itself or a later one.

    Example:

    >>> encoder = recurrent_encoder((50,), latent_dim=32, num_categories=30)
    >>> decoder = recurrent_decoder((50,), latent_dim=32, num_categories=30, autoregressive=True)
    >>> vae = AutoregressiveVAE(encoder, decoder, free_bits=0.3)
    >>> vae.compile("adam")
    >>> vae.fit(x_train, epochs=10, batch_size=128)
    >>> new_sequences = vae.generate(16)  # whole numbers below 30, (16, 50)
    """

    is_autoregressive = True

    def __init__(self, encoder, decoder, likelihood="categorical", beta=1.0, **kwargs):
        super().__init__(encoder, decoder, likelihood, beta, **kwargs)
        check_is_causal(decoder, self.target_dtype)
        self._writers = types.SimpleNamespace(functions={})  # a dict would be saved with the model

    def terms(self, x, target, training):
        """Lines 5 to 10 of Algorithm 1, the decoder being told what comes before each place."""
        z_mean, z_log_var = self.encoder(x, training=training)  # line 5: encode
        z = self.sampling([z_mean, z_log_var], training=training)  # line 6: z = μ + σ · ε
        x_hat = self.decoder([z, target], training=training)  # line 7: decode
        return self.elbo_terms(target, x_hat, z_mean, z_log_var, training)

    def decoded(self, z, x):
        """What the decoder says of each place, given z and the places of x before it."""
        return self.decoder([z, x], training=False)

    def call(self, inputs, training=False):
        """Reconstructs, without noise: what `predict` returns."""
        code = self.code_of(self.encoder(inputs, training=training))
        return self._written(code, self.likelihood.mode)

    def decode(self, z, batch_size=256, *, sampled=False, seed=None):
        """Writes x from latent vectors, place after place.

        Args:
            z: Latent vectors `(batch, latent_dim)`.
            batch_size: Sequences written at a time.
            sampled: Whether each place is drawn, given those before; otherwise it is the most
                probable, so that the same z gives the same x.
            seed: Integer seed of the draws; `None` draws anew at each call.

        Returns:
            NumPy array of the shape of x: under the categorical likelihood whole numbers.
        """
        z, seeds = self._checked_codes(z), np.random.default_rng(_checks.seed(seed))
        written = self._writer(bool(sampled))

        def write(z, training):
            start = tf.constant(seeds.integers(2**31, size=2))
            return written(tf.cast(z, "float32"), start)

        return self._in_batches(write, z, batch_size)

    def generate(self, n, seed=None):
        """Draws new x: z ~ N(0, I), then each place given z and those before it.

        Args:
            n: How many, at least 1.
            seed: Integer seed; the same seed and n give the same x. `None` draws anew.

        Returns:
            NumPy array `(n, …)` of the shape of x: draws, and not means as of a `VAE`.
        """
        return self.decode(self.sample_prior(n, seed), sampled=True, seed=seed)

    def _writer(self, sampled):
        """The compiled function of z and of the state of a generator that `decode` calls; kept."""
        key = self.decoder, self.likelihood, sampled
        if key not in self._writers.functions:
            generator = keras.random.SeedGenerator(0)
            state = tf.TensorSpec(generator.state.shape, generator.state.dtype)
            specs = [tf.TensorSpec((None, self.latent_dim), "float32"), state]

            @tf.function(autograph=False, input_signature=specs)
            def written(z, start):
                def draw(decoded):
                    generator.state.assign(start)  # the same draws again and again
                    return self.likelihood.sample(decoded, generator)

                return self._written(z, draw if sampled else self.likelihood.mode)

            self._writers.functions[key] = written.get_concrete_function()
        return self._writers.functions[key]

    def _written(self, z, choose):
        """x, of which `choose` tells each place from what the decoder says of it.

        All places are written at once, again and again: each time at least one more, from the
        first, is what it would be had they been written one by one, and then it stays. When nothing
        changes any more, all are; mostly long before as many times as there are places.
        """
        shape = (tf.shape(z)[0], *self.x_shape)

        def write(x, _):
            again = tf.cast(choose(self.decoded(z, x)), x.dtype)
            again = tf.reshape(again, shape)
            return again, tf.reduce_any(again != x)

        x, _ = tf.while_loop(
            lambda x, changed: changed,
            write,
            (tf.zeros(shape, self.target_dtype), tf.constant(True)),
            maximum_iterations=self.x_shape[0],
        )
        return x
