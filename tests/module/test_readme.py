"""The READMEs: their code runs, their links are alive, the two agree."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[2]
READMES = [ROOT / "README.md", ROOT / "README.fr.md"]


def python_blocks(path):
    return re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


def test_the_ten_lines_run(tmp_path, monkeypatch):
    """Those of one language: the other's are the same but for the comments."""
    monkeypatch.chdir(tmp_path)
    block = python_blocks(READMES[0])[0]
    assert len(block.strip().splitlines()) <= 12
    names = {}
    exec(block.replace("epochs=30", "epochs=1, verbose=0"), names)
    assert names["new_images"].shape == (16, 28, 28, 1)
    assert (tmp_path / "vae.keras").exists()


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_links_and_pictures_are_there(path):
    for target in re.findall(r"\]\(([^)#\s]+)\)", path.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            assert (ROOT / target).exists(), target


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_every_notebook_is_named(path):
    text = path.read_text(encoding="utf-8")
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"](notebooks/{notebook.name})" in text


def test_both_languages_show_the_same_code_and_commands():
    without_comments = [
        [re.sub(r"\s*#.*", "", block) for block in python_blocks(path)] for path in READMES
    ]
    assert without_comments[0] == without_comments[1]
    commands = [
        set(
            re.findall(
                r"^(?:make|vae-keras|vae-course|pip|conda) \S+", path.read_text(), re.MULTILINE
            )
        )
        for path in READMES
    ]
    assert commands[0] == commands[1]


def test_every_make_target_named_is_there():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in READMES:
        named = set(re.findall(r"`?make ([a-z]+)", path.read_text(encoding="utf-8")))
        assert {"demo", "test", "lab", "help"} <= named & targets, path.name
