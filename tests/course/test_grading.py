"""A class of made-up hand-ins, graded: each accident costs its author one cell, and nobody else."""

import copy
import csv
import os
import pathlib
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from vae_course import cli
from vae_course.exercises import exercises_of
from vae_course.grading import grades as grading
from vae_course.grading.solutions import solve

NOTEBOOK = pathlib.Path(__file__).parents[2] / "notebooks" / "04_elbo.ipynb"
NAMES = [exercise.name for exercise in exercises_of("elbo")]
LIMITS = grading.Limits(cell_seconds=20, notebook_seconds=600, check_seconds=20)
FIRST, SECOND = NAMES[:2]


@pytest.fixture(scope="module")
def sheet():
    """Chapter 04 without the course: its imports, its exercises and their checks."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    notebook.cells = [
        cell
        for cell in code
        if cell is code[0] or "vae_keras" in cell.metadata or ".check(" in cell.source
    ]
    return notebook


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells if cell.source.startswith(f"def {name}("))


def with_cells(notebook, *sources):
    """Adds cells after the imports."""
    notebook.cells[1:1] = [nbformat.v4.new_code_cell(source) for source in sources]
    return notebook


def solved(notebook):
    solve(notebook)
    return notebook


def good(notebook):
    """And the environment of the teacher is not the student's."""
    names = "import os; assert 'SECRET_OF_THE_TEACHER' not in os.environ; ready = True"
    cell = cell_of(with_cells(solved(notebook), names), FIRST)
    cell.source = cell.source.replace(f"def {FIRST}(", f"ready\n\n\ndef {FIRST}(")
    return notebook


def partly_done(notebook):
    answers = solved(copy.deepcopy(notebook))
    for name in (FIRST, SECOND):
        cell_of(notebook, name).source = cell_of(answers, name).source
    return notebook


def untouched(notebook):
    return notebook


def mistaken(notebook):
    """Of its answers, one is known, one ends its process, one raises and one leaves."""
    solved(notebook)
    cell_of(notebook, FIRST).source = (
        f"def {FIRST}(z_mean, z_log_var):\n"
        "    return np.sum(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=1)"
    )
    bodies = ("import os; os._exit(1)", "return 1 / 0", "exit()")
    for name, body in zip(NAMES[1:], bodies, strict=True):
        cell_of(notebook, name).source = f"def {name}(*arguments):\n    {body}"
    return with_cells(notebook, "exit()", "import sys; sys.exit(3)", "import os; os._exit(0)")


def losing(notebook):
    """What costs a cell and no more, or its kernel: three of these are lost.

    What filled the memory is still held when the exercises are checked.
    """
    return with_cells(
        solved(notebook),
        "1 / 0",
        "this is not Python",
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "import time\nwhile True:\n    try:\n        time.sleep(1)\n"
        "    except KeyboardInterrupt:\n        pass",
        "x = []\nwhile True:\n    x.append(bytes(2**26))",
    )


def looping(notebook):
    """And forging: what a notebook changes of the course is nothing to who judges it."""
    notebook = with_cells(
        solved(notebook),
        "import time\nwhile True:\n    time.sleep(0.01)",
        "from vae_course.engine import Exercise, Verdict\n"
        "Exercise.judge = lambda self, answer: Verdict(self.identifier, 'passed', None, '')",
    )
    cell_of(notebook, FIRST).source = f"def {FIRST}(z_mean, z_log_var):\n    return z_mean"
    cell_of(
        notebook, SECOND
    ).source = f"def {SECOND}(*arguments):\n    while True:\n        time.sleep(0.01)"
    return notebook


