"""The solved notebooks: `vae-course solutions`."""

import pathlib

import nbformat
import pytest
from jupyter_client import KernelManager
from nbclient import NotebookClient

from vae_course import cli
from vae_course.exercises import CHAPTERS, exercises_of

FOLDER = pathlib.Path(__file__).parents[2] / "notebooks"


@pytest.fixture(params=CHAPTERS)
def solved(request, tmp_path):
    """A chapter's solved notebook, made by the command."""
    output = tmp_path / "solved.ipynb"
    path = FOLDER / f"{request.param}.ipynb"
    assert cli.main(["solutions", str(path), "--output", str(output)]) == 0
    notebook = nbformat.read(output, as_version=4)
    notebook.metadata["chapter"] = request.param
    return notebook


def verdicts(notebook):
    """The title of each verdict that a notebook shows."""
    return [
        output.data["text/plain"].split(".")[0]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if ".check(" in cell.source
    ]


@pytest.fixture(scope="module")
def kernel():
    """One for all the chapters: TensorFlow is imported once, what each defines is removed."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(FOLDER))
    yield manager
    manager.shutdown_kernel(now=True)


def execute(notebook, manager=None):
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
    )
    client.execute()
    if manager is not None:  # it stays, with what it has open
        client.kc.stop_channels()


def test_imports_and_exercises_run_and_pass(solved, kernel):
    """The rest of the notebook neither needs the answers nor is needed by them."""
    code = [cell for cell in solved.cells if cell.cell_type == "code"]
    solved.cells = [
        cell
        for cell in code
        if cell is code[0]
        or "exercise" in cell.metadata.get("tags", [])
        or ".check(" in cell.source
    ]
    solved.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))
    execute(solved, kernel)
    number = len(exercises_of(CHAPTERS[solved.metadata["chapter"]]))
    assert verdicts(solved) == ["✓ Réussi"] * number


@pytest.mark.every_notebook
def test_runs_from_top_to_bottom(solved):
    execute(solved)
    number = len(exercises_of(CHAPTERS[solved.metadata["chapter"]]))
    assert verdicts(solved) == ["✓ Réussi"] * number


def test_the_notebook_itself_is_kept(tmp_path, capsys):
    path = tmp_path / "04_elbo.ipynb"
    text = (FOLDER / "04_elbo.ipynb").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    assert cli.main(["solutions", str(path)]) == 0
    assert str(tmp_path / "04_elbo-solutions.ipynb") in capsys.readouterr().out
    assert cli.main(["solutions", str(path)]) == 1  # written already
    assert "--overwrite" in capsys.readouterr().err
    assert cli.main(["solutions", str(path), "--overwrite"]) == 0
    assert cli.main(["solutions", str(path), "--output", str(path), "--overwrite"]) == 2
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{]", "cannot be read as a notebook"),
        (nbformat.writes(nbformat.v4.new_notebook()), "has no exercise of this course"),
    ],
)
def test_what_has_no_solution(tmp_path, capsys, content, message):
    (tmp_path / "a.ipynb").write_text(content)
    assert cli.main(["solutions", str(tmp_path / "a.ipynb")]) == 2
    assert message in capsys.readouterr().err
    assert cli.main(["solutions", str(tmp_path / "b.ipynb")]) == 1
    assert "there is no notebook" in capsys.readouterr().err
