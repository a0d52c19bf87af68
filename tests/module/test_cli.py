"""The command line, as a user types it: results, resumption, errors in one line."""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from tfds_data_sets import make_labelled, random_images

from vae_keras import (
    VAE,
    cli,
    dense_decoder,
    dense_encoder,
    load_images,
    training_run,
)
from vae_keras.cli import main
from vae_keras.likelihoods import Gaussian
from vae_keras.models._execution import Execution
from vae_keras.run_config import MODELS
from vae_keras.run_folder import read_history

pytestmark = pytest.mark.usefixtures("without_xla")
AS_FOR_A_USER = Execution._resolve_jit_compile  # with XLA or without
PICTURES = [f"{name}.png" for name in MODELS["vae"].figures]
QUICK = ["--epochs", "2", "--batch-size", "500", "--widths", "16"]


def command(*arguments):
    return [sys.executable, "-m", "vae_keras.cli", *map(str, arguments)]


def weights(folder):
    vae = keras.saving.load_model(folder / "model.keras")
    return np.concatenate([np.ravel(weight) for weight in vae.get_weights()])


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "digits"
    assert main(["train", *QUICK, "--output", str(folder)]) == 0
    return folder


# ---------------------------------------------------------------------- train


def test_train_writes_all_it_promises(run_folder):
    files = {path.name for path in run_folder.iterdir()}
    assert files == {"config.json", "history.csv", "metrics.json", "model.keras", *PICTURES}
    for name in PICTURES:
        assert (run_folder / name).read_bytes().startswith(b"\x89PNG")
    history = read_history(run_folder)
    assert all(len(values) == 2 for values in history.values())
    np.testing.assert_allclose(
        history["val_loss"], np.add(history["val_reconstruction_loss"], history["val_kl_loss"])
    )


def test_metrics_are_those_of_the_test_images(run_folder):
    metrics = json.loads((run_folder / "metrics.json").read_text())
    vae = keras.saving.load_model(run_folder / "model.keras")
    losses = vae.evaluate(load_images().x_test, verbose=0, return_dict=True)
    assert metrics["test"]["unit"] == "nats per image"
    assert metrics["test"]["images"] == 1000
    for name, value in losses.items():
        # Another draw of the noise; 1,000 images average it out.
        assert metrics["test"][name] == pytest.approx(value, rel=0.02)
    assert metrics["seed"] == 0
    assert metrics["training"]["images_per_second"] > 0
    assert metrics["training"]["epochs"] == 2
    assert set(metrics["versions"]) >= {"vae_keras", "keras", "tensorflow", "python"}


def test_train_says_where_the_results_are(tmp_path, capfd):
    assert main(["train", *QUICK, "--epochs", "1", "--output", str(tmp_path / "new")]) == 0
    output, errors = capfd.readouterr()
    for name in ("model.keras", "metrics.json", *PICTURES):
        assert str(tmp_path / "new" / name) in output
    assert "nats per image" in output
    assert errors == ""


@pytest.mark.parametrize(
    ("latent_dim", "options"), [(1, ["--network", "conv", "--widths", "4"]), (3, [])]
)
def test_other_latent_sizes_networks_and_likelihoods(tmp_path, latent_dim, options):
    folder = tmp_path / "run"
    arguments = ["train", *QUICK, "--epochs", "1", "--likelihood", "gaussian", "--beta", "2"]
    arguments += [*options, "--latent-dim", str(latent_dim), "--output", str(folder)]
    assert main(arguments) == 0
    vae = keras.saving.load_model(folder / "model.keras")
    assert (vae.latent_dim, type(vae.likelihood), vae.beta) == (latent_dim, Gaussian, 2.0)


def test_another_seed_gives_other_weights(run_folder, tmp_path, no_figures):
    assert main(["train", *QUICK, "--seed", "1", "--output", str(tmp_path / "other")]) == 0
    assert not np.array_equal(weights(run_folder), weights(tmp_path / "other"))


# ---------------------------------------------------------------------- resume


