"""Grades the notebooks handed in: a verdict an exercise, a total a student.

The code handed in is run. A process, a time limit and a memory limit of its own keep its accidents
from the others, not its malice: grade in a container.
"""

import collections
import concurrent.futures
import csv
import dataclasses
import io
import json
import pathlib
import re
import threading
import time

import nbformat

from vae_course.exercises import CHAPTERS, exercises_of, find
from vae_course.grading.sandbox import (
    CancelledError,
    CodeStoppedError,
    Kernel,
    KernelLostError,
)
from vae_course.grading.solutions import exercise_of
from vae_keras._files import write_whole

# From the best to the worst: a student who hands a notebook in twice keeps the best verdict.
STATUSES = ("passed", "failed", "stopped", "not_attempted", "missing")
_REPORT = "__import__('vae_course.grading.grades', fromlist=['grades']).report_of({!r})"


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one notebook may take.

    Attributes:
        cell_seconds: Time of a cell; past it, the cell is interrupted.
        notebook_seconds: Time of the notebook, however often it has to be executed; past it, the
            exercises are judged as they are.
        check_seconds: Time of the check of an exercise.
        memory: Bytes.
    """

    cell_seconds: float = 300
    notebook_seconds: float = 1800
    check_seconds: float = 60
    memory: int = 4 * 2**30


@dataclasses.dataclass
class HandIn:
    """One notebook handed in, and what came of it.

    Attributes:
        path: Its file.
        student: Whose it is: the name of its folder, or the file's own without the chapter's.
        verdicts: `{identifier: (status, misconception)}`; the status is a `Verdict`'s, or
            `"missing"` (no such function in the notebook), or `"stopped"` (the answer ran too long
            or ended its process).
        notes: What a teacher should know, in English.
    """

    path: pathlib.Path
    student: str
    verdicts: dict = dataclasses.field(default_factory=dict)
    notes: list = dataclasses.field(default_factory=list)

    def note(self, text):
        """Adds a note on this file, once."""
        text = f"{self.path.name}: {text}"
        if text not in self.notes:
            self.notes.append(text)


def find_hand_ins(folder):
    """The notebooks of a folder: one subfolder a student, or one file a student.

    A student's folder is the highest one that holds a notebook itself, so that folders of groups
    may lie above; its name is its path in `folder`.

    Args:
        folder: Its path.

    Returns:
        A list of `HandIn`, by student; those of subfolders without a notebook have a note.

    Raises:
        ValueError: There is no such folder, or no notebook in it.
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    paths = [
        path.relative_to(folder)
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() == ".ipynb" and path.is_file()
    ]
    paths = [path for path in paths if not any(part.startswith(".") for part in path.parts)]
    if not paths:
        raise ValueError(f"there is no notebook (.ipynb) in {folder}")
    homes = {path.parent for path in paths if len(path.parts) > 1}
    hand_ins = [HandIn(folder / path, _student(path, homes)) for path in paths]
    found = {path.parts[0] for path in paths}
    for each in sorted(folder.iterdir()):
        if each.is_dir() and each.name not in found and not each.name.startswith("."):
            hand_ins.append(HandIn(each, each.name))
            hand_ins[-1].note("has no notebook")
    return sorted(hand_ins, key=lambda hand_in: (hand_in.student, hand_in.path))


def _student(path, homes):
    for parent in reversed(path.parents):
        if parent in homes:
            return parent.as_posix()
    chapters = "|".join(map(re.escape, CHAPTERS))
    stem = re.sub(r"\s*\(\d+\)$", "", path.stem)  # a browser's second download
    return re.sub(rf"[\s_-]*({chapters})[\s_-]*", "", stem) or stem


def grade(hand_in, limits=None, cancelled=None):
    """Executes a notebook and judges its exercises; fills `verdicts` and `notes`.

    Cells that raise cost only themselves. A cell that ends its kernel, fills the memory or cannot
    be interrupted is left out, and the notebook is executed again without it.

    Args:
        hand_in: A `HandIn`.
        limits: `Limits`; None for the default ones.
        cancelled: A `threading.Event` that stops the work; None for none.

    Returns:
        The same `HandIn`.
    """
    limits, cancelled = limits or Limits(), cancelled or threading.Event()
    if hand_in.path.is_dir():
        return hand_in
    try:
        notebook = nbformat.read(hand_in.path, as_version=4)
        cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        modules = _modules_of(notebook)
    except Exception as error:  # the file may hold anything
        text = " ".join(str(error).split())[:200]
        hand_in.note(f"cannot be read as a notebook: {text}")
        return hand_in
    if not modules:
        hand_in.note("has no exercise of this course")
        return hand_in
    pending = [each.identifier for module in modules for each in exercises_of(module)]
    left_out = set()
    deadline = time.monotonic() + limits.notebook_seconds
    try:
        with Kernel(limits.memory, cancelled) as kernel:
            while pending and (time.monotonic() < deadline or not left_out):
                lost = _run_cells(kernel, cells, left_out, limits, deadline, hand_in)
                if lost is not None:
                    left_out.add(lost)
                elif _judge_all(kernel, pending, limits, hand_in):
                    break
    except CancelledError:
        raise
    except Exception as error:  # one hand-in must not cost the others their grades
        hand_in.note(f"could not be graded: {type(error).__name__}: {error}")
    hand_in.verdicts |= dict.fromkeys(pending, ("stopped", None))
    return hand_in


