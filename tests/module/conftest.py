"""Real digits and colour images for the unit tests."""

import numpy as np
import pytest

from vae_keras.data import load_images


@pytest.fixture(scope="session")
def digits():
    return load_images("mnist_mini")


@pytest.fixture(scope="session")
def x_small(digits):
    """256 digits: two steps and a bit with the batch size of 100."""
    return digits.x_train[:256]


@pytest.fixture
def colour_images():
    """Forty colour images of 12 × 9 pixels."""
    return np.random.default_rng(0).uniform(size=(40, 12, 9, 3)).astype("float32")
