"""The map of the course: its chapters, the question that each answers, and where we are."""

import re
from typing import NamedTuple

from matplotlib.patches import Circle

from vae_course.exercises import CHAPTERS
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import Labels, in_language
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.style import INK, LINE_COLORS, MUTED

_MIDDLE = {"ha": "center", "va": "center"}
_WIDTH = 8.0  # inches, as all lengths here

label = Labels(
    {
        "map": ("The map of the course", "La carte du cours"),
        "here": (
            "Where we are on the map of the course: {number} {title}, {section}. {question}",
            "Où nous en sommes sur la carte du cours\u00a0: {number} {title}, {section}. "
            "{question}",
        ),
        "annex": ("second reading", "seconde lecture"),
        "whole": ("The whole at a stretch", "Tout, d’une traite"),
        "autoencoders": ("Autoencoders", "Les autoencodeurs"),
        "variational": ("Variational autoencoders", "Les autoencodeurs variationnels"),
        "training": ("Training", "L’entraînement"),
        "applications": ("Applications", "Les applications"),
        "limits": ("Limits and outlook", "Limites et perspectives"),
    }
)
_COLORS = dict(
    zip(
        ("whole", "autoencoders", "variational", "training", "applications", "limits"),
        (INK, LINE_COLORS[0], LINE_COLORS[2], "#b35c00", LINE_COLORS[3], "#7a2e2e"),
        strict=True,
    )
)


class Stop(NamedTuple):
    """A chapter on the map; titles and questions in English and in French."""

    part: str  # of the document
    section: str  # of the document
    titles: tuple
    questions: tuple

    def title(self):
        return in_language(self.titles)

    def question(self):
        return in_language(self.questions)


STOPS = {
    "00": Stop(
        "whole",
        "§ 1–4",
        ("The VAE in an hour", "Le VAE en une heure"),
        (
            "From an empty notebook to new digits: how?",
            "D’un notebook vide à des chiffres nouveaux\u00a0: comment\u202f?",
        ),
    ),
    "01": Stop(
        "autoencoders",
        "§ 1.1–1.4",
        ("The autoencoder", "L’autoencodeur"),
        (
            "Do a few numbers suffice to redraw an image?",
            "Quelques nombres suffisent-ils à redessiner une image\u202f?",
        ),
    ),
    "02": Stop(
        "autoencoders",
        "§ 1.5",
        ("Its limits", "Ses limites"),
        (
            "Why does a code drawn at random give nothing?",
            "Pourquoi un code pris au hasard ne donne-t-il rien\u202f?",
        ),
    ),
    "03": Stop(
        "variational",
        "§ 2.1–2.3",
        ("The Bayesian formulation", "La formulation bayésienne"),
        (
            "Which codes may have given this image?",
            "Quels codes ont pu donner cette image\u202f?",
        ),
    ),
    "04": Stop(
        "variational",
        "§ 2.4–2.5",
        ("The ELBO", "L’ELBO"),
        (
            "How to maximise what cannot be computed?",
            "Comment maximiser ce que l’on ne sait pas calculer\u202f?",
        ),
    ),
    "05": Stop(
        "variational",
        "§ 2.6",
        ("Reparameterization", "La reparamétrisation"),
        (
            "How does a gradient pass through a random draw?",
            "Comment un gradient traverse-t-il un tirage au hasard\u202f?",
        ),
    ),
    "06": Stop(
        "training",
        "§ 3",
        ("Training the VAE", "L’entraînement du VAE"),
        (
            "How do encoder and decoder learn together?",
            "Comment l’encodeur et le décodeur apprennent-ils ensemble\u202f?",
        ),
    ),
    "07": Stop(
        "applications",
        "§ 4.1.1–4.1.2",
        ("Generation and interpolation", "Génération et interpolation"),
        (
            "What is there between two images?",
            "Qu’y a-t-il entre deux images\u202f?",
        ),
    ),
    "08": Stop(
        "applications",
        "§ 4.1.3",
        ("Denoising", "Débruitage"),
        (
            "How to find an image again under its noise?",
            "Comment retrouver une image sous son bruit\u202f?",
        ),
    ),
    "09": Stop(
        "applications",
        "§ 4.1.4",
        ("Compression", "Compression"),
        (
            "How many bytes does an image need?",
            "De combien d’octets une image a-t-elle besoin\u202f?",
        ),
    ),
    "10": Stop(
        "applications",
        "§ 4.1.5",
        ("Molecules", "Molécules"),
        (
            "New molecules, and the ones that are wanted?",
            "Des molécules nouvelles, et celles que l’on veut\u202f?",
        ),
    ),
    "11": Stop(
        "applications",
        "§ 4.1.5",
        ("Medical images", "Images médicales"),
        (
            "What are scans that never were good for?",
            "À quoi servent des radios qui n’existent pas\u202f?",
        ),
    ),
    "12": Stop(
        "applications",
        "§ 4.1.5",
        ("Music", "Musique"),
        (
            "Can a VAE write a chorale?",
            "Un VAE peut-il écrire un choral\u202f?",
        ),
    ),
    "13": Stop(
        "limits",
        "§ 4.2",
        ("Limits, tested", "Les limites, à l’épreuve"),
        (
            "Blurred, little varied, without details: is it true?",
            "Flou, peu varié, sans détails\u202f: est-ce vrai\u202f?",
        ),
    ),
    "14": Stop(
        "limits",
        "§ 4.2–4.3",
        ("Beyond the VAE", "Au-delà du VAE"),
        (
            "Layers, symbols, a critic: what do they give back?",
            "Des étages, des symboles, un critique\u00a0: que rendent-ils\u202f?",
        ),
    ),
}


