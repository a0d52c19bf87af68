"""Hand-ins that mean harm, in four ways: they forge, read, harm and escape.

Each is tried with walls and without. `python tests/course/hostile_hand_ins.py` tries them all and
prints what came of each.
"""

import contextlib
import glob
import http.server
import json
import os
import pathlib
import platform
import socketserver
import subprocess
import sys
import tempfile
import threading
import uuid
from typing import NamedTuple

import psutil

from vae_course.grading.hand_ins import HandIn, copy_hand_ins
from vae_course.grading.judge import Judge
from vae_course.grading.sandbox import CodeStoppedError, Kernel, KernelLostError, Limits
from vae_course.grading.walls import FORBIDDEN, find_bubblewrap

LIMITS = Limits(memory=2**30, processes=60)
SECRET = "what the teacher does not tell"
HELD, OPEN = "held", "not protected"
_LONG = 300  # seconds, in which what must be ended is ended


class Attack(NamedTuple):
    """A cell that sets `got` if it succeeds; if it reads, to what contains the secret.

    Attributes:
        way, name: Which of the four ways, and what it tries.
        without: What is promised without walls; with walls, it is held.
        code: It knows the names of `_PRELUDE` and of `Outside.names`.
        ends: What ends the kernel, in the grader's words; None if nothing has to.
        seconds: The time of the cell.
    """

    way: str
    name: str
    without: str
    code: str
    ends: str | None = None
    seconds: float = _LONG

    @property
    def alone(self):
        """Whether it needs a kernel that no other attack needs."""
        return self.ends is not None or "another(" in self.code

    def is_held(self, result):
        """Whether nothing was achieved and, where the kernel must end, it was ended for that."""
        return not result.achieved and (self.ends or "") in (result.ended or "")


def _attacks(way, without, codes):
    return [Attack(way, name, without, code) for name, code in codes.items()]


_PRELUDE = """
import contextlib, ctypes, glob, mmap, os, resource, signal, socket, subprocess, sys, threading
import time, urllib.request

libc, got = ctypes.CDLL(None, use_errno=True), ""

def done(status):
    return "done" if status >= 0 else ""

def call(name, *arguments):
    return done(libc.syscall(numbers[name], *arguments))

def talk(address):
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(5)
        one.connect(address)
        return one.recv(999).decode()

def another(code, **options):
    return subprocess.Popen([sys.executable, "-c", code, marker], **options)
"""

READ = [
    *_attacks(
        "read",
        OPEN,
        {
            "another notebook": "got = open(f'{folder}/zoe/04_elbo.ipynb').read()",
            "the grades": "got = open(f'{folder}/grades.csv').read()",
            "a file of the teacher": "got = open(f'{home}/.netrc').read()",
            "the same, through a shell": "got = str(get_ipython().getoutput(f'cat {home}/.netrc'))",
            "the same, from the first process": "got = open(f'/proc/1/root{home}/.netrc').read()",
            "the same, from above": "got = open('../' * 30 + f'{home}/.netrc').read()",
            "the copies of the class": (
                "for path in glob.glob(f'{copies}/*/*.ipynb'): got += open(path).read()"
            ),
            "the words of a command": (
                "for path in glob.glob('/proc/[0-9]*/cmdline'): got += open(path).read()"
            ),
            "the environment of a process": "got = open(f'/proc/{pid}/environ').read()",
            "the folder of a process": "got = open(f'/proc/{pid}/cwd/.netrc').read()",
            "the files of the grader": (
                "for path in glob.glob(f'/proc/{grader}/fd/*'):\n"
                "    if os.path.isfile(path): got += open(path, errors='replace').read(999)"
            ),
            "the memory of a process": (
                "memory = open(f'/proc/{pid}/mem', 'rb', 0)\n"
                "for line in open(f'/proc/{pid}/maps').readlines():\n"
                "    low, high = (int(each, 16) for each in line.split()[0].split('-'))\n"
                "    with contextlib.suppress(OSError, OverflowError):\n"
                "        memory.seek(low)\n"
                "        got += memory.read(min(high - low, 2**24)).decode('latin-1')"
            ),
            "a server of this machine": (
                "got = urllib.request.urlopen(f'http://127.0.0.1:{port}').read().decode()"
            ),
            "a socket in a folder": "got = talk(f'{home}/socket')",
            "a socket in no folder": "got = talk(f'\\0{marker}')",
            "memory that is shared": "got = open(f'/dev/shm/{marker}').read()",
            "the course's tests": "got = open(f'{course}/tests/course/hostile_hand_ins.py').read()",
            "who uses the machine": "got = secret * ('root' in open('/etc/passwd').read())",
            "the disk itself": (
                "for path in [*glob.glob('/dev/[nsv][dv]*'), '/dev/mem', '/dev/kmsg']:\n"
                "    with contextlib.suppress(OSError):\n"
                "        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK)); got = secret"
            ),
        },
    ),
    *_attacks(
        "read",
        HELD,
        {
            "the teacher's environment": "got = str(os.environ)",
            "what the grader has open": (
                "for descriptor in range(3, 256):\n"
                "    with contextlib.suppress(OSError): got += os.pread(descriptor, 99, 0).decode()"
            ),
            "a link in the hand-in": "got = open('link').read()",
            "a link in the hand-in, to a folder": "got = open('folder/.netrc').read()",
        },
    ),
]

