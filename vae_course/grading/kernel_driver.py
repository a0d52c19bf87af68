"""A script that runs inside the sandbox: it holds a Jupyter kernel and speaks for it.

The grader writes a request on its standard input and reads the answer on its standard output, one
line of JSON each. All that a hand-in gives back passes here, within the sandbox's limits: the
grader never opens a socket of the kernel. Nothing of the package is imported: that would cost
TensorFlow's import.
"""

import ast
import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import threading

import nbformat
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

_LARGEST_FILE = 2**30  # bytes, where the disk is not a sandbox's own
_PRIORITY = 10  # below the grader's: it must be able to end what runs here
_SETUP = """\
import os, sys
exit = quit = sys.exit  # IPython's own would end the kernel, a moment later
os.chdir({!r})  # now: a file named like a module of ours does not take its place
del os, sys
"""


class _ThisPython(KernelSpecManager):
    """Knows one kernel: the Python that runs us, whatever kernels the user has installed."""

    def get_kernel_spec(self, kernel_name):
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python")


class Driver:
    """Answers the grader's requests: `read`, `start`, `run`; an `interrupt` has no answer.

    Args:
        hand_in: The folder of the hand-in; a copy of it, `work`, is where the kernel works.
        fonts: Matplotlib's cache.
    """

    def __init__(self, hand_in, fonts):
        self._requests = queue.Queue()
        self._manager = self._client = None
        shutil.copytree(hand_in, "work")
        shutil.copytree(fonts, "fonts", ignore=_but_lists)

    def serve(self, stdin, stdout):
        threading.Thread(target=self._listen, args=[stdin], daemon=True).start()
        while True:
            request = self._requests.get()
            answer = getattr(self, request.pop("do"))(**request)
            stdout.write(json.dumps(answer) + "\n")
            stdout.flush()

    def _listen(self, stdin):
        for line in stdin:
            request = json.loads(line)
            if request == {"do": "interrupt"}:
                self._manager.interrupt_kernel()
            else:
                self._requests.put(request)
        self._end()  # the grader is gone

    def _end(self):
        if self._manager is not None:
            self._manager.shutdown_kernel(now=True)
        os._exit(0)

    # ------------------------------------------------------------------ requests

    def read(self, notebook):
        """The code cells of a notebook."""
        try:
            content = pathlib.Path("work", notebook).read_bytes()
            text = content.decode(json.detect_encoding(content))  # whatever byte-order mark
            notebook = nbformat.reads(text, as_version=4)
            cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
            return {"cells": [_kept(cell) for cell in cells]}
        except Exception as error:  # the file may hold anything
            return {"failed": " ".join(str(error).split())[:200] or type(error).__name__}

    def start(self, setup, folder):
        """Starts the kernel, runs the setup, and goes into a folder of the hand-in."""
        ipc = {"transport": "ipc", "ip": "kernel"}  # sockets kernel-1, … in this folder
        self._manager = KernelManager(
            kernel_spec_manager=_ThisPython(),
            connection_file=os.path.abspath("kernel.json"),
            **({} if os.name == "nt" else ipc),
        )
        nothing = subprocess.DEVNULL
        self._manager.start_kernel(stdin=nothing, stdout=nothing, stderr=nothing)
        self._client = self._manager.client()
        # Without the channel of the outputs: they are dropped where they are made.
        self._client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=False)
        self._reply(self._client.kernel_info())
        setup += "\n" + _SETUP.format(os.path.abspath(os.path.join("work", folder)))
        reply = self._reply(self._client.execute(setup, silent=True))
        return {} if reply["status"] == "ok" else {"failed": f"{reply['ename']}: {reply['evalue']}"}

    def run(self, code, expression):
        """Runs code, then evaluates an expression, to a string: its value, or the error."""
        expressions = {"value": expression} if expression else {}
        reply = self._reply(
            self._client.execute(
                code, allow_stdin=False, stop_on_error=False, user_expressions=expressions
            )
        )
        value, answer = reply.get("user_expressions", {}).get("value", {}), {}
        for each in (reply, value):
            if each.get("status") == "error":
                answer["error"] = [str(each["ename"])[:200], str(each["evalue"])[:200]]
        if "data" in value:
            answer["value"] = ast.literal_eval(value["data"]["text/plain"])
        return answer

    def _reply(self, identifier):
        """The content of the reply to a request; if the kernel has died, so do we."""
        while True:
            try:
                reply = self._client.get_shell_msg(timeout=0.2)
            except queue.Empty:
                if not self._manager.is_alive():
                    self._end()
            else:
                if reply["parent_header"].get("msg_id") == identifier:
                    return reply["content"]


def _but_lists(folder, names):
    """What is not Matplotlib's list of fonts."""
    return [name for name in names if not name.startswith("fontlist")]


def _kept(cell):
    """What the grader wants of a cell."""
    source = cell.source.encode(errors="replace").decode()  # as the kernel's messages need it
    return {"source": source, "metadata": {"vae_keras": cell.metadata.get("vae_keras")}}


def _limit(memory):
    """What neither this process nor those it starts may exceed, each by itself."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    os.nice(_PRIORITY)
    limits = {"RLIMIT_DATA": memory, "RLIMIT_FSIZE": _LARGEST_FILE, "RLIMIT_CORE": 0}
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, name), (value, value))


if __name__ == "__main__":
    hand_in, fonts, memory = sys.argv[1:]
    _limit(int(memory))
    Driver(hand_in, fonts).serve(sys.stdin, sys.stdout)