@pytest.mark.skipif(os.name == "nt", reason="kills the process with SIGKILL")
def test_a_run_killed_in_another_process_resumes_to_the_same_result(
    tmp_path, capsys, monkeypatch, no_figures
):
    monkeypatch.setattr(Execution, "_resolve_jit_compile", AS_FOR_A_USER)
    options = ["--epochs", "5", "--batch-size", "100", "--widths", "16", "--seed", "5"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert main(["train", *options, "--output", str(whole)]) == 0

    process = subprocess.Popen(
        command("train", *options, "--output", killed), stdout=subprocess.DEVNULL
    )
    history = killed / "history.csv"
    while not history.exists() or len(history.read_text().splitlines()) <= 2:
        assert process.poll() is None, "ended before it could be killed"
        time.sleep(0.005)
    # A second training is told which process is at work; its end frees the folder.
    assert main(["train", "--resume", "--output", str(killed)]) == 2
    assert f"trained by process {process.pid} on" in capsys.readouterr().err
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "metrics.json").exists()
    assert main(["train", "--resume", "--output", str(killed)]) == 0

    np.testing.assert_array_equal(weights(killed), weights(whole))
    figures = ("test", "seed", "config")
    found, expected = (
        json.loads((folder / "metrics.json").read_text()) for folder in (killed, whole)
    )
    assert {name: found[name] for name in figures} == {name: expected[name] for name in figures}
    found, expected = read_history(killed), read_history(whole)
    del found["seconds"], expected["seconds"]
    assert found == expected


def test_a_folder_that_is_not_a_run_is_left_alone(tmp_path, capsys):
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "thesis.tex").write_text("precious")
    for options in ([], ["--overwrite"]):
        assert main(["train", *QUICK, *options, "--output", str(tmp_path)]) == 2
        assert "would be lost" in capsys.readouterr().err
    assert (tmp_path / "backup" / "thesis.tex").read_text() == "precious"


def test_resuming_a_finished_run_changes_nothing(run_folder, capsys):
    before = (run_folder / "model.keras").read_bytes()
    assert main(["train", "--resume", "--output", str(run_folder)]) == 0
    assert (run_folder / "model.keras").read_bytes() == before
    assert "model.keras" in capsys.readouterr().out


# ---------------------------------------------------------------------- the other commands


def test_evaluate_prints_the_losses(run_folder, tmp_path, capsys):
    model = str(run_folder / "model.keras")
    assert main(["evaluate", model, "--output", str(tmp_path / "losses.json")]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "losses.json").read_text())
    total = np.float32(printed["reconstruction_loss"]) + np.float32(printed["kl_loss"])
    assert np.float32(printed["loss"]) == total
    assert main(["evaluate", model]) == 0
    assert json.loads(capsys.readouterr().out) == printed


@pytest.mark.parametrize(
    "options",
    [
        "--output {run}/model.keras",
        "--output {run}/config.json",
        "--report {run}/metrics.md",
        "--report {new}/a.md --output {new}/a.md",
    ],
)
def test_evaluate_writes_over_nothing_of_the_run(run_folder, tmp_path, options, capsys):
    held = {path: path.read_bytes() for path in run_folder.iterdir() if path.is_file()}
    options = options.format(run=run_folder, new=tmp_path).split()
    assert main(["evaluate", str(run_folder / "model.keras"), *options]) == 2
    assert "must be files of their own, got" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in held} == held
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("compiled", [True, False])
def test_a_model_that_was_never_trained_is_evaluated_without_a_word(tmp_path, compiled, capfd):
    vae = VAE(dense_encoder((28, 28, 1), 2, (4,)), dense_decoder((28, 28, 1), 2, (4,)))
    if compiled:
        vae.compile("adam")
    vae.save(tmp_path / "vae.keras")
    assert main(["evaluate", str(tmp_path / "vae.keras")]) == 0
    output, errors = capfd.readouterr()
    assert json.loads(output)["dataset"] == "mnist_mini"
    assert errors == ""


def test_evaluate_estimates_log_p_of_x(run_folder, capsys):
    model = str(run_folder / "model.keras")
    assert main(["evaluate", model, "--importance-samples", "20"]) == 0
    printed = json.loads(capsys.readouterr().out)
    bound = printed["importance_weighted_bound"]
    assert -printed["loss"] < bound["value"] < -printed["loss"] + 20
    assert 0 < bound["standard_error"] < 1
    assert bound["num_samples"] == 20
    assert 1 <= bound["smallest_effective_sample_size"] <= 20
    assert main(["evaluate", model, "--importance-samples", "1"]) == 0
    text = capsys.readouterr().out
    assert json.loads(text)["importance_weighted_bound"]["standard_error"] is None
    assert "NaN" not in text  # which is not JSON


@pytest.fixture(scope="module")
def noise_run(tmp_path_factory):
    """A run on a data set of its own, in another folder, with another seed."""
    folder = tmp_path_factory.mktemp("noise")
    x = random_images(26, (8, 8, 1))
    make_labelled(folder / "data", "noise", x[:20], x[20:])
    options = ["--dataset", "noise", "--data-dir", str(folder / "data"), "--seed", "7"]
    options += ["--epochs", "1", "--widths", "4", "--latent-dim", "3"]
    assert main(["train", *options, "--output", str(folder / "run")]) == 0
    return folder / "run"


