"""The look of the figures: colours told apart by everyone, also when printed in grey."""

import pathlib

import matplotlib

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

_SHEET = pathlib.Path(__file__).with_suffix(".mplstyle")
STYLE = matplotlib.rc_params_from_file(_SHEET, use_default_template=False)
_CYCLE = STYLE["axes.prop_cycle"].by_key()
LINE_COLORS, LINE_STROKES = _CYCLE["color"], _CYCLE["linestyle"]

INK = STYLE["text.color"]  # texts drawn over a figure
MUTED = STYLE["axes.edgecolor"]  # frames, guides, what is not the data
FRAME = "#c8c8c8"  # the thin line around a picture
IMAGE_COLORMAP = STYLE["image.cmap"]


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
