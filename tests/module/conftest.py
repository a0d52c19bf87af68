"""Real digits and colour images for the unit tests."""

import keras
import numpy as np
import pytest

from vae_keras import training_run
from vae_keras.data import load_images
from vae_keras.models._execution import Execution


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


@pytest.fixture(scope="module")
def without_xla():
    """For trainings of a few steps: XLA would take longer to compile them than they take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Execution, "_resolve_jit_compile", lambda model: False)
        # Of models that are Keras's own: priors over codes.
        patch.setattr(keras.Model, "_resolve_auto_jit_compile", lambda model: False, raising=False)
        yield


@pytest.fixture
def no_figures(monkeypatch):
    """For runs of which no figure is looked at: half of a small run's time."""
    monkeypatch.setattr(training_run, "draw_figures", lambda *arguments, **options: None)
