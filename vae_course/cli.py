"""The course's command line: `vae-course handout | grade | solutions`."""

import argparse
import collections
import importlib
import pathlib
import signal
import sys

from vae_course.grading.plain_text import one_line
from vae_keras import __version__, _options

GRADE_DESCRIPTION = """\
Grades the notebooks handed in: executes each of them, checks its exercises, and writes a CSV file
with a row a student, a column an exercise (passed, failed with the mistake recognised, stopped,
not_attempted or missing) and the total passed.

FOLDER holds one subfolder a student (there may be folders of groups above), or one file a student
(dupont_04_elbo.ipynb). Of an exercise handed in twice, the better verdict counts.

THE CODE HANDED IN IS RUN. All notebooks are copied before the first is run, and each has a
process of its own, without your environment variables, with limits of time, memory and processes.

With Bubblewrap (Linux: apt-get install bubblewrap) there are walls around it: it sees the Python
environment, read-only, a copy of its student's files, and a temporary folder in memory; neither
your files, nor the others', nor the network; and it ends with all that it has started. Where
Bubblewrap is not installed or does not work, as in many containers, a warning says what is not
protected, and --require-sandbox refuses. Without walls, grade in a container, for instance:

  docker run --rm --network none -v "$PWD":/work -w /work IMAGE vae-course grade FOLDER

A verdict that a notebook gives itself is not read: it gives back what its answers compute, from a
seed drawn for each grading, and these numbers are compared outside of it. What remains possible:
the solutions are one call away (exercises.NAME.solution()), so a notebook may hand them in as its
own, or have them computed in the place of its answers. Grades are for learning, not an examination.
"""
_WITHOUT_WALLS = """\
warning: no sandbox, since {}. Nothing protects from malice your files, which a notebook can read,
change and send, the other hand-ins, the grades and the network; and what it starts may go on. Mend:
install bubblewrap (Linux), or grade in a container; --require-sandbox refuses to go on."""


def main(arguments=None):
    """Runs the command line; returns the exit status."""
    return _options.run(_build_parser(), arguments)


