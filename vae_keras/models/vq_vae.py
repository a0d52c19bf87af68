"""The vector-quantised variational autoencoder."""

import math

import keras
import numpy as np
import tensorflow as tf

from vae_keras import _checks, likelihoods
from vae_keras.layers import VectorQuantizer, straight_through
from vae_keras.models import _code_prior
from vae_keras.models._execution import check_optimizer
from vae_keras.models._input import Input, Words
from vae_keras.models._latent_model import LatentModel
from vae_keras.models._pair import check_pair, support_of
from vae_keras.networks import causal_transformer
from vae_keras.support import Support


@keras.saving.register_keras_serializable(package="vae_keras")
class VQVAE(LatentModel):
    """Learns to write x in a few symbols, each one of K vectors that it learns as well.

    The encoder turns x into a grid of vectors z, a codebook replaces each by the nearest of its K
    vectors, and the decoder gives x back from these,

        loss = reconstruction_loss + codebook_loss + commitment · commitment_loss
        reconstruction_loss = -log p(x|z_q),   z_q = e_k,   k = argmin_j ‖z - e_j‖²
        codebook_loss = ‖sg(z) - z_q‖²,   commitment_loss = ‖z - sg(z_q)‖²

    sg being what gradients take as a constant, and the gradient over z_q going to z as it is. By
    default the codebook follows moving averages instead of `codebook_loss`, which then is neither
    minimised nor reported. All terms are sums over the values of x and over the grid, and means
    over examples, so that the first is in nats per example (the paper takes the mean over the
    grid). There is no KL term: under a uniform prior it is constant, log K for each vector.

    Beside the terms, `fit` and `evaluate` report how all the x of an epoch use the codes:

    - `codes_used`: the share of the K codes that at least one vector chose, from 1/K to 1;
    - `perplexity`: the exponential of the entropy of the codes' frequencies, from 1 to K. So many
      codes, used equally often, would have that entropy. Far below K, most codes are rare and a
      smaller codebook would do; 1 is a collapse, all x having the same code.

    What the codes are like is learnt afterwards: `fit_prior` trains a network p(k) on the codes of
    x, from which `generate` draws. Then -log p(x) is at most the reconstruction loss and
    -`code_log_prob` of x's codes together. Trained further, the model forgets its prior, which
    tells of codes that are no more.

    Sources: van den Oord, Vinyals and Kavukcuoglu, "Neural Discrete Representation Learning"
    (2017), eq. (1) to (3), and section 3.3 for the prior; see `VectorQuantizer` for the codebook.

    Args:
        encoder: `keras.Model` from x, `(batch, …)` of any shape, to vectors `(batch, …, code_dim)`:
            `(batch, rows, columns, code_dim)` as `conv_encoder(..., grid=True)` gives them, or a
            single one for each x, as `dense_encoder(..., variational=False)` does.
        decoder: `keras.Model` from the same vectors to what the likelihood takes.
        num_codes: K, at least 2.
        likelihood: As for `VAE`.
        commitment: Weight of `commitment_loss`, β in the paper, at least 0.
        decay, restart_below: As for `VectorQuantizer`; `decay=None` learns the codebook by
            `codebook_loss`.
        seed: Integer seed of the codebook, or `None`.
        prior: p(k), which `fit_prior` has trained; `None` until then.
        **kwargs: `name` and the like, for `keras.Model`.

    Raises:
        ValueError: If the encoder and the decoder do not fit together, or an argument is out of
            its range.

    Example:

    >>> encoder = conv_encoder((28, 28, 1), latent_dim=16, grid=True)
    >>> decoder = conv_decoder((28, 28, 1), latent_dim=16, grid=True)
    >>> vqvae = VQVAE(encoder, decoder, num_codes=64)
    >>> vqvae.compile("adam")
    >>> vqvae.fit(x_train, epochs=10, batch_size=128, validation_data=x_test)
    >>> codes = vqvae.encode(x_test)      # whole numbers below 64, (batch, 7, 7)
    >>> vqvae.fit_prior(x_train, epochs=20)
    >>> new_images = vqvae.generate(16)
    """

    prior = None

    def __init__(
        self,
        encoder,
        decoder,
        num_codes=512,
        likelihood="bernoulli",
        commitment=0.25,
        *,
        decay=0.99,
        restart_below=0.05,
        seed=None,
        prior=None,
        **kwargs,
    ):
        likelihood = likelihoods.get(likelihood)
        check_pair(encoder, decoder, 1, likelihood, grid=True)
        terms = ("reconstruction_loss", "codebook_loss", "commitment_loss")
        super().__init__(
            encoder,
            decoder,
            term_names=[name for name in terms if decay is None or name != "codebook_loss"],
            support=support_of(decoder, likelihood),
            **kwargs,
        )
        self.likelihood = likelihood
        self.commitment = _checks.number(commitment, "commitment", least=0)
        self.quantizer = VectorQuantizer(
            num_codes,
            self.latent_dim,
            decay,
            restart_below=restart_below,
            seed=seed,
            dtype=self.term_dtype,
            name="quantizer",
        )
        self.num_codes = self.quantizer.num_codes
        self.grid_shape = tuple(decoder.inputs[0].shape[1:-1])
        self.code_usage = CodeUsage(self.num_codes, name="code_usage")
        self._code_rules = _Codes(self.grid_shape, self.num_codes)
        if prior is not None:
            _code_prior.check_prior(prior, math.prod(self.grid_shape), self.num_codes)
            self._set_prior(prior)

    def terms(self, x, target, training):
        """The terms of the loss, each `(batch,)`: eq. (3)."""
        z = tf.cast(self.encoder(x, training=training), self.term_dtype)
        codes = self.quantizer.nearest(z)  # eq. (1)
        vectors = self.quantizer.vectors(codes)  # eq. (2)
        x_hat = self.decoder(straight_through(z, vectors), training=training)
        self.code_usage.update_state(codes)
        if training:
            self.likelihood.adapt(target, x_hat)
            self.quantizer.adapt(z, codes)
        terms = {
            "reconstruction_loss": -self.likelihood.log_prob(target, x_hat),
            "commitment_loss": _square(z - tf.stop_gradient(vectors)),
        }
        if self.quantizer.decay is None:
            terms["codebook_loss"] = _square(tf.stop_gradient(z) - vectors)
        return terms

    def total(self, reconstruction_loss, commitment_loss, codebook_loss=0.0):
        """The loss, from the terms of examples or from their means: eq. (3)."""
        return reconstruction_loss + codebook_loss + self.commitment * commitment_loss

    def train_step(self, data):
        x, target = self.unpack(data)
        with tf.GradientTape() as tape:
            terms = self.terms(x, target, training=True)
            objective = self.objective(terms)
        self.descend(tape, objective)
        return self.report(terms)

    def reported(self, means):
        """The terms; and `perplexity` and `codes_used`, of all the codes since the epoch began."""
        return {**means, **self.code_usage.result()}

    def train_on_batch(self, *args, **kwargs):
        logs = super().train_on_batch(*args, **kwargs)
        self._set_prior(None)  # the codes are others now
        return logs

    def _fit(self, *args, **kwargs):
        prior, before = self.prior, self._steps_taken
        self._set_prior(None)  # the codes will be others
        try:
            return super()._fit(*args, **kwargs)
        finally:
            if self._steps_taken == before:  # a first batch was refused
                self._set_prior(prior)

    def call(self, inputs, training=False):
        """Reconstructs: what `predict` returns."""
        z = self.encoder(inputs, training=training)
        return self.mean_of(self.decoder(self.quantizer(z, training=False), training=training))

    def encode(self, x, batch_size=256):
        """Encodes x.

        Args:
            x: Examples `(batch, …)`, or a `tf.data.Dataset` or `PyDataset` of batches.
            batch_size: Examples encoded at a time.

        Returns:
            The codes k, whole numbers below `num_codes`: a NumPy array of int32, of the shape
            `(batch, …)` of the grid.
        """

        def codes_of(x, training):
            return self.quantizer.nearest(self.encoder(x, training=training))

        return self._in_batches(codes_of, self._rules.alone(x), batch_size)

    def decode(self, codes, batch_size=256):
        """Decodes grids of codes.

        Args:
            codes: Whole numbers below `num_codes`, as `encode` gives them.
            batch_size: Grids decoded at a time.

        Returns:
            NumPy array `(batch, …)`, of x's shape: the likelihood's mean, as `VAE.decode` gives it.
        """

        def decoded(codes, training):
            return self.decoder(self.quantizer.vectors(codes), training=training)

        codes = keras.ops.cast(self.check_codes(codes), "int32")
        decoded = self._in_batches(decoded, codes, batch_size)
        return keras.ops.convert_to_numpy(self.mean_of(decoded))

    def check_codes(self, codes, name="codes"):
        """Returns grids of codes, or raises the ValueError that `decode` would raise for them."""
        return self._code_rules.array(codes, name)

    # ------------------------------------------------------------------ the prior over codes

    def fit_prior(
        self,
        x,
        prior=None,
        *,
        optimizer="adam",
        epochs=20,
        batch_size=64,
        validation_data=None,
        **kwargs,
    ):
        """Trains p(k) on the codes of x, read row after row: -log p(k) is minimised.

        Args:
            x: Examples `(batch, …)`, or a `tf.data.Dataset` or `PyDataset` of batches; their codes
                are computed once.
            prior: Network from sequences of codes `(batch, length)` to logits `(batch, length, K)`,
                each place seeing those before it alone; by default a new
                `causal_transformer(length, K)`. `vqvae.prior` is trained further.
            optimizer: Keras optimizer or its name.
            epochs, batch_size: As for `fit`.
            validation_data: Examples, of whose codes -log p(k) is reported as `val_loss`.
            **kwargs: All else that `keras.Model.fit` takes, `callbacks` for instance.

        Returns:
            A `keras.callbacks.History` whose `loss` is -log p(k), in nats an example. A training
            that is interrupted, as by Ctrl-C, leaves the prior where it had come to.

        Raises:
            ValueError: If x does not suit the model or `prior` is no such network.
        """
        _checks.whole_number(epochs, "epochs")
        _checks.whole_number(batch_size, "batch_size")
        self._check_options(epochs=epochs, **kwargs)
        check_optimizer(optimizer)
        codes = self._sequences(self.encode(x))
        if validation_data is not None:
            validation_data = self._sequences(self.encode(validation_data))
        with self.distribute_strategy.scope():
            if prior is None:
                prior = causal_transformer(codes.shape[1], self.num_codes)
            _code_prior.check_prior(prior, codes.shape[1], self.num_codes)
            options = {"epochs": epochs, "batch_size": batch_size, **kwargs}
            before = prior.get_weights()
            try:
                history = _code_prior.fit(prior, codes, optimizer, validation_data, **options)
            except BaseException:
                if any(map(np.any, map(np.not_equal, before, prior.get_weights()))):
                    self._set_prior(prior)
                raise
        self._set_prior(prior)
        return history

    def code_log_prob(self, codes, batch_size=256):
        """log p(k) under the prior: the sum of log p(k_t|k_1 … k_{t-1}) over the grid.

        Args:
            codes: Grids of codes, as `encode` gives them.
            batch_size: Grids at a time.

        Returns:
            NumPy array `(batch,)` of float64, in nats.

        Raises:
            ValueError: If there is no prior yet, or these are no codes.
        """
        prior = self.fitted_prior()
        sequences = self._sequences(self.check_codes(codes))

        def log_prob(codes, training):
            return _code_prior.log_prob(prior, codes)

        return self._in_batches(log_prob, sequences, batch_size)

    def sample_prior(self, n, seed=None, batch_size=256):
        """Draws codes from p(k), place after place: a NumPy array `(n, …)` of the grid's shape.

        Args:
            n: How many, at least 1.
            seed: Integer seed; the same seed gives the same codes. `None` draws anew.
            batch_size: Grids drawn at a time.
        """
        prior, length = self.fitted_prior(), math.prod(self.grid_shape)
        n = _checks.whole_number(n, "n")
        uniforms = np.random.default_rng(_checks.seed(seed)).random((n, length))

        def draw(uniforms, training):
            return _code_prior.sample(prior, uniforms)

        return self._in_batches(draw, uniforms, batch_size).reshape(n, *self.grid_shape)

    def generate(self, n, seed=None):
        """Draws new x: codes from the prior, then the decoder.

        Args:
            n: How many, at least 1.
            seed: Integer seed; the same seed gives the same codes. `None` draws anew at each call.

        Returns:
            NumPy array `(n, …)`, as `decode` returns it: the mean of p(x|z_q), not a draw of it.

        Raises:
            ValueError: If there is no prior yet.
        """
        return self.decode(self.sample_prior(n, seed))

    def fitted_prior(self):
        """The prior; a ValueError if there is none."""
        if self.prior is None:
            raise ValueError(
                "The VQVAE must have a prior over its codes, got none, or `fit` has forgotten it. "
                "Mend: vqvae.fit_prior(x_train)."
            )
        return self.prior

    def _set_prior(self, prior):
        if self.prior is not prior:
            self._tracker.untrack(self.prior)  # Keras counts a replaced layer's weights in for ever
            self.prior = prior

    @property
    def trainable_variables(self):
        """Those of `fit`: a prior has a training of its own."""
        apart = set() if self.prior is None else {id(each) for each in self.prior.variables}
        return [each for each in super().trainable_variables if id(each) not in apart]

    @property
    def trainable_weights(self):
        return self.trainable_variables

    def _sequences(self, codes):
        return codes.reshape(len(codes), math.prod(self.grid_shape))

    # ------------------------------------------------------------------ the likelihood

    def log_likelihood(self, x, decoded):
        """log p(x|z_q) under the model's likelihood, a tensor `(batch,)`, in nats."""
        return self.likelihood.log_prob(x, decoded)

    def mean_of(self, decoded):
        """E[x|z_q] under the likelihood, from what the decoder returns."""
        return self.likelihood.mean(decoded)

    def get_config(self):
        return {
            **super().get_config(),
            "num_codes": self.num_codes,
            "likelihood": keras.saving.serialize_keras_object(self.likelihood),
            "commitment": self.commitment,
            "decay": self.quantizer.decay,
            "restart_below": self.quantizer.restart_below,
            "seed": self.quantizer.seed,
            "prior": keras.saving.serialize_keras_object(self.prior),
        }


