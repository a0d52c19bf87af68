"""Schematics: the architectures, and how gradients travel through a random draw."""

import math

from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon

from vae_course.figures import drawable
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import Labels
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.style import INK, LINE_COLORS, MUTED

# Of the architectures. One unit is 0.8 inch; the middle of the network is at height 0.
_TALLEST, _SHORTEST = 2.6, 0.7
_BAR_WIDTH = 0.26
_STEP = 1.3  # from one layer to the next
_SPACE = 0.5  # between the bars of μ and log σ²
_ENCODER, _DECODER, _LATENT = LINE_COLORS[:3]

# Of the gradient's paths. One unit is 0.62 inch; z is at height 0.
_UNIT = 0.62
_LEFT, _RIGHT, _BOTTOM, _TOP = -0.95, 6.95, -1.75, 2.2
_AT = {
    "encoder": (0.0, 0.0),
    "mean": (2.1, 1.0),
    "log_var": (2.1, -1.0),
    "z": (4.2, 0.0),
    "noise": (4.2, 1.65),
    "f": (6.2, 0.0),
}
_NETWORK, _DRAW, _BACKWARD = LINE_COLORS[:3]

_MIDDLE = {"ha": "center", "va": "center"}

label = Labels(
    {
        "see_autoencoder": (
            "Diagram of an autoencoder. The image x goes through the encoder, layers of {sizes} "
            "units, to the latent vector z; the decoder goes back to the reconstruction x'",
            "Schéma d’un autoencodeur. L’image x traverse l’encodeur, couches de {sizes} unités, "
            "jusqu’au code z\u00a0; le décodeur en revient à la reconstruction x′",
        ),
        "see_vae": (
            "Diagram of a variational autoencoder. The image x goes through the encoder, layers "
            "of {sizes} units, which ends in two heads, μ and log σ²; z = μ + σ·ε is drawn from "
            "them and from the noise ε; the decoder makes the reconstruction x̂ of it",
            "Schéma d’un autoencodeur variationnel. L’image x traverse l’encodeur, couches de "
            "{sizes} unités, qui finit par deux têtes, μ et log σ²\u00a0; on en tire, avec le "
            "bruit ε, le code z = μ + σ·ε\u00a0; le décodeur en fait la reconstruction x̂",
        ),
        "see_paths": (
            "Two diagrams of the path from the encoder to f(z). On the left z is drawn from "
            "N(μ, σ²): the gradient stops at z. On the right z = μ + σ·ε, the noise ε stands "
            "beside the path, and the gradient goes back to the encoder",
            "Deux schémas du chemin de l’encodeur à f(z). À gauche, z est tiré de N(μ, "
            "σ²)\u00a0: le gradient s’arrête à z. À droite, z = μ + σ·ε, le bruit ε est à côté "
            "du chemin, et le gradient revient jusqu’à l’encodeur",
        ),
        "encoder": ("Encoder", "Encodeur"),
        "decoder": ("Decoder", "Décodeur"),
        "latent": ("Latent space", "Espace latent"),
        "units": (
            "Under each layer, its number of units",
            "Sous chaque couche, son nombre d’unités",
        ),
        "draw_on_path": ("The draw is on the path", "Le tirage est sur le chemin"),
        "noise_beside": ("The noise is beside the path", "Le bruit est à côté du chemin"),
        "computation": ("computation", "calcul"),
        "gradient": ("gradient", "gradient"),
    }
)


def plot_autoencoder_diagram(
    layer_sizes=(784, 400, 20), *, variational=False, title=None, description=None
):
    """Draws the symmetric architecture: encoder, latent space, decoder.

    Args:
        layer_sizes: The sizes of the encoder's layers, from the input to the latent space; the
            decoder's are the same, backwards.
        variational: Whether to draw a VAE, whose encoder ends in μ and log σ², from which
            z = μ + σ·ε is drawn.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If there are fewer than two layers or a size is no whole number of at least 1.

    Example:

    >>> plot_autoencoder_diagram((784, 400, 2), variational=True)
    """
    if isinstance(layer_sizes, (int, str)) or len(layer_sizes) < 2:
        raise ValueError(
            "layer_sizes must be at least two sizes, the input's and the latent space's, got "
            f"{layer_sizes!r}. Mend: (784, 400, 20)."
        )
    for place, size in enumerate(layer_sizes):
        drawable.whole_number(size, f"layer_sizes[{place}]")
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
    kind = label(
        "see_vae" if variational else "see_autoencoder", sizes=", ".join(map(str, layer_sizes))
    )
    figure, axes = new_figure(
        0.8 * (end + 2.2),
        0.8 * (1.9 - bottom) + (0.35 if title else 0.0),
        description=description or describe(kind, title=title),
    )
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
        axes.text(text_at, 0, name, fontsize=15, **_MIDDLE)
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


def plot_gradient_paths(*, title=None, description=None):
    """Draws where the gradient goes without and with the reparameterization trick.

    On the left z is drawn from N(μ, σ²): the computation passes through a random node, and the
    gradient that comes back from f(z) stops there. On the right z = μ + σ·ε: the noise stands
    beside the path, which is differentiable from end to end.

    Args:
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure` with two panels.

    Example:

    >>> plot_gradient_paths()
    """
    width, height = 2 * _UNIT * (_RIGHT - _LEFT), _UNIT * (_TOP - _BOTTOM) + 0.75
    figure, panels = new_figure(
        width,
        height,
        columns=2,
        description=description or describe(label("see_paths"), title=title),
    )
    for axes, reparameterized in zip(panels, (False, True), strict=True):
        axes.set(xlim=(_LEFT, _RIGHT), ylim=(_BOTTOM, _TOP), aspect="equal")
        axes.set_title(label("noise_beside" if reparameterized else "draw_on_path"))
        axes.axis("off")
        _draw_paths(axes, _draw_nodes(axes, reparameterized), reparameterized)
    strokes = [
        Line2D([], [], color=MUTED, label=label("computation")),
        Line2D([], [], color=_BACKWARD, linestyle="--", label=label("gradient")),
    ]
    figure.legend(handles=strokes, loc="outside lower center", ncols=2)
    if title:
        figure.suptitle(title)
    return figure


