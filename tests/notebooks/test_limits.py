"""What makes a course that is finished: notebooks of a length, that show before they say."""

import pathlib
import re

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = pathlib.Path(__file__).parents[2] / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ipynb"))

# Cells, words of text, lines of code. A line is counted unless it is blank or a comment.
LIMITS = {"cells": 90, "words": 3000, "lines of code": 350}
LIMITS_OF_THE_FIRST_HOUR = {"cells": 45, "words": 1500, "lines of code": 175}


def measures(notebook):
    """What `LIMITS` limits."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    text = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    lines = [line.strip() for cell in code for line in cell.source.splitlines()]
    return {
        "cells": len(notebook.cells),
        "words": sum(len(cell.source.split()) for cell in text),
        "lines of code": sum(bool(line) and not line.startswith("#") for line in lines),
    }


def is_collapsed(cell):
    return "hide-input" in cell.metadata.get("tags", [])


def shows_a_picture(cell):
    return any("image/png" in output.get("data", {}) for output in cell.outputs)


def faults(name):
    """What is not as it should be in a notebook, a line each."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    limits = LIMITS_OF_THE_FIRST_HOUR if name.startswith("00") else LIMITS
    for what, found in measures(notebook).items():
        if found > limits[what]:
            yield f"{found} {what}, at most {limits[what]}"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not any(map(shows_a_picture, code[:4])):
        yield "it opens without a picture: none below its first four cells of code"
    if not re.search(r"\*\*Durée\W.*\bminute", notebook.cells[0].source):
        yield "its first cell does not say its **Durée**, computing in minutes"
    for cell in code:
        for output in cell.outputs:
            if "image/png" in output.get("data", {}) and "image/png" not in output.metadata:
                yield f"{cell.id}: a figure without a description"
    for before, cell, after in zip(
        [None, *notebook.cells], notebook.cells, [*notebook.cells[1:], None], strict=False
    ):
        if is_collapsed(cell):
            opening = cell in code[:4]
            if not (opening or before.cell_type == "markdown" or is_collapsed(before)):
                yield f"{cell.id}: collapsed, and no text above says what it does"
        touched = after is not None and "code" == cell.cell_type == after.cell_type
        if touched and re.search(r"^exercises\.\w+\.check\(", cell.source, re.M):
            yield f"{after.id}: code that touches an exercise"


@pytest.mark.parametrize("name", NAMES)
def test_within_limits(name):
    found = list(faults(name))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name, marks=[] if name == "05_reparametrisation" else pytest.mark.every_notebook
        )
        for name in NAMES
    ],
)
def test_each_cell_can_be_run_again(name):
    """Each twice, one after the other, in one kernel; none fails."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            again = nbformat.v4.new_code_cell(cell.source, metadata=cell.metadata)
            cells += [cell, again]
    notebook.cells = cells
    NotebookClient(
        notebook, kernel_name="python3", timeout=600, resources={"metadata": {"path": str(FOLDER)}}
    ).execute()
