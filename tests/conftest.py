"""What the tests of both packages share, besides `drawn_figures.py`."""

import pytest


@pytest.fixture
def default_style():
    """Leaves the process as it was: English, Matplotlib's own settings."""
    import matplotlib

    from vae_keras.plotting import labels

    with matplotlib.rc_context():
        yield
    labels.set_language("en")