HARM = [
    *_attacks(
        "harm",
        OPEN,
        {
            "deletes a hand-in": "os.remove(f'{folder}/zoe/04_elbo.ipynb'); got = 'done'",
            "writes another's notebook": (
                "open(f'{folder}/zoe/04_elbo.ipynb', 'w').write('{}'); got = 'done'"
            ),
            "writes the copies of the class": (
                "for path in glob.glob(f'{copies}/*/*.ipynb'): open(path, 'w'); got = 'done'"
            ),
            "writes what its copy is made of": "open('/hand-in/04.ipynb', 'a'); got = 'done'",
            "writes the grades": "open(f'{folder}/grades.csv', 'a').write('eve,20'); got = 'done'",
            "leaves code for the next Python": (
                "import sysconfig\n"
                "path = sysconfig.get_path('purelib') + f'/{marker}.pth'\n"
                "open(path, 'w'); os.remove(path); got = 'done'"
            ),
            "changes the course": "open(f'{course}/vae_course/cli.py', 'a'); got = 'done'",
            "leaves code for the teacher's shell": "open(f'{home}/.profile', 'a'); got = 'done'",
            "kills a process": "os.kill(pid, signal.SIGKILL); got = 'done'",
            "stops a process": "os.kill(pid, signal.SIGSTOP); got = 'done'",
            "fills the disk": (
                "for n in range(9): open(f'{os.environ['TMPDIR']}/{n}', 'wb').write(bytes(2**26))\n"
                "got = 'done'"
            ),
            "fills memory that is shared": (
                "for n in range(20): open(f'/dev/shm/{marker}{n}', 'wb').write(bytes(2**26))\n"
                "got = 'done'"
            ),
            "fills memory without a name": (
                "for _ in range(20): os.write(os.memfd_create('x'), bytes(2**26))\ngot = 'done'"
            ),
            "fills memory of another age": (
                "libc.shmat.restype = ctypes.c_void_p\n"
                "for _ in range(20):\n"
                "    part = libc.shmget(0, 2**26, 0o1600)\n"
                "    where = ctypes.c_void_p(libc.shmat(part, None, 0))\n"
                "    libc.shmctl(part, 0, None)\n"
                "    ctypes.memset(where, 1, 2**26) if part >= 0 else 1 / 0\n"
                "got = 'done'"
            ),
        },
    ),
    *(
        Attack("harm", name, HELD, code, ends, seconds)
        for name, ends, seconds, code in [
            (
                "fills its memory",
                "took too much memory",
                _LONG,
                "kept = []\nwhile True: kept.append(b'x' * 2**26)",
            ),
            (
                "fills its memory with others",
                "took too much memory",
                _LONG,
                "for _ in range(8): another('import time; x = b\"x\" * 2**28; time.sleep(600)')\n"
                "time.sleep(600)",
            ),
            (
                "fills memory for its children",
                "took too much memory",
                _LONG,
                "kept = [mmap.mmap(-1, 2**26) for _ in range(20)]\n"
                "for each in kept: each.write(b'x' * 2**26)\n"
                "time.sleep(600)",
            ),
            (  # without walls, no more than this machine bears
                "forks",
                "started too many processes",
                _LONG,
                "for _ in range(99 if walls else 8): os.fork()\ntime.sleep(600)",
            ),
            (
                "forks in a shell",
                "started too many processes",
                _LONG,
                "some = 'for n in {1..200}; do (sleep 600 &); done'\n"
                "subprocess.run(['bash', '-c', ':(){ :|:& };:' if walls else some])\n"
                "time.sleep(600)",
            ),
            (
                "starts threads",
                "started too many threads",
                _LONG,
                "threading.stack_size(2**16)\n"
                "for _ in range(2000): threading.Thread(target=time.sleep, args=[600]).start()\n"
                "time.sleep(600)",
            ),
            (
                "does not let itself be interrupted",
                "could not be interrupted",
                2,
                "while True:\n    with contextlib.suppress(KeyboardInterrupt): time.sleep(600)",
            ),
            (
                "stops itself",
                "could not be interrupted",
                2,
                "os.kill(os.getpid(), signal.SIGSTOP); time.sleep(600)",
            ),
            (
                "stops its driver",
                "could not be interrupted",
                2,
                "os.kill(os.getppid(), signal.SIGSTOP); time.sleep(600)",
            ),
            (
                "kills its driver",
                "ended its process",
                _LONG,
                "os.kill(os.getppid(), signal.SIGKILL); time.sleep(600)",
            ),
            (
                "kills all it sees",
                "ended its process",
                _LONG,
                "[os.kill(int(each), 9) for each in os.listdir('/proc') if each.isdigit()\n"
                "    and (walls or int(each) == os.getppid())]\n"
                "time.sleep(600)",
            ),
            (
                "becomes another program",
                "ended its process",
                2,
                "os.execv('/bin/sleep', ['sleep', '600'])",
            ),
            ("closes what it speaks with", "", 2, "os.closerange(3, 999); time.sleep(600)"),
            ("crashes", "ended its process", _LONG, "ctypes.string_at(0)"),
            ("leaves", "ended its process", _LONG, "os._exit(0)"),
            ("gives back 40 MB", "gave back too much", _LONG, "got = 'x' * 40_000_000"),
            ("gives back 400 MB", "", _LONG, "got = 'x' * 400_000_000"),
            (
                "speaks for its driver",
                "gave back",
                _LONG,
                "with open(f'/proc/{os.getppid()}/fd/1', 'wb') as said:\n"
                "    while True: said.write(b'x' * 2**20)",
            ),
            ("prints", None, _LONG, "for _ in range(10**4): print('x' * 9999)"),
            (
                "takes the processors",
                None,
                2,
                "for _ in range(8): another('while True: pass')\ntime.sleep(600)",
            ),
        ]
    ),
]

