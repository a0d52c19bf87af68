import pytest
from drawn_figures import every_figure, texts
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle

from vae_course import figures
from vae_course.exercises import CHAPTERS
from vae_course.figures import course_map
from vae_keras import plotting

pytestmark = pytest.mark.usefixtures("default_style")

TestEveryFigure = every_figure(
    {"map": figures.plot_course_map, "strip": lambda: figures.plot_course_map("04")}
)


def fills(figure):
    """The colour inside each stop of a map, by the number written on it."""
    (axes,) = figure.axes
    circles = [patch for patch in axes.patches if isinstance(patch, Circle)]
    numbers = {text.get_position(): text.get_text() for text in axes.texts}
    return {numbers[tuple(each.center)]: each.get_facecolor()[:3] for each in circles}


def test_every_chapter_is_on_the_map_in_its_order_and_no_other():
    numbers = sorted({name[:2] for name in CHAPTERS})
    assert set(numbers) <= set(course_map.STOPS)
    assert sorted(number for number in fills(figures.plot_course_map()) if len(number) == 2) == (
        numbers
    )
    assert list(course_map.STOPS) == sorted(course_map.STOPS)


@pytest.mark.parametrize("language", plotting.labels.LANGUAGES)
def test_the_map_asks_the_question_of_each_chapter(language):
    plotting.set_style(language=language)
    figure = figures.plot_course_map()
    written = set(texts(figure))
    for number in {name[:2] for name in CHAPTERS}:
        stop = course_map.STOPS[number]
        assert {stop.title(), stop.question(), stop.section} <= written
        assert stop.question() in figure.description


def test_the_strip_lights_one_chapter_and_shades_those_before():
    plotting.set_style(language="fr")
    figure = figures.plot_course_map("04")
    found = fills(figure)
    white, lit = to_rgb("white"), found["04"]
    assert lit not in (white, found["03"])
    assert found["03"] == found["01"] != white
    assert found["05"] == white
    assert "Comment maximiser ce que l’on ne sait pas calculer\u202f?" in texts(figure)
    assert "04 L’ELBO" in figure.description


def test_an_annex_is_a_small_mark_and_can_be_lit(monkeypatch):
    monkeypatch.setattr(course_map, "CHAPTERS", CHAPTERS | {"04b_plus_loin": "elbo_further"})
    whole = fills(figures.plot_course_map())
    assert "04b" in whole
    figure = figures.plot_course_map("04b")
    found = fills(figure)
    assert found["04b"] != to_rgb("white")
    assert found["04"] == to_rgb("white")
    assert "04b, second reading" in figure.description


@pytest.mark.parametrize("language", plotting.labels.LANGUAGES)
@pytest.mark.parametrize("here", [None, *course_map.STOPS, "06b", "07b"])
def test_no_two_texts_overlap(here, language, monkeypatch):
    """Also when all the chapters and all the annexes are there."""
    every = [number + annex for number in course_map.STOPS for annex in ("", "b")]
    monkeypatch.setattr(course_map, "CHAPTERS", dict.fromkeys(f"{each}_x" for each in every))
    plotting.set_style(language=language)
    figure = figures.plot_course_map(here)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    for index, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])


@pytest.mark.parametrize("here", ["15", "4", 4, "", "04c"])
def test_refuses_what_is_not_on_the_map(here):
    with pytest.raises(ValueError, match="here must be the number of a notebook of the course"):
        figures.plot_course_map(here)
