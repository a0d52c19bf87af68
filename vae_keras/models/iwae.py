"""The importance-weighted autoencoder."""

import math

import keras
import tensorflow as tf

from vae_keras import _checks
from vae_keras.losses import safe_exp
from vae_keras.models.vae import VAE

_GRADIENTS = ("standard", "doubly_reparameterized")


@keras.saving.register_keras_serializable(package="vae_keras")
class IWAE(VAE):
    """A `VAE` trained on a tighter bound on log p(x), which K samples of z an example give.

        L_K = log (1/K) Σ w_k,   w_k = p(x|z_k) p(z_k) / q(z_k|x),   z_k ~ q(z|x)

    In expectation ELBO = L_1 ≤ L_2 ≤ … ≤ log p(x). The loss is the opposite of L_K, in the parts
    that a `VAE` reports and one more, which is never above 0 and says what K samples gain,

        loss = reconstruction_loss + beta · kl_loss + tightening_loss
        tightening_loss = (1/K) Σ log w_k - log (1/K) Σ w_k

    Here `reconstruction_loss` is the mean over the samples, and `kl_loss` the closed form where the
    paper has the mean of log q(z_k|x) / p(z_k): both estimate the same L_K without bias, and K = 1
    is the VAE itself, to the last bit. `importance_weighted_bound` measures L_K afterwards with as
    many samples as one likes, of any VAE. A step costs K times a VAE's decoder.

    The more samples, the weaker the signal beside the noise in the encoder's gradient (Rainforth
    and others, "Tighter Variational Bounds are Not Necessarily Better", 2018). The doubly
    reparameterised gradient mends that: the same gradient on average, with less noise. It is

        Σ v_k² ∂log w_k/∂z_k · ∂z_k/∂φ,   v_k = w_k / Σ w_i

    for the encoder's parameters φ; the decoder's gradient is the standard one.

    Sources: Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders" (2016), eq. (8);
    Tucker and others, "Doubly Reparameterized Gradient Estimators for Monte Carlo Objectives"
    (2019), eq. (8).

    Args:
        encoder, decoder, likelihood, seed, **kwargs: As for `VAE`. A learned variance is fitted to
            all the samples alike.
        num_samples: K, at least 1.
        beta: Weight of the KL term and, in the weights, of log p(z) / q(z|x); 1 is L_K.
        gradient: `"standard"` or `"doubly_reparameterized"`.

    Raises:
        ValueError: As `VAE` does, or if `num_samples` or `gradient` is not valid.

    Example:

    >>> iwae = IWAE(encoder, decoder, num_samples=10)
    >>> iwae.compile("adam")
    >>> iwae.fit(x_train, epochs=10, batch_size=128)
    """

    _term_names = ("reconstruction_loss", "kl_loss", "tightening_loss")

    def __init__(
        self,
        encoder,
        decoder,
        likelihood="bernoulli",
        num_samples=5,
        beta=1.0,
        *,
        gradient="standard",
        seed=None,
        **kwargs,
    ):
        super().__init__(encoder, decoder, likelihood, beta, seed=seed, **kwargs)
        if self.free_bits:
            raise ValueError(f"An IWAE takes no free bits, got free_bits={self.free_bits}.")
        self.num_samples = _checks.whole_number(num_samples, "num_samples")
        self.gradient = _checks.choice(gradient, "gradient", _GRADIENTS)

    def terms(self, x, target, training):
        """Lines 5 to 10 of Algorithm 1 with K samples an example, and what they gain."""
        k = self.num_samples
        doubly = self.gradient == "doubly_reparameterized"
        if k == 1 and not doubly:  # one sample gains nothing
            terms = super().terms(x, target, training)
            return {**terms, "tightening_loss": tf.zeros_like(terms["kl_loss"])}
        z_mean, z_log_var = self.encoder(x, training=training)  # line 5: encode
        q = [tf.repeat(each, k, axis=0) for each in (z_mean, z_log_var)]
        z = self.sampling(q, training=training)  # line 6, K times: z_k = μ + σ · ε_k
        if doubly:
            # v_k is known further down only, where the gradient is on its way back.
            z = _with_gradient_times(z, lambda: 1 - self.beta * (1 - tf.reshape(v, (-1, 1))))
            q = [tf.stop_gradient(each) for each in q]
        x_hat = self.decoder(z, training=training)  # line 7: decode
        terms = self.elbo_terms(tf.repeat(target, k, axis=0), x_hat, *q, training)
        by_sample = {name: tf.reshape(values, (-1, k)) for name, values in terms.items()}
        log_ratio = tf.reshape(_log_ratio(z, *q), (-1, k))  # log p(z_k) - log q(z_k|x)
        log_w = self.beta * log_ratio - by_sample["reconstruction_loss"]
        v = tf.stop_gradient(tf.nn.softmax(log_w))
        tightening = tf.reduce_mean(log_w, axis=1) - _log_mean_exp(log_w)
        terms = {name: tf.reduce_mean(values, axis=1) for name, values in by_sample.items()}
        terms["tightening_loss"] = tightening
        if doubly:  # the same values; their gradient is that of -Σ v_k log w_k alone
            terms = {name: tf.stop_gradient(values) for name, values in terms.items()}
            weighted = tf.reduce_sum(v * log_w, axis=1)
            terms["tightening_loss"] += tf.stop_gradient(weighted) - weighted
        return terms

    def total(self, reconstruction_loss, kl_loss, tightening_loss):
        """The loss, the opposite of L_K, from the terms of examples or from their means."""
        return super().total(reconstruction_loss, kl_loss) + tightening_loss

    def get_config(self):
        options = {"num_samples": self.num_samples, "gradient": self.gradient}
        return {**super().get_config(), **options}


def _log_ratio(z, z_mean, z_log_var):
    """log p(z) - log q(z|x), `(batch,)`: the constants ½ log 2π cancel."""
    epsilon = (z - z_mean) / safe_exp(0.5 * z_log_var)
    return 0.5 * tf.reduce_sum(epsilon**2 - z**2 + z_log_var, axis=-1)


def _log_mean_exp(values):
    return tf.reduce_logsumexp(values, axis=1) - math.log(values.shape[1])


def _with_gradient_times(z, factor):
    """z itself; a gradient that goes back through it is multiplied by what `factor()` is then."""

    @tf.custom_gradient
    def identity(z):
        return tf.identity(z), lambda gradient: gradient * factor()

    return identity(z)
