"""Grades the notebooks handed in: a verdict an exercise, a total a student.

The code handed in is run. A process, a time limit and a memory limit of its own keep its accidents
from the others, not its malice: grade in a container.
"""

import collections
import concurrent.futures
import csv
import dataclasses
import json
import os
import pathlib
import re
import time

import nbformat

from vae_keras.exercises import MODULES, exercises_of, find
from vae_keras.exercises._kernel import CodeStoppedError, Kernel, KernelLostError

# From the best to the worst: a student who hands a notebook in twice keeps the best verdict.
STATUSES = ("passed", "failed", "stopped", "not_attempted", "missing")
_MOST_KERNELS = 6  # of one notebook
_REPORT = "__import__('vae_keras.exercises.grading', fromlist=['grading']).report_of({!r})"


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one notebook may take.

    Attributes:
        cell_seconds: Time of a cell; past it, the cell is interrupted.
        notebook_seconds: Time of all its cells; past it, the exercises are judged as they are.
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

    Args:
        folder: Its path.

    Returns:
        A list of `HandIn`, by student.

    Raises:
        ValueError: There is no such folder, or no notebook in it.
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    paths = [
        path
        for path in sorted(folder.rglob("*.ipynb"))
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    if not paths:
        raise ValueError(f"there is no notebook (.ipynb) in {folder}")
    return sorted(
        (HandIn(path, _student(path.relative_to(folder))) for path in paths),
        key=lambda hand_in: (hand_in.student, hand_in.path),
    )


def _student(path):
    if len(path.parts) > 1:
        return path.parts[0]
    chapters = "|".join(map(re.escape, MODULES))
    return re.sub(rf"[\s_-]*({chapters})[\s_-]*", "", path.stem) or path.stem


def grade(hand_in, limits=None):
    """Executes a notebook and judges its exercises; fills `verdicts` and `notes`.

    Cells that raise cost only themselves. A cell that ends its kernel, or that cannot be
    interrupted, is left out, and the notebook is executed again without it.

    Args:
        hand_in: A `HandIn`.
        limits: `Limits`; None for the default ones.

    Returns:
        The same `HandIn`.
    """
    limits = limits or Limits()
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
    with Kernel(limits.memory) as kernel:
        for _ in range(_MOST_KERNELS):
            lost = _run_cells(kernel, cells, left_out, limits, hand_in)
            if lost is not None:
                left_out.add(lost)
            elif _judge_all(kernel, pending, limits, hand_in):
                break
        else:
            hand_in.note(f"given up after {_MOST_KERNELS} processes")
            hand_in.verdicts |= dict.fromkeys(pending, ("stopped", None))
    return hand_in


def _run_cells(kernel, cells, left_out, limits, hand_in):
    """Runs the cells; returns the index of the one that lost the kernel, or None."""
    deadline = time.monotonic() + limits.notebook_seconds
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
        except KernelLostError:
            hand_in.note(f"cell {index + 1} ended its process")
            return index
    return None


def _judge_all(kernel, pending, limits, hand_in):
    """Judges the exercises, taking them off the list; False if one lost the kernel."""
    while pending:
        identifier = pending.pop(0)
        try:
            report = kernel.run("", limits.check_seconds, _REPORT.format(identifier))
        except CodeStoppedError:
            hand_in.verdicts[identifier] = ("stopped", None)
        except KernelLostError:
            hand_in.verdicts[identifier] = ("stopped", None)
            return False
        else:
            if report is None:  # not the student's mistake: those are verdicts
                hand_in.note(f"the check of {identifier} raised")
            hand_in.verdicts[identifier] = tuple(json.loads(report or '["stopped", null]'))
    return True


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
    marks = [cell.metadata.get("vae_keras", {}).get("exercise", "") for cell in notebook.cells]
    return [
        module
        for module in MODULES.values()
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
    hand_ins = find_hand_ins(folder)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(grade, hand_in, limits) for hand_in in hand_ins]
        try:
            for future in concurrent.futures.as_completed(futures):
                report(future.result())
                done = [each for each, its in zip(hand_ins, futures, strict=True) if its.done()]
                write_grades(done, output)
        except BaseException:
            for future in futures:
                future.cancel()
            raise
    return hand_ins


def write_grades(hand_ins, path):
    """Writes the verdicts: a row a student, a column an exercise, then the total.

    A cell is a status, with the mistake recognised in brackets: `failed (half_missing)`.

    Args:
        hand_ins: A list of `HandIn`.
        path: The file.
    """
    path = pathlib.Path(path)
    students = collections.defaultdict(list)
    for hand_in in hand_ins:
        students[hand_in.student].append(hand_in)
    found = {identifier for hand_in in hand_ins for identifier in hand_in.verdicts}
    every = [each.identifier for module in MODULES.values() for each in exercises_of(module)]
    columns = [identifier for identifier in every if identifier in found]
    temporary = path.with_name(path.name + ".partial")
    with temporary.open("w", newline="", encoding="utf-8-sig") as file:  # which Excel recognises
        writer = csv.writer(file)
        writer.writerow(["student", *columns, "passed", "exercises", "notes"])
        for student, theirs in students.items():
            best = best_verdicts(theirs)
            passed = sum(status == "passed" for status, _ in best.values())
            notes = "; ".join(note for hand_in in theirs for note in hand_in.notes)
            row = [_words(best.get(identifier)) for identifier in columns]
            writer.writerow([student, *row, passed, len(columns), notes])
    os.replace(temporary, path)


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
