"""What the tests of both packages share, besides `drawn_figures.py`."""

import pytest

IMAGE_SHAPE = (28, 28, 1)


@pytest.fixture
def small_vae():
    """Builder of a small dense VAE with seeded weights."""
    import keras

    from vae_keras import VAE, dense_decoder, dense_encoder

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

    from vae_keras import Autoencoder, dense_decoder, dense_encoder

    def build(image_shape=IMAGE_SHAPE, latent_dim=3, *, seed=0):
        keras.utils.set_random_seed(seed)
        return Autoencoder(
            dense_encoder(image_shape, latent_dim, (16,), variational=False),
            dense_decoder(image_shape, latent_dim, (16,), output_activation="sigmoid"),
        )

    return build


@pytest.fixture
def default_style():
    """Leaves the process as it was: English, Matplotlib's own settings."""
    import matplotlib

    from vae_keras.plotting import labels

    with matplotlib.rc_context():
        yield
    labels.set_language("en")
