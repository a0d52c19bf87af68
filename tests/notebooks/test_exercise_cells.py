"""The exercises in the notebooks: all there, as the module has them, and in nobody's way."""

import ast
import pathlib
import re

import nbformat
import pytest

from vae_course.exercises import CHAPTERS, exercises_of

FOLDER = pathlib.Path(__file__).parents[2] / "notebooks"


@pytest.fixture(params=CHAPTERS.items(), ids=CHAPTERS)
def chapter(request):
    """(code cells, markdown cells, module, exercises) of a notebook."""
    name, module = request.param
    cells = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells
    kinds = [[each for each in cells if each.cell_type == kind] for kind in ("code", "markdown")]
    return *kinds, module, exercises_of(module)


def is_exercise(cell):
    return "exercise" in cell.metadata.get("tags", [])


def test_every_notebook_has_its_module_of_exercises_and_every_module_its_notebook():
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(CHAPTERS)
    assert list(CHAPTERS) == sorted(CHAPTERS)  # as they are read
    for name, module in CHAPTERS.items():
        chapter = next(each for each in CHAPTERS if each.startswith(f"{name[:2]}_"))
        assert module == CHAPTERS[chapter] + ("_further" if name[2] == "b" else "")


def test_the_exercises_of_the_module_are_there_in_order(chapter):
    code, _, module, exercises = chapter
    assert f"from vae_course import {module} as exercises" in code[0].source
    marks = [cell.metadata.get("vae_keras", {}).get("exercise") for cell in code]
    assert [mark for mark in marks if mark] == [each.identifier for each in exercises]
    assert [bool(mark) for mark in marks] == [is_exercise(cell) for cell in code]


def test_each_is_a_stub_then_its_verdict(chapter):
    code, _, _, exercises = chapter
    stubs = [index for index, cell in enumerate(code) if is_exercise(cell)]
    for index, exercise in zip(stubs, exercises, strict=True):
        assert code[index].source == exercise.stub()
        name = exercise.name
        calls = [f"{name}.check({name})", f"# {name}.hint()", f"# {name}.solution()"]
        lines = code[index + 1].source.splitlines()
        found = [re.sub(r" +# (un|la) .*", "", line).replace("exercises.", "") for line in lines]
        assert found == calls
        (output,) = code[index + 1].outputs
        assert output.data["text/plain"].startswith("✎ À vous de jouer")


def test_nothing_else_uses_or_defines_the_answers(chapter):
    code, _, _, exercises = chapter
    answers = {each.name for each in exercises}
    for cell in code:
        if is_exercise(cell) or ".check(" in cell.source:
            continue
        lines = [line for line in cell.source.splitlines() if not line.lstrip().startswith("%")]
        nodes = list(ast.walk(ast.parse("\n".join(lines))))
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        names |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
        names |= {
            alias.asname or alias.name
            for n in nodes
            if hasattr(n, "names")
            for alias in n.names
            if not isinstance(alias, str)
        }
        assert not names & answers, cell.id


def test_they_are_numbered_and_have_a_heading(chapter):
    _, markdown, module, exercises = chapter
    text = "\n".join(cell.source for cell in markdown)
    numbers = [int(n) for n in re.findall(r"^#{3,4} Exercice (\d+) · \S", text, re.MULTILINE)]
    assert numbers == list(range(1, len(exercises) + 1))
    assert "### Pour aller plus loin" in text or module.endswith("_further")
