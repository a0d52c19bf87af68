"""An interactive picture: move in the latent space, and the image follows."""

import base64
import io
import math

import numpy as np
from PIL import Image, ImageDraw

from vae_course.figures import drawable, plot_image_rows
from vae_keras import VAE, Autoencoder
from vae_keras.plotting.image_grids import enlarge, ink, tile
from vae_keras.plotting.labels import Labels, number
from vae_keras.plotting.notebook_figure import take_png
from vae_keras.plotting.style import IMAGE_COLORMAP

_MOST_DIRECTIONS = 20
_MOST_AXES = 10  # by default
_STEPS = 7  # of the static picture, from one end to the other
_MAP_TILES = 11  # on a side of the map
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

label = Labels(
    {
        "to_center": ("Centre", "Centre"),
        "random": ("Random", "Au hasard"),
        "direction": ("direction {number}", "direction {number}"),
    }
)


def explore(
    vae, center=None, *, directions=None, names=None, limit=3.0, size=260, colormap=IMAGE_COLORMAP
):
    """Shows sliders, one a direction of the latent space, and the image that they decode to.

    The image is that of z = center + Σ amount · direction, decoded anew while a slider moves. Two
    directions are a plane: a map of it, decoded, stands beside the image, with a mark at z. Where
    widgets do not run (GitHub, a printed page) a decoded grid stands in their place: the plane, or
    one row of images a direction.

    The labels are in the language of the figures, see `plotting.set_style`.

    Args:
        vae: A `VAE`, or an `Autoencoder`.
        center: The code in the middle, `(latent_dim,)`. Default: the origin. As the other arrays,
            it is copied.
        directions: The directions to move in, `(count, latent_dim)`, at most 20. Default: the axes
            of the latent space, the first 10 if there are more.
        names: One name a direction, each another. Default: z₁, z₂, … for the axes, else their
            numbers.
        limit: The largest amount, above 0; the sliders go from -limit to limit. A single number.
        size: Height and width of the image in pixels, about, at least 32.
        colormap: How grey images are inked, see `plotting.plot_images`.

    Returns:
        An `Explorer`: the value of a cell's last line is shown.

    Raises:
        ValueError: If the model, a shape or a number does not suit.
        ImportError: If ipywidgets is not installed.

    Example:

    >>> from vae_course.explorer import explore
    >>> explore(vae, z_mean[0], directions=[smiling, angry], names=["smile", "eyebrows"])
    """
    try:
        import ipywidgets
    except ImportError as error:
        raise ImportError(
            "explore needs ipywidgets. Mend: pip install ipywidgets, or vae-keras[notebooks]."
        ) from error
    if not isinstance(vae, VAE | Autoencoder):
        raise ValueError(f"vae must be a VAE or an Autoencoder, got {type(vae).__name__}.")
    if len(vae.x_shape) != 3 or vae.x_shape[-1] not in (1, 3):
        raise ValueError(
            f"vae must be of images of 1 (grey) or 3 (colour) channels, got {vae.x_shape}."
        )
    plane = _Plane(vae, center, directions, names, limit)
    size = drawable.whole_number(size, "size", least=32)
    return Explorer(ipywidgets, plane, size, colormap)


class Explorer:
    """What `explore` returns: the sliders, the image they decode to, and a picture without them.

    Attributes:
        widget: The ipywidgets widget.
    """

    def __init__(self, ipywidgets, plane, size, colormap):
        self._widgets, self._plane, self._size, self._colormap = ipywidgets, plane, size, colormap
        picture = plane.draw(colormap)
        self._png, self._description = take_png(picture), picture.description
        self._sliders = [self._slider(name) for name in plane.names]
        self._image = ipywidgets.Image(format="png")
        self._map = _Map(plane, size, colormap) if len(plane.names) == 2 else None
        self._map_image = ipywidgets.Image(format="png")
        self.widget = self._arranged()
        self._waiting = False  # for other sliders that are about to move
        self._follow()
        for slider in self._sliders:
            slider.observe(self._follow, names="value")

    @property
    def amounts(self):
        """Where the sliders are, NumPy array `(count,)`; setting them moves the sliders."""
        return np.array([slider.value for slider in self._sliders])

    @amounts.setter
    def amounts(self, values):
        values = drawable.array(values, "amounts", "(count,)")
        drawable.same_length(values, "amounts", "directions", len(self._sliders))
        self._waiting = True  # all the sliders move, and then one image is decoded
        try:
            for slider, value in zip(self._sliders, values, strict=True):
                slider.value = float(value)  # the slider keeps it between its ends
        finally:
            self._waiting = False
        self._follow()

    @property
    def z(self):
        """The code that is shown, NumPy array `(latent_dim,)`."""
        return self._plane.codes(self.amounts[None])[0]

    @property
    def image(self):
        """The image that is shown, NumPy array `(height, width, channels)`."""
        return self._plane.decode(self.amounts[None])[0]

    def __repr__(self):
        return f"<Explorer of {len(self._sliders)} latent directions>"

    def _repr_mimebundle_(self, include=None, exclude=None):
        """The widget for a front end that has widgets, the picture for one that has not."""
        data = {
            "text/plain": repr(self),
            "image/png": base64.b64encode(self._png).decode("ascii"),
            WIDGET_VIEW: {"version_major": 2, "version_minor": 0, "model_id": self.widget.model_id},
        }
        return data, {"image/png": {"alt": self._description}}

    def _slider(self, name):
        return self._widgets.FloatSlider(
            value=0.0,
            min=-self._plane.limit,
            max=self._plane.limit,
            step=self._plane.limit / 60,
            description=name,
            readout_format=".2f",
            style={"description_width": "initial"},
        )

    def _arranged(self):
        row, column = self._widgets.HBox, self._widgets.VBox
        generator, scale = np.random.default_rng(), min(1.0, self._plane.limit / 3)

        def draw(count):
            return scale * generator.standard_normal(count)

        buttons = row([self._button("to_center", np.zeros), self._button("random", draw)])
        if self._map is None:
            return row([column([*self._sliders, buttons]), self._image])
        across, upwards = self._sliders
        upwards.orientation = "vertical"
        width, height = self._map.size
        upwards.layout.height, across.layout.width = f"{height + 40}px", f"{width + 120}px"
        return row([column([row([upwards, self._map_image]), across, buttons]), self._image])

    def _button(self, text, new_amounts):
        def move(button):
            self.amounts = new_amounts(len(self._sliders))

        button = self._widgets.Button(description=label(text))
        button.on_click(move)
        return button

    def _follow(self, change=None):
        if self._waiting:
            return
        picture = ink(self.image[None], self._colormap)[0]
        self._image.value = _png(_sized(picture, self._size))
        if self._map is not None:
            self._map_image.value = self._map.marked(self.amounts)