class CodeUsage(keras.metrics.Metric):
    """How often each code was chosen: `perplexity` and `codes_used` (see `VQVAE`)."""

    def __init__(self, num_codes, **kwargs):
        super().__init__(**kwargs)
        self.counts = self.add_variable((num_codes,), "zeros", name="counts")

    def update_state(self, codes):
        codes = tf.reshape(codes, (-1,))
        ones = tf.ones_like(codes, self.counts.dtype)
        self.counts.assign_add(tf.math.unsorted_segment_sum(ones, codes, self.counts.shape[0]))

    def result(self):
        counts = tf.convert_to_tensor(self.counts)
        share = counts / tf.maximum(tf.reduce_sum(counts), 1.0)
        entropy = -tf.reduce_sum(tf.math.xlogy(share, share))
        return {
            "perplexity": tf.exp(entropy),
            "codes_used": tf.reduce_mean(tf.cast(counts > 0, counts.dtype)),
        }


class _Codes(Input):
    """The checks of grids of codes."""

    def __init__(self, grid_shape, num_codes):
        self.shape, self.dtype = grid_shape, tf.int32
        self.words = Words("grid of codes", "grids of codes", "code")
        why = f"num_codes={num_codes}"
        self.support = Support(0, num_codes - 1, why, whole=True, value="code")


def _square(vectors):
    """‖·‖² of each example, `(batch,)`."""
    return tf.reduce_sum(vectors**2, axis=tuple(range(1, len(vectors.shape))))