def test_a_run_is_evaluated_as_it_was_trained(noise_run, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = str(noise_run / "model.keras")
    assert main(["evaluate", model]) == 0
    printed = json.loads(capsys.readouterr().out)
    metrics = json.loads((noise_run / "metrics.json").read_text())
    assert printed == {**metrics["test"], "beta": 1.0, "dataset": "noise", "seed": 7}
    assert main(["reconstruct", model, "--output", "beside.png"]) == 0
    assert (tmp_path / "beside.png").exists()


def test_another_data_set_is_named_in_the_result_or_does_not_fit(run_folder, noise_run, capsys):
    assert main(["evaluate", str(noise_run / "model.keras"), "--dataset", "mnist_mini"]) == 2
    assert "(batch, 8, 8, 1)" in capsys.readouterr().err
    model = str(run_folder / "model.keras")
    assert main(["evaluate", model, "--dataset", "mnist_mini:1.0.0"]) == 0
    assert json.loads(capsys.readouterr().out)["dataset"] == "mnist_mini:1.0.0"


def test_the_seed_of_the_evaluation_counts(run_folder, capsys):
    def loss():
        assert main(["evaluate", str(run_folder / "model.keras"), "--seed", "1"]) == 0
        return json.loads(capsys.readouterr().out)["loss"]

    with_seed_0 = json.loads((run_folder / "metrics.json").read_text())["test"]["loss"]
    assert loss() == loss() != with_seed_0


def test_generate_and_reconstruct_write_pictures(run_folder, tmp_path):
    model = str(run_folder / "model.keras")
    for name in ("a", "b"):
        output = str(tmp_path / f"{name}.png")
        assert main(["generate", model, "--number", "7", "--seed", "1", "--output", output]) == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    output = str(tmp_path / "beside.png")
    assert main(["reconstruct", model, "--number", "4", "--output", output]) == 0
    assert (tmp_path / "beside.png").read_bytes().startswith(b"\x89PNG")


# ---------------------------------------------------------------------- errors


def refused(arguments, capsys):
    """The line in which the command line refuses its arguments, with exit status 2."""
    try:
        status = main(arguments)
    except SystemExit as exit:
        status = exit.code
    errors = capsys.readouterr().err
    assert status == 2, (arguments, errors)
    assert re.fullmatch(r"vae-keras[ a-z]*: error: .*\n", errors), (arguments, errors)
    return errors


# What no number, no path and no name can be; a path may also not be a folder where a file is meant.
BAD_NUMBERS = ["", " ", "two", "1,5", "0x10", "1e400", "-1e400", "nan", "inf", "-inf", "-5", "-0.5"]
BAD_WHOLE_NUMBERS = [*BAD_NUMBERS, "9" * 30, "9" * 5000, "2.5", "2.0", "1e3"]
BAD_NAMES = ["", " ", "\0"]
BAD_FILES = [*BAD_NAMES, ".", "/", "new/"]
BAD_PICTURES = [*BAD_FILES, "new.png/", "picture.gif", "png"]
BAD_LISTS = [*(bad for bad in BAD_WHOLE_NUMBERS if bad != "1,5"), "0", "16,", ",16", "16,0"]
COUNTS = ["latent-dim", "samples", "code-dim", "prior-epochs"]
COUNTS += ["epochs", "batch-size", "importance-samples"]
BAD = {
    **{f"--{name}": [*BAD_WHOLE_NUMBERS, "0"] for name in COUNTS},
    **{f"--{name}": BAD_LISTS for name in ("widths", "latent-dims")},
    "--codes": [*BAD_WHOLE_NUMBERS, "0", "1"],
    "--condition": BAD_WHOLE_NUMBERS,
    "--seed": [*BAD_WHOLE_NUMBERS, "4294967296"],
    "--number": [*BAD_WHOLE_NUMBERS, "0", "1001"],
    **{f"--{name}": BAD_NUMBERS for name in ("beta", "free-bits", "adversarial-weight")},
    "--model": ["", "gan"],
    "--gradient": ["", "score"],
    "--learning-rate": [*BAD_NUMBERS, "0", "-0.0"],
    "--network": ["", "transformer"],
    "--likelihood": ["", "poisson"],
    "--language": ["", "de"],
    "--dataset": BAD_NAMES,
    "--data-dir": BAD_NAMES,
    "train --output": BAD_NAMES,
    "evaluate --output": BAD_FILES,
    "--report": [*BAD_FILES, "new.md/", "page.html", "md"],
    "generate --output": BAD_PICTURES,
    "reconstruct --output": BAD_PICTURES,
}
APART = {
    "--learning-rate",
    "--number",
    "--widths",
    "--latent-dims",
    *(f"--{name}" for name in COUNTS),
}


def options_with_values():
    commands = next(
        action for action in cli._build_parser()._actions if isinstance(action.choices, dict)
    )
    for command, parser in commands.choices.items():
        for action in parser._actions:
            if action.option_strings and action.nargs != 0:
                yield command, action.option_strings[0]


@pytest.mark.parametrize(("command", "option"), [*options_with_values()])
def test_a_bad_value_of_any_option_is_named_in_one_line(command, option, tmp_path, capsys):
    model = [] if command == "train" else [str(tmp_path / "model.keras")]
    for value in BAD.get(option) or BAD[f"{command} {option}"]:
        line = refused([command, *model, f"{option}={value}"], capsys)
        shown = repr(value) if len(value) < 60 else repr(value)[:60]
        assert f"argument {option}: " in line
        assert shown in line or f"got {value}" in line, line
    for value in ("-5", "-1e400", "-inf", "-nan"):  # apart from their option: none of an option
        if option in APART:
            assert value in refused([command, *model, option, value], capsys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "dataset",
    ["mnits", "mnist_mini/other", "mnist_mini:9.9.9", "mnist_mini:", "../mnist", "a b", ".", "é"],
)
def test_a_data_set_that_is_none_is_named_in_one_line(run_folder, tmp_path, dataset, capsys):
    model, folder = str(run_folder / "model.keras"), str(tmp_path / "new")
    for command in (["train", "--output", folder], ["evaluate", model], ["reconstruct", model]):
        assert dataset in refused([*command, "--dataset", dataset], capsys)
    assert list(tmp_path.iterdir()) == []


def not_a_vae(path):
    inputs = keras.Input((2,))
    keras.Model(inputs, keras.layers.Dense(1)(inputs)).save(path)


def one_byte(path, part):
    """Changes one byte in the middle of what an archive holds of a name."""
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(part)
    content = bytearray(path.read_bytes())
    content[info.header_offset + 60 + info.compress_size // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: (path.unlink(), path.mkdir()), "is a folder"),
        (lambda path: path.write_bytes(b""), "not a saved Keras model"),
        (lambda path: path.write_text("text"), "not a saved Keras model"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1000]), "not a saved Keras model"),
        (lambda path: path.write_bytes(path.read_bytes()[1000:]), "not a saved Keras model"),
        (lambda path: one_byte(path, "config.json"), "its part config.json is damaged"),
        (lambda path: one_byte(path, "model.weights.h5"), "its part model.weights.h5 is damaged"),
        (lambda path: zipfile.ZipFile(path, "w").close(), "not a saved Keras model"),
        (not_a_vae, "holds a Functional, not a vae_keras.VAE"),
    ],
)
def test_a_model_that_is_none_is_named_in_one_line(run_folder, tmp_path, spoil, message, capfd):
    path = tmp_path / "model.keras"
    shutil.copy(run_folder / "model.keras", path)
    spoil(path)
    for command in ("evaluate", "generate", "reconstruct"):
        line = refused([command, str(path)], capfd)
        assert str(path) in line
        assert message in line