class _Plane:
    """The codes that the sliders reach: center + Σ amount · direction."""

    def __init__(self, vae, center, directions, names, limit):
        dimension = vae.latent_dim
        self.vae = vae
        if center is None:
            center = np.zeros(dimension)
        if directions is None:
            directions = np.eye(min(dimension, _MOST_AXES), dimension)
            if names is None:
                names = [f"z{axis + 1}".translate(_SUBSCRIPTS) for axis in range(len(directions))]
        # Copies: the caller may change the arrays while the sliders move.
        self.center = drawable.array(center, "center", f"({dimension},)")
        self.directions = drawable.array(directions, "directions", f"(count, {dimension})")
        count = len(self.directions)
        if count > _MOST_DIRECTIONS:
            raise ValueError(
                f"directions must be at most {_MOST_DIRECTIONS}, a slider each, got {count}."
            )
        if names is None:
            names = [label("direction", number=index + 1) for index in range(count)]
        drawable.same_length(names, "names", "directions", count)
        self.names = [str(name) for name in names]
        repeated = [name for name in self.names if self.names.count(name) > 1]
        if repeated:
            raise ValueError(f"names must differ from one another, got {repeated[0]!r} twice.")
        self.limit = drawable.number(limit, "limit", above=0)

    def codes(self, amounts):
        return (self.center + amounts @ self.directions).astype("float32")

    def decode(self, amounts):
        return self.vae.decode(self.codes(amounts))

    def draw(self, colormap):
        """The static picture: the plane, or a row of images a direction."""
        steps = np.linspace(-self.limit, self.limit, _STEPS)
        # With the decimals that tell them apart.
        decimals = max(1, math.ceil(-math.log10(steps[1] - steps[0]) - 1e-9))
        texts = [number(value, decimals) for value in steps]
        if len(self.names) == 2:
            across, upwards = self.names
            xlabel = f"{across} →, {upwards} ↑"
            grid = np.stack(np.meshgrid(steps, steps), axis=-1)
            rows = dict(zip(texts[::-1], grid[::-1], strict=True))  # upwards
        else:
            xlabel, axes = None, np.eye(len(self.names))
            rows = {name: steps[:, None] * axes[k] for k, name in enumerate(self.names)}
        # Far from the codes a linear decoder leaves [0, 1] by far.
        images = {name: np.clip(self.decode(amounts), 0, 1) for name, amounts in rows.items()}
        return plot_image_rows(images, columns=texts, xlabel=xlabel, colormap=colormap)


class _Map:
    """The plane of two directions, decoded, with a mark where the sliders are."""

    def __init__(self, plane, size, colormap):
        steps = np.linspace(-plane.limit, plane.limit, _MAP_TILES)
        amounts = np.stack(np.meshgrid(steps, steps[::-1]), axis=-1).reshape(-1, 2)
        canvas, _ = tile(ink(plane.decode(amounts), colormap), _MAP_TILES)
        self._picture = _sized(canvas, size)
        self.size = self._picture.size
        self._limit = plane.limit

    def marked(self, amounts):
        """The map as PNG, with the mark."""
        picture = self._picture.copy()
        width, height = picture.size
        # The middle of the outer tiles is at the ends of the sliders.
        inner = (_MAP_TILES - 1) / _MAP_TILES / 2
        x = width * (0.5 + inner * amounts[0] / self._limit)
        y = height * (0.5 - inner * amounts[1] / self._limit)
        draw = ImageDraw.Draw(picture)
        for radius, color in ((8, "white"), (6, "#a3195b"), (3, "white")):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)
        return _png(picture)


def _sized(picture, size):
    """A Pillow image of `size` pixels, about: small pixels become squares, and are not blurred."""
    image = Image.fromarray(np.round(255 * enlarge(picture, size)).astype("uint8"))
    if size < max(picture.shape):
        image.thumbnail((size, size), Image.Resampling.BOX)
    return image


def _png(image):
    buffer = io.BytesIO()
    image.save(buffer, format="png", compress_level=1)  # it is on its way, not kept
    return buffer.getvalue()
