"""What chapters do before they show anything: networks from the same weights, a training."""

import keras
import threadpoolctl
from keras import layers

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


def string_networks(length, num_symbols, numbers_a_window=10, width=128, *, seed):
    """A new encoder and decoder of strings whose code keeps the order of the symbols.

    x is read in windows of four symbols; each gives `numbers_a_window` of the latent numbers, which
    see the neighbouring windows, too. The decoder reads them in the same order. What happens at a
    place is thus learned once for all places, so that few strings suffice to learn it.

    Args:
        length: Places of x, a multiple of 4.
        num_symbols: How many symbols there are, the end included.
        numbers_a_window: Latent numbers of a window: `latent_dim` is `length / 4` times as many.
        width: Number of filters of the convolutions.
        seed: Seed of the weights, and of all that is drawn after them.

    Returns:
        `(encoder, decoder)`, for the categorical likelihood.
    """
    keras.utils.set_random_seed(seed)
    windows = length // 4
    same = {"padding": "same", "activation": "gelu"}

    def convolved(h, count):
        h = layers.Conv1D(width, 3, **same)(h)
        for _ in range(count):
            h = layers.Add()([h, layers.Conv1D(width, 3, **same)(h)])
        return h

    x = keras.Input((length,), dtype="int32", name="x")
    h = layers.Reshape((windows, 4 * 16))(layers.Embedding(num_symbols, 16)(x))
    h = convolved(h, 1)
    z_mean = layers.Flatten()(layers.Conv1D(numbers_a_window, 1)(h))
    small = keras.initializers.Constant(-2.0)  # σ starts at 0.37: codes are heard from the start
    z_log_var = layers.Conv1D(numbers_a_window, 1, bias_initializer=small)(h)
    encoder = keras.Model(x, [z_mean, layers.Flatten()(z_log_var)], name="encoder")

    z = keras.Input((windows * numbers_a_window,), name="z")
    h = convolved(layers.Reshape((windows, numbers_a_window))(z), 2)
    logits = layers.Reshape((length, num_symbols))(layers.Conv1D(4 * num_symbols, 1)(h))
    return encoder, keras.Model(z, logits, name="decoder")


def train(model, x, *, epochs, batch_size, learning_rate, jit_compile="auto"):
    """Trains a new model with Adam, in silence, and returns it."""
    model.compile(keras.optimizers.Adam(learning_rate), jit_compile=jit_compile)
    model.fit(x, batch_size=batch_size, epochs=epochs, verbose=0)
    return model


def one_thread():
    """A context in which NumPy, SciPy and scikit-learn compute on one thread.

    On small matrices their threads wait for each other longer than they compute: ten times as long,
    where another program is at work.
    """
    return threadpoolctl.threadpool_limits(1)


class EpochProgress(keras.callbacks.Callback):
    """Says in French, every few epochs, where the loss is: a sign of life in a long training."""

    def __init__(self, every=5):
        super().__init__()
        self.every = every

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0:
            epochs = f"époque {epoch + 1:2d}\N{NO-BREAK SPACE}"
            print(f"{epochs}: {logs['loss']:.1f} nats par image", flush=True)
