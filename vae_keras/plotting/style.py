"""The look of the figures: colours told apart by everyone, also when printed in grey."""

import matplotlib
from cycler import cycler

from vae_keras.plotting import labels

# Ten lightnesses from 16 to 84 (CIELAB), 7.5 apart, so that a grey print keeps the classes apart;
# the hues were chosen to stay far from each other under protanopia and deuteranopia. Classes that
# often lie side by side in MNIST's latent space (4 and 9, 3 and 5, 7 and 9) are far in lightness.
CLASS_COLORS = (
    "#215e94",
    "#cc2b5e",
    "#7b3413",
    "#202a8f",
    "#54003e",
    "#4bd57e",
    "#3bb6d8",
    "#9285f8",
    "#628d05",
    "#f4ce51",
)

# Lines differ in stroke before they differ in colour.
LINE_COLORS = ("#215e94", "#e08a1e", "#a3195b", "#628d05", "#3bb6d8", "#54003e")
LINE_STROKES = ("-", "--", "-.", ":", (0, (5, 1.5, 1, 1.5, 1, 1.5)), (0, (8, 3)))
LINE_MARKERS = ("o", "s", "^", "D", "v", "P")
LOOKS = len(LINE_STROKES) ** 2

INK = "#222222"  # texts drawn over a figure
MUTED = "#777777"  # frames, guides, what is not the data
FRAME = "#c8c8c8"  # the thin line around a picture

# Ink on paper: 0 is white and 1 is black, which prints well and spares the page.
IMAGE_COLORMAP = "gray_r"

STYLE = {
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "font.size": 10,
    "mathtext.fontset": "dejavusans",
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.titlesize": 11,
    "axes.titlepad": 8,
    "axes.prop_cycle": cycler(color=LINE_COLORS, linestyle=LINE_STROKES),
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.8,
    "lines.linewidth": 1.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "hatch.linewidth": 0.6,
    "image.cmap": IMAGE_COLORMAP,
}


def set_style(language="en"):
    """Sets the language of the figures and their Matplotlib style for the whole process.

    Without a call the figures speak English and follow the Matplotlib settings in force. A setting
    of `matplotlib.rcParams` changed after the call wins over the style's.

    Args:
        language: `"en"` or `"fr"`.

    Raises:
        ValueError: If the language is unknown; nothing is changed then.

    Example:

    >>> from vae_keras import plotting
    >>> plotting.set_style(language="fr")
    """
    labels.set_language(language)
    matplotlib.rcParams.update(STYLE)


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