def renamed_cells(notebook):
    """Pasted into a new notebook, its functions renamed: what was given to `check` counts.

    It prints more than anyone would read.
    """
    with_cells(solved(notebook), "print('a' * 10**8)", "for _ in range(10**5): print('b' * 99)")
    cells = [nbformat.v4.new_code_cell(cell.source) for cell in notebook.cells]
    for cell in cells:
        cell.source = cell.source.replace(f"def {FIRST}(", "def mine(")
        cell.source = cell.source.replace(f"check({FIRST})", "check(mine)")
    return nbformat.v4.new_notebook(cells=cells)


def old_copy(notebook):
    """Of a time when the first exercise had another name, and the last did not exist.

    The cells of the second were deleted.
    """
    solved(notebook)
    cell = cell_of(notebook, FIRST)
    cell.metadata["vae_keras"] = {"exercise": "elbo.of_old"}
    for cell in notebook.cells:
        cell.source = cell.source.replace(FIRST, "of_old")
    gone = SECOND, NAMES[-1]
    notebook.cells = [
        cell for cell in notebook.cells if not any(name in cell.source for name in gone)
    ]
    return notebook


ALL = ["passed"] * len(NAMES)
EXPECTED = {
    good: (ALL, []),
    partly_done: (["passed"] * 2 + ["not_attempted"] * (len(NAMES) - 2), []),
    untouched: (["not_attempted"] * len(NAMES), []),
    mistaken: (
        ["failed (half_missing)", "stopped", "failed", "failed"],
        [
            "cell 4 ended its process",
            "cell 8 ended its process",
            f"the check of elbo.{SECOND} ended its process",
        ],
    ),
    losing: (
        ALL,
        [
            "cell 4 ended its process",
            "cell 5 took too long and could not be interrupted",
            "cell 6 took too much memory",
        ],
    ),
    looping: (
        ["failed", "stopped", *ALL[2:]],
        [
            "cell 2 took too long",
            "cell 3 reaches for the course's own checks",
            f"the check of elbo.{SECOND} took too long",
        ],
    ),
    renamed_cells: (ALL, []),
    old_copy: (["missing"] * 2 + ALL[3:] + ["missing"], []),
}