def _build_parser():
    parser = _options.Parser(
        prog="vae-course",
        description="Copies of the course for students; grades and solutions for teachers.",
    )
    parser.add_argument("--version", action="version", version=f"vae-course {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="command")

    handout = commands.add_parser(
        "handout",
        help="copy the notebooks of the course into a folder of one's own",
        description="Copies the notebooks of the course, without their results, into a folder of "
        "one's own. A file that is there is never written over.",
    )
    handout.add_argument("folder", metavar="FOLDER", help="made if it is missing")
    handout.set_defaults(run=_hand_out)

    grade = commands.add_parser(
        "grade",
        help="check the exercises of the notebooks handed in",
        description=GRADE_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    grade.add_argument("folder", metavar="FOLDER", help="the notebooks handed in")
    grade.add_argument(
        "--output", metavar="FILE.csv", default="grades.csv", help="default: grades.csv"
    )
    grade.add_argument("--overwrite", action="store_true", help="replace FILE.csv if it exists")
    grade.add_argument(
        "--cell-seconds",
        type=_options.whole_number,
        default=300,
        metavar="N",
        help="time limit of a cell (default: 300)",
    )
    grade.add_argument(
        "--notebook-seconds",
        type=_options.whole_number,
        default=1800,
        metavar="N",
        help="time limit of a notebook (default: 1800)",
    )
    grade.add_argument(
        "--memory",
        type=_options.whole_number,
        default=4,
        metavar="GB",
        help="memory limit of a notebook, files in memory included (default: 4)",
    )
    grade.add_argument(
        "--jobs",
        type=_options.whole_number,
        default=1,
        metavar="N",
        help="notebooks graded at the same time (default: 1)",
    )
    grade.add_argument(
        "--require-sandbox", action="store_true", help="grade inside walls, or not at all"
    )
    grade.set_defaults(run=_grade)

    solutions = commands.add_parser(
        "solutions",
        help="write a notebook with its exercises solved",
        description="Writes a copy of a notebook of the course with its exercises solved.",
    )
    solutions.add_argument("notebook", metavar="NOTEBOOK", help="a notebook of the course")
    solutions.add_argument(
        "--output", metavar="FILE", help="default: NOTEBOOK's name, with -solutions before .ipynb"
    )
    solutions.add_argument("--overwrite", action="store_true", help="replace FILE if it exists")
    solutions.set_defaults(run=_solutions)
    return parser


def _hand_out(options):
    from vae_course.handout import hand_out

    written, kept = hand_out(options.folder)
    for done, names in (("Written", written), ("Kept, as it was there", kept)):
        if names:
            print(f"{done}: {', '.join(names)}")
    print(f"In {options.folder}, to be opened with: jupyter lab {options.folder}")


def _grade(options):
    for name in ("nbformat", "jupyter_client", "ipykernel", "psutil"):
        _needs_notebooks(name)
    from vae_course.grading import grades as grading

    output = _free(options.output, options.overwrite)
    limits = grading.Limits(
        options.cell_seconds, options.notebook_seconds, memory=options.memory * 2**30
    )
    total = len(grading.find_hand_ins(options.folder))
    _, lacking = grading.find_bubblewrap()
    if lacking and options.require_sandbox:
        raise OSError(f"there is no sandbox: {lacking}")
    if lacking:
        print(_WITHOUT_WALLS.format(lacking), file=sys.stderr, flush=True)
    print(f"{total} notebooks; the code in them is run (see vae-course grade --help)", flush=True)

    def report(hand_in):
        passed = sum(status == "passed" for status, _ in hand_in.verdicts.values())
        notes = "".join(f"\n    {note}" for note in hand_in.notes)
        name = one_line(str(hand_in.path.relative_to(options.folder)))
        print(f"  {name}: {passed} of {len(hand_in.verdicts)} passed{notes}", flush=True)

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # stops as Ctrl-C does
    try:
        hand_ins = grading.grade_folder(options.folder, output, limits, options.jobs, report)
    except KeyboardInterrupt:
        print(f"\nWhat is graded is kept in {output}", file=sys.stderr)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
    print(f"\n{_summary(hand_ins, grading.chapters_of(hand_ins))}\n\nWritten: {output}")


def _summary(hand_ins, chapters):
    """For each exercise, how many had each verdict: what to speak of in the next class."""
    counts = collections.defaultdict(collections.Counter)
    for hand_in in hand_ins:
        for identifier, (status, misconception) in hand_in.verdicts.items():
            if identifier.partition(".")[0] in chapters:
                counts[identifier][misconception or status] += 1
    return "\n".join(
        f"{identifier}: " + ", ".join(f"{n} {name}" for name, n in each.most_common())
        for identifier, each in counts.items()
    )


def _solutions(options):
    nbformat = _needs_notebooks("nbformat")
    from vae_course.grading.solutions import solve

    source = pathlib.Path(options.notebook)
    if not source.is_file():
        raise FileNotFoundError(f"there is no notebook {source}")
    output = _free(
        options.output or source.with_name(f"{source.stem}-solutions.ipynb"), options.overwrite
    )
    if output.exists() and output.samefile(source):
        raise ValueError(f"{output} is the notebook itself: give another --output")
    try:
        notebook = nbformat.read(source, as_version=4)
    except Exception as error:
        raise ValueError(f"{source} cannot be read as a notebook: {error}") from error
    solved = solve(notebook)
    if not solved:
        raise ValueError(f"{source} has no exercise of this course")
    nbformat.write(notebook, output)
    print(f"Written: {output} ({len(solved)} exercises solved, to be executed)")


def _free(path, overwrite):
    path = pathlib.Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: give a file")
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists: give another --output, or --overwrite")
    if not path.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.absolute().parent} to write into")
    return path


def _needs_notebooks(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ValueError(
            f"this command needs {error.name}: pip install 'vae-keras[notebooks]'"
        ) from error


if __name__ == "__main__":
    sys.exit(main())
