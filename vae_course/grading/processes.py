"""A process and all those it has started: counted, measured and ended together."""

import contextlib
import itertools
import os
import signal
import time

import psutil


class Family:
    """A process and its descendants, known by a mark that they cannot easily change.

    With walls, that is their namespace of processes, which none can leave. Without, it is the
    session: one that begins its own and leaves its parent before it is seen gets away.

    Args:
        process: A `subprocess.Popen`, in a session of its own.
        walls: Whether it opens a namespace of processes.
    """

    def __init__(self, process, walls):
        self._process, self._walls = process, walls
        self._first = psutil.Process(process.pid)  # which, ended, is no other of the same number
        self._mark = _namespace if walls else _session
        self._marks = set()

    def learn(self):
        """Looks at the descendants, as far as they hang together, for new marks.

        That is slow where they are many; the one mark of those inside walls is enough. A mark that
        none bears any more is forgotten: others may be given it.
        """
        if not (self._walls and self._marks):
            borne = set(map(self._mark, psutil.pids()))
            new = {self._mark(each.pid) for each in self._tree()}
            self._marks = (self._marks & borne | new) - {self._mark(os.getpid()), None}

    def pids(self):
        """Yields the numbers of those that run; quick, however many they are."""
        if os.name == "nt":  # no marks
            yield from (each.pid for each in self._tree())
        else:
            yield from (pid for pid in psutil.pids() if self._mark(pid) in self._marks)

    def are_many(self, most):
        """Whether there are more than that; quick, even where there are far more."""
        return sum(1 for _ in itertools.islice(self.pids(), most + 1)) > most

    def have_many_threads(self, most):
        """Whether they have more threads than that."""
        return _sum(psutil.Process.num_threads, self.pids()) > most

    def are_heavy(self, most):
        """Whether they take more bytes than that; slow, where they are busy with their memory."""
        pids = list(self.pids())
        # What they share counts for each in the first sum, which is quick; once in the second.
        return _sum(_resident, pids) > most and _sum(_proportional, pids) > most

    def kill(self):
        """Ends those that are known; what takes more than a moment is `wait`'s to await."""
        self._process.kill()  # with walls, that is all
        if not self._walls:
            for pid in self.pids():
                with contextlib.suppress(OSError, psutil.Error):
                    if os.name == "nt":
                        psutil.Process(pid).kill()
                    else:  # all at once, even if they fork meanwhile
                        os.killpg(os.getpgid(pid), signal.SIGKILL)
        self._process.wait()

    def wait(self, seconds):
        """Waits until all have ended, but no longer than that."""
        deadline = time.monotonic() + seconds
        while any(self.pids()) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _tree(self):
        with contextlib.suppress(psutil.Error):
            return [self._first, *self._first.children(recursive=True)]
        return []


def _namespace(pid):
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/{pid}/ns/pid")


def _session(pid):
    with contextlib.suppress(AttributeError, OSError):  # Windows has none
        return os.getsid(pid)


def _sum(measure, pids):
    total = 0
    for pid in pids:
        with contextlib.suppress(psutil.Error):  # it has ended
            total += measure(psutil.Process(pid))
    return total


def _resident(process):
    return process.memory_info().rss


def _proportional(process):
    try:
        found = process.memory_full_info()
    except psutil.AccessDenied:
        return _resident(process)
    return getattr(found, "pss", found.uss)
