"""What chapters do before they show anything: networks from the same weights, a training."""

import keras

from vae_keras import dense_decoder, dense_encoder


def fresh_networks(
    x_shape, latent_dim, hidden_units=(400,), *, seed, variational=True, output_activation=None
):
    """A new encoder and its mirror, the decoder, from the same weights at each call.

    Args:
        x_shape: Shape of one example.
        latent_dim: Number of latent dimensions.
        hidden_units: Widths of the encoder's hidden layers.
        seed: Seed of the weights, and of all that is drawn after them.
        variational: Whether they are for a `VAE` or for an `Autoencoder`, whose decoder ends in a
            sigmoid.
        output_activation: Another last activation of the decoder.

    Returns:
        `(encoder, decoder)`.
    """
    keras.utils.set_random_seed(seed)
    if not variational:
        output_activation = output_activation or "sigmoid"
    encoder = dense_encoder(x_shape, latent_dim, hidden_units, variational=variational)
    decoder = dense_decoder(
        x_shape, latent_dim, hidden_units[::-1], output_activation=output_activation
    )
    return encoder, decoder


def train(model, x, *, epochs, batch_size, learning_rate, jit_compile="auto"):
    """Trains a new model with Adam, in silence, and returns it."""
    model.compile(keras.optimizers.Adam(learning_rate), jit_compile=jit_compile)
    model.fit(x, batch_size=batch_size, epochs=epochs, verbose=0)
    return model


class EpochProgress(keras.callbacks.Callback):
    """Says in French, every few epochs, where the loss is: a sign of life in a long training."""

    def __init__(self, every=5):
        super().__init__()
        self.every = every

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0:
            epochs = f"époque {epoch + 1:2d}\N{NO-BREAK SPACE}"
            print(f"{epochs}: {logs['loss']:.1f} nats par image", flush=True)