def _height(size, largest):
    """The height of a layer; logarithmic, so that 784 and 2 fit in one picture."""
    share = math.log(size) / math.log(largest) if largest > 1 else 1.0
    return _SHORTEST + (_TALLEST - _SHORTEST) * share


def _draw_block(axes, layers, color):
    """Draws the connections: a tinted shape through the ends of the layers."""
    top = [(place, height / 2) for place, height in layers]
    bottom = [(place, -height / 2) for place, height in reversed(layers)]
    axes.add_patch(Polygon(top + bottom, facecolor=color, alpha=0.16, linewidth=0, zorder=1))


def _draw_layer(axes, place, middle, height, color, size):
    _draw_box(axes, (place, middle), (_BAR_WIDTH, height), color, "white", rounding=0.08)
    bottom = middle - height / 2 - 0.08
    axes.text(place, bottom, str(size), fontsize=9, color=INK, ha="center", va="top", zorder=4)


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
    axes.text(noise_at, 0, r"$\varepsilon$", fontsize=13, color=INK, **_MIDDLE)
    _draw_arrow(axes, (noise_at + 0.26, 0), (latent_at - 0.2, 0), INK, "--")
    law = r"$z = \mu + \sigma \cdot \varepsilon, \quad \varepsilon \sim \mathcal{N}(0, I)$"
    middle = (parameters_at + latent_at) / 2
    axes.text(middle, -1.75, law, fontsize=11, color=INK, ha="center")


def _draw_nodes(axes, reparameterized):
    """Draws the values and the networks; returns the patch of each, for arrows to meet."""
    nodes = {}
    for key, name in (("encoder", label("encoder")), ("f", "$f(z)$")):
        nodes[key] = _draw_box(axes, _AT[key], (1.44, 0.72), "white", _NETWORK, rounding=0.12)
        axes.text(*_AT[key], name, color=INK, fontsize=10, zorder=4, **_MIDDLE)
    values = [("mean", r"$\mu$", 13), ("log_var", r"$\log\sigma^2$", 8.5), ("z", "$z$", 13)]
    if reparameterized:
        values.append(("noise", r"$\varepsilon$", 13))
        law, random = r"$z=\mu+\sigma\cdot\varepsilon$", "noise"
        right_of_noise = _AT["noise"][0] + 0.6, _AT["noise"][1]
        noise_law = r"$\varepsilon\sim\mathcal{N}(0,I)$"
        axes.text(*right_of_noise, noise_law, color=INK, fontsize=11, va="center")
    else:
        law, random = r"$z\sim\mathcal{N}(\mu,\,\sigma^2)$", "z"
    for key, name, size in values:
        color = _DRAW if key == random else _NETWORK
        nodes[key] = Circle(
            _AT[key],
            0.42,
            facecolor=(color, 0.22) if key == random else "white",
            edgecolor=color,
            linestyle="--" if key == random else "-",
            linewidth=1.4,
            zorder=3,
        )
        axes.add_patch(nodes[key])
        axes.text(*_AT[key], name, color=INK, fontsize=size, zorder=4, **_MIDDLE)
    axes.text(_AT["z"][0] + 0.95, _AT["z"][1] - 1.0, law, color=INK, fontsize=11, **_MIDDLE)
    return nodes


def _draw_paths(axes, nodes, reparameterized):
    def draw(start, stop, *look, bend=0.16):
        ends = {"patchA": nodes[start], "patchB": nodes[stop], "shrinkA": 3, "shrinkB": 3}
        bent = f"arc3,rad={bend}"  # there and back side by side
        _draw_arrow(axes, _AT[start], _AT[stop], *look, connectionstyle=bent, **ends)

    paths = ("encoder", "mean"), ("encoder", "log_var"), ("mean", "z"), ("log_var", "z"), ("z", "f")
    for start, stop in paths:
        draw(start, stop, MUTED)
        if reparameterized or start == "z":
            draw(stop, start, _BACKWARD, "--")
    if reparameterized:
        draw("noise", "z", MUTED, bend=0.0)
        return
    for up, text_up in ((0.52, 0.95), (-0.52, -0.95)):
        axes.plot(3.15, up, "x", markersize=10, markeredgewidth=2.4, color=_BACKWARD, zorder=5)
        axes.text(3.3, text_up, "None", color=_BACKWARD, family="monospace", **_MIDDLE)


def _draw_box(axes, middle, size, color, edge, rounding):
    (x, y), (width, height) = middle, size
    style = f"round,pad=0,rounding_size={rounding}"
    box = FancyBboxPatch(
        (x - width / 2, y - height / 2),
        width,
        height,
        boxstyle=style,
        facecolor=color,
        edgecolor=edge,
        linewidth=1.3,
        zorder=3,
    )
    return axes.add_patch(box)


def _draw_arrow(axes, start, stop, color, stroke="-", **options):
    look = {"arrowstyle": "-|>", "mutation_scale": 11, "linewidth": 1.3, "zorder": 2}
    look |= {"shrinkA": 0, "shrinkB": 0} | options
    axes.add_patch(FancyArrowPatch(start, stop, color=color, linestyle=stroke, **look))
