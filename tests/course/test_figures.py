"""What is true of all of the course's figures."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from vae_course import figures

FILES = sorted(Path(figures.__file__).parent.glob("[!_]*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_imports_only_what_is_public(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            imported = ast.unparse(node)
            assert not re.search(r"\b(tensorflow|keras|pyplot)\b", imported)
            assert not re.search(r"[ .]_", imported)


def test_french_typography():
    tables = [getattr(getattr(figures, path.stem), "label", {}) for path in FILES]
    pairs = [pair for table in tables for pair in table.values()]
    assert len(pairs) > 20
    for english, french in pairs:
        assert english
        assert french
        assert " :" not in french
        assert " %" not in french
        assert "'" not in french


@pytest.mark.parametrize("name", [name for name in figures.__all__ if name.startswith("plot_")])
def test_takes_a_description_in_one_s_own_words(name):
    assert "description" in inspect.signature(getattr(figures, name)).parameters
