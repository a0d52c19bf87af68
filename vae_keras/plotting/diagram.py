"""Schematics of the architectures."""

import math

from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon

from vae_keras.plotting import checks
from vae_keras.plotting.figures import new_figure
from vae_keras.plotting.labels import label
from vae_keras.plotting.style import INK, MUTED

# One unit is 0.8 inch; the middle of the network is at height 0.
_TALLEST, _SHORTEST = 2.6, 0.7
_BAR_WIDTH = 0.26
_STEP = 1.3  # from one layer to the next
_SPACE = 0.5  # between the bars of μ and log σ²
_REPARAMETERIZATION = (
    r"$z = \mu + \sigma \cdot \varepsilon, \quad \varepsilon \sim \mathcal{N}(0, I)$"
)
_ENCODER, _DECODER, _LATENT = "#215e94", "#e08a1e", "#a3195b"


def plot_autoencoder_diagram(layer_sizes=(784, 400, 20), *, variational=False, title=None):
    """Draws the symmetric architecture: encoder, latent space, decoder.

    Args:
        layer_sizes: The sizes of the encoder's layers, from the input to the latent space; the
            decoder's are the same, backwards.
        variational: Whether to draw a VAE, whose encoder ends in μ and log σ², from which
            z = μ + σ·ε is drawn.
        title: The title of the figure.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If there are fewer than two layers or a size is no whole number of at least 1.

    Example:

    >>> plot_autoencoder_diagram((784, 400, 2), variational=True)
    """
    if isinstance(layer_sizes, (int, str)) or len(layer_sizes) < 2:
        raise ValueError(
            "layer_sizes must have at least two sizes, the input's and the latent space's, got "
            f"{layer_sizes!r}: pass e.g. (784, 400, 20)."
        )
    for place, size in enumerate(layer_sizes):
        checks.positive_integer(size, f"layer_sizes[{place}]")
    *outer_sizes, latent_size = layer_sizes
    heights = [_height(size, max(layer_sizes)) for size in layer_sizes]
    latent_height = min(heights[-1], (_TALLEST - _SPACE) / 2) if variational else heights[-1]

    # Each layer is a (place, height); a VAE has a column of parameters before its latent vector.
    encoder = [(index * _STEP, height) for index, height in enumerate(heights[:-1])]
    latent_at = len(outer_sizes) * _STEP
    parameters_at = latent_at
    if variational:
        latent_at += 2.2
    latent = (latent_at, latent_height)
    bottleneck = (parameters_at, 2 * latent_height + _SPACE) if variational else latent
    decoder = [
        (latent_at + (index + 1) * _STEP, height) for index, height in enumerate(heights[-2::-1])
    ]
    end = decoder[-1][0]

    bottom = -2.3 if variational else -1.95
    figure, axes = new_figure(0.8 * (end + 2.2), 0.8 * (1.9 - bottom) + (0.35 if title else 0.0))
    axes.set(xlim=(-1.1, end + 1.1), ylim=(bottom, 1.9), aspect="equal", title=title)
    axes.axis("off")
    _draw_block(axes, [*encoder, bottleneck], _ENCODER)
    _draw_block(axes, [latent, *decoder], _DECODER)
    for (place, height), size in zip(encoder, outer_sizes, strict=True):
        _draw_layer(axes, place, 0, height, _ENCODER, size)
    for (place, height), size in zip(decoder, outer_sizes[::-1], strict=True):
        _draw_layer(axes, place, 0, height, _DECODER, size)
    if variational:
        _draw_sampling(axes, parameters_at, latent_at, latent_height, latent_size)
    _draw_layer(axes, latent_at, 0, latent_height, _LATENT, latent_size)

    for arrow_at, text_at, name in (
        (-0.75, -0.9, "$x$"),
        (end + 0.2, end + 0.9, r"$\hat{x}$" if variational else "$x'$"),
    ):
        _draw_arrow(axes, (arrow_at, 0), (arrow_at + 0.55, 0), MUTED)
        axes.text(text_at, 0, name, fontsize=15, ha="center", va="center")
    above = latent_height / 2 + 0.12
    axes.text(latent_at, above, "$z$", color=_LATENT, fontsize=15, ha="center", va="bottom")
    axes.text(latent_at, -above - 0.3, label("latent"), color=_LATENT, ha="center", va="top")
    for start, stop, key, law, color in (
        (0, parameters_at, "encoder", "$q(z|x)$", _ENCODER),
        (latent_at, end, "decoder", "$p(x|z)$", _DECODER),
    ):
        text = f"{label(key)}  {law}" if variational else label(key)
        axes.text((start + stop) / 2, 1.55, text, color=color, fontsize=12, ha="center")
    axes.text(end / 2, bottom + 0.1, label("units"), color=MUTED, fontsize=8, ha="center")
    return figure


def _height(size, largest):
    """Returns the height of a layer; logarithmic, so that 784 and 2 fit in one picture."""
    share = math.log(size) / math.log(largest) if largest > 1 else 1.0
    return _SHORTEST + (_TALLEST - _SHORTEST) * share


def _draw_block(axes, layers, color):
    """Draws the connections: a tinted shape through the ends of the layers."""
    top = [(place, height / 2) for place, height in layers]
    bottom = [(place, -height / 2) for place, height in reversed(layers)]
    axes.add_patch(Polygon(top + bottom, facecolor=color, alpha=0.16, linewidth=0, zorder=1))


def _draw_layer(axes, place, middle, height, color, size):
    axes.add_patch(
        FancyBboxPatch(
            (place - _BAR_WIDTH / 2, middle - height / 2),
            _BAR_WIDTH,
            height,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=color,
            edgecolor="white",
            linewidth=1.2,
            zorder=3,
        )
    )
    axes.text(
        place,
        middle - height / 2 - 0.08,
        str(size),
        fontsize=9,
        color=INK,
        ha="center",
        va="top",
        zorder=4,
    )


def _draw_sampling(axes, parameters_at, latent_at, height, size):
    """Draws μ and log σ², the noise ε, and z that comes from the three."""
    offset = (height + _SPACE) / 2
    text_at, noise_at = parameters_at + 0.22, parameters_at + 1.0
    for middle, name in ((offset, r"$\mu$"), (-offset, r"$\log\,\sigma^2$")):
        _draw_layer(axes, parameters_at, middle, height, _ENCODER, size)
        axes.text(text_at, middle, name, fontsize=13, color=_ENCODER, va="center")
        start = text_at + (0.32 if middle > 0 else 0.72), middle * 0.95
        _draw_arrow(axes, start, (latent_at - 0.2, middle * 0.25), _ENCODER)
    axes.add_patch(Circle((noise_at, 0), 0.22, facecolor="white", edgecolor=INK, linestyle="--"))
    axes.text(noise_at, 0, r"$\varepsilon$", fontsize=13, color=INK, ha="center", va="center")
    _draw_arrow(axes, (noise_at + 0.26, 0), (latent_at - 0.2, 0), INK, "--")
    axes.text(
        (parameters_at + latent_at) / 2,
        -1.75,
        _REPARAMETERIZATION,
        fontsize=11,
        color=INK,
        ha="center",
    )


def _draw_arrow(axes, start, stop, color, stroke="-"):
    axes.add_patch(
        FancyArrowPatch(
            start,
            stop,
            arrowstyle="-|>",
            mutation_scale=11,
            color=color,
            linestyle=stroke,
            linewidth=1.3,
            shrinkA=0,
            shrinkB=0,
            zorder=2,
        )
    )