ESCAPE = _attacks(
    "escape",
    OPEN,
    {
        "goes on": "another('import time; time.sleep(600)', start_new_session=True)",
        "goes on, of no parent": (
            "code = 'import os, time; os.fork() and os._exit(0); time.sleep(600)'\n"
            "another(code, start_new_session=True).wait()"
        ),
        "users of its own": "got = done(libc.unshare(0x10000000))",
        "a mount": (
            "got = done(libc.mount(b'none', b'/mnt', b'tmpfs', 0, None)); libc.umount(b'/mnt')"
        ),
        "its mounts, to write": (
            "got = done(libc.mount(None, sys.prefix.encode(), None, 0x1020, None))"
        ),
        "others' mounts": "got = done(libc.setns(os.open('/proc/1/ns/mnt', os.O_RDONLY), 0))",
        "another root": "os.chroot('/proc/1/root'); got = 'done'",
        "a device": (
            "path = f'{os.environ['TMPDIR']}/disk'\n"
            "os.mknod(path, 0o60600, os.stat('/').st_dev); open(path, 'rb'); got = 'done'"
        ),
        "where crashes go": "open('/proc/sys/kernel/core_pattern', 'a'); got = 'done'",
        "the system's switches": "open('/proc/sys/vm/drop_caches', 'w'); got = 'done'",
        "the machine's devices": "os.listdir('/sys/devices'); got = 'done'",
        "the keys of a session": "got = call('keyctl', 0, -3, 0)",
        "a key": "got = call('add_key', b'user', b'eve', b'x', 1, -3)",
        "programs in the kernel": "got = call('bpf', 0, (ctypes.c_uint * 4)(2, 4, 4, 1), 16)",
        "orders to the kernel": "got = call('io_uring_setup', 1, ctypes.create_string_buffer(120))",
        "faults of its own": "got = call('userfaultfd', 0)",
        "another's thoughts": (
            "got = call('ptrace', 16, os.getppid(), 0, 0); call('ptrace', 17, os.getppid(), 0, 0)"
        ),
        "the machine's name": "socket.sethostname(socket.gethostname()); got = 'done'",
        "packets": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW); got = 'done'",
        "the network": "got = 'done' * (len(socket.if_nameindex()) > 1)",
        "its turn before others": "os.setpriority(os.PRIO_PROCESS, 0, -9); got = 'done'",
        "its turn at once": (
            "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)); got = 'done'\n"
            "os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))"
        ),
        "more memory": (
            "low, high = resource.getrlimit(resource.RLIMIT_DATA)\n"
            "resource.setrlimit(resource.RLIMIT_DATA, (low, 2 * high)); got = 'done'"
        ),
        "not to be killed": "open('/proc/self/oom_score_adj', 'w').write('-9'); got = 'done'",
        "another user": "subprocess.run(['true'], user=12345, check=True); got = 'done'",
        "a program for all": (
            "path = f'/usr/bin/{marker}'\nopen(path, 'w'); os.remove(path); got = 'done'"
        ),
        "other processes": "got = 'done' * os.path.exists(f'/proc/{pid}')",
    },
)