def plot_course_map(here=None, *, description=None):
    """Draws the map of the course, or of a chapter the strip that says where we are.

    Args:
        here: The number of the notebook to light, `"04"`, or `"04b"` for an annex: a low strip
            with its question. None for the whole map, with the question of each chapter.
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If the course has no such notebook.

    Example:

    >>> plot_course_map("04")
    """
    numbers = _numbers()
    chapters = [number for number in numbers if number in STOPS]
    if here is None:
        return _plot_map(chapters, numbers, description)
    if here not in numbers:
        raise ValueError(
            f"here must be the number of a notebook of the course, {', '.join(numbers)}, got "
            f"{here!r}. Mend: '04'."
        )
    return _plot_strip(chapters, numbers, here, description)


def _numbers():
    """The numbers of the notebooks that the course has, annexes among them: 00, 04, 04b."""
    return sorted(re.match(r"\d\db?", name).group() for name in CHAPTERS)


def _plot_map(chapters, numbers, description):
    step, between = 0.42, 0.1
    heights, headings, height = {}, {}, -between
    for index, number in enumerate(chapters):
        part = STOPS[number].part
        if not index or part != STOPS[chapters[index - 1]].part:
            height += between
            headings[part] = height + 0.12
            height += 0.46
        heights[number] = height
        height += step
    names = [f"{each} {STOPS[each].title()}\u00a0– {STOPS[each].question()}" for each in chapters]
    figure, axes = new_figure(
        _WIDTH, height, description=description or describe(label("map"), names)
    )
    _set_page(axes, _WIDTH, height)
    place = 0.6
    for part, top in headings.items():
        stops = [heights[each] for each in chapters if STOPS[each].part == part]
        color = _COLORS[part]
        axes.text(place + 0.36, top, label(part), color=color, fontsize=9, va="center")
        axes.plot([place, place], [top, stops[-1]], "-", color=color, linewidth=4, zorder=1)
    _draw_express(axes, place, heights, chapters)
    for number, middle in heights.items():
        stop = STOPS[number]
        _draw_stop(axes, (place, middle), number, _COLORS[stop.part])
        axes.text(place + 0.36, middle, stop.title(), fontsize=10, fontweight="bold", va="center")
        axes.text(3.5, middle, stop.question(), fontsize=9.5, va="center")
        axes.text(_WIDTH, middle, stop.section, fontsize=8, color=MUTED, ha="right", va="center")
        if f"{number}b" in numbers:
            _draw_annex(axes, (place, middle), (-0.44, 0.0), f"{number}b", _COLORS[stop.part])
    return figure


