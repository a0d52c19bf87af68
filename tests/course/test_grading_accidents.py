"""What goes wrong in a class without anyone meaning it: each student gets a row, with a note."""

import csv
import os
import pathlib
import signal
import subprocess
import sys
import time
import unicodedata

import nbformat
import psutil
import pytest

from vae_course import cli
from vae_course.exercises import exercises_of
from vae_course.grading import grades as grading
from vae_course.grading.hand_ins import copy_hand_ins

KL = "    return 0.5 * np.sum(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=1)"


def hand_in(path, *sources, before=b"", **metadata):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(before + nbformat.writes(notebook).encode())
    return path


def rows_of(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def graded(verdicts, student="zoe", path="04.ipynb"):
    """A `HandIn` as it is once graded."""
    return grading.HandIn(pathlib.Path(path), student, dict.fromkeys(verdicts, ("passed", None)))


def every(module):
    return [each.identifier for each in exercises_of(module)]


# ---------------------------------------------------------------------- a class of accidents


@pytest.fixture(scope="module")
def accidents(tmp_path_factory):
    """A class graded on a console of another alphabet: its rows, and what the command said."""
    folder = tmp_path_factory.mktemp("class")
    top = str(folder / "handed in")
    (folder / "elsewhere.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook()))
    kl = f"def kl_to_prior(z_mean, z_log_var):\n{KL} * one"
    imports = "from vae_keras import load_images\nload_images('mnist_mini')\n"
    imports += "import numpy as np\nfrom helper import one"
    hand_in(f"{top}/zoe/04_elbo.ipynb", imports, kl, before=b"\xef\xbb\xbf")
    pathlib.Path(f"{top}/zoe/helper.py").write_text("one = 1.0")
    hand_in(
        f"{top}/zoe/04_elbo (1).ipynb", "import nothing_here", "def kl_to_prior(*_): return ..."
    )
    hand_in(f"{top}/A\u011fca/mine.ipynb", "1 + 1")
    hand_in(f"{top}/__MACOSX/zoe/04_elbo.ipynb", "1 + 1")
    pathlib.Path(f"{top}/zoe/._04_elbo.ipynb").write_bytes(b"\0\5\x16\7")
    latin = os.fsencode(top) + b"/Ren\xe9e"
    os.mkdir(latin)
    pathlib.Path(os.fsdecode(latin), "04.ipynb").write_bytes(b"{")
    os.mkdir(f"{top}/linus")
    os.symlink(folder / "elsewhere.ipynb", f"{top}/linus/04.ipynb")
    os.symlink(folder, f"{top}/luc")
    os.mkdir(f"{top}/red \x1b[31m\u202e")
    done = subprocess.run(
        [sys.executable, "-m", "vae_course.cli", "grade", top, "--output", folder / "grades.csv"],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode("cp1252")
    return rows_of(folder / "grades.csv"), done.stdout.decode("cp1252")


def test_everyone_has_a_row(accidents):
    rows, said = accidents
    students = ["A\u011fca", "Ren\\xe9e", "linus", "luc", "red \\x1b[31m\\u202e", "zoe"]
    assert sorted(rows) == sorted(students)
    assert "A\\u011fca" in said
    assert "\x1b" not in said


def test_a_mark_of_bytes_a_module_beside_and_data_are_read(accidents):
    row = accidents[0]["zoe"]
    assert row["elbo.kl_to_prior"] == "passed"
    assert row["exercises"] == str(len(exercises_of("elbo")))


@pytest.mark.parametrize(
    ("student", "note"),
    [
        ("zoe", "elbo in 2 notebooks: the better verdict on each exercise counts"),
        ("zoe", "04_elbo (1).ipynb: cell 1: No module named 'nothing_here'"),
        ("A\u011fca", "has no exercise of this course"),
        ("Ren\\xe9e", "its name, or its folder's, cannot be shown as it is"),
        ("Ren\\xe9e", "cannot be read as a notebook"),
        ("linus", "04.ipynb left out: a link that leads outside"),
        ("luc", "is a link, or cannot be opened"),
        ("red \\x1b[31m\\u202e", "has no notebook"),
    ],
)
def test_a_note_says_why(accidents, student, note):
    assert note in accidents[0][student]["notes"]


# ---------------------------------------------------------------------- columns and cells


def test_the_columns_are_what_most_handed_in(tmp_path):
    """One who names the exercises of every chapter does not add them for all."""
    liar = graded(
        [each for module in ("elbo", "training", "limits") for each in every(module)], "a"
    )
    others = [graded(every("elbo"), "b"), graded(every("elbo"), "c")]
    grading.write_grades([liar, *others], tmp_path / "grades.csv")
    rows = rows_of(tmp_path / "grades.csv")
    assert [name for name in rows["a"] if "." in name] == every("elbo")
    assert rows["a"]["passed"] == rows["b"]["passed"] == str(len(every("elbo")))
    number = len(every("training"))
    assert f"training too: {number} of {number} passed" in rows["a"]["notes"]


@pytest.mark.parametrize(
    ("handed_in", "chapters"),
    [
        ([["elbo"], ["elbo"], ["elbo", "training"]], ["elbo"]),
        ([["elbo"], ["elbo", "training"], ["elbo", "training"]], ["elbo", "training"]),
        ([["training"], ["elbo"]], ["elbo", "training"]),
        (
            [["training", "elbo"], ["training"], ["limits"], ["bayes"], ["bayes"]],
            ["bayes", "training"],
        ),
        ([[], []], []),
    ],
)
def test_the_chapters_of_a_class(handed_in, chapters):
    hand_ins = [
        graded([each for module in modules for each in every(module)], str(number))
        for number, modules in enumerate(handed_in)
    ]
    assert grading.chapters_of(hand_ins) == chapters


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        " =1+1",
        "+33 1",
        "-1",
        "@x",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20x",
        "\ufe62",
        "\u22121",
    ],
)
def test_what_would_be_a_formula(tmp_path, text):
    student = graded(every("elbo"), student=text)
    student.notes.append(text)
    grading.write_grades([student], tmp_path / "grades.csv")
    (row,) = rows_of(tmp_path / "grades.csv").values()
    assert row["student"] == row["notes"] == f"'{text.strip()}"


def test_control_characters_are_not_written(tmp_path):
    name = "a\x1b]0;x\x07\tb\r\n\x00\x9b\u202ec\udce9d\u2028\u200be\N{TAG LATIN SMALL LETTER A}"
    grading.write_grades([graded([], student=name)], tmp_path / "grades.csv")
    (student,) = rows_of(tmp_path / "grades.csv")
    assert student == "a\\x1b]0;x\\x07 b \\x00\\x9b\\u202ec\\xe9d \\u200be\\U000e0061"


def test_a_separator_of_another_country_separates_nothing(tmp_path):
    grading.write_grades([graded([], student="a;=1+1")], tmp_path / "grades.csv")
    assert '"a;=1+1"' in (tmp_path / "grades.csv").read_text(encoding="utf-8-sig")


# ---------------------------------------------------------------------- finding and copying


def students_of(folder):
    return [each.student for each in grading.find_hand_ins(folder)]


def test_what_a_mac_adds_to_an_archive_is_no_student(tmp_path):
    hand_in(f"{tmp_path}/zoe/04_elbo.ipynb", "1 + 1")
    hand_in(f"{tmp_path}/__MACOSX/zoe/._04_elbo.ipynb", "1 + 1")
    assert students_of(tmp_path) == ["zoe"]


def test_one_name_typed_in_two_ways_is_one_student(tmp_path):
    for name in map(unicodedata.normalize, ("NFC", "NFD"), ("Zoé", "Zoé")):
        hand_in(f"{tmp_path}/{name}_{len(name)}/04.ipynb", "1 + 1")
        hand_in(f"{tmp_path}/{name}_04_elbo.ipynb", "1 + 1")
    assert len(set(students_of(tmp_path))) == 3


def test_a_student_without_a_notebook_in_a_group(tmp_path):
    hand_in(f"{tmp_path}/group A/zoe/04.ipynb", "1 + 1")
    (tmp_path / "group A" / "luc").mkdir()
    luc, _ = grading.find_hand_ins(tmp_path)
    assert (luc.student, luc.notes) == ("group A/luc", ["luc: has no notebook"])


def test_a_folder_without_bottom(tmp_path):
    deep = tmp_path / "luc"
    hand_in(f"{tmp_path}/zoe/04.ipynb", "1 + 1")
    deep.mkdir()
    descriptor = os.open(deep, os.O_RDONLY)
    for _ in range(1200):  # deeper than a path can say
        os.mkdir("a" * 9, dir_fd=descriptor)
        below = os.open("a" * 9, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(descriptor)
    assert students_of(tmp_path) == ["luc", "zoe"]
    subprocess.run(["rm", "-rf", deep], check=True)


def copied(hand_in, folder):
    copy_hand_ins([hand_in], folder)
    return sorted(str(path.relative_to(hand_in.copy)) for path in hand_in.copy.rglob("*.*"))


def test_what_is_copied(tmp_path):
    home = tmp_path / "class" / "zoe"
    hand_in(f"{home}/deep/04.ipynb", "1 + 1")
    hand_in(f"{home}/05.ipynb", "1 + 1")
    (home / "data.csv").write_text("1")
    (home / "secret.txt").symlink_to(tmp_path / "secret.txt")
    (home / "same.csv").symlink_to(home / "data.csv")
    (home / "loop.csv").symlink_to(home / "loop.csv")
    (home / "dir.d").symlink_to(tmp_path)
    (tmp_path / "secret.txt").write_text("secret")
    os.mkfifo(home / "pipe.csv")
    with open(home / "sparse.bin", "wb") as file:
        file.truncate(10**12)
    (tmp_path / "copies").mkdir()
    first, *_ = grading.find_hand_ins(tmp_path / "class")
    names = copied(first, tmp_path / "copies")
    assert names == ["05.ipynb", "data.csv", "deep/04.ipynb", "same.csv"]
    notes = "; ".join(first.notes)
    assert "pipe.csv left out: not a file" in notes
    assert "more files left out" in notes


def test_no_more_is_copied_than_there_is_room_for(tmp_path):
    home = tmp_path / "class" / "zoe"
    hand_in(f"{home}/z.ipynb", "1 + 1")
    for name in "abc":
        with open(home / f"{name}.npy", "wb") as file:
            file.truncate(40 * 2**20)
    (tmp_path / "copies").mkdir()
    (only,) = grading.find_hand_ins(tmp_path / "class")
    assert copied(only, tmp_path / "copies") == ["a.npy", "z.ipynb"]
    assert only.notes == [f"z.ipynb: {name}.npy left out: more than 64 MB in all" for name in "bc"]


def test_a_notebook_alone_is_copied_alone(tmp_path):
    (tmp_path / "class").mkdir()
    for name in ("zoe_04_elbo.ipynb", "luc_04_elbo.ipynb"):
        hand_in(f"{tmp_path}/class/{name}", "1 + 1")
    (tmp_path / "copies").mkdir()
    _, zoe = grading.find_hand_ins(tmp_path / "class")
    assert copied(zoe, tmp_path / "copies") == ["zoe_04_elbo.ipynb"]


def test_a_link_to_the_notebook_of_another(tmp_path):
    (tmp_path / "class").mkdir()
    hand_in(f"{tmp_path}/class/zoe.ipynb", "1 + 1")
    (tmp_path / "class" / "luc.ipynb").symlink_to(tmp_path / "class" / "zoe.ipynb")
    (tmp_path / "copies").mkdir()
    luc, _ = grading.find_hand_ins(tmp_path / "class")
    assert copied(luc, tmp_path / "copies") == []
    assert luc.notes == ["luc.ipynb: luc.ipynb left out: a link that leads outside"]


def test_a_notebook_from_colab_with_broken_widgets(tmp_path):
    path = hand_in(
        f"{tmp_path}/zoe/Copy of 04.ipynb",
        "!pip install -q numpy\nfrom google.colab import drive\ndrive.mount('/content/drive')",
        "import numpy as np",
        f"%%time\ndef kl_to_prior(z_mean, z_log_var):\n{KL}",
        widgets={"application/vnd.jupyter.widget-state+json": {"a1": {"model_module": "x"}}},
        colab={"provenance": []},
    )
    text = pathlib.Path(path).read_text()
    notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    notebook.nbformat_minor = 0
    for cell in notebook.cells:
        del cell["id"]
    pathlib.Path(path).write_text(nbformat.writes(notebook))
    found = grading.grade(grading.HandIn(pathlib.Path(path), "zoe"), grading.Limits(60, 300, 60))
    assert found.verdicts["elbo.kl_to_prior"] == ("passed", None)
    assert "Copy of 04.ipynb: cell 1: No module named 'google.colab'" in found.notes


# ---------------------------------------------------------------------- the grader


def test_a_table_that_is_open_elsewhere_stops_nothing(tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / "class" / name).mkdir(parents=True)
        (tmp_path / "class" / name / "04.ipynb").symlink_to(tmp_path / "nowhere")
    write, calls = grading.write_whole, []

    def locked(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise PermissionError(13, "it is open in a spreadsheet")
        write(*arguments)

    monkeypatch.setattr(grading, "write_whole", locked)
    grading.grade_folder(tmp_path / "class", tmp_path / "grades.csv")
    assert sorted(rows_of(tmp_path / "grades.csv")) == ["a", "b"]


def test_without_walls_a_warning_or_a_refusal(tmp_path, monkeypatch, capsys):
    (tmp_path / "class" / "a").mkdir(parents=True)
    (tmp_path / "class" / "a" / "04.ipynb").symlink_to(tmp_path / "nowhere")
    monkeypatch.setattr(grading, "find_bubblewrap", lambda: (None, "bubblewrap is not installed"))
    command = ["grade", str(tmp_path / "class"), "--output", str(tmp_path / "grades.csv")]
    assert cli.main([*command, "--require-sandbox"]) == 1
    assert "there is no sandbox: bubblewrap is not installed" in capsys.readouterr().err
    assert not (tmp_path / "grades.csv").exists()
    assert cli.main(command) == 0
    error = capsys.readouterr().err
    assert "warning: no sandbox, since bubblewrap is not installed" in error
    assert "your files" in error
    assert "network" in error


def test_bubblewrap_that_does_not_work_is_none(tmp_path, monkeypatch):
    from vae_course.grading import walls

    (tmp_path / "bwrap").write_text(
        "#!/bin/sh\necho 'No permissions to create namespace' >&2; exit 1"
    )
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    path, lacking = walls.find_bubblewrap.__wrapped__()
    assert path is None
    assert lacking == "bubblewrap does not work here: No permissions to create namespace"


GRADER = """
import os, pathlib, signal, sys, tempfile, threading
from vae_course.grading.sandbox import Kernel, Limits
from vae_course.grading.walls import find_bubblewrap
kept = []
for walls, seconds in zip((find_bubblewrap()[0], None), sys.argv[1:]):
    kernel = Kernel(tempfile.mkdtemp(), Limits(), threading.Event(), walls, setup="")
    kernel.run(f"import subprocess; subprocess.Popen(['sleep', {seconds!r}])", 60)
    kept.append(kernel)
print("ready", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_started_ends_with_the_grader(tmp_path):
    """With walls and without, even if the grader has no time to end it."""
    seconds = [f"9999.{os.getpid()}{number}" for number in range(2)]  # no other process's
    done = subprocess.run(
        [sys.executable, "-c", GRADER, *seconds],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
    )
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"ready\n")
    deadline = time.monotonic() + 60
    while found := [each for each in psutil.process_iter() if {*seconds} & {*_words(each)}]:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def _words(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []
