"""The two packages: which imports which, and how their files are named."""

import ast
import collections
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PACKAGES = ("vae_keras", "vae_course")


def imported(path):
    """The modules that a file imports, by their whole names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield node.module


def test_the_module_never_imports_the_course():
    for path in (ROOT / "vae_keras").rglob("*.py"):
        assert "vae_course" not in path.read_text(encoding="utf-8"), path
        assert not [name for name in imported(path) if name.startswith("vae_course")], path


@pytest.mark.parametrize("package", PACKAGES)
def test_no_two_files_of_a_package_have_one_name(package):
    paths = (ROOT / package).rglob("*.py")
    names = collections.Counter(path.name.lstrip("_") for path in paths)
    names.pop("init__.py")
    assert [name for name, count in names.items() if count > 1] == []


def test_only_the_likelihoods_know_their_names():
    """Everywhere else a likelihood is asked, not compared with a string."""
    for path in (ROOT / "vae_keras").rglob("*.py"):
        if path.name != "likelihoods.py":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"likelihood\s*[!=]=", text), path


def test_whole_numbers_are_checked_in_one_place():
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if path.name != "_checks.py":
                assert "numbers.Integral" not in path.read_text(encoding="utf-8"), path


def test_what_the_guide_names_is_there():
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    names = set(re.findall(r"[\w/]+\.py\b", guide))
    files = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py")]
    for name in names:
        assert any(file == name or file.endswith(f"/{name}") for file in files), name
