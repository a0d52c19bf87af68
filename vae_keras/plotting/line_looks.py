"""The looks of curves: they differ in stroke and marker before they differ in colour."""

from vae_keras.plotting.style import LINE_COLORS, LINE_STROKES, MUTED

LINE_MARKERS = ("o", "s", "^", "D", "v", "P")
LOOKS = len(LINE_STROKES) ** 2


def line_look(index, point_count):
    """The keywords of `Axes.plot` for the curve number `index`: the first LOOKS all differ.

    Few points are marked: a single epoch is a dot, where a line would be invisible.
    """
    stroke, turn = index % len(LINE_STROKES), index // len(LINE_STROKES)
    marked = point_count <= 15
    return {
        "color": (*LINE_COLORS, MUTED)[index % (len(LINE_COLORS) + 1)],  # the seventh is grey
        "linestyle": LINE_STROKES[stroke],
        "marker": LINE_MARKERS[(index + turn) % len(LINE_MARKERS)] if marked else "",
        "markersize": 4.5,
    }
