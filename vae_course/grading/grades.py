"""Grades the notebooks handed in: a verdict an exercise, a total a student.

The code handed in is run: what protects from it is in `sandbox` and `walls`, and what it says is
judged here, in `judge`.
"""

import collections
import concurrent.futures
import contextlib
import csv
import io
import re
import tempfile
import threading
import time
import types

from vae_course.exercises import CHAPTERS, exercises_of
from vae_course.grading.hand_ins import HandIn, copy_hand_ins, find_hand_ins
from vae_course.grading.judge import Judge, rank
from vae_course.grading.plain_text import spreadsheet_cell
from vae_course.grading.sandbox import (
    CodeStoppedError,
    Kernel,
    KernelLostError,
    Limits,
)
from vae_course.grading.solutions import exercise_of
from vae_course.grading.walls import find_bubblewrap
from vae_keras._files import write_whole

__all__ = [
    "HandIn",
    "Judge",
    "Limits",
    "best_verdicts",
    "chapters_of",
    "find_bubblewrap",
    "find_hand_ins",
    "grade",
    "grade_folder",
    "write_grades",
]
# Where the course keeps its solutions and its checks: no exercise sends anyone there.
_CHECKS = re.compile(
    r"vae_course\.(engine|grading)\b|\._(solution|observe|look|reference|agree|alike)\b"
)


def grade(hand_in, limits=None, cancelled=None, judge=None, walls=True):
    """Executes a notebook and judges its exercises; fills `verdicts` and `notes`.

    Cells that raise cost only themselves. A cell that ends its kernel, fills the memory or cannot
    be interrupted is left out, and the notebook is executed again without it.

    Args:
        hand_in: A `HandIn`.
        limits: `Limits`; None for the default ones.
        cancelled: A `threading.Event` that stops the work; None for none.
        judge: The `Judge` of the class; None for one of its own.
        walls: Whether there are walls around the kernel, where Bubblewrap works.

    Returns:
        The same `HandIn`.
    """
    if hand_in.copy is None:
        with tempfile.TemporaryDirectory(prefix="vae-keras-") as folder:
            copy_hand_ins([hand_in], folder)
            if hand_in.copy is not None:
                grade(hand_in, limits, cancelled, judge, walls)
            hand_in.copy = None
    elif hand_in.copied is not None:  # else a note says why
        limits, cancelled = limits or Limits(), cancelled or threading.Event()
        bubblewrap = find_bubblewrap()[0] if walls else None
        try:
            with Kernel(hand_in.copy, limits, cancelled, bubblewrap) as kernel:
                _Grading(hand_in, limits, judge or Judge(), kernel).run()
        except Exception as error:  # one hand-in must not cost the others their grades
            hand_in.note(f"could not be graded: {type(error).__name__}: {error}")
    return hand_in


class _Grading:
    """The grading of one hand-in, in a kernel."""

    def __init__(self, hand_in, limits, judge, kernel):
        self._hand_in, self._limits, self._judge, self._kernel = hand_in, limits, judge, kernel
        self._deadline = time.monotonic() + limits.notebook_seconds
        self._last = self._deadline + limits.notebook_seconds  # of the checks, too

    def run(self):
        try:
            cells = self._kernel.read(self._hand_in.copied, self._limits.cell_seconds)
        except (ValueError, KernelLostError) as error:
            self._hand_in.note(f"cannot be read as a notebook: {error}")
            return
        cells = [types.SimpleNamespace(**cell) for cell in cells]
        modules = _modules_of(cells)
        if not modules:
            self._hand_in.note("has no exercise of this course")
        pending = [each.identifier for module in modules for each in exercises_of(module)]
        self._hand_in.verdicts = dict.fromkeys(pending, ("stopped", None))
        left_out = set()
        while pending and (time.monotonic() < self._deadline or not left_out):
            lost = self._run_cells(cells, left_out)
            if lost is not None:
                left_out.add(lost)
            elif self._judge_all(pending):
                break

    def _run_cells(self, cells, left_out):
        """Runs the cells; returns the index of the one that lost the kernel, or None."""
        for index, cell in enumerate(cells):
            if index in left_out:
                continue
            left, what = self._deadline - time.monotonic(), f"cell {index + 1}"
            if left <= 0:
                self._hand_in.note(f"stopped at {what}: no time left")
                return None
            if _CHECKS.search(cell.source):
                self._hand_in.note(f"{what} reaches for the course's own checks")
            try:
                outcome = self._run(cell.source, min(left, self._limits.cell_seconds))
            except CodeStoppedError:
                self._hand_in.note(f"{what} took too long")
            except KernelLostError as error:
                self._hand_in.note(f"{what} {error}")
                return index
            else:
                if outcome.error and outcome.error[0] == "ModuleNotFoundError":
                    self._hand_in.note(f"{what}: {outcome.error[1]}")
        return None

    def _judge_all(self, pending):
        """Judges the exercises, taking them off the list; False if one lost the kernel."""
        while pending:
            if time.monotonic() > self._last:
                self._hand_in.note("no time left for the other checks")
                return True
            identifier = pending.pop(0)
            what = f"the check of {identifier}"
            try:
                verdict = self._judge.verdict(identifier, self._evaluate)
            except CodeStoppedError:
                self._hand_in.note(f"{what} took too long")
            except KernelLostError as error:
                self._hand_in.note(f"{what} {error}")
                return False
            except OSError:  # there is no kernel to be had
                raise
            except Exception as error:  # ours, or what nobody thought of giving back
                self._hand_in.note(f"{what} failed: {type(error).__name__}: {error}")
            else:
                if verdict is None:  # not the student's mistake: those are verdicts
                    self._hand_in.note(f"{what} gave no verdict{self._why}")
                else:
                    self._hand_in.verdicts[identifier] = verdict
        return True

    def _evaluate(self, expression):
        outcome = self._run("", self._limits.check_seconds, expression)
        self._why = f" ({': '.join(outcome.error)})" if outcome.error else ""
        return outcome.value

    def _run(self, code, seconds, expression=None):
        folder = self._hand_in.copied.parent
        return self._kernel.run(code, seconds, expression, folder)


