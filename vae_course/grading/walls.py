"""Bubblewrap's walls around a process: what it can see, and what it may ask of the system."""

import contextlib
import functools
import itertools
import os
import pathlib
import platform
import shutil
import struct
import subprocess
import sys
import tempfile

import vae_course

_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store"),
    *("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime"),
)
# Calls that a notebook has no use for: memory that no process shows as its own, the keys of the
# user's session, and doors of the kernel that namespaces do not close.
FORBIDDEN = {  # name: number on x86-64, on ARM64
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "perf_event_open": (298, 241),
    "ptrace": (101, 117),
    "userfaultfd": (323, 282),
}
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column, audit number
# Of an environment; hand-ins may lie in its folder, too.
_PARTS = ("bin", "etc", "include", "lib", "lib64", "libexec", "pyvenv.cfg", "share", "ssl")
_INSTALLED = ("site-packages", "dist-packages")


def checkout():
    """The folder of our packages, where they are not installed but used from a checkout."""
    folder = str(pathlib.Path(vae_course.__file__).parents[1])
    return None if folder.endswith(_INSTALLED) else folder


@functools.cache
def find_bubblewrap():
    """`(path, None)` of a Bubblewrap that works here, or `(None, why there is none)`."""
    path = shutil.which("bwrap")
    if path is None:
        return None, "bubblewrap is not installed"
    try:
        with walled(path, [sys.executable, "-c", "import zmq"], {}, 2**20) as options:
            done = subprocess.run(
                **options, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"bubblewrap does not work here: {error}"
    if done.returncode == 0:
        return path, None
    lines = done.stderr.decode(errors="replace").split("\n")
    said = next((line.strip() for line in reversed(lines) if line.strip()), "it does not say why")
    return None, f"bubblewrap does not work here: {said}"


@contextlib.contextmanager
def walled(bubblewrap, command, seen, scratch):
    """The options of `subprocess.Popen` that start a command inside walls.

    It has its own namespaces of users, processes, network, mounts and all others; the system's
    programs and the Python environment, read-only; and `/tmp` and `/dev/shm`, in memory. It dies
    with the thread that starts it, with all that it has started.

    Args:
        bubblewrap: Its path.
        command: A list.
        seen: `{folder: where}`, more to be seen, read-only.
        scratch: The most that each of `/tmp` and `/dev/shm` holds, in bytes.
    """
    # As root, files of /proc/sys are the system's own: read-only, then.
    options = [
        *("--unshare-all", "--unshare-user", "--die-with-parent", "--new-session"),
        *("--hostname", "sandbox", "--cap-drop", "ALL", *_no_more_users(bubblewrap)),
        *("--proc", "/proc", "--remount-ro", "/proc"),
        *("--dev", "/dev", "--size", scratch, "--tmpfs", "/dev/shm", "--remount-ro", "/dev"),
        *("--size", scratch, "--tmpfs", "/tmp"),
        *itertools.chain.from_iterable(map(_shown, [*_SYSTEM, *environment()])),
        *(part for path, where in seen.items() for part in ("--ro-bind", path, where)),
        *("--chdir", "/tmp"),
    ]
    with contextlib.ExitStack() as stack:

        def file(content):
            """The number of an open file of that content, which nothing else can read."""
            opened = stack.enter_context(tempfile.TemporaryFile())
            opened.write(content)
            opened.seek(0)
            return opened.fileno()

        user, group = os.getuid(), os.getgid()  # TFDS asks for their names
        files = [
            file(f"student:x:{user}:{group}::/tmp:/bin/sh\n".encode()),
            file(f"student:x:{group}:\n".encode()),
        ]
        options += ["--ro-bind-data", files[0], "/etc/passwd"]
        options += ["--ro-bind-data", files[1], "/etc/group", "--remount-ro", "/"]
        if platform.machine() in _MACHINES:
            files.append(file(_filter(*_MACHINES[platform.machine()])))
            options += ["--seccomp", files[2]]
        # Not on the command line, which a process can read of those around it.
        files.append(file(b"".join(os.fsencode(str(each)) + b"\0" for each in options)))
        command = [bubblewrap, "--args", str(files[-1]), "--", *command]
        yield {"args": command, "pass_fds": files}


@functools.cache
def _no_more_users(bubblewrap):
    """The option against namespaces inside the namespaces, which not every version has."""
    option = "--disable-userns"
    text = subprocess.run([bubblewrap, "--help"], capture_output=True, text=True).stdout
    return [option] if option in text else []


def _shown(path):
    """The options that show a file or a folder of the system, where it is."""
    if os.path.islink(path):
        return ["--symlink", os.readlink(path), path]
    return ["--ro-bind-try", path, path]


def environment():
    """What this Python and our packages are made of, and nothing that lies beside it."""
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    paths = {os.path.join(prefix, part) for prefix in prefixes for part in _PARTS}
    paths |= {path for path in sys.path if path.endswith(_INSTALLED)}
    if checkout() is not None:
        paths |= {os.path.join(checkout(), name) for name in ("vae_course", "vae_keras", "data")}
    paths |= {os.path.realpath(path) for path in paths}
    return sorted(path for path in paths if os.path.lexists(path) and path[:5] != "/usr/")


def _filter(column, machine):
    """A program for the kernel that refuses the forbidden calls, as if it did not know them.

    In the instructions of the Berkeley Packet Filter: code, jump if true, jump if false, value.
    """
    load, equal, above, give = 0x20, 0x15, 0x35, 0x06
    allow, refuse = 0x7FFF0000, 0x00050000 | 38  # ENOSYS
    numbers = [each[column] for each in FORBIDDEN.values()]
    program = [(load, 0, 0, 4), (equal, 0, len(numbers) + 2, machine)]  # another machine's: refuse
    program += [(load, 0, 0, 0), (above, len(numbers), 0, 0x40000000)]  # the 32-bit way: too
    program += [(equal, len(numbers) - place, 0, n) for place, n in enumerate(numbers)]
    program += [(give, 0, 0, allow), (give, 0, 0, refuse)]
    return b"".join(struct.pack("HBBI", *each) for each in program)
