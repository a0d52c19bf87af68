"""Schematic faces, drawn from known factors: images whose truth is known."""

import numpy as np

from vae_keras import _checks

FACE_FACTORS = ("smile", "eye_size", "face_width", "eyebrow_slant", "hue", "gaze")
_SIZE = 64
_AT_ONCE = 250 * 64 * 64  # pixels drawn at a time: the memory it takes depends on it

# Lengths are in half-heights of the image; x points right, y down, the origin is the centre.
_BACKGROUND = np.array([0.93, 0.95, 0.97], "float32")
_INK = np.array([0.18, 0.15, 0.20], "float32")
_WHITE = np.array([1.0, 1.0, 1.0], "float32")
_FACE_HEIGHT = 0.86
_LINE = 0.045  # half the thickness of a line


def draw_faces(factors, image_size=_SIZE):
    """Draws schematic faces, each from its own factors.

    Six numbers, each a visible trait. The lines are smoothed at the pixel's scale, so that an image
    is a continuous function of its factors.

    Source: in the manner of Chernoff, "The Use of Faces to Represent Points in k-Dimensional Space
    Graphically", Journal of the American Statistical Association 68 (1973).

    Args:
        factors: Array `(count, 6)`, each in [-1, 1], in the order of `FACE_FACTORS`: `smile`,
            `eye_size`, `face_width`, `eyebrow_slant` (from worried to angry), `hue` (from orange
            to blue) and `gaze` (from left to right).
        image_size: Height and width in pixels, at least 16.

    Returns:
        Images `(count, image_size, image_size, 3)`, float32 in [0, 1].

    Raises:
        ValueError: If the factors have another shape or leave [-1, 1], or the size is too small.

    Example:

    >>> x = draw_faces([[1, 0, 0, 0, 0, 0]])  # a broad smile, all else in the middle
    """
    shape = f"(count, {len(FACE_FACTORS)})"
    factors = _checks.array(factors, "factors", shape, dtype="float32", least=0, finite=False)
    outside = factors[~(np.abs(factors) <= 1)]  # NaN too
    if outside.size:
        raise ValueError(f"factors must be in [-1, 1], got {outside[0]:g}.")
    size = _checks.whole_number(image_size, "image_size", least=16)
    images = np.empty((len(factors), size, size, 3), "float32")
    at_once = max(1, _AT_ONCE // size**2)
    for first in range(0, len(factors), at_once):
        images[first : first + at_once] = _draw(factors[first : first + at_once], size)
    return images


def _draw(factors, size):
    """The images of one batch; a colour is laid over another as a painter does."""
    smile, eye_size, face_width, slant, hue, gaze = factors.T[:, :, None, None]
    step = 2 / size  # a pixel
    centers = (np.arange(size, dtype="float32") + 0.5) * step - 1
    images = np.full((len(factors), size, size, 3), _BACKGROUND)

    def paint(distance, color, rows=slice(None), columns=slice(None)):
        """Lays a colour where a signed distance is negative, over a part of the image."""
        cover = np.clip(0.5 - distance / step, 0, 1)[..., None]
        region = images[:, rows, columns]
        region += cover * (color - region)

    def window(low_y, high_y, low_x, high_x):
        """The rows and columns of a part of the image, and their coordinates."""
        rows = slice(*np.searchsorted(centers, [low_y, high_y]))
        columns = slice(*np.searchsorted(centers, [low_x, high_x]))
        return rows, columns, centers[columns][None, None, :], centers[rows][None, :, None]

    x, y = centers[None, None, :], centers[None, :, None]
    half_width = 0.66 + 0.16 * face_width
    skin = _skin(hue)
    paint(_ellipse(x, y, half_width, _FACE_HEIGHT), 0.55 * skin)  # the outline
    paint(_ellipse(x, y, half_width - _LINE, _FACE_HEIGHT - _LINE), skin)

    eye_x = 0.44 * half_width
    for side in (-1, 1):
        rows, columns, x, y = window(-0.7, 0.2, *sorted((0, side * 0.72)))
        x = x - side * eye_x
        radius = 0.145 + 0.055 * eye_size
        paint(_ellipse(x, y + 0.16, radius, radius), _INK, rows, columns)
        inner = radius - 0.6 * _LINE
        paint(_ellipse(x, y + 0.16, inner, inner), _WHITE, rows, columns)
        pupil = 0.5 * radius
        shift = gaze * (inner - pupil)
        paint(_ellipse(x - shift, y + 0.16, pupil, pupil), _INK, rows, columns)
        height = y + 0.48 - 0.45 * side * -slant * x  # angry: the inner ends are lower
        paint(_bar(x, height, 0.25 * half_width), _INK, rows, columns)

    rows, columns, x, y = window(-0.1, 0.3, -0.2, 0.2)
    paint(_bar(y - 0.09, x, 0.09), 0.55 * skin, rows, columns)  # the nose, upright

    rows, columns, x, y = window(0.2, 0.75, -0.45, 0.45)
    bend = 1.5 * smile
    curve = 0.46 + 0.11 * smile - bend * x**2
    slope = np.sqrt(1 + (2 * bend * x) ** 2)
    paint(_bar(x, (y - curve) / slope, 0.32), _INK, rows, columns)
    return images


def _ellipse(x, y, half_width, half_height):
    """Signed distance to an ellipse, exact for a circle and to first order elsewhere."""
    level = np.sqrt((x / half_width) ** 2 + (y / half_height) ** 2)
    gradient = np.sqrt((x / half_width**2) ** 2 + (y / half_height**2) ** 2)
    return level * (level - 1) / np.maximum(gradient, 1e-6)


def _bar(along, across, half_length):
    """Signed distance to a segment with round ends."""
    beyond = np.maximum(np.abs(along) - half_length, 0)
    return np.sqrt(beyond**2 + across**2) - _LINE


def _skin(hue):
    """The colour of a hue in [-1, 1], from orange to blue, about equally bright."""
    stops = np.array(
        [[0.98, 0.74, 0.52], [0.95, 0.86, 0.50], [0.66, 0.87, 0.60], [0.56, 0.80, 0.95]], "float32"
    )
    position = (hue + 1) / 2 * (len(stops) - 1)
    channels = [np.interp(position, np.arange(len(stops)), channel) for channel in stops.T]
    return np.stack(channels, axis=-1).astype("float32")