# What replaces what, in the kernel: the verdict on a wrong answer must not be "passed".
FORGE = {
    "the verdict of an exercise": ("E.judge", "lambda self, answer: passed(self)"),
    "the verdict shown": ("E.check", "lambda self, answer: passed(self)"),
    "the conclusion": ("E.conclude", "lambda self, *_: passed(self)"),
    "what is the same": ("E._agree", "lambda *_: True"),
    "what is close": ("E._alike", "lambda *_: True"),
    "what NumPy calls close": ("np.allclose", "lambda *_, **__: True"),
    "what is true of all": ("builtins.all", "lambda _: True"),
    "a verdict's status": ("engine.verdict.Verdict.passed", "True"),
    "a verdict's making": ("exercise_module.Verdict", "lambda i, *_: passed(kl)"),
    "the solution": ("kl._solution", "kl_to_prior"),
    "the mistakes": ("kl.misconceptions", "[]"),
    "the tolerance": ("kl._rtol", "float('inf')"),
    "the seed": ("E.reseeded", "lambda self, seed: self"),
    "the look": ("E.look", "lambda self, answer: [Observation('', np.array(True)), None]"),
    "the look, with nothing": ("E.look", "lambda self, answer: [None]"),
    "the look, with nothing more": ("E.look", "lambda self, answer: [AnswerError('', 'end')]"),
    "what an answer gives": ("answer_module.Answer.array", "lambda self, *_: np.array(True)"),
    "what numbers are": ("exercise_module.as_array", "lambda value: np.array(np.nan)"),
    "the judge": ("judge.Judge.verdict", "lambda *_: ('passed', None)"),
    "the ranks": ("judge.rank", "lambda verdict: 0"),
    "the statuses": ("judge.STATUSES", "('passed',) * 9"),
    "the packing": ("judge._packed", "lambda sight: ['passed']"),
    "the observation": ("judge.observe", "lambda *_: '[[]]'"),
    "where it looks": ("E._look", "lambda self, _, *known: look(self, self._solution, *known)"),
    "what it expects": ("E._look", "lambda self, *_: iter(self._reference)"),
    "the course": ("sys.modules['vae_course.grading.judge']", "judge_of_its_own"),
    "how code is run": ("builtins.exec", "exec_of_its_own"),
    "a report: a verdict": ("shell.user_expressions", "says('[[\"passed\", null]]')"),
    "a report: a status": ("shell.user_expressions", "says('\"passed\"')"),
    "a report: no answer": ("shell.user_expressions", "says('[]')"),
    "a report: no look": ("shell.user_expressions", "says('[[]]')"),
    "a report: nothing seen": ("shell.user_expressions", "says(look_of())"),
    "a report: the end": ("shell.user_expressions", "says(look_of(error='NoneType'))"),
    "a report: an observation": ("shell.user_expressions", "says(look_of(error='Observation'))"),
    "a report: a truth": ("shell.user_expressions", "says(look_of(truth=True))"),
    "a report: a number": ("shell.user_expressions", "says(look_of(data=one))"),
    "a report: any shape": ("shell.user_expressions", "says(look_of(shape=[-1]))"),
    "a report: a great shape": ("shell.user_expressions", "says(look_of(shape=[2**40, 2**40]))"),
    "a report: too great a shape": ("shell.user_expressions", "says(look_of(shape=[2**99]))"),
    "a report: no shape": ("shell.user_expressions", "says(look_of(shape={}))"),
    "a report: no numbers": ("shell.user_expressions", "says(look_of(data=[None]))"),
    "a report: more than is asked": ("shell.user_expressions", "says(look_of(status='passed'))"),
    "a report: depth": ("shell.user_expressions", "says('[' * 10**5)"),
    "a report: half of one": ("shell.user_expressions", "says('[{')"),
    "a report: a large number": ("shell.user_expressions", "says('[[' + '9' * 10**5 + ']]')"),
}
_FORGERS_TOOLS = """
import base64, builtins, json, sys, types
import numpy as np
from keras import ops
from vae_course import engine
from vae_course.engine import Observation, Verdict
from vae_course.engine import answer as answer_module
from vae_course.engine.answer import AnswerError
from vae_course.exercises import find
from vae_course.grading import judge

exercise_module = sys.modules["vae_course.engine.exercise"]
E, kl, shell = engine.Exercise, find("elbo.kl_to_prior"), type(get_ipython())
look, run = E._look, builtins.exec
one = base64.b64encode(np.ones(1).tobytes()).decode()
judge_of_its_own = types.SimpleNamespace(observe=lambda *_: '[["passed", null]]')

def passed(exercise, Verdict=Verdict):
    return Verdict(exercise.identifier, "passed", None, "")

def look_of(error=None, **changed):
    seen = [{"truth": False, "shape": [], "data": one, **changed}] if changed else []
    return json.dumps([{"seen": seen, "error": error}])

def says(report):
    text = {"text/plain": repr(report)}
    return lambda self, _: {"value": {"status": "ok", "data": text, "metadata": {}}}

def exec_of_its_own(code, *names):
    if "report" in str(code):
        names[0]["report"] = '[["passed", null]]'
    else:
        run(code, *names)

def kl_to_prior(z_mean, z_log_var):
    return z_mean
"""