@pytest.fixture(scope="module")
def graded(sheet, tmp_path_factory):
    """The rows of the class's grades, by student."""
    folder = tmp_path_factory.mktemp("class")
    for make in EXPECTED:
        (folder / "handed in" / make.__name__).mkdir(parents=True)
        path = folder / "handed in" / make.__name__ / "04_elbo.ipynb"
        nbformat.write(make(copy.deepcopy(sheet)), path)
    (folder / "handed in" / "not a notebook_04_elbo.ipynb").write_text("{]")
    (folder / "handed in" / "nothing of ours.ipynb").write_text(
        nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")]))
    )
    names = sorted((folder / "handed in").rglob("*"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET_OF_THE_TEACHER", "42")
        grading.grade_folder(folder / "handed in", folder / "grades.csv", LIMITS, jobs=4)
    assert sorted((folder / "handed in").rglob("*")) == names
    with (folder / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


@pytest.mark.parametrize("make", EXPECTED, ids=lambda make: make.__name__)
def test_the_table(graded, make):
    row = graded[make.__name__]
    verdicts, notes = EXPECTED[make]
    assert [row[f"elbo.{name}"] for name in NAMES] == verdicts
    assert row["passed"] == str(verdicts.count("passed"))
    assert row["exercises"] == str(len(NAMES))
    assert row["notes"] == "; ".join(f"04_elbo.ipynb: {note}" for note in notes)


def test_what_is_not_a_notebook_of_the_course_is_said(graded):
    assert "cannot be read as a notebook" in graded["not a notebook"]["notes"]
    assert "has no exercise of this course" in graded["nothing of ours"]["notes"]
    assert graded["not a notebook"]["passed"] == "0"


# ---------------------------------------------------------------------- without a kernel


def test_the_best_of_two_hand_ins_counts():
    first = grading.HandIn(None, "a", {"elbo.x": ("passed", None), "elbo.y": ("missing", None)})
    second = grading.HandIn(None, "a", {"elbo.x": ("failed", "m"), "elbo.y": ("failed", "n")})
    best = grading.best_verdicts([first, second])
    assert best == {"elbo.x": ("passed", None), "elbo.y": ("failed", "n")}


def test_the_students_names(tmp_path):
    for name in (
        "dupont/04_elbo.ipynb",
        "dupont/deep/06.ipynb",
        "martin_04_elbo.ipynb",
        "li.ipynb",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / "li.ipynb").write_text("")
    names = [hand_in.student for hand_in in grading.find_hand_ins(tmp_path)]
    assert names == ["dupont", "dupont", "li", "martin"]


def test_folders_above_the_students_folders(tmp_path):
    """As in the archives that teaching platforms make."""
    for name in ("all/group A/dupont/04.ipynb", "all/group B/dupont/04.IPYNB", "all/li/x/04.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing" / "rendu.zip").write_text("")
    hand_ins = grading.find_hand_ins(tmp_path)
    students = [hand_in.student for hand_in in hand_ins]
    assert students == ["all/group A/dupont", "all/group B/dupont", "all/li/x", "nothing"]
    assert hand_ins[-1].notes == ["nothing: has no notebook"]
    assert grading.grade(hand_ins[-1]).verdicts == {}


@pytest.mark.parametrize("name", ["dupont", "dupont_04_elbo (1)", "04_elbo-dupont"])
def test_the_student_of_a_file(tmp_path, name):
    (tmp_path / f"{name}.ipynb").write_text("")
    assert [hand_in.student for hand_in in grading.find_hand_ins(tmp_path)] == ["dupont"]


def test_a_spreadsheet_computes_nothing_of_what_is_written(tmp_path):
    hand_in = grading.HandIn(tmp_path / "x.ipynb", "=HYPERLINK(1)\n,x")
    hand_in.notes.append("@note")
    grading.write_grades([hand_in], tmp_path / "grades.csv")
    with (tmp_path / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["student"], row["notes"]) == ("'=HYPERLINK(1) ,x", "'@note")


def test_an_interruption_keeps_what_is_graded_and_leaves_nothing_behind(sheet, tmp_path):
    """The first notebook is quick, the second would sleep for an hour."""
    (tmp_path / "in").mkdir()
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "in" / "a.ipynb")
    slow = with_cells(copy.deepcopy(sheet), "import time; time.sleep(3600)")
    nbformat.write(slow, tmp_path / "in" / "b.ipynb")
    command = [sys.executable, "-m", "vae_course.cli", "grade", "in", "--output", "grades.csv"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    while b"a.ipynb" not in process.stdout.readline():
        assert process.poll() is None
    while not list(tmp_path.glob("vae-keras-*")):
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "What is graded is kept in grades.csv" in errors.decode()
    assert "has no exercise" in (tmp_path / "grades.csv").read_text(encoding="utf-8-sig")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["grades.csv", "in"]


def test_nothing_to_grade_is_said_at_once(tmp_path, capsys):
    assert cli.main(["grade", str(tmp_path / "none")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert cli.main(["grade", str(tmp_path)]) == 2
    assert "there is no notebook (.ipynb) in" in capsys.readouterr().err


def test_grades_are_not_written_over(tmp_path, capsys):
    (tmp_path / "grades.csv").write_text("precious")
    assert cli.main(["grade", str(tmp_path), "--output", str(tmp_path / "grades.csv")]) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert (tmp_path / "grades.csv").read_text() == "precious"
    assert cli.main(["grade", str(tmp_path), "--output", str(tmp_path / "no" / "g.csv")]) == 1
    assert "there is no folder" in capsys.readouterr().err


def test_the_help_says_that_code_is_run(capsys):
    with pytest.raises(SystemExit):
        cli.main(["grade", "--help"])
    text = capsys.readouterr().out
    assert "THE CODE HANDED IN IS RUN" in text
    assert "container" in text
    assert "the solutions are one call away" in text