@pytest.mark.parametrize("file", ["config.json", "metrics.json"])
def test_a_damaged_run_is_named_in_one_line(run_folder, tmp_path, file, capsys):
    folder = tmp_path / "run"
    shutil.copytree(run_folder, folder)
    (folder / file).write_text("{")
    assert str(folder / file) in refused(["train", "--resume", "--output", str(folder)], capsys)
    if file == "config.json":
        assert str(folder / file) in refused(["evaluate", str(folder / "model.keras")], capsys)


def test_images_with_an_alpha_channel_are_refused_before_the_training(tmp_path, capsys):
    x = random_images(20, (8, 8, 4))
    make_labelled(tmp_path / "data", "alpha", x[:16], x[16:])
    options = ["--dataset", "alpha", "--data-dir", str(tmp_path / "data")]
    line = refused(["train", *options, "--output", str(tmp_path / "run")], capsys)
    assert "got 4 in 'alpha'" in line
    assert not (tmp_path / "run").exists()


def test_a_full_disk_is_one_line_status_1_and_how_to_go_on(tmp_path, monkeypatch, capsys):
    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "latest.state")

    monkeypatch.setattr(training_run, "_fit", full)
    assert main(["train", *QUICK, "--output", str(tmp_path)]) == 1
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert "No space left on device: 'latest.state'" in errors
    assert f"Go on with: vae-keras train --resume --output {tmp_path}" in errors