def _notebook(**changed):
    cell = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [], **changed}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


# Files named like notebooks: none is the end of the grader, or of the next one.
FILES = {
    "nothing": b"",
    "depth": b"[" * 10**6,
    "width": b"[" + b"[]," * 10**7 + b"[]]",
    "a number": b"9" * 10**6,
    "a cell of 9 MB": _notebook(source="x" * 9 * 10**6).encode(),
    "a hundred thousand cells": _notebook().replace("[{", "[" + 10**5 * "{}," + "{", 1).encode(),
    "a cell that is none": _notebook().replace("[{", "[1, {", 1).encode(),
    "a source that is none": _notebook(source={"a": 1}).encode(),
    "metadata that are none": _notebook(metadata=[1]).encode(),
    "a mark that is none": _notebook(metadata={"vae_keras": {"exercise": {}}}).encode(),
    "half a character": _notebook(source="'\ud800'").encode(),
    "another alphabet": _notebook(source="é").replace("\\u00e9", "é").encode("latin-1"),
    "the past": b'{"worksheets": [], "metadata": {}, "nbformat": 2, "nbformat_minor": 0}',
    "the future": b'{"cells": [], "metadata": {}, "nbformat": 99, "nbformat_minor": 0}',
}
# The solution is one call away: the help and the guide say so.
POSSIBLE = {
    "the solution as one's own": "kl_to_prior = kl._solution",
    "the solution's text": "exec(kl.source())",
    "the solution called": "kl_to_prior = lambda *given: kl._solution(*given)",
}


