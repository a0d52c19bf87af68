"""The variational autoencoder."""

import keras
import numpy as np
import tensorflow as tf

from vae_keras import _checks, likelihoods
from vae_keras.layers import Sampling
from vae_keras.losses import kl_divergence, kl_per_dimension, safe_exp
from vae_keras.models._latent_model import LatentModel
from vae_keras.models._pair import check_pair, support_of


@keras.saving.register_keras_serializable(package="vae_keras")
class VAE(LatentModel):
    """Learns to encode x into a Gaussian latent space, and to draw new x from it.

    Trained by Algorithm 1 of the course. With beta = 1 the loss is the opposite of the ELBO,
    estimated with one sample of z an example,

        loss = reconstruction_loss + beta · kl_loss
        reconstruction_loss = -log p(x|z),   kl_loss = KL(q(z|x) ‖ N(0, I))

    Both terms are sums over the values of x (the pixels of an image) and over latent dimensions,
    and means over examples: nats per example. `fit`, `evaluate` and callbacks report the three, and
    the equality holds exactly. Penalties that layers add themselves (regularizers) are minimised
    with the loss, and are not part of the figures reported.

    With free bits λ, a latent dimension whose KL, in mean over the mini-batch, is below λ nats
    costs λ all the same: nothing is gained by collapsing it further. What this adds is reported
    beside, and `kl_loss` stays the true one,

        loss = reconstruction_loss + beta · (kl_loss + free_bits_loss)
        free_bits_loss = Σ_j max(λ - KL_j, 0)

    Sources: Kingma and Welling, "Auto-Encoding Variational Bayes" (2014); beta: Higgins et al.,
    "beta-VAE" (2017); free bits: Kingma et al., "Improved Variational Inference with Inverse
    Autoregressive Flow" (2016), appendix C.8.

    Args:
        encoder: `keras.Model` from x, `(batch, …)` of any shape, to `[z_mean, z_log_var]`, both
            `(batch, latent_dim)`.
        decoder: `keras.Model` from z `(batch, latent_dim)` to what the likelihood takes: **logits**
            (Bernoulli) or means (Gaussian) in x's shape, or logits with a last axis of categories
            (Categorical).
        likelihood: `"bernoulli"` for values in [0, 1], `"gaussian"` for any finite values,
            `"categorical"` for whole numbers; or a likelihood, `Gaussian(variance="learned")` for
            instance.
        beta: Weight of the KL term, at least 0; 1 is the ELBO. It can be set at any time, also
            by a callback during training: `vae.beta = 0.5`; see `BetaWarmup`.
        free_bits: λ, in nats a latent dimension, at least 0: none.
        seed: Integer seed of the noise ε, or `None`.
        **kwargs: `name` and the like, for `keras.Model`.

    Raises:
        ValueError: If the encoder and the decoder do not fit together, or an argument is out of
            its range.

    Example:

    >>> encoder = dense_encoder((28, 28, 1), latent_dim=2)
    >>> decoder = dense_decoder((28, 28, 1), latent_dim=2)
    >>> vae = VAE(encoder, decoder)
    >>> vae.compile("adam")
    >>> vae.fit(x_train, epochs=10, batch_size=128, validation_data=x_test)
    >>> new_images = vae.generate(16)
    """

    _term_names = ("reconstruction_loss", "kl_loss")

    def __init__(
        self,
        encoder,
        decoder,
        likelihood="bernoulli",
        beta=1.0,
        *,
        free_bits=0.0,
        seed=None,
        **kwargs,
    ):
        likelihood = likelihoods.get(likelihood)
        check_pair(encoder, decoder, 2, likelihood, self.is_conditional, self.is_autoregressive)
        free_bits = _checks.number(free_bits, "free_bits", least=0)
        super().__init__(
            encoder,
            decoder,
            term_names=self._term_names + (("free_bits_loss",) if free_bits else ()),
            support=support_of(decoder, likelihood),
            **kwargs,
        )
        self.likelihood = likelihood
        self.free_bits = free_bits
        self.sampling = Sampling(seed=seed, dtype=self.term_dtype, name="sampling")
        # A variable, so that a change reaches the compiled step; TensorFlow's, which Keras does not
        # count among the weights: load_weights must not change beta.
        self._beta_variable = tf.Variable(0.0, dtype=self.term_dtype, trainable=False)
        self.beta = beta

    @property
    def beta(self):
        """Weight of the KL term: a float; inside a compiled step, a tensor that follows it."""
        return self._beta_variable.read_value() if tf.inside_function() else self._beta

    @beta.setter
    def beta(self, value):
        self._beta = _checks.number(value, "beta", least=0)
        self._beta_variable.assign(self._beta)

    @property
    def step_variables(self):
        return [*super().step_variables, self._beta_variable]

    def terms(self, x, target, training):
        """The terms of the loss, each `(batch,)`, in nats: lines 5 to 10 of Algorithm 1."""
        z_mean, z_log_var = self.encoder(x, training=training)  # line 5: encode
        z = self.sampling([z_mean, z_log_var], training=training)  # line 6: z = μ + σ · ε
        x_hat = self.decoder(z, training=training)  # line 7: decode
        return self.elbo_terms(target, x_hat, z_mean, z_log_var, training)

    def elbo_terms(self, target, x_hat, z_mean, z_log_var, training):
        """The two terms of the ELBO, and what free bits add: lines 9 and 10 of Algorithm 1."""
        if training:
            self.likelihood.adapt(target, x_hat)
        terms = {"reconstruction_loss": -self.likelihood.log_prob(target, x_hat)}  # line 9
        terms |= self.kl_terms(z_mean, z_log_var)  # line 10
        if self.free_bits:
            kl = self._mean_over_replicas(kl_per_dimension(z_mean, z_log_var))
            missing = tf.reduce_sum(tf.nn.relu(self.free_bits - kl))
            terms["free_bits_loss"] = tf.fill(tf.shape(z_mean)[:1], missing)
        return terms

    def kl_terms(self, z_mean, z_log_var):
        """KL(q(z|x) ‖ p(z)) of each example, under the name, or names, that it is reported by."""
        return {"kl_loss": kl_divergence(z_mean, z_log_var)}

    def total(self, reconstruction_loss, kl_loss, free_bits_loss=0.0):
        """The loss, from the terms of examples or from their means: line 11 of Algorithm 1."""
        return reconstruction_loss + self.beta * (kl_loss + free_bits_loss)

    def train_step(self, data):
        """One step of Algorithm 1, lines 4 to 12."""
        x, target = self.unpack(data)  # line 4: a mini-batch; the target is x itself
        with tf.GradientTape() as tape:
            terms = self.terms(x, target, training=True)  # lines 5 to 10
            objective = self.objective(terms)  # line 11, and the mean over the batch
        self.descend(tape, objective)  # line 12: ∇ over θ and φ
        return self.report(terms)

    def decoded(self, z, x):
        """What the decoder says of x, given z, or `[z, c]`; most do not look at x."""
        return self.decoder(z, training=False)

    def log_likelihood(self, x, decoded):
        """log p(x|z) under the model's likelihood, a tensor `(batch,)`, in nats."""
        return self.likelihood.log_prob(x, decoded)

    def evidence(self, x, batch_size=256):
        """What `draw` makes draws of: here q(z|x) itself, `(z_mean, z_log_var)`."""
        return self.encode(x, batch_size=batch_size)

    def draw(self, mean, log_var, noise):
        """z ~ q(z|x), and the mean and log-variance that q gave it; all `(batch, latent_dim)`.

        Args:
            mean, log_var: What `evidence` gives.
            noise: Draws of N(0, I), a tensor `(batch, latent_dim)`.
        """
        return mean + safe_exp(0.5 * log_var) * noise, mean, log_var

    def code_of(self, encoded):
        """z_mean, of what the encoder returns."""
        return encoded[0]

    def mean_of(self, decoded):
        """E[x|z] under the likelihood, from what the decoder returns."""
        return self.likelihood.mean(decoded)

    def generate(self, n, seed=None):
        """Draws new x: z ~ N(0, I), then the decoder. Lines 15 to 17 of Algorithm 1.

        Args:
            n: How many, at least 1.
            seed: Integer seed; the same seed gives the same z. `None` draws anew at each call.

        Returns:
            NumPy array `(n, …)`, as `decode` returns it: the mean of p(x|z), not a draw of it.
        """
        return self.decode(self.sample_prior(n, seed))

    def sample_prior(self, n, seed=None):
        """Draws z ~ N(0, I): a NumPy array `(n, latent_dim)`; `n` and `seed` as for `generate`."""
        n = _checks.whole_number(n, "n")
        generator = np.random.default_rng(_checks.seed(seed))
        return generator.standard_normal((n, self.latent_dim)).astype("float32")

    def get_config(self):
        return {
            **super().get_config(),
            "likelihood": keras.saving.serialize_keras_object(self.likelihood),
            "beta": self.beta,
            "free_bits": self.free_bits,
            "seed": self.sampling.seed,
        }