def _modules_of(cells):
    """The modules whose exercises a notebook holds: its cells may have been renamed or pasted."""
    text = "\n".join(cell.source for cell in cells)
    marks = [exercise_of(cell) or "" for cell in cells]
    return [
        module
        for module in CHAPTERS.values()
        if any(mark.startswith(f"{module}.") for mark in marks)
        or re.search(rf"vae_course(\.exercises)?(\.| import ){module}\b", text)
        or any(re.search(rf"^def {each.name}\(", text, re.M) for each in exercises_of(module))
    ]


# ---------------------------------------------------------------------- the whole class


def grade_folder(folder, output, limits=None, jobs=1, report=lambda hand_in: None, walls=True):
    """Grades the notebooks of a folder into a CSV file, one row a student.

    All are copied before the first is run. The file is written again after each notebook, whole or
    not at all: what is graded is not lost.

    Args:
        folder: As for `find_hand_ins`.
        output: The CSV file.
        limits: As for `grade`.
        jobs: Notebooks graded at the same time.
        report: Called with each `HandIn` once it is graded.
        walls: As for `grade`.

    Returns:
        The list of `HandIn`.

    Raises:
        ValueError: There is nothing to grade.
    """
    hand_ins, done = find_hand_ins(folder), []
    write_grades(done, output)  # a file that cannot be written is told before the work
    judge, cancelled = Judge(), threading.Event()
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    with tempfile.TemporaryDirectory(prefix="vae-keras-") as copies:
        copy_hand_ins(hand_ins, copies)
        try:
            futures = [
                pool.submit(grade, hand_in, limits, cancelled, judge, walls) for hand_in in hand_ins
            ]
            for future in concurrent.futures.as_completed(futures):
                done.append(future.result())
                with contextlib.suppress(OSError):  # open in a spreadsheet, perhaps: the next time
                    write_grades(done, output)
                report(done[-1])
        finally:
            cancelled.set()
            pool.shutdown(cancel_futures=True)
    write_grades(hand_ins, output)
    return hand_ins


def write_grades(hand_ins, path):
    """Writes the verdicts: a row a student, a column an exercise, then the total.

    A cell is a status, with the mistake recognised in brackets: `failed (half_missing)`. The
    columns are the exercises of `chapters_of`; what else a student handed in is in the notes.

    Args:
        hand_ins: A list of `HandIn`.
        path: The file.
    """
    students = collections.defaultdict(list)
    for hand_in in sorted(hand_ins, key=lambda each: (each.student, each.path)):
        students[hand_in.student].append(hand_in)
    chapters = chapters_of(hand_ins)
    columns = [each.identifier for module in chapters for each in exercises_of(module)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)  # `;` separates too, in some countries
    writer.writerow(["student", *columns, "passed", "exercises", "notes"])
    for student, theirs in students.items():
        best = best_verdicts(theirs)
        row = [_words(best.get(identifier, ("missing", None))) for identifier in columns]
        notes = [note for hand_in in theirs for note in hand_in.notes]
        notes += _notes_on_chapters(theirs, best, chapters)
        cells = [student, *row, str(row.count("passed")), str(len(columns)), "; ".join(notes)]
        writer.writerow(map(spreadsheet_cell, cells))
    write_whole(path, text.getvalue().encode("utf-8-sig"))  # which Excel recognises


def chapters_of(hand_ins):
    """The modules that most students handed in, or if none was, those that the most did."""
    handed_in = collections.defaultdict(set)
    for hand_in in hand_ins:
        for identifier in hand_in.verdicts:
            handed_in[_module(identifier)].add(hand_in.student)
    students = set().union(*handed_in.values())
    most = max(map(len, handed_in.values()), default=0)
    fewest = min(len(students) // 2 + 1, most)
    return [
        each for each in CHAPTERS.values() if each in handed_in and len(handed_in[each]) >= fewest
    ]


def best_verdicts(hand_ins):
    """`{identifier: (status, misconception)}`, the best of several notebooks."""
    best = {}
    for hand_in in hand_ins:
        for identifier, verdict in hand_in.verdicts.items():
            best[identifier] = min(best.get(identifier, verdict), verdict, key=rank)
    return best


def _notes_on_chapters(hand_ins, best, chapters):
    """What a student's row does not show: chapters handed in twice, and those of no column."""
    counts = collections.Counter(
        module for hand_in in hand_ins for module in set(map(_module, hand_in.verdicts))
    )
    for module, count in sorted(counts.items()):
        if count > 1:
            yield f"{module} in {count} notebooks: the better verdict on each exercise counts"
        if module not in chapters:
            theirs = [each[0] for identifier, each in best.items() if _module(identifier) == module]
            yield f"{module} too: {theirs.count('passed')} of {len(theirs)} passed"


def _module(identifier):
    return identifier.partition(".")[0]


def _words(verdict):
    status, misconception = verdict
    return f"{status} ({misconception})" if misconception else status
