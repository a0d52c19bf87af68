"""What every notebook must be, beside running: tidy, complete, consistent, safe to publish."""

import itertools
import json
import pathlib
import re
import statistics
import subprocess
import sys

import nbformat
import pytest

ROOT = pathlib.Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
GLOSSARY = ROOT / "notebooks" / "glossaire.md"
TAGS = {"nbval-ignore-output", "raises-exception", "exercise", "hide-input"}
LARGEST_FILE = 2**20
MEDIAN_LINES, MOST_LINES = 8, 25
NO_BREAK = "\u00a0\u202f"


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def cells_of(notebook, kind):
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def text_of(notebook):
    return "\n".join(cell.source for cell in cells_of(notebook, "markdown"))


def code_lines(cell):
    lines = [line.strip() for line in cell.source.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def is_annex(path):
    return path.name[2] == "b"


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_annexes_stand_beside_their_chapters_and_each_leads_to_the_other():
    for path in filter(is_annex, NOTEBOOKS):
        (chapter,) = path.parent.glob(f"{path.name[:2]}_*.ipynb")
        texts = [text_of(nbformat.read(each, as_version=4)) for each in (path, chapter)]
        assert f"]({chapter.name})" in texts[0], path.name
        assert f"]({path.name})" in texts[1], path.name
        assert "seconde lecture" in texts[0].lower(), path.name


def test_format_and_metadata(path, notebook):
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags", "vae_keras", "jupyter"}, cell.id
        assert set(cell.metadata.get("tags", [])) <= TAGS, cell.id
        assert cell.metadata.get("jupyter") in (None, {"source_hidden": True}), cell.id
        assert ("jupyter" in cell.metadata) == ("hide-input" in cell.metadata.get("tags", []))
    assert path.stat().st_size <= LARGEST_FILE


def test_is_committed_executed_from_top_to_bottom(notebook):
    code = cells_of(notebook, "code")
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


def test_outputs_are_clean(notebook):
    for cell in cells_of(notebook, "code"):
        for output in cell.outputs:
            assert output.get("name") != "stderr", cell.id
            expected = "raises-exception" in cell.metadata.get("tags", [])
            assert output.output_type != "error" or expected, cell.id
            # Without its kernel a widget is "model not found": its picture is stored alone.
            assert "application/vnd.jupyter.widget-view+json" not in output.get("data", {}), cell.id


def test_holds_no_path_of_one_machine(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(home|root|Users|tmp|var|work)/|[A-Z]:\\\\", text)


def test_cells_are_short(notebook):
    lengths = [len(code_lines(cell)) for cell in cells_of(notebook, "code")]
    classes = [cell for cell in cells_of(notebook, "code") if "(keras.Model)" in cell.source]
    long = [
        cell
        for cell in cells_of(notebook, "code")
        if len(code_lines(cell)) > MOST_LINES and cell not in classes
    ]
    assert not [cell.id for cell in long]
    assert len(classes) <= 1
    assert statistics.median(lengths) <= MEDIAN_LINES


def test_headings_follow_the_document(path, notebook):
    headings = re.findall(r"^(#+) (.+)$", text_of(notebook), re.MULTILINE)
    levels = [len(marks) for marks, _ in headings]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    numbers = [
        tuple(map(int, found.group(1).split(".")))
        for _, title in headings
        if (found := re.match(r"(\d+(?:\.\d+)+)\b", title))
    ]
    assert numbers or is_annex(path)
    assert numbers == sorted(numbers)


def test_opens_and_closes_as_it_should(path, notebook):
    text = text_of(notebook)
    for wanted in ("Ce que vous saurez faire", "À retenir", "## Exercices", "minute"):
        assert wanted in text
    first, second = cells_of(notebook, "code")[:2]
    assert '"google.colab" in sys.modules' in first.source
    assert "import vae_keras" in first.source or "from vae_keras" in first.source
    constants = re.findall(r"^([A-Z][A-Z_]+) = ", second.source, re.MULTILINE)
    wanted = {"SEED"} if is_annex(path) else {"DATASET", "LATENT_DIM", "EPOCHS", "SEED"}
    assert wanted <= set(constants)
    assert "set_random_seed(SEED)" in second.source


def test_the_colab_guard_is_the_same_everywhere():
    guards = set()
    for path in NOTEBOOKS:
        first = cells_of(nbformat.read(path, as_version=4), "code")[0].source
        guards.add(first[: first.index("\n\n", first.index("google.colab"))])
        last = first.index("relancez la cellule")
        guards.add(first[:last])
    assert len(guards) == 2


def test_the_badge_opens_this_notebook(path, notebook):
    badge = re.search(r"colab\.research\.google\.com/github/[^)\s]+", text_of(notebook)).group()
    assert badge.endswith(f"/blob/main/notebooks/{path.name}")


def test_links_are_alive(path, notebook):
    assert not dead_links(path.parent, text_of(notebook))


def test_the_glossary_s_links_are_alive():
    assert not dead_links(GLOSSARY.parent, GLOSSARY.read_text(encoding="utf-8"))


def dead_links(folder, text):
    targets = re.findall(r"\]\(([^)#\s]+)", text)
    outside = ("http://", "https://", "attachment:", "data:")
    return [t for t in targets if not t.startswith(outside) and not (folder / t).exists()]


def test_links_to_the_glossary(notebook):
    assert "](glossaire.md)" in text_of(notebook)


def glossary_entries():
    """(French terms, chapter) of each row of the glossary's tables of terms."""
    rows = re.findall(
        r"^\| ([^|$`]+) \| [^|]+ \| .+ \| \[\d\db?\]\((.+)\) \|$",
        GLOSSARY.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    for terms, chapter in rows:
        yield re.sub(r" \([^)]*\)", "", terms), chapter


def test_the_glossary_s_terms_are_in_the_chapters_it_names():
    entries = list(glossary_entries())
    assert len(entries) > 40
    texts = {path.name: words_of(text_of(nbformat.read(path, 4))) for path in NOTEBOOKS}
    missing = [
        (terms, chapter)
        for terms, chapter in entries
        if not any(words_of(term) in texts[chapter] for term in terms.split(", "))
    ]
    assert not missing


def words_of(text):
    """Lower case, without emphasis or line breaks: to look for a term."""
    return " ".join(re.sub(r"[*_\u00a0\u202f]", " ", text).replace("’", "'").lower().split())


def test_ignored_outputs_are_followed_by_a_check(notebook):
    """A cell whose output nbval ignores tests nothing: one of the next three asserts."""
    code = cells_of(notebook, "code")
    for index, cell in enumerate(code):
        if "nbval-ignore-output" not in cell.metadata.get("tags", []):
            continue
        following = "\n".join(each.source for each in code[index : index + 4])
        assert re.search(r"\bassert\b|assert_", following), cell.id


def test_french_typography(notebook):
    """No plain space before a double punctuation mark, outside code and formulas."""
    for cell in cells_of(notebook, "markdown"):
        text = re.sub(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$", "", cell.source, flags=re.DOTALL)
        text = re.sub(r"\|[\s:|-]*\|", "", text)  # the ruling of tables
        found = re.search(r".{0,30}\w [:;?!»](?=\s|$).{0,10}", text)
        assert not found, f"{cell.id}: {found.group()}"


def test_notebooks_pass_the_linter():
    names = [str(path) for path in NOTEBOOKS]
    for command in (["check"], ["format", "--check"]):
        answer = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *names],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr


def test_raw_file_is_plain_json_that_a_diff_can_show(path):
    text = path.read_text(encoding="utf-8")
    json.loads(text)
    assert text.endswith("\n")
    assert "\\u00e9" not in text  # accents are stored as themselves
