"""What the tests of the figures share: reading a figure, and what every figure must be."""

import io
import warnings

import matplotlib
import pytest
from matplotlib.figure import Figure

from vae_keras import plotting


def png(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=60)
    return buffer.getvalue()


def texts(figure):
    """All that is written in a figure, tick labels included."""
    png(figure)
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text) if text.get_text()]


def check_stays_on_the_page(figure):
    figure.draw_without_rendering()
    drawn, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert drawn.x0 > -0.02
    assert drawn.y0 > -0.02
    assert drawn.x1 < width + 0.02
    assert drawn.y1 < height + 0.02


def every_figure(drawings):
    """A class of tests: what each figure of a dict of functions that draw must be."""
    each = pytest.mark.parametrize("name", drawings)

    class EveryFigure:
        @each
        def test_is_a_figure_that_draws_without_a_warning_and_the_same_twice(self, name, caplog):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                figure = drawings[name]()
                assert isinstance(figure, Figure)
                drawn = png(figure)
                assert drawn.startswith(b"\x89PNG")
            assert not caplog.records  # Matplotlib logs what it cannot do
            again = drawings[name]()
            assert png(again) == drawn
            assert again.description == figure.description

        @each
        def test_stays_on_the_page_and_says_what_it_shows_in_each_language(self, name):
            said = set()
            for language in plotting.labels.LANGUAGES:
                plotting.set_style(language=language)
                figure = drawings[name]()
                check_stays_on_the_page(figure)
                description = figure.description
                assert len(description) > 20
                assert description.endswith((".", "!", "?", "…"))
                assert not set("\n\\{}$") & set(description), description
                said.add(description)
            assert len(said) == len(plotting.labels.LANGUAGES)

    return EveryFigure
