"""Importing the package is silent, wherever it is done, and shows what a failed import said."""

import os
import subprocess
import sys
import textwrap

import pytest


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


SLOW = {"tensorflow", "keras", "tensorflow_datasets", "sklearn", "scipy", "matplotlib", "PIL"}
USE_IT = """
    import numpy as np
    import vae_keras
    from vae_keras import VAE, dense_decoder, dense_encoder
    vae = VAE(dense_encoder((8, 8, 1), 2), dense_decoder((8, 8, 1), 2))
    vae.compile(jit_compile=True)
    vae.fit(np.zeros((8, 8, 8, 1), "float32"), verbose=0)
    vae.generate(2)
"""


def test_a_first_training_prints_nothing_and_standard_error_works(small_vae, tmp_path):
    """Nor does the import, which makes saved models known, nor a data set, which imports TFDS."""
    small_vae().save(tmp_path / "vae.keras")
    load = f"""
    import os, sys
    import vae_keras, tensorflow, keras  # what comes after vae_keras has nothing left to print
    tensorflow.config.list_physical_devices()
    keras.saving.load_model({str(tmp_path / "vae.keras")!r})
    """
    data = """
    from vae_keras.data import image_pipeline, load_images
    assert "tensorflow_datasets" not in sys.modules
    load_images()
    for x in image_pipeline(seed=0): pass
    print("a", file=sys.stderr); os.write(2, b"b")
    """
    answer = run(load + USE_IT + data)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "a\nb")


def test_importing_leaves_to_others_what_only_they_need():
    answer = run("""
        import sys, keras, tensorflow  # which load some of it themselves
        before = {*sys.modules}
        import vae_keras
        print(*({*sys.modules} - before))
    """)
    loaded = {name.partition(".")[0] for name in answer.stdout.split()}
    assert "vae_keras" in loaded
    assert loaded & SLOW - {"keras", "tensorflow"} == set()


def test_the_collector_is_as_it_was():
    """Which the import spares the look at what it brings."""
    answer = run("""
        import gc
        gc.disable()
        import vae_keras._tensorflow
        off = gc.isenabled(), gc.get_freeze_count()
        gc.enable()
        print(off, gc.collect() >= 0, gc.isenabled())
    """)
    assert answer.stdout.split("\n")[0] == "(False, 0) True True"


@pytest.mark.parametrize("form", ["script", "module"])
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["train", "--help"]])
def test_the_command_line_tells_its_options_without_tensorflow(tmp_path, form, arguments):
    script = tmp_path / "vae-keras"  # as it is installed
    script.write_text("import sys\nfrom vae_keras.cli import main\nsys.exit(main())\n")
    program = [script] if form == "script" else ["-m", "vae_keras.cli"]
    answer = subprocess.run(
        [sys.executable, "-X", "importtime", *program, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in answer.stderr.splitlines()}
    assert "vae_keras._options" in loaded
    assert loaded & SLOW == set()


def test_what_a_failing_import_said_is_shown(tmp_path):
    (tmp_path / "tensorflow.py").write_text(
        "import os\nos.write(2, b'a library is missing')\nraise ImportError('no TensorFlow here')\n"
    )
    answer = run("import vae_keras", PYTHONPATH=str(tmp_path))
    assert answer.returncode != 0
    assert "a library is missing" in answer.stderr
    assert "no TensorFlow here" in answer.stderr


def test_works_without_a_standard_error_and_another_backend_is_refused_with_a_way_out():
    answer = run("""
        import os, sys
        os.close(2)
        import vae_keras
        print("ready")
        import keras
        keras.backend.backend = lambda: "jax"
        for name in [name for name in sys.modules if name.startswith("vae_keras")]:
            del sys.modules[name]
        try:
            import vae_keras
        except ImportError as error:
            print(error)
    """)
    assert answer.returncode == 0
    ready, refused = answer.stdout.splitlines()
    assert ready == "ready"
    assert "KERAS_BACKEND=tensorflow" in refused


def test_every_public_name_is_documented_and_there():
    import vae_keras

    assert {*vae_keras.__all__} == {*vae_keras._HOMES}
    assert {*vae_keras.__all__} <= {*dir(vae_keras)}
    for name in vae_keras.__all__:
        assert getattr(vae_keras, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'VEA'"):
        vae_keras.VEA  # noqa: B018
