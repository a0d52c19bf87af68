"""What an exercise answers to a student: a verdict, shown in the notebook and readable by code."""

import dataclasses
import html
import re
import sys

TITLES = {
    "not_attempted": "✎ À vous de jouer",
    "passed": "✓ Réussi",
    "failed": "✗ Pas encore",
}
COLORS = {"not_attempted": "#3b7dd8", "passed": "#2e9e5b", "failed": "#d9822b"}


@dataclasses.dataclass
class Verdict:
    """The result of a check.

    Attributes:
        exercise: The exercise's identifier, `"elbo.kl_to_prior"` for instance.
        status: `"passed"`, `"failed"` or `"not_attempted"`.
        misconception: The stable identifier of the mistake recognised, or None.
        message: The text shown, in French: paragraphs separated by an empty line, code between
            backticks, and lines that start with four spaces set as they are.
    """

    exercise: str
    status: str
    misconception: str | None
    message: str
    _shown_in: int | None = dataclasses.field(default=None, repr=False, compare=False)

    @property
    def passed(self):
        return self.status == "passed"

    def __str__(self):
        return f"{TITLES[self.status]}. {self.message}"

    def _repr_html_(self):
        return as_html(self.message, TITLES[self.status], COLORS[self.status])

    def _ipython_display_(self):
        """Nothing in the cell that called `check`, which has shown it already."""
        if self._shown_in is None or _cell_number() != self._shown_in:
            show(self)

    def _show(self):
        self._shown_in = _cell_number()
        show(self)


def show(content):
    """Shows a text or a verdict: in a notebook as HTML, elsewhere as text."""
    if not _in_a_notebook():
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        print(str(content).encode(encoding, "replace").decode(encoding))
        return
    from IPython.display import display  # is there, since it runs us

    bundle = {"text/plain": str(content), "text/html": content._repr_html_()}
    display(bundle, raw=True)


@dataclasses.dataclass(frozen=True)
class Note:
    """A hint, or a solution: a title and a text, shown as a verdict is."""

    title: str
    message: str
    code: str = ""

    def __str__(self):
        return f"{self.title}. {self.message}" + (f"\n\n{self.code}" if self.code else "")

    def _repr_html_(self):
        return as_html(self.message, self.title, COLORS["not_attempted"], code=self.code)


def as_html(text, title, color, code=""):
    """HTML that a notebook shows in a light theme and in a dark one."""
    paragraphs = re.split(r"\n\s*\n", text.strip("\n"))
    title = f"<strong>{html.escape(title)}.</strong> "
    body = []
    for index, paragraph in enumerate(paragraphs):
        lines = paragraph.splitlines()
        if all(line.startswith("    ") for line in lines):
            body.append(_preformatted("\n".join(line[4:] for line in lines)))
            continue
        content = html.escape(" ".join(line.strip() for line in lines), quote=False)
        pieces = re.split(r"`([^`]+)`", content)  # text and code in turn
        pieces[::2] = [re.sub(r" (?=[:;?!»%])", "\u00a0", each) for each in pieces[::2]]
        pieces[1::2] = [f"<code>{each}</code>" for each in pieces[1::2]]
        content = "".join(pieces)
        body.append(f'<p style="margin: 0.3em 0">{"" if index else title}{content}</p>')
    if code:
        body.append(_preformatted(code))
    style = f"border-left: 4px solid {color}; padding: 0.1em 0.9em; margin: 0.3em 0"
    return f'<div style="{style}">{"".join(body)}</div>'


def _preformatted(text):
    return f'<pre style="margin: 0.3em 0">{html.escape(text, quote=False)}</pre>'


def _shell():
    """IPython's, in a notebook or in a terminal; None without."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return get_ipython()


def _cell_number():
    """The number of the cell that is running; None without IPython."""
    return getattr(_shell(), "execution_count", None)


def _in_a_notebook():
    return getattr(_shell(), "kernel", None) is not None
