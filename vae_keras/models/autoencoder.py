"""The plain autoencoder."""

import keras
import tensorflow as tf
from keras import ops

from vae_keras.models._image_model import ImageModel


@keras.saving.register_keras_serializable(package="vae_keras")
class Autoencoder(ImageModel):
    """Learns to compress images into short codes z, and to give the images back from them.

    Minimises the squared error, summed over pixels and averaged over images,

        loss = ‖x - x'‖²,   z = f(x),   x' = g(z)

    Nothing constrains where the codes lie: that is what a `VAE` adds. The course's chapter 1;
    Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks" (2006).

    Args:
        encoder: `keras.Model` from images `(batch, height, width, channels)` to z
            `(batch, latent_dim)`, as `dense_encoder(..., variational=False)` builds.
        decoder: `keras.Model` from z to images (not logits), as
            `dense_decoder(..., output_activation="sigmoid")` builds.
        **kwargs: `name` and the like, for `keras.Model`.

    Raises:
        ValueError: If the encoder and the decoder do not fit together.

    Example:

    >>> encoder = dense_encoder((28, 28, 1), latent_dim=20, variational=False)
    >>> decoder = dense_decoder((28, 28, 1), latent_dim=20, output_activation="sigmoid")
    >>> autoencoder = Autoencoder(encoder, decoder)
    >>> autoencoder.compile("adam")
    >>> autoencoder.fit(x_train, epochs=10, batch_size=128, validation_data=x_test)
    >>> codes = autoencoder.encode(x_test)
    """

    _number_of_encoder_outputs = 1

    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.built = True

    def train_step(self, data):
        x, target = self._unpack(data)
        with tf.GradientTape() as tape:
            z = self.encoder(x, training=True)
            x_prime = self.decoder(z, training=True)
            loss = _squared_error(target, x_prime)
            objective = self._mean_over_batch(loss) + self._penalties()
            objective = self.optimizer.scale_loss(objective)  # 1 except in float16
        gradients = tape.gradient(objective, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        self.loss_tracker.update_state(loss)
        return self._logs()

    def test_step(self, data):
        x, target = self._unpack(data)
        x_prime = self.decoder(self.encoder(x, training=False), training=False)
        self.loss_tracker.update_state(_squared_error(target, x_prime))
        return self._logs()

    def get_metrics_result(self):
        return self._as_logs({"loss": self.loss_tracker.result()})

    def encode(self, x, batch_size=256):
        """Encodes images.

        Args:
            x: Images `(batch, height, width, channels)`, or a `tf.data.Dataset` of batches.
            batch_size: Images encoded at a time.

        Returns:
            Codes z, a NumPy array of shape `(batch, latent_dim)`.
        """
        x, _ = self._checked(x, targets=False)
        return self._in_batches(self.encoder, x, batch_size)


def _squared_error(x, x_prime):
    """‖x - x'‖² of each image, shape `(batch,)`."""
    difference = ops.cast(x, "float32") - ops.cast(x_prime, "float32")
    return ops.sum(ops.square(difference), axis=(1, 2, 3))
