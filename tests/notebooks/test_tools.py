"""The scripts that keep the notebooks: the repository's address, the execution in place."""

import pathlib
import shutil
import subprocess
import sys

import nbformat
import pytest

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path):
    """A copy of all that names the repository."""
    for name in ("pyproject.toml", "README.md", "README.fr.md", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("tools", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def run(folder, tool, *arguments):
    return subprocess.run(
        [sys.executable, str(folder / "tools" / tool), *map(str, arguments)],
        capture_output=True,
        text=True,
    )


def test_the_repositorys_address_agrees_everywhere():
    answer = run(ROOT, "set_repository.py", "--check")
    assert answer.returncode == 0, answer.stdout


def test_the_address_is_written_everywhere_and_back(copy):
    def texts():
        return {
            path.name: path.read_text(encoding="utf-8")
            for pattern in ("pyproject.toml", "*.cff", "*.md", "*/*.ipynb")
            for path in copy.glob(pattern)
        }

    before = texts()
    assert run(copy, "set_repository.py", "marie-curie/my.vae").returncode == 2
    assert texts() == before
    assert run(copy, "set_repository.py", "marie-curie/vae-course").returncode == 0
    assert run(copy, "set_repository.py", "--check").returncode == 0
    for name, text in texts().items():
        assert "/marie-curie/vae-course" in text, name
        assert "OWNER/" not in text, name
    assert run(copy, "set_repository.py", "OWNER/vae-keras").returncode == 0
    assert texts() == before


def test_a_place_that_disagrees_is_named(copy):
    readme = copy / "README.md"
    readme.write_text(readme.read_text().replace("OWNER/vae-keras", "someone/vae-keras"))
    answer = run(copy, "set_repository.py", "--check")
    assert answer.returncode == 1
    assert "README.md names someone/vae-keras" in answer.stdout


@pytest.mark.parametrize("name", ["", "vae-keras", "https://github.com/a/b", "a/b/c", "a b/c"])
def test_a_wrong_address_is_refused(copy, name):
    answer = run(copy, "set_repository.py", name)
    assert answer.returncode == 2
    assert "owner/name" in answer.stderr


def write_notebook(path, source):
    metadata = {"tags": ["exercise"], "other": 1, "jupyter": {"source_hidden": True, "x": 2}}
    cell = nbformat.v4.new_code_cell(source, metadata=metadata)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


def test_execution_in_place_keeps_what_a_reader_sees(tmp_path):
    path = tmp_path / "good.ipynb"
    write_notebook(path, "print(6 * 7)")
    assert run(ROOT, "execute_notebooks.py", path).returncode == 0
    notebook = nbformat.read(path, as_version=4)
    assert notebook.cells[0].outputs[0].text == "42\n"
    assert notebook.cells[0].execution_count == 1
    kept = {"tags": ["exercise"], "jupyter": {"source_hidden": True}}
    assert notebook.cells[0].metadata == kept
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


def test_execution_in_place_keeps_a_widget_s_picture_and_nbval_agrees(tmp_path):
    """Two of them: one that only has a widget to show, one that has a picture in its place."""
    path = tmp_path / "widgets.ipynb"
    write_notebook(
        path,
        "from IPython.display import display\n"
        "import ipywidgets\n"
        "view = ipywidgets.IntSlider()._repr_mimebundle_() | {'text/plain': 'a slider'}\n"
        "display(view, raw=True)\n"
        "display(view | {'image/png': ''}, raw=True)",
    )
    assert run(ROOT, "execute_notebooks.py", path).returncode == 0
    notebook = nbformat.read(path, as_version=4)
    kept = [set(output.data) for output in notebook.cells[0].outputs]
    assert kept == [{"text/plain"}, {"text/plain", "image/png"}]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval", str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(
    ("source", "message"),
    [("1 / 0", "ZeroDivisionError"), ("import sys; print('oh', file=sys.stderr)", "stderr")],
)
def test_a_notebook_that_fails_is_left_as_it_was(tmp_path, source, message):
    path = tmp_path / "bad.ipynb"
    write_notebook(path, source)
    before = path.read_bytes()
    answer = run(ROOT, "execute_notebooks.py", path)
    assert answer.returncode == 1
    assert message in answer.stderr
    assert path.read_bytes() == before