def test_a_model_too_large_for_the_memory_is_one_line_and_status_1(tmp_path, monkeypatch, capsys):
    def build(*arguments):
        message = (
            "{{f}} OOM when allocating tensor with shape[784,2000000000] and type float\nand so on"
        )
        raise tf.errors.ResourceExhaustedError(None, None, message)

    monkeypatch.setattr(training_run, "build", build)
    assert main(["train", "--widths", "2000000000", "--output", str(tmp_path / "run")]) == 1
    assert capsys.readouterr().err == (
        "vae-keras: error: not enough memory: tensor with shape[784,2000000000]\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_console_that_cannot_write_a_name_writes_it_otherwise(run_folder, tmp_path):
    model = shutil.copy(run_folder / "model.keras", tmp_path / "modèle.keras")
    done = subprocess.run(
        command("generate", model, "--output", tmp_path / "Ağça.png"),
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"A\u011f\xe7a.png" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["trian"],
        ["train", "--epochs", "0"],
        ["train", "--epochs", "two"],
        ["train", "--latent-dim", "2.5"],
        ["train", "--beta", "-1"],
        ["train", "--beta", "nan"],
        ["train", "--learning-rate", "0"],
        ["train", "--network", "transformer"],
        ["train", "--likelihood", "poisson"],
        ["train", "--seed", "-1"],
        ["train", "--dataset", "mnits", "--output", "{tmp}/new"],
        ["train", "--resume"],
        ["train", "--resume", "--output", "{tmp}/nothing"],
        ["train", "--output", "{run}"],
        ["train", "--output", "{run}/model.keras"],
        ["train", "--resume", "--output", "{run}", "--latent-dim", "7"],
        ["train", "--resume", "--overwrite", "--output", "{run}"],
        ["evaluate"],
        ["evaluate", "{run}/config.json"],
        ["evaluate", "{run}/model.keras", "--importance-samples", "0"],
        ["generate", "{run}/model.keras", "--number", "0"],
        ["generate", "{run}/model.keras", "--output", "picture.gif"],
        ["reconstruct", "{run}/model.keras", "--dataset", "mnist_min"],
    ],
)
def test_usage_errors_are_one_line_and_status_2(run_folder, tmp_path, arguments, capsys):
    before = sorted(run_folder.iterdir())
    refused([text.format(tmp=tmp_path, run=run_folder) for text in arguments], capsys)
    assert list(tmp_path.iterdir()) == []
    assert sorted(run_folder.iterdir()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["evaluate", "{tmp}/no.keras"],
        ["generate", "{run}/model.keras", "--output", "{run}/config.json/x.png"],
        ["train", "--output", "{run}/model.keras/new"],
        ["evaluate", "{run}/model.keras", "--output", "{run}/config.json/losses.json"],
        ["train", "--dataset", "mnist", "--data-dir", "{tmp}", "--output", "{tmp}/new"],
    ],
)
def test_what_cannot_be_read_or_written_is_one_line_and_status_1(
    run_folder, tmp_path, arguments, capsys, monkeypatch
):
    monkeypatch.setenv("HTTPS_PROXY", "http://localhost:9")  # no network
    monkeypatch.setenv("HTTP_PROXY", "http://localhost:9")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        status = main([text.format(tmp=tmp_path, run=run_folder) for text in arguments])
    errors = capsys.readouterr().err
    assert status == 1
    assert errors.rstrip().splitlines()[-1].startswith("vae-keras: error: ")
    assert ("must be a folder, got the file" in errors) == ("{run}/" in arguments[-1])


def test_a_model_of_another_mesh_of_images_is_explained(run_folder, tmp_path, capsys):
    """A model for 28 × 28 pixels, evaluated on images of another shape."""
    VAE(dense_encoder((8, 8, 1), 2), dense_decoder((8, 8, 1), 2)).save(tmp_path / "small.keras")
    assert main(["reconstruct", str(tmp_path / "small.keras")]) == 2
    assert "(batch, 8, 8, 1)" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["generate", "--help"]])
def test_help_teaches(arguments, capsys):
    with pytest.raises(SystemExit) as exit:
        main(arguments)
    assert exit.value.code == 0
    text = capsys.readouterr().out
    assert "usage: vae-keras" in text
    if arguments == ["--help"]:
        assert "nats" in text
        assert "examples:" in text
