"""Music as one sees it: time to the right, pitch upwards."""

import numpy as np

from vae_course.chorales.notes import frames_of, notes_of
from vae_course.figures import drawable
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import Labels
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.style import FRAME, INK

_COLORS = "#cc2b5e", "#f0a830", "#3bb6d8", "#202a8f"  # soprano to bass: light in the middle
_NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
_NOMS = ("do", "do♯", "ré", "mi♭", "mi", "fa", "fa♯", "sol", "la♭", "la", "si♭", "si")

label = Labels(
    {
        "see": ("Piano rolls", "Rouleaux de piano"),
        "time": ("Time (beats)", "Temps (noires)"),
        "pitch": ("Pitch", "Hauteur"),
        "voices": ("Soprano Alto Tenor Bass", "Soprano Alto Ténor Basse"),
    }
)


def plot_piano_roll(phrases, *, columns=3, title=None, description=None):
    """Draws phrases of four-part music, one panel each.

    Args:
        phrases: A dict from titles to symbols `(length, 4)`, a frame an eighth note.
        columns: The number of panels in a row.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If there is no phrase, or these are no symbols of four voices.

    Example:

    >>> plot_piano_roll({"Bach": x_test[0]})
    """
    phrases = {
        str(name): frames_of(frames) for name, frames in drawable.named(phrases, "phrases").items()
    }
    columns = min(drawable.whole_number(columns, "columns"), len(phrases))
    rows = -(-len(phrases) // columns)
    figure, grid = new_figure(
        max(3.1 * columns, 5.5),
        2.1 * rows + 0.5 + (0.3 if title else 0),
        rows,
        columns,
        description=description
        or describe(label("see"), phrases, x=label("time"), y=label("pitch"), title=title),
    )
    grid = np.reshape(grid, (rows, columns))
    scores = [notes_of(frames) for frames in phrases.values()]
    pitches = [note.pitch for notes in scores for note in notes] or [60]
    low, high = min(pitches) - 2, max(pitches) + 2
    names, handles = label("voices").split(), {}
    octaves = [pitch for pitch in range(low, high + 1) if pitch % 12 == 0]
    for axes, (name, frames), notes in zip(grid.flat, phrases.items(), scores, strict=False):
        for note in notes:
            left, width = note.start / 2, note.duration / 2
            bar = axes.barh(
                note.pitch,
                width - 0.06,
                left=left,
                height=0.9,
                color=_COLORS[note.voice],
                edgecolor=INK,
                linewidth=0.4,
            )
            handles[names[note.voice]] = bar
        axes.set(title=name, xlim=(0, len(frames) / 2), ylim=(low, high))
        axes.set_yticks(octaves, [pitch_name(pitch) for pitch in octaves])
        axes.set_xticks(range(0, len(frames) // 2 + 1, 4))
        axes.grid(True, axis="x", color=FRAME, linewidth=0.6)
        axes.set_axisbelow(True)
    for unused in grid.flat[len(phrases) :]:
        unused.set_visible(False)
    for axes in grid[:, 0]:
        axes.set_ylabel(label("pitch"))
    for axes in grid[-1]:
        axes.set_xlabel(label("time"))
    shown = [name for name in names if name in handles]
    if shown:
        figure.legend(
            handles=[handles[name] for name in shown],
            labels=shown,
            loc="outside lower center",
            ncols=len(names),
        )
    if title:
        figure.suptitle(title, fontsize=11)
    return figure


def pitch_name(pitch):
    """The name of a pitch (MIDI), as the language says it: "C4", « do3 »."""
    english = label("pitch") == "Pitch"
    octave = pitch // 12 - (1 if english else 2)
    return f"{(_NAMES if english else _NOMS)[pitch % 12]}{octave}"
