"""Notebooks in a real JupyterLab, in a headless browser.

Run All: no error, no red block. Exercises: a wrong answer and a right one are typed into a
notebook, and their verdicts read.

One notebook stands for all, since the others run under nbval anyway; they have their turn with
`pytest -m every_notebook tests/browser`.
"""

import pathlib

import nbformat
import pytest

from vae_course.exercises import CHAPTERS, exercises_of

NOTEBOOKS = pathlib.Path(__file__).parents[2] / "notebooks"
NAMES = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))

# JupyterLab is asked for it by its own command: a click on its menu is lost on a slow machine that
# is still loading.
RUN_ALL = """() => {
  window.jupyterapp.commands.execute("notebook:run-all-cells").then(
    () => { window.finished = "yes"; }, (error) => { window.finished = String(error); });
}"""

# From the notebook's model: a cell whose code is collapsed shows no number.
EXECUTION_COUNTS = """() => [...window.jupyterapp.shell.currentWidget.content.widgets]
  .filter((cell) => cell.model.type === "code")
  .map((cell) => cell.model.executionCount)"""


def first_only(names, first):
    """The parameters of a test that one notebook stands for."""
    others = [pytest.param(name, marks=pytest.mark.every_notebook) for name in names]
    return [first if name == first else other for name, other in zip(names, others, strict=True)]


@pytest.mark.parametrize("name", first_only(NAMES, "05_reparametrisation.ipynb"))  # the quickest
def test_run_all(open_notebook, name):
    page = open_notebook(name)
    page.evaluate(RUN_ALL)
    page.wait_for_function("() => window.finished")
    assert page.evaluate("window.finished") == "yes"

    counts = page.evaluate(EXECUTION_COUNTS)
    assert counts == list(range(1, len(counts) + 1))
    # Red blocks are what is written to stderr; errors have a type of their own.
    problems = page.query_selector_all(
        "[data-mime-type='application/vnd.jupyter.stderr'], "
        "[data-mime-type='application/vnd.jupyter.error']"
    )
    assert [problem.inner_text() for problem in problems] == []
    pictures = page.query_selector_all(".jp-OutputArea-output img")
    assert len(pictures) >= 5


@pytest.mark.parametrize("name", first_only(sorted(CHAPTERS), "04_elbo"))
def test_answers_typed_by_a_student(open_notebook, run_cell, name):
    """A wrong answer, then the right one, to each exercise; the rest of the notebook is not run."""
    page = open_notebook(f"{name}.ipynb")
    cells = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    run_cell(page, 0)
    for exercise in exercises_of(CHAPTERS[name]):
        stub = next(i for i, c in enumerate(code) if exercise.identifier in str(c.metadata))
        run_cell(page, stub)
        assert run_cell(page, stub + 1).startswith("✎ À vous de jouer.")
        run_cell(page, stub, f"def {exercise.name}(*arguments):\n    return 'quarante-deux'")
        shown = run_cell(page, stub + 1)
        assert shown.startswith("✗ Pas encore.")
        assert exercise.section in shown
        run_cell(page, stub, exercise.source())
        assert run_cell(page, stub + 1) == f"✓ Réussi. {exercise.success.replace('`', '')}"
