"""Small networks and real digits for the unit tests."""

import numpy as np
import pytest

from vae_keras import VAE, Autoencoder, dense_decoder, dense_encoder
from vae_keras.data import load_images

IMAGE_SHAPE = (28, 28, 1)


@pytest.fixture(scope="session")
def digits():
    return load_images("mnist_mini")


@pytest.fixture(scope="session")
def x_small(digits):
    """256 digits: two steps and a bit with the batch size of 100."""
    return digits.x_train[:256]


@pytest.fixture
def small_vae():
    """Builder of a small dense VAE with seeded weights."""
    import keras

    def build(image_shape=IMAGE_SHAPE, latent_dim=3, *, seed=0, **options):
        keras.utils.set_random_seed(seed)
        return VAE(
            dense_encoder(image_shape, latent_dim, (16,)),
            dense_decoder(image_shape, latent_dim, (16,)),
            seed=seed,
            **options,
        )

    return build


@pytest.fixture
def small_autoencoder():
    """Builder of a small dense autoencoder with seeded weights."""
    import keras

    def build(image_shape=IMAGE_SHAPE, latent_dim=3, *, seed=0):
        keras.utils.set_random_seed(seed)
        return Autoencoder(
            dense_encoder(image_shape, latent_dim, (16,), variational=False),
            dense_decoder(image_shape, latent_dim, (16,), output_activation="sigmoid"),
        )

    return build


@pytest.fixture
def colour_images():
    """Forty colour images of 12 × 9 pixels."""
    return np.random.default_rng(0).uniform(size=(40, 12, 9, 3)).astype("float32")


@pytest.fixture
def default_style():
    """Leaves the process as it was: English, Matplotlib's own settings."""
    import matplotlib

    from vae_keras.plotting import labels

    with matplotlib.rc_context():
        yield
    labels.set_language("en")
