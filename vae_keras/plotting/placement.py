"""Texts on or beside points, where they hide least of the points and of one another."""

import numpy as np

_DOT = 0.06  # inches, the half side of what a point takes up

# Where a text's centre may be, seen from its point, in halves of the text's size and in the order
# of preference: on the point and around it, or level with it, or above it; and farther away.
_FAR = [(right, up * far) for far in range(1, 8) for up in (1, -1) for right in (1, -1)]
_SIDES = {
    "on": [(0, 0)]
    + [
        (far * np.cos(angle), far * np.sin(angle))
        for far in np.arange(0.25, 5, 0.25)
        for angle in np.arange(0, 2 * np.pi, np.pi / 6)
    ],
    "level": [(1, 0), (-1, 0), *_FAR],
    "above": [(1, 1), (0, 1), (-1, 1), (1, 0), (-1, 0), *_FAR],
}
_GAPS = {"on": (2 / 72, 2 / 72), "level": (8 / 72, 6 / 72), "above": (6 / 72, 5 / 72)}  # inches


def small_print(axes, text, place, shift, coordinates="data", **look):
    """Writes a small text at a place, moved by so many points across and upwards."""
    look = {"fontsize": 8, "textcoords": "offset points", "xycoords": coordinates} | look
    axes.annotate(str(text), place, shift, **look)


def place_texts(axes, points, texts, where, *, looks=None, **look):
    """Writes a text for each point (n, 2) of a figure that is otherwise finished.

    The texts stand `"on"` their points, `"level"` with them or `"above"` if they can: the figure is
    laid out, to know where its points are on the page and how large the texts are. `look` is
    keywords of `Axes.annotate` for all the texts, `looks` for each of them.
    """
    written = [*axes.texts, *filter(None, [axes.get_legend()])]
    look = {"ha": "center", "va": "center", "textcoords": "offset points", "zorder": 5} | look
    notes = [
        axes.annotate(text, point, (0, 0), **look | each)
        for text, point, each in zip(texts, points, looks or [{}] * len(texts), strict=True)
    ]
    for note in notes:
        note.set_in_layout(False)  # not where it is now
    figure, sides = axes.figure, np.array(_SIDES[where])
    apart = np.divide((-1, -1) if where == "on" else (3, -1), 72)  # lest two texts be read as one
    figure.draw_without_rendering()
    page = axes.bbox.get_points() / figure.dpi  # in inches, as all that follows
    places = axes.transData.transform(points) / figure.dpi
    taken = [(place - _DOT, place + _DOT) for place in places if where != "on"]
    taken += [each.get_window_extent().get_points() / figure.dpi for each in written]
    for note, place in zip(notes, places, strict=True):
        box = (note.get_bbox_patch() or note).get_window_extent()
        half = box.size / figure.dpi / 2
        shifts = sides * (half + _GAPS[where])
        low, high = place + shifts - half, place + shifts + half
        outside = np.maximum(page[0] - low, 0) + np.maximum(high - page[1], 0)
        hidden = 10 * outside.sum(axis=1)
        for other_low, other_high in taken:
            shared = np.minimum(high, other_high) - np.maximum(low, other_low) + apart
            hidden += np.maximum(shared, 0).prod(axis=1)
        best = np.argmin(hidden)  # the first of equals
        taken.append((low[best], high[best]))
        note.xyann = (72 * shifts[best]).tolist()
        note.set_multialignment(("center", "left", "right")[int(np.sign(sides[best][0]))])
        note.set_in_layout(True)