def _draw_express(axes, place, heights, chapters):
    """The line of 00, which runs beside the others to the last stop."""
    if chapters[0] != "00" or len(chapters) < 2:
        return
    first, last, beside = heights["00"], heights[chapters[-1]], place - 0.24
    axes.plot(
        [place, beside, beside, place],
        [first, first + 0.25, last - 0.25, last],
        color=_COLORS["whole"],
        linestyle=":",
        linewidth=1.4,
        zorder=0,
    )


def _plot_strip(chapters, numbers, here, description):
    stop, annex = STOPS[here[:2]], len(here) > 2
    text = label(
        "here", number=here[:2], title=stop.title(), section=stop.section, question=stop.question()
    )
    also = f"{here}, {label('annex')}" if annex else None
    height = 1.5
    figure, axes = new_figure(_WIDTH, height, description=description or describe(text, also=also))
    _set_page(axes, _WIDTH, height)
    step, margin, line = (_WIDTH - 1.0) / max(len(chapters) - 1, 1), 0.5, 0.72
    places = {number: margin + index * step for index, number in enumerate(chapters)}
    for part in dict.fromkeys(STOPS[each].part for each in chapters):
        stops = [places[each] for each in chapters if STOPS[each].part == part]
        axes.plot(
            [stops[0], stops[-1]], [line, line], "-", color=_COLORS[part], linewidth=4, zorder=1
        )
    axes.plot(
        [margin, margin + step * (len(chapters) - 1)],
        [line, line],
        color=MUTED,
        linestyle=":",
        linewidth=1.2,
        zorder=0,
    )
    for number, place in places.items():
        color = _COLORS[STOPS[number].part]
        lit = number == here
        _draw_stop(axes, (place, line), number, color, lit=lit, passed=number < here[:2])
        if f"{number}b" in numbers:
            each = f"{number}b"
            _draw_annex(axes, (place, line), (0.0, -0.42), each, color, lit=each == here)
    axes.text(
        margin - 0.2, 1.24, f"{here}  {stop.title()}", fontsize=10.5, fontweight="bold", va="center"
    )
    axes.text(
        _WIDTH - margin + 0.2,
        1.24,
        label("annex") if annex else stop.question(),
        fontsize=9.5,
        color=INK,
        ha="right",
        va="center",
    )
    return figure


def _set_page(axes, width, height):
    """Coordinates in inches, downwards, and nothing around."""
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    axes.axis("off")


def _draw_stop(axes, place, number, color, *, lit=False, passed=False):
    radius = 0.24 if lit else 0.17
    face = color if lit else "#e4e4e4" if passed else "white"
    axes.add_patch(Circle(place, radius, facecolor=face, edgecolor=color, linewidth=2, zorder=3))
    look = {"fontsize": 12 if lit else 9, "fontweight": "bold" if lit else "normal"}
    axes.text(*place, number, color="white" if lit else INK, zorder=4, **look, **_MIDDLE)


def _draw_annex(axes, place, shift, number, color, *, lit=False):
    end = (place[0] + shift[0], place[1] + shift[1])
    axes.plot([place[0], end[0]], [place[1], end[1]], "-", color=color, linewidth=1.2, zorder=1)
    face = color if lit else "white"
    radius = 0.17 if lit else 0.12
    axes.add_patch(Circle(end, radius, facecolor=face, edgecolor=color, linewidth=1.2, zorder=3))
    axes.text(
        *end, number, fontsize=8 if lit else 6, color="white" if lit else INK, zorder=4, **_MIDDLE
    )
