import itertools

import numpy as np
import pytest

from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.placement import place_texts

pytestmark = pytest.mark.usefixtures("default_style")

BESIDE = ["level", "above"]
POINTS = np.array([[0.5, 0.5], [0.52, 0.5], [0.5, 0.53], [0.99, 0.02], [0.01, 0.98]])
TEXTS = ["first", "second", "two\nlines", "at the right edge", "at the left edge"]


def placed(where, points=POINTS, texts=TEXTS, legend=None, written=None, **look):
    """The axes, and the boxes of the texts that were placed, in pixels."""
    figure, axes = new_figure(5, 4, description="points")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.plot(*np.transpose(points), "o", label="a long name of these points")
    if legend:
        axes.legend(loc=legend)
    if written:
        axes.text(*points[0], written, ha="center", va="center")
    before = len(axes.texts)
    place_texts(axes, points, texts, where, **look)
    figure.draw_without_rendering()
    return axes, [
        (text.get_bbox_patch() or text).get_window_extent() for text in axes.texts[before:]
    ]


@pytest.mark.parametrize("where", ["on", *BESIDE])
def test_texts_hide_neither_one_another_nor_leave_the_axes(where):
    axes, boxes = placed(where)
    for one, other in itertools.combinations(boxes, 2):
        assert not one.shrunk(0.97, 0.9).overlaps(other.shrunk(0.97, 0.9))
    page = axes.bbox.expanded(1.005, 1.005)
    for box in boxes:
        assert all(page.contains(*corner) for corner in box.corners())


@pytest.mark.parametrize("where", BESIDE)
def test_texts_beside_hide_no_point(where):
    axes, boxes = placed(where)
    for box, point in itertools.product(boxes, axes.transData.transform(POINTS)):
        assert not box.contains(*point)


def test_where_there_is_room_texts_stand_where_they_are_to():
    points = [[0.2, 0.3], [0.7, 0.8]]
    for where, right, up in (("on", 0, 0), ("level", 1, 0), ("above", 1, 1)):
        axes, boxes = placed(where, points, ["a", "b"])
        for box, (x, y) in zip(boxes, axes.transData.transform(points), strict=True):
            middle = (box.get_points()[0] + box.get_points()[1]) / 2 - (x, y)
            np.testing.assert_array_equal(np.sign(np.round(middle / 2)), [right, up])
            assert np.abs(middle).max() < 25


@pytest.mark.parametrize("where", ["on", *BESIDE])
def test_nothing_that_is_written_is_hidden(where):
    axes, (box,) = placed(where, [[0.9, 0.9]], ["name"], legend="upper right")
    assert not box.shrunk(1, 0.8).overlaps(axes.get_legend().get_window_extent())
    axes, (box,) = placed("on", [[0.5, 0.5]], ["name"], written="already here")
    assert not box.shrunk(1, 0.9).overlaps(axes.texts[0].get_window_extent())


def test_frames_are_part_of_the_texts():
    frame = {"boxstyle": "round,pad=1"}
    _, boxes = placed("on", [[0.5, 0.5]] * 2, ["a", "b"], bbox=frame)
    assert not boxes[0].shrunk(0.97, 0.97).overlaps(boxes[1].shrunk(0.97, 0.97))


def test_each_text_may_have_a_look_of_its_own():
    axes, _ = placed("above", looks=[{"color": color} for color in "rgbcm"], fontsize=7)
    assert [text.get_color() for text in axes.texts] == list("rgbcm")
    assert {text.get_fontsize() for text in axes.texts} == {7}