class Outside:
    """What is outside the walls: a class, a teacher and a machine, with a secret in each.

    Args:
        folder: An empty one.
    """

    def __init__(self, folder):
        self._marker, self._port, self._victim = f"hostile-{uuid.uuid4().hex}", None, None
        self._home, self._class, self._copies = (folder / name for name in ("t", "class", "copies"))
        self._texts = {
            self._home / ".netrc": SECRET,
            self._class / "grades.csv": SECRET,
            self._class / "zoe" / "04_elbo.ipynb": SECRET,
            self._class / "eve" / "04.ipynb": "{}",
            pathlib.Path("/dev/shm", self._marker): SECRET,
        }
        for path in self._texts:
            path.parent.mkdir(parents=True, exist_ok=True)
        (self._class / "eve" / "link").symlink_to(self._home / ".netrc")
        (self._class / "eve" / "folder").symlink_to(self._home)
        self._copies.mkdir()

    def __enter__(self):
        self.mend()
        hand_ins = [
            HandIn(home / "04.ipynb", home.name, home=home)
            for home in (self._class / "eve", self._class / "zoe")
        ]
        copy_hand_ins(hand_ins, self._copies)
        self.hand_in = hand_ins[0].copy
        self._servers = [
            http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Tells),
            socketserver.ThreadingUnixStreamServer(f"{self._home}/socket", _Says),
            socketserver.ThreadingUnixStreamServer(f"\0{self._marker}", _Says),
        ]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        self._open = os.open(self._home / ".netrc", os.O_RDONLY)
        os.set_inheritable(self._open, True)
        os.environ["TOKEN"] = SECRET
        return self

    def __exit__(self, *error):
        del os.environ["TOKEN"]
        os.close(self._open)
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._victim.kill()
        self._victim.wait()
        for path in glob.glob(f"/dev/shm/{self._marker}*"):
            os.remove(path)

    def names(self, bubblewrap):
        """What an attacker knows of it, by luck."""
        column = 0 if platform.machine() == "x86_64" else 1
        return {
            "secret": SECRET,
            "marker": self._marker,
            "home": str(self._home),
            "folder": str(self._class),
            "copies": str(self._copies),
            "course": str(pathlib.Path(__file__).parents[2]),
            "port": self._servers[0].server_address[1],
            "pid": self._victim.pid,
            "grader": os.getpid(),
            "walls": bubblewrap is not None,
            "numbers": {name: each[column] for name, each in FORBIDDEN.items()},
        }

    def harmed(self):
        """What is not as it was, in words, or an empty text."""
        found = [str(path) for path, text in self._texts.items() if not _holds(path, text)]
        if (
            self._victim.poll() is not None
            or psutil.Process(self._victim.pid).status() == "stopped"
        ):
            found.append("the process of another")
        return ", ".join(found + [f"process {each.pid} goes on" for each in self._left_over()])

    def mend(self):
        for path, text in self._texts.items():
            path.write_text(text)
        for path in glob.glob(f"/dev/shm/{self._marker}?*"):
            os.remove(path)
        for each in self._left_over():
            each.kill()
        if self._victim is not None:
            self._victim.kill()
            self._victim.wait()
        code = f"import time; text = 'it is {SECRET}'; time.sleep(9999)"
        self._victim = subprocess.Popen(
            [sys.executable, "-c", code], cwd=self._home, env={"TOKEN": SECRET}
        )

    def _left_over(self):
        for each in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if self._marker in each.cmdline():
                    yield each


def _holds(path, text):
    return path.is_file() and path.read_text() == text


