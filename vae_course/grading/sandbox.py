"""A Jupyter kernel for code that may crash, loop for ever, fill the memory or print without end."""

import ast
import os
import queue
import shutil
import sys
import tempfile
import time
from subprocess import DEVNULL

import matplotlib
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

_START_SECONDS = 120
_GRACE_SECONDS = 5  # for code that is interrupted to stop
_LARGEST_FILE = 2**30  # bytes
_OUT_OF_MEMORY = ("MemoryError", "_ArrayMemoryError", "ResourceExhaustedError")
# All that is kept of the environment of whoever grades.
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "VIRTUAL_ENV")

_SETUP = """\
import vae_keras  # TensorFlow's slow import is not the first cell's fault
import sys
exit = quit = sys.exit  # IPython's own would end the kernel, a moment later
del sys, vae_keras
try:
    import resource
except ImportError:  # Windows has no such limits
    pass
else:
    for _kind, _bytes in (("RLIMIT_DATA", {memory}), ("RLIMIT_FSIZE", {file})):
        resource.setrlimit(getattr(resource, _kind), (_bytes, _bytes))
    del resource, _kind, _bytes
"""


class KernelLostError(Exception):
    """The kernel died, or had to be killed; what it held is lost. The message says why."""


class CancelledError(Exception):
    """Whoever grades has stopped; nothing more is run."""


class CodeStoppedError(Exception):
    """The code ran past its time and was interrupted; the kernel is as it was before."""


class _ThisPython(KernelSpecManager):
    """Knows one kernel: the Python that runs us, whatever kernels the user has installed."""

    def get_kernel_spec(self, kernel_name):
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python")


class Kernel:
    """Runs code in a process of its own, in an empty folder; what it prints is never read.

    Args:
        memory: The most memory it may take, in bytes. Beyond, Python raises MemoryError; code in C
            may end the process.
        cancelled: A `threading.Event`, on which all that is waited for is given up.
    """

    def __init__(self, memory, cancelled):
        self._memory, self._cancelled = memory, cancelled
        self._folder = tempfile.mkdtemp(prefix="vae-keras-")
        shutil.copytree(
            matplotlib.get_cachedir(), f"{self._folder}/matplotlib"
        )  # its list of fonts
        self._manager = self._client = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, code, seconds, expression=None):
        """Runs code, then evaluates an expression, whose value must be a string or None.

        Returns:
            The expression's value, or None if there is none or if the code raised.

        Raises:
            CodeStoppedError: It took more than `seconds`, and was interrupted.
            KernelLostError: The kernel died, did not let itself be interrupted, or is full: what
                filled the memory may still be held. The next `run` starts another one.
            CancelledError: See `cancelled`.
        """
        if self._manager is None:
            self._start()
        expressions = {"value": expression} if expression else {}
        identifier = self._client.execute(
            code, allow_stdin=False, stop_on_error=False, user_expressions=expressions
        )
        reply = self._reply(identifier, seconds)
        stopped = reply is None
        if stopped:
            self._manager.interrupt_kernel()
            reply = self._reply(identifier, _GRACE_SECONDS)
            if reply is None:
                self._stop()
                raise KernelLostError("took too long and could not be interrupted")
        if stopped:
            raise CodeStoppedError
        if reply["content"].get("ename") in _OUT_OF_MEMORY:
            self._stop()
            raise KernelLostError("took too much memory")
        value = reply["content"].get("user_expressions", {}).get("value", {})
        return ast.literal_eval(value["data"]["text/plain"]) if "data" in value else None

    def _reply(self, identifier, seconds):
        """The reply to a request; None if it does not come in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._cancelled.is_set():
                raise CancelledError
            try:
                reply = self._client.get_shell_msg(timeout=0.2)
            except queue.Empty:
                if self._manager.is_alive():
                    continue
                self._stop()
                raise KernelLostError("ended its process") from None
            if reply["parent_header"].get("msg_id") == identifier:
                return reply
        return None

    def _start(self):
        work = f"{self._folder}/work"
        shutil.rmtree(work, ignore_errors=True)
        os.mkdir(work)
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= {
            "HOME": work,
            "USERPROFILE": work,
            "MPLCONFIGDIR": f"{self._folder}/matplotlib",
            "CUDA_VISIBLE_DEVICES": "-1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        self._manager = KernelManager(kernel_spec_manager=_ThisPython())
        self._manager.start_kernel(env=environment, cwd=work, stdout=DEVNULL, stderr=DEVNULL)
        self._client = self._manager.client()
        # Without the channel of the outputs: they are dropped where they are made.
        self._client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=False)
        ready = self._reply(self._client.kernel_info(), _START_SECONDS)
        if ready is None:
            self._stop()
            raise OSError("a Jupyter kernel did not start; is ipykernel installed?")
        setup = _SETUP.format(memory=self._memory, file=_LARGEST_FILE)
        reply = self._reply(self._client.execute(setup, silent=True), _START_SECONDS)
        if reply is None or reply["content"]["status"] != "ok":
            self._stop()
            raise OSError(f"a Jupyter kernel did not start: {reply and reply['content']}")

    def _stop(self):
        if self._manager is None:
            return
        if self._client is not None:
            self._client.stop_channels()
        if self._manager.has_kernel:
            self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()
        self._manager = self._client = None