def _run_cells(kernel, cells, left_out, limits, deadline, hand_in):
    """Runs the cells; returns the index of the one that lost the kernel, or None."""
    for index, source in enumerate(cells):
        if index in left_out:
            continue
        left = deadline - time.monotonic()
        if left <= 0:
            hand_in.note(f"stopped at cell {index + 1}: no time left")
            return None
        try:
            kernel.run(source, min(left, limits.cell_seconds))
        except CodeStoppedError:
            hand_in.note(f"cell {index + 1} took too long")
        except KernelLostError as error:
            hand_in.note(f"cell {index + 1} {error}")
            return index
    return None


def _judge_all(kernel, pending, limits, hand_in):
    """Judges the exercises, taking them off the list; False if one lost the kernel."""
    while pending:
        identifier = pending.pop(0)
        hand_in.verdicts[identifier] = ("stopped", None)
        try:
            report = kernel.run("", limits.check_seconds, _REPORT.format(identifier))
        except CodeStoppedError:
            hand_in.note(f"the check of {identifier} took too long")
        except KernelLostError as error:
            hand_in.note(f"the check of {identifier} {error}")
            return False
        else:
            verdict = _verdict_of(report, find(identifier))
            if verdict is None:  # not the student's mistake: those are verdicts
                hand_in.note(f"the check of {identifier} gave no verdict")
            else:
                hand_in.verdicts[identifier] = verdict
    return True


def _verdict_of(report, exercise):
    """`(status, misconception)` from a report, which comes from a process that we do not trust."""
    try:
        status, misconception = json.loads(report)
    except (TypeError, ValueError):
        return None
    known = [None, *(each.identifier for each in exercise.misconceptions)]
    return (status, misconception) if status in STATUSES and misconception in known else None


def report_of(identifier):
    """Judges the answer in the kernel this runs in; `[status, misconception]` as JSON.

    The answer is the function of the exercise's name, or the one that the notebook gave to `check`
    if that one is better or has another name.
    """
    from IPython import get_ipython

    exercise = find(identifier)
    answers = [exercise.last_answer] if exercise.was_checked else []
    if exercise.name in get_ipython().user_ns:
        answers.insert(0, get_ipython().user_ns[exercise.name])
    verdicts = map(exercise.judge, answers)
    reports = [(verdict.status, verdict.misconception) for verdict in verdicts]
    return json.dumps(min(reports, key=_rank, default=("missing", None)))


def _rank(report):
    return STATUSES.index(report[0])


def _modules_of(notebook):
    """The modules whose exercises a notebook holds: its cells may have been renamed or pasted."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    marks = [exercise_of(cell) or "" for cell in notebook.cells]
    return [
        module
        for module in CHAPTERS.values()
        if any(mark.startswith(f"{module}.") for mark in marks)
        or re.search(rf"vae_keras\.exercises(\.| import ){module}\b", text)
        or any(re.search(rf"^def {each.name}\(", text, re.M) for each in exercises_of(module))
    ]


# ---------------------------------------------------------------------- the whole class


def grade_folder(folder, output, limits=None, jobs=1, report=lambda hand_in: None):
    """Grades the notebooks of a folder into a CSV file, one row a student.

    The file is written again after each notebook, whole or not at all: what is graded is not lost.

    Args:
        folder: As for `find_hand_ins`.
        output: The CSV file.
        limits: As for `grade`.
        jobs: Notebooks graded at the same time.
        report: Called with each `HandIn` once it is graded.

    Returns:
        The list of `HandIn`.

    Raises:
        ValueError: There is nothing to grade.
    """
    hand_ins, done = find_hand_ins(folder), []
    write_grades(done, output)  # a file that cannot be written is told before the work
    cancelled = threading.Event()
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        futures = [pool.submit(grade, hand_in, limits, cancelled) for hand_in in hand_ins]
        for future in concurrent.futures.as_completed(futures):
            done.append(future.result())
            write_grades(done, output)
            report(done[-1])
    finally:
        cancelled.set()
        pool.shutdown(cancel_futures=True)
    return hand_ins


def write_grades(hand_ins, path):
    """Writes the verdicts: a row a student, a column an exercise, then the total.

    A cell is a status, with the mistake recognised in brackets: `failed (half_missing)`.

    Args:
        hand_ins: A list of `HandIn`.
        path: The file.
    """
    students = collections.defaultdict(list)
    for hand_in in sorted(hand_ins, key=lambda each: (each.student, each.path)):
        students[hand_in.student].append(hand_in)
    found = {identifier for hand_in in hand_ins for identifier in hand_in.verdicts}
    every = [each.identifier for module in CHAPTERS.values() for each in exercises_of(module)]
    columns = [identifier for identifier in every if identifier in found]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["student", *columns, "passed", "exercises", "notes"])
    for student, theirs in students.items():
        best = best_verdicts(theirs)
        passed = sum(status == "passed" for status, _ in best.values())
        notes = "; ".join(note for hand_in in theirs for note in hand_in.notes)
        row = [_words(best.get(identifier)) for identifier in columns]
        writer.writerow([_as_text(student), *row, passed, len(columns), _as_text(notes)])
    write_whole(path, text.getvalue().encode("utf-8-sig"))  # which Excel recognises


def _as_text(value):
    """What a spreadsheet shows and does not compute; on one line."""
    value = " ".join(value.split())
    return f"'{value}" if value.startswith(("=", "+", "-", "@")) else value


def best_verdicts(hand_ins):
    """`{identifier: (status, misconception)}`, the best of several notebooks."""
    best = {}
    for hand_in in hand_ins:
        for identifier, verdict in hand_in.verdicts.items():
            best[identifier] = min(best.get(identifier, verdict), verdict, key=_rank)
    return best


def _words(verdict):
    if verdict is None:
        return "missing"
    status, misconception = verdict
    return f"{status} ({misconception})" if misconception else status