class _Tells(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(SECRET.encode())

    def log_message(self, *_):
        pass


class _Says(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(SECRET.encode())


class Result(NamedTuple):
    """What came of an attack.

    Attributes:
        achieved: In words; empty if nothing.
        ended: What the kernel was ended for; None if it was not.
    """

    achieved: str
    ended: str | None


def attack(attacks, outside, bubblewrap):
    """Tries attacks, in one kernel those that can share it; yields `(attack, Result)`."""
    together = [each for each in attacks if not each.alone]
    for group in filter(None, [together, *([each] for each in attacks if each.alone)]):
        with Kernel(outside.hand_in, LIMITS, threading.Event(), bubblewrap, setup="") as kernel:
            found = [_attempt(each, kernel, outside, bubblewrap) for each in group]
        if len(group) == 1:  # what goes on does so after its kernel
            found = [found[0]._replace(achieved=found[0].achieved or outside.harmed())]
            outside.mend()
        yield from zip(group, found, strict=True)


def _attempt(attack, kernel, outside, bubblewrap):
    names = "".join(f"{name} = {value!r}\n" for name, value in outside.names(bubblewrap).items())
    wanted = "'read' * (secret in str(got))" if attack.way == "read" else "str(got)"
    achieved, ended = "", None
    try:
        with contextlib.suppress(CodeStoppedError):
            kernel.run(_PRELUDE + names + attack.code, attack.seconds)
        achieved = kernel.run("", 60, wanted).value
    except KernelLostError as error:
        ended = str(error)
    if not attack.alone and outside.harmed():
        achieved += outside.harmed()
        outside.mend()
    return Result(achieved, ended)


def forge(bubblewrap):
    """Forges verdicts on a wrong answer; yields `(name, verdict)`, one for each of `FORGE`.

    Then those of `POSSIBLE`.
    """
    judge = Judge()

    def verdict(kernel):
        with contextlib.suppress(KernelLostError):
            return judge.verdict("elbo.kl_to_prior", lambda x: kernel.run("", _LONG, x).value)

    with (
        tempfile.TemporaryDirectory() as folder,
        Kernel(folder, LIMITS, threading.Event(), bubblewrap) as kernel,
    ):
        for name, (target, value) in FORGE.items():
            kernel.run(f"{_FORGERS_TOOLS}\nkept = {target}\n{target} = {value}", _LONG)
            yield name, verdict(kernel)
            kernel.run(f"{target} = kept", _LONG)
        for name, code in POSSIBLE.items():
            kernel.run(f"{_FORGERS_TOOLS}\n{code}", _LONG)
            yield name, verdict(kernel)


def open_files(bubblewrap):
    """Reads each of `FILES` as a notebook, and a good one after it; yields `(name, what came)`."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {**FILES, "good": _notebook().encode()}.items():
            pathlib.Path(folder, f"{name}.ipynb").write_bytes(content)
        with Kernel(folder, LIMITS, threading.Event(), bubblewrap) as kernel:
            for name in FILES:
                try:
                    came = len(kernel.read(f"{name}.ipynb", _LONG))
                except (KernelLostError, ValueError) as error:
                    came = str(error)
                assert [each["source"] for each in kernel.read("good.ipynb", _LONG)] == ["1"]
                yield name, came


def main():
    """Tries everything; returns the exit status."""
    failed = 0
    bubblewrap, lacking = find_bubblewrap()
    for walls in (None, bubblewrap) if bubblewrap else (None,):
        print(f"\n{'with walls' if walls else 'without walls'}")
        with tempfile.TemporaryDirectory() as folder, Outside(pathlib.Path(folder)) as outside:
            for each, result in attack([*READ, *HARM, *ESCAPE], outside, walls):
                held = each.is_held(result)
                promised = walls is not None or each.without == HELD
                failed += promised and not held
                what = "held" if held else result.achieved or "not ended"
                print(f"  {each.way:6}  {each.name:40} {what}  {result.ended or ''}", flush=True)
        for name, came in open_files(walls):
            print(f"  {'file':6}  {name:40} {str(came)[:80]}", flush=True)
        for name, verdict in forge(walls):
            passed = verdict == ("passed", None)
            failed += passed != (name in POSSIBLE)
            print(f"  {'forge':6}  {name:40} {verdict}", flush=True)
    print(f"\n{failed} not as promised" + (f"; no walls: {lacking}" if lacking else ""))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
