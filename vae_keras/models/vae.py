"""The variational autoencoder."""

import math
import numbers

import keras
import numpy as np
import tensorflow as tf

from vae_keras.layers import Sampling
from vae_keras.losses import (
    bernoulli_log_likelihood,
    check_positive,
    gaussian_log_likelihood,
    kl_divergence,
)
from vae_keras.models._image_model import ImageModel, ends_in_sigmoid

LIKELIHOODS = ("bernoulli", "gaussian")


@keras.saving.register_keras_serializable(package="vae_keras")
class VAE(ImageModel):
    """Learns to encode images into a Gaussian latent space, and to draw new ones from it.

    Trained by Algorithm 1 of the course. With beta = 1 the loss is the opposite of the ELBO,
    estimated with one sample of z an image,

        loss = reconstruction_loss + beta · kl_loss
        reconstruction_loss = -log p(x|z),   kl_loss = KL(q(z|x) ‖ N(0, I))

    Both terms are sums over pixels and over latent dimensions and means over images: nats per
    image. `fit`, `evaluate` and callbacks report the three, and the equality holds exactly.
    Penalties that layers add themselves (regularizers) are minimised with the loss, and are not
    part of the figures reported.

    Sources: Kingma and Welling, "Auto-Encoding Variational Bayes" (2014); beta: Higgins et al.,
    "beta-VAE" (2017).

    Args:
        encoder: `keras.Model` from images `(batch, height, width, channels)` to
            `[z_mean, z_log_var]`, both `(batch, latent_dim)`.
        decoder: `keras.Model` from z `(batch, latent_dim)` to **logits** (Bernoulli) or means
            (Gaussian), in the images' shape.
        likelihood: `"bernoulli"` for pixels in [0, 1] or `"gaussian"` for any finite pixels.
        beta: Weight of the KL term, at least 0; 1 is the ELBO. It can be set at any time, also
            by a callback during training: `vae.beta = 0.5`.
        variance: Variance of each pixel under the Gaussian likelihood; with ½ the reconstruction
            loss is ‖x - x̂‖² up to a constant.
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

    _number_of_encoder_outputs = 2

    def __init__(
        self,
        encoder,
        decoder,
        likelihood="bernoulli",
        beta=1.0,
        *,
        variance=0.5,
        seed=None,
        **kwargs,
    ):
        super().__init__(encoder, decoder, **kwargs)
        if likelihood not in LIKELIHOODS:
            raise ValueError(f"likelihood must be one of {LIKELIHOODS}, got {likelihood!r}.")
        check_positive(variance, "variance")
        if likelihood == "bernoulli":
            _check_bernoulli(decoder, variance)
            self._unit_interval = "the Bernoulli likelihood"
        self.likelihood = likelihood
        self.variance = float(variance)
        self.sampling = Sampling(seed=seed, dtype=_at_least_float32(encoder), name="sampling")
        # A variable, so that a change reaches the compiled step; behind a function, so that Keras
        # does not count it among the weights: load_weights must not change beta.
        variable = tf.Variable(
            _check_beta(beta), dtype=self.sampling.compute_dtype, trainable=False, name="beta"
        )
        self._beta_variable = lambda: variable
        self.reconstruction_tracker = keras.metrics.Mean(name="reconstruction_loss")
        self.kl_tracker = keras.metrics.Mean(name="kl_loss")
        self.built = True

    @property
    def beta(self):
        """Weight of the KL term."""
        return float(self._beta_variable().numpy())

    @beta.setter
    def beta(self, value):
        self._beta_variable().assign(_check_beta(value))

    def train_step(self, data):
        """One step of Algorithm 1, lines 4 to 12."""
        x, target = self._unpack(data)  # line 4: a mini-batch; the target is x itself

        with tf.GradientTape() as tape:
            z_mean, z_log_var = self.encoder(x, training=True)  # line 5: encode
            z = self.sampling([z_mean, z_log_var])  # line 6: z = μ + σ · ε
            x_hat = self.decoder(z, training=True)  # line 7: decode

            reconstruction_loss = -self.log_likelihood(target, x_hat)  # line 9
            kl_loss = kl_divergence(z_mean, z_log_var)  # line 10
            loss = reconstruction_loss + self._beta_variable() * kl_loss  # line 11, per image

            objective = self._mean_over_batch(loss) + self._penalties()
            objective = self.optimizer.scale_loss(objective)  # 1 except in float16

        gradients = tape.gradient(objective, self.trainable_variables)  # line 12: ∇ over θ and φ
        self.optimizer.apply(gradients, self.trainable_variables)

        return self._update_metrics(reconstruction_loss, kl_loss)

    def test_step(self, data):
        """The same losses, without the update: `evaluate` and `validation_data`."""
        x, target = self._unpack(data)
        z_mean, z_log_var = self.encoder(x, training=False)
        z = self.sampling([z_mean, z_log_var])
        x_hat = self.decoder(z, training=False)
        return self._update_metrics(
            -self.log_likelihood(target, x_hat), kl_divergence(z_mean, z_log_var)
        )

    def log_likelihood(self, x, decoded):
        """log p(x|z) under the model's likelihood.

        Args:
            x: Images `(batch, height, width, channels)`.
            decoded: The decoder's output for z, same shape.

        Returns:
            Tensor of shape `(batch,)`, in nats.
        """
        if self.likelihood == "bernoulli":
            return bernoulli_log_likelihood(x, decoded)
        return gaussian_log_likelihood(x, decoded, self.variance)

    def _code(self, encoded):
        return encoded[0]  # z_mean

    def _mean(self, decoded):
        return keras.ops.sigmoid(decoded) if self.likelihood == "bernoulli" else decoded

    def _update_metrics(self, reconstruction_loss, kl_loss):
        self.reconstruction_tracker.update_state(reconstruction_loss)
        self.kl_tracker.update_state(kl_loss)
        return self._logs()

    def get_metrics_result(self):
        reconstruction_loss = self.reconstruction_tracker.result()
        kl_loss = self.kl_tracker.result()
        loss = reconstruction_loss + tf.cast(self._beta_variable(), kl_loss.dtype) * kl_loss
        return self._as_logs(
            {"loss": loss, "reconstruction_loss": reconstruction_loss, "kl_loss": kl_loss}
        )

    def encode(self, x, batch_size=256):
        """Encodes images into the parameters of q(z|x).

        Args:
            x: Images `(batch, height, width, channels)`, or a `tf.data.Dataset` of batches.
            batch_size: Images encoded at a time.

        Returns:
            `(z_mean, z_log_var)`, two NumPy arrays of shape `(batch, latent_dim)`.
        """
        x, _ = self._checked(x, targets=False)
        return self._in_batches(self.encoder, x, batch_size)

    def generate(self, n, seed=None):
        """Draws new images: z ~ N(0, I), then the decoder. Lines 15 to 17 of Algorithm 1.

        Args:
            n: Number of images, at least 1.
            seed: Integer seed; the same seed gives the same z. `None` draws anew at each call.

        Returns:
            NumPy array `(n, height, width, channels)`, as `decode` returns it.
        """
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
            raise ValueError(f"n must be a whole number of images, at least 1, got {n!r}.")
        z = np.random.default_rng(seed).standard_normal((n, self.latent_dim)).astype("float32")
        return self.decode(z)

    def get_config(self):
        return {
            **super().get_config(),
            "likelihood": self.likelihood,
            "beta": self.beta,
            "variance": self.variance,
            "seed": self.sampling.seed,
        }


def _check_beta(beta):
    if isinstance(beta, bool) or not isinstance(beta, numbers.Real) or not 0 <= beta < math.inf:
        raise ValueError(f"beta must be a finite number, at least 0 (1 is the ELBO), got {beta!r}.")
    return float(beta)


def _check_bernoulli(decoder, variance):
    """Refuses what has no sense with Bernoulli pixels: probabilities for logits, a variance."""
    if ends_in_sigmoid(decoder):
        raise ValueError(
            "Under the Bernoulli likelihood the decoder must return logits, and this one ends in a "
            "sigmoid. Mend: remove its last activation (the model applies the sigmoid itself), or "
            "use likelihood='gaussian'."
        )
    if variance != 0.5:
        raise ValueError(
            f"variance={variance!r} has no meaning under the Bernoulli likelihood. Mend: use "
            "likelihood='gaussian', or leave it out."
        )


def _at_least_float32(encoder):
    """The type of the noise: float32 even where the encoder computes in 16 bits."""
    return keras.backend.result_type(encoder.outputs[0].dtype, "float32")
