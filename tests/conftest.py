"""What the tests of both packages share, besides `drawn_figures.py`."""

import collections
import gc
import os

import pytest

# Processes side by side, each with a thread a core, wait for one another: a mixture of gaussians
# takes twenty times as long. Said before NumPy is imported, here and in the kernels.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

IMAGE_SHAPE = (28, 28, 1)
# What takes longest comes first, so that no process is left alone with it at the end; where the
# file is not named, those with most tests first.
LONGEST = (
    "notebooks",
    "test_models.py",
    "test_jupyterlab.py",
    "test_grading_hostile.py",
    "test_grading.py",
    "test_exercises.py",
    "test_execution.py",
    "test_vae.py",
    "test_code_prior.py",
    "test_shared_graphs.py",
    "test_grading_accidents.py",
    "test_cli_models.py",
    "test_limits.py",
    "test_iwae.py",
    "test_solutions.py",
)


def pytest_collection_modifyitems(items):
    files = collections.Counter(item.path for item in items)
    ranks = {name: rank for rank, name in enumerate(LONGEST)}

    def rank(item):
        name = "notebooks" if item.path.suffix == ".ipynb" else item.path.name
        return ranks.get(name, len(ranks)), -files[item.path]

    items.sort(key=rank)


def pytest_collection_finish():
    """What was imported stays: the collector need not go through all of TensorFlow each time."""
    gc.collect()
    gc.freeze()


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
