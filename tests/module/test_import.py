"""Importing the package is silent, wherever it is done, and shows what a failed import said."""

import os
import subprocess
import sys
import textwrap

import nbformat
from nbclient import NotebookClient


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


USE_IT = """
    import numpy as np
    import vae_keras
    from vae_keras import VAE, dense_decoder, dense_encoder
    vae = VAE(dense_encoder((8, 8, 1), 2), dense_decoder((8, 8, 1), 2))
    vae.compile(jit_compile=True)
    vae.fit(np.zeros((8, 8, 8, 1), "float32"), verbose=0)
    vae.generate(2)
"""


def test_importing_prints_nothing():
    answer = run("import vae_keras")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_a_first_training_with_xla_prints_nothing():
    answer = run(USE_IT)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_a_jupyter_kernel_shows_nothing():
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(textwrap.dedent(USE_IT).strip() + ";")]
    )
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    assert notebook.cells[0].outputs == []


def test_standard_error_works_again_after_the_import():
    answer = run("import vae_keras, os, sys; print('a', file=sys.stderr); os.write(2, b'b')")
    assert answer.stderr == "a\nb"


def test_what_a_failing_import_said_is_shown(tmp_path):
    (tmp_path / "tensorflow.py").write_text(
        "import os\nos.write(2, b'a library is missing')\nraise ImportError('no TensorFlow here')\n"
    )
    answer = run("import vae_keras", PYTHONPATH=str(tmp_path))
    assert answer.returncode != 0
    assert "a library is missing" in answer.stderr
    assert "no TensorFlow here" in answer.stderr


def test_works_without_a_standard_error():
    answer = run("import os; os.close(2); import vae_keras; print('ready')")
    assert answer.returncode == 0
    assert answer.stdout == "ready\n"


def test_another_backend_is_refused_with_a_way_out(tmp_path):
    code = """
        import sys, types
        import tensorflow, keras
        keras.backend.backend = lambda: "jax"
        import vae_keras
    """
    answer = run(code)
    assert answer.returncode != 0
    assert "KERAS_BACKEND=tensorflow" in answer.stderr


def test_every_public_name_is_documented_and_there():
    import vae_keras

    for name in vae_keras.__all__:
        assert getattr(vae_keras, name).__doc__, name
