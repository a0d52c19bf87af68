"""The notebooks a class handed in: found, told apart by student, and copied before any is run."""

import dataclasses
import os
import pathlib
import re
import shutil
import stat
import unicodedata

from vae_course.exercises import CHAPTERS
from vae_course.grading.plain_text import one_line

_MOST_BYTES = 64 * 2**20  # of one student's files
_MOST_FILES = 2000
_LONGEST_NOTE = 400  # characters
_DEEPEST = 20  # folders in folders
_NOT_THEIRS = (".", "__MACOSX", "__pycache__")  # names begin so: AppleDouble files, with a dot


@dataclasses.dataclass
class HandIn:
    """One notebook handed in, and what came of it.

    Attributes:
        path: Its file; or the folder of a student who handed in no notebook.
        student: Whose it is: the name of its folder, or the file's own without the chapter's.
        verdicts: `{identifier: (status, misconception)}`; the status is a `Verdict`'s, or
            `"missing"` (no such function in the notebook), or `"stopped"` (the answer ran too long
            or ended its process).
        notes: What a teacher should know, in English.
        home: The folder whose files are the student's; None if that is the notebook alone.
        copy: The folder of the copies of these files, once they are made.
    """

    path: pathlib.Path
    student: str
    verdicts: dict = dataclasses.field(default_factory=dict)
    notes: list = dataclasses.field(default_factory=list)
    home: pathlib.Path | None = None
    copy: pathlib.Path | None = None

    def note(self, text):
        """Adds a note on this file, once."""
        text = one_line(f"{self.path.name}: {text}")[:_LONGEST_NOTE]
        if text not in self.notes:
            self.notes.append(text)

    @property
    def copied(self):
        """The notebook among the copies, relative to them; None if it is not there."""
        path = self.path.relative_to(self.home or self.path.parent)
        return path if (self.copy / path).is_file() else None


def find_hand_ins(folder):
    """The notebooks of a folder: one subfolder a student, or one file a student.

    A student's folder is the highest one that holds a notebook itself, so that folders of groups
    may lie above; its name is its path in `folder`. What archives of a Mac add is nobody's.

    Args:
        folder: Its path.

    Returns:
        A list of `HandIn`, by student; those of folders without a notebook have a note.

    Raises:
        ValueError: There is no such folder, or no notebook in it.
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    tree = _walk(folder)
    notebooks = [
        file for _, files in tree.values() for file in files if file.suffix.lower() == ".ipynb"
    ]
    if not notebooks:
        raise ValueError(f"there is no notebook (.ipynb) in {folder}")
    hand_ins = [HandIn(path, _student_of(path)) for path in notebooks if path.parent == folder]
    for top in tree[folder][0]:
        hand_ins += _hand_ins_below(top, folder, tree, notebooks)
    if len(hand_ins) == 1:  # nobody else's files are there
        hand_ins[0].home = hand_ins[0].home or folder
    for hand_in in hand_ins:
        hand_in.student = unicodedata.normalize("NFC", hand_in.student)  # as others write it
        if one_line(hand_in.student) != " ".join(hand_in.student.split()):
            hand_in.note("its name, or its folder's, cannot be shown as it is")
    return sorted(hand_ins, key=lambda hand_in: (hand_in.student, hand_in.path))


def copy_hand_ins(hand_ins, folder):
    """Copies a class: what one student's code changes is not what another's is.

    What is left out, since it leads elsewhere or is too much, has a note.

    Args:
        hand_ins: A list of `HandIn`, whose `copy` is set.
        folder: Where the copies go, a folder for each.
    """
    copies = {}
    for hand_in in hand_ins:
        if hand_in.home is None and hand_in.path.suffix.lower() != ".ipynb":
            continue
        source = hand_in.home or hand_in.path
        if source not in copies:
            copies[source] = pathlib.Path(folder, str(len(copies)))
            copies[source].mkdir()
            _copy(hand_in, copies[source])
        hand_in.copy = copies[source]


def _walk(folder):
    """`{folder: (folders in it, files in it)}`, without nobody's files.

    A folder that is a link, or cannot be opened, is in another and not there itself.
    """
    tree, left = {}, [(pathlib.Path(folder), 0)]
    while left:
        top, depth = left.pop()
        try:
            with os.scandir(top) as entries:
                names = sorted(each.name for each in entries)
        except OSError:
            continue
        theirs = [top / name for name in names if not name.startswith(_NOT_THEIRS)]
        tree[top] = [], []
        for each in theirs:
            tree[top][not each.is_dir()].append(each)
        if depth < _DEEPEST:
            left += [(each, depth + 1) for each in tree[top][0] if not each.is_symlink()]
    return tree


def _hand_ins_below(top, folder, tree, notebooks):
    """The hand-ins of a folder, be it a student's or a group's."""
    student = top.relative_to(folder).as_posix()
    inside = [path for path in notebooks if top in path.parents]
    if not inside:
        none = HandIn(top, student)
        none.note("has no notebook" if top in tree else "is a link, or cannot be opened")
        return [none]
    if any(path.parent == top for path in inside):
        return [HandIn(path, student, home=top) for path in inside]
    below = (_hand_ins_below(each, folder, tree, notebooks) for each in tree[top][0])
    return [hand_in for hand_ins in below for hand_in in hand_ins]


def _student_of(path):
    """Whose a file is, by its name."""
    chapters = "|".join(map(re.escape, CHAPTERS))
    stem = re.sub(r"\s*\(\d+\)$", "", path.stem)  # a browser's second download
    return re.sub(rf"[\s_-]*({chapters})[\s_-]*", "", stem) or stem


def _copy(hand_in, target):
    """Copies the files of a hand-in's home, or the notebook alone; notes what is left out."""
    files, home = [hand_in.path], hand_in.path.parent.resolve() / hand_in.path.name
    if hand_in.home is not None:
        files = [file for _, files in _walk(hand_in.home).values() for file in files]
        files.sort(key=lambda file: (file.suffix.lower() not in (".ipynb", ".py"), file))
        home = hand_in.home.resolve()
    left_out, room = [], _MOST_BYTES
    for number, file in enumerate(files):
        relative = file.relative_to(hand_in.home or hand_in.path.parent)
        try:
            if number >= _MOST_FILES:
                raise ValueError(f"more than {_MOST_FILES} files")
            room -= _copy_file(file, home, target / relative, room)
        except (OSError, ValueError, RuntimeError) as error:
            left_out.append(f"{relative} left out: {getattr(error, 'strerror', None) or error}")
    for text in left_out[:3]:
        hand_in.note(text)
    if len(left_out) > 3:
        hand_in.note(f"{len(left_out) - 3} more files left out")


def _copy_file(file, home, target, room):
    """Copies a file and returns its size, if it is one, in `home`, of at most `room` bytes."""
    real = file.resolve(strict=True)
    if not real.is_relative_to(home):
        raise ValueError("a link that leads outside")
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(real, flags)  # without waiting, if it is a pipe
    with open(descriptor, "rb") as source:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("not a file")
        if status.st_size > room:
            raise ValueError(f"more than {_MOST_BYTES // 2**20} MB in all")
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "wb") as copy:
            shutil.copyfileobj(source, copy)
    return status.st_size
