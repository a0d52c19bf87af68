"""Imports TensorFlow without the lines it writes at start-up.

TensorFlow's C++ code writes to file descriptor 2 while it loads and lists its devices, whatever its
own log level says; in JupyterLab that is a red block under the student's first cell. If the import
fails, all that was held back is shown; `python -c "import tensorflow"` shows the lines at any time.
"""

import contextlib
import gc
import os
import sys
import tempfile


@contextlib.contextmanager
def _hold_back_stderr():
    """Holds file descriptor 2 back; writes what came to it only if the body raises."""
    with contextlib.ExitStack() as opened:
        try:
            original = os.dup(2)
            opened.callback(os.close, original)
            held_back = opened.enter_context(tempfile.TemporaryFile())
        except OSError:
            # No descriptor 2 (a service, a windowed Python), or nowhere to write (a full or
            # read-only disk): show the lines rather than fail.
            yield
            return
        if sys.stderr is not None:
            sys.stderr.flush()
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(original, 2)
            held_back.seek(0)
            # Through sys.stderr, because a notebook does not show what is written to descriptor 2.
            print(held_back.read().decode(errors="replace"), file=sys.stderr, end="", flush=True)
            raise
        finally:
            os.dup2(original, 2)


@contextlib.contextmanager
def _without_collector():
    """Spares the garbage collector what is being imported: a fifth of the time that it takes."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_freeze_count() == 0:  # else someone has frozen what would be thawed
            gc.freeze()
            gc.unfreeze()  # All is of the oldest generation now, and none of it was looked at.
        if was_on:
            gc.enable()


# Read once, when the library loads: hides the notices of a first XLA compilation, keeps errors.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

with _hold_back_stderr(), _without_collector():
    import tensorflow as tf

    # The first listing of devices is what writes the lines about a missing CUDA driver.
    tf.config.list_physical_devices()

    import keras

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        "vae_keras needs Keras on its TensorFlow backend, and Keras was set to "
        f"{keras.backend.backend()!r}. Set the environment variable KERAS_BACKEND=tensorflow (or "
        "the key 'backend' of ~/.keras/keras.json) before Keras is imported."
    )

__all__ = ["keras", "tf"]
