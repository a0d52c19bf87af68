"""A sandboxed Jupyter kernel, for code that may crash, loop, fill the memory, or mean harm."""

import contextlib
import dataclasses
import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from typing import NamedTuple

import matplotlib

from vae_course.grading.processes import Family
from vae_course.grading.walls import checkout, walled

_START_SECONDS = 120
_GRACE_SECONDS = 5  # for code that is interrupted to stop
_LONGEST_ANSWER = 2**20  # bytes, of code that has run
_LONGEST_NOTEBOOK = 2**23  # and of a notebook's code
_OUT_OF_MEMORY = ("MemoryError", "_ArrayMemoryError", "ResourceExhaustedError")
_DRIVER = str(pathlib.Path(__file__).with_name("kernel_driver.py"))
# All that is kept of the environment of whoever grades.
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "VIRTUAL_ENV")


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one notebook may take.

    Attributes:
        cell_seconds: Time of a cell; past it, the cell is interrupted.
        notebook_seconds: Time of the notebook, however often it has to be executed; past it, the
            exercises are judged as they are.
        check_seconds: Time of the check of an exercise.
        memory: Bytes, of all its processes together. Inside walls, an eighth of it is for the files
            in `/tmp` and an eighth for those in `/dev/shm`, which are in memory too.
        processes: How many of them.
    """

    cell_seconds: float = 300
    notebook_seconds: float = 1800
    check_seconds: float = 60
    memory: int = 4 * 2**30
    processes: int = 256


class KernelLostError(Exception):
    """The kernel died, or had to be killed; what it held is lost. The message says why."""


class CancelledError(BaseException):
    """Whoever grades has stopped: what goes on after any error stops too."""


class CodeStoppedError(Exception):
    """The code ran past its time and was interrupted; the kernel is as it was before."""


class Outcome(NamedTuple):
    """What came of a piece of code.

    Attributes:
        value: Of the expression: a string, or None.
        error: `(name, message)` of what the code or the expression raised, or None.
    """

    value: str | None
    error: tuple | None


class Kernel:
    """Runs a hand-in's code in a process of its own; what it prints is never read.

    Args:
        hand_in: A folder, of which the code sees a copy.
        limits: `Limits`; the time is the caller's to give.
        cancelled: A `threading.Event`, on which all that is waited for is given up.
        bubblewrap: Its path; None for a kernel without walls.
        setup: Code that each kernel runs first. TensorFlow's slow import is not the fault of the
            first cell.
    """

    def __init__(self, hand_in, limits, cancelled, bubblewrap, setup="import vae_keras"):
        self._new_sandbox = lambda: _Sandbox(hand_in, limits, bubblewrap)
        self._cancelled, self._setup = cancelled, setup
        self._sandbox, self._has_kernel = None, False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._stop()

    def read(self, notebook, seconds):
        """The code cells of a notebook of the hand-in, parsed in the sandbox.

        Returns:
            A list of `{"source": text, "metadata": …}`, of the latter what is ours.

        Raises:
            ValueError: It is not a notebook.
        """
        answer = self._ask(seconds, _LONGEST_NOTEBOOK, do="read", notebook=str(notebook))
        if answer is None:
            self._lose("took too long to be read")
        if "failed" in answer:
            raise ValueError(answer["failed"])
        return answer["cells"]

    def run(self, code, seconds, expression=None, folder="."):
        """Runs code, then evaluates an expression, whose value must be a string.

        Args:
            code: Its text.
            seconds: The time it has.
            expression: Its text, or None.
            folder: Where in the hand-in a kernel is started, if it has to be.

        Returns:
            An `Outcome`.

        Raises:
            CodeStoppedError: It took more than `seconds`, and was interrupted.
            KernelLostError: The kernel died, did not let itself be interrupted, or is full: what
                filled the memory may still be held. The next `run` starts another one.
            CancelledError: See `cancelled`.
        """
        if not self._has_kernel:
            self._start(folder)
        answer = self._ask(seconds, do="run", code=code, expression=expression)
        if answer is None:
            if self._ask(_GRACE_SECONDS, do="interrupt") is None:
                self._lose("took too long and could not be interrupted")
            raise CodeStoppedError
        value, error = answer.get("value"), answer.get("error")
        if error is not None:
            error = tuple(map(str, error))
            if error[0] in _OUT_OF_MEMORY:
                self._lose("took too much memory")
        return Outcome(value if isinstance(value, str) else None, error)

    def _start(self, folder):
        answer = self._ask(_START_SECONDS, do="start", setup=self._setup, folder=str(folder))
        if answer is None or "failed" in answer:
            self._stop()
            why = "it took too long" if answer is None else answer["failed"]
            raise OSError(f"a Jupyter kernel did not start: {why}")
        self._has_kernel = True

    def _ask(self, seconds, longest=_LONGEST_ANSWER, **request):
        """What the driver of the kernel answers, a dictionary; None if nothing in time."""
        if self._sandbox is None:
            self._sandbox = self._new_sandbox()
        self._sandbox.send(json.dumps(request).encode() + b"\n")
        deadline = time.monotonic() + seconds
        line = None
        while line is None and time.monotonic() < deadline:
            if self._cancelled.is_set():
                raise CancelledError
            line = self._sandbox.line(0.2)
        if line is None:
            return None
        if not line:
            self._lose(self._sandbox.excess or "ended its process")
        if len(line) > longest:
            self._lose("gave back too much")
        try:
            return dict(json.loads(line))
        except (ValueError, TypeError, RecursionError):
            self._lose("gave back what is no answer")

    def _lose(self, why):
        self._stop()
        raise KernelLostError(why)

    def _stop(self):
        if self._sandbox is not None:
            self._sandbox.end()
        self._sandbox, self._has_kernel = None, False


class _Sandbox:
    """A process that drives a kernel, with those it starts: spoken with by lines, and watched.

    Attributes:
        excess: What it was ended for, in words; else None.
    """

    def __init__(self, hand_in, limits, bubblewrap):
        self.excess, self._folder = None, None
        self._limits, self._memory = limits, limits.memory
        fonts = matplotlib.get_cachedir()  # a list of fonts takes seconds to make
        with contextlib.ExitStack() as stack:
            if bubblewrap is None:
                home = self._folder = tempfile.mkdtemp(prefix="vae-keras-")
                options = {"args": self._command(hand_in, fonts)}
            else:
                home, scratch = "/tmp", limits.memory // 8
                self._memory -= 2 * scratch
                seen = {hand_in: "/hand-in", fonts: "/fonts"}
                command = self._command(*seen.values())
                options = stack.enter_context(walled(bubblewrap, command, seen, scratch))
            self._process = subprocess.Popen(
                **options,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._folder,
                env=_environment(home),
                start_new_session=True,  # Ctrl-C is for the grader, who then ends this
            )
        self._family = Family(self._process, walls=bubblewrap is not None)
        self._lines = queue.Queue(maxsize=1)  # who speaks without end has to wait
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        most, family = limits.processes, self._family
        self._watch(0.05, family.are_many, most, why="started too many processes")
        self._watch(0.2, family.have_many_threads, 16 * most, why="started too many threads")
        self._watch(0.2, family.are_heavy, self._memory, why="took too much memory")
        self._watch(0.2, family.learn)

    def _command(self, hand_in, fonts):
        return [sys.executable, "-P", _DRIVER, str(hand_in), str(fonts), str(self._memory)]

    def send(self, line):
        """Says a line, without waiting for anyone to read it."""
        threading.Thread(target=self._write, args=[line], daemon=True).start()

    def line(self, seconds):
        """The next line said; None if none comes in time, empty if none will."""
        try:
            return self._lines.get(timeout=seconds)
        except queue.Empty:
            return None

    def end(self):
        """Ends it, with all that it has started and that can be found."""
        self._family.learn()
        self._family.kill()
        self._family.wait(_GRACE_SECONDS)
        for _ in range(50):  # not for ever: what got away may hold the other end
            if not self._listener.is_alive():
                break
            self.line(0.1)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _write(self, line):
        with contextlib.suppress(OSError):  # it is dead: `line` will say so
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def _listen(self):
        line = None
        while line != b"":
            line = self._process.stdout.readline(_LONGEST_NOTEBOOK + 1)
            self._lines.put(line)
        self._process.stdout.close()

    def _watch(self, seconds, check, *limit, why=None):
        """Ends it once a check says so; each in its thread, so that none waits for a slow one."""

        def watch():
            while self._process.poll() is None:
                if check(*limit):
                    self.excess = self.excess or why
                    self._family.kill()
                time.sleep(seconds)

        threading.Thread(target=watch, daemon=True).start()


def _environment(home):
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    if checkout() is not None:
        environment["PYTHONPATH"] = checkout()
    return environment | {
        "HOME": home,
        "USERPROFILE": home,
        "USER": "student",
        "TMPDIR": home,
        "TEMP": home,
        "TMP": home,
        "MPLCONFIGDIR": os.path.join(home, "fonts"),
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
