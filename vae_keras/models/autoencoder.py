"""The plain autoencoder."""

import keras
import tensorflow as tf
from keras import ops

from vae_keras.models._latent_model import LatentModel
from vae_keras.models._pair import check_pair, output_range
from vae_keras.support import Support


@keras.saving.register_keras_serializable(package="vae_keras")
class Autoencoder(LatentModel):
    """Learns to compress x into short codes z, and to give x back from them.

    Minimises the squared error, summed over the values of x and averaged over examples,

        loss = ‖x - x'‖²,   z = f(x),   x' = g(z)

    Nothing constrains where the codes lie: that is what a `VAE` adds. The course's chapter 1;
    Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks" (2006).

    Args:
        encoder: `keras.Model` from x, `(batch, …)` of any shape, to z `(batch, latent_dim)`, as
            `dense_encoder(..., variational=False)` builds.
        decoder: `keras.Model` from z to x (not logits), as
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

    def __init__(self, encoder, decoder, **kwargs):
        check_pair(encoder, decoder, 1)
        support = output_range(decoder, bounded=True) or Support()
        super().__init__(encoder, decoder, term_names=("loss",), support=support, **kwargs)

    def terms(self, x, target, training):
        """The squared error of each example, `(batch,)`."""
        z = self.encoder(x, training=training)
        x_prime = self.decoder(z, training=training)
        difference = ops.cast(target, "float32") - ops.cast(x_prime, "float32")
        axes = tuple(range(1, len(difference.shape)))
        return {"loss": ops.sum(ops.square(difference), axis=axes)}

    def total(self, loss):
        return loss

    def train_step(self, data):
        x, target = self.unpack(data)
        with tf.GradientTape() as tape:
            terms = self.terms(x, target, training=True)
            objective = self.objective(terms)
        self.descend(tape, objective)
        return self.report(terms)
