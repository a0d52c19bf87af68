"""The student's own copies: `vae-course handout`."""

import json
import pathlib
import shutil
import tomllib

import nbformat
import pytest

from vae_course import cli, handout
from vae_course.exercises import CHAPTERS, exercises_of

ROOT = pathlib.Path(__file__).parents[2]
GLOSSARY = "glossaire.md"


@pytest.fixture
def copies(tmp_path):
    folder = tmp_path / "new" / "mes_notebooks"
    assert cli.main(["handout", str(folder)]) == 0
    return folder


def test_holds_every_notebook_and_what_they_link_to(copies):
    names = {path.name for path in copies.iterdir()}
    assert names == {f"{name}.ipynb" for name in CHAPTERS} | {GLOSSARY}
    assert (copies / GLOSSARY).read_bytes() == (ROOT / "notebooks" / GLOSSARY).read_bytes()


def test_shows_no_result_and_keeps_all_the_rest(copies):
    for path in copies.glob("*.ipynb"):
        copy, original = (
            nbformat.read(each / path.name, as_version=4) for each in (copies, ROOT / "notebooks")
        )
        nbformat.validate(copy)
        for cell in copy.cells:
            assert not cell.get("outputs"), cell.id
            assert cell.get("execution_count") is None, cell.id
        for cell in [*copy.cells, *original.cells]:
            cell.pop("outputs", None)
            cell.pop("execution_count", None)
        assert copy == original


def test_exercises_are_as_the_student_finds_them(copies):
    for name, module in CHAPTERS.items():
        sources = [cell.source for cell in nbformat.read(copies / f"{name}.ipynb", 4).cells]
        for exercise in exercises_of(module):
            assert exercise.stub() in sources


def test_never_writes_over_what_is_there(copies, capsys):
    first, second = sorted(copies.glob("*.ipynb"))[:2]
    first.write_text("my work")
    second.unlink()
    capsys.readouterr()
    assert cli.main(["handout", str(copies)]) == 0
    assert first.read_text() == "my work"
    assert nbformat.read(second, as_version=4).cells
    said = capsys.readouterr().out
    written, kept = said.split("Kept")
    assert second.name in written
    assert first.name in kept
    assert GLOSSARY in kept


def test_in_the_course_s_own_folder_everything_is_kept(tmp_path, monkeypatch):
    source = tmp_path / "notebooks"
    shutil.copytree(ROOT / "notebooks", source, ignore=shutil.ignore_patterns(".*"))
    monkeypatch.setattr(handout, "_PLACES", (tmp_path / "none", source))
    before = {path: path.read_bytes() for path in source.iterdir()}
    written, kept = handout.hand_out(source)
    assert not written
    assert len(kept) == len(CHAPTERS) + 1
    assert {path: path.read_bytes() for path in source.iterdir()} == before


def test_a_folder_without_a_name_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["handout", ""]) != 0
    assert "must have a name, got ''. Mend" in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_without_notebooks_it_says_where_they_must_be(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(handout, "_PLACES", (tmp_path / "one", tmp_path / "two"))
    assert cli.main(["handout", str(tmp_path / "copies")]) == 1
    assert f"must be in {tmp_path / 'one'} or {tmp_path / 'two'}" in capsys.readouterr().err
    assert not (tmp_path / "copies").exists()


def test_a_file_in_the_folder_s_place_is_refused(tmp_path, capsys):
    (tmp_path / "copies").write_text("mine")
    assert cli.main(["handout", str(tmp_path / "copies")]) == 1
    assert "copies" in capsys.readouterr().err
    assert (tmp_path / "copies").read_text() == "mine"


def test_what_is_installed_brings_the_notebooks_along():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    (place,) = [place for place, target in included.items() if target == "vae_course/notebooks"]
    assert (ROOT / place) == ROOT / "notebooks"
    assert handout._PLACES[0] == pathlib.Path(handout.__file__).parent / "notebooks"


def test_is_plain_json_with_its_accents(copies):
    text = (copies / "04_elbo.ipynb").read_text(encoding="utf-8")
    assert json.loads(text)["nbformat"] == 4
    assert "é" in text
