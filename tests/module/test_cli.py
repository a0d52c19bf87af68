"""The command line, as a user types it: results, resumption, errors in one line."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings

import h5py
import keras
import numpy as np
import pytest

from vae_keras import load_images, training_run
from vae_keras.cli import main

FIGURES = [f"{name}.png" for name in training_run.FIGURES]
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
    assert files == {"config.json", "history.csv", "metrics.json", "model.keras", *FIGURES}
    for name in FIGURES:
        assert (run_folder / name).read_bytes().startswith(b"\x89PNG")
    history = training_run.read_history(run_folder)
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
    for name in ("model.keras", "metrics.json", *FIGURES):
        assert str(tmp_path / "new" / name) in output
    assert "nats per image" in output
    assert errors == ""


@pytest.mark.parametrize("latent_dim", [1, 3])
@pytest.mark.parametrize("options", [["--network", "conv", "--widths", "4"], []])
def test_other_latent_sizes_networks_and_likelihoods(tmp_path, latent_dim, options):
    folder = tmp_path / "run"
    arguments = ["train", *QUICK, "--epochs", "1", "--likelihood", "gaussian", "--beta", "2"]
    arguments += [*options, "--latent-dim", str(latent_dim), "--output", str(folder)]
    assert main(arguments) == 0
    vae = keras.saving.load_model(folder / "model.keras")
    assert (vae.latent_dim, vae.likelihood, vae.beta) == (latent_dim, "gaussian", 2.0)


def test_the_same_seed_gives_the_same_weights_in_another_process(run_folder, tmp_path):
    subprocess.run(
        command("train", *QUICK, "--output", tmp_path / "again"), check=True, capture_output=True
    )
    np.testing.assert_array_equal(weights(run_folder), weights(tmp_path / "again"))
    assert main(["train", *QUICK, "--seed", "1", "--output", str(tmp_path / "other")]) == 0
    assert not np.array_equal(weights(run_folder), weights(tmp_path / "other"))


# ---------------------------------------------------------------------- resume


@pytest.mark.skipif(os.name == "nt", reason="kills the process with SIGKILL")
def test_a_killed_run_resumes_to_the_same_result(tmp_path):
    options = ["--epochs", "8", "--batch-size", "100", "--widths", "16", "--seed", "5"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run(command("train", *options, "--output", whole), check=True, capture_output=True)

    process = subprocess.Popen(
        command("train", *options, "--output", killed), stdout=subprocess.DEVNULL
    )
    history = killed / "history.csv"
    for epochs in (2, 5):
        while not history.exists() or len(history.read_text().splitlines()) <= epochs:
            assert process.poll() is None, "ended before it could be killed"
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not (killed / "metrics.json").exists()
        process = subprocess.Popen(
            command("train", "--resume", "--output", killed), stdout=subprocess.DEVNULL
        )
    assert process.wait() == 0

    np.testing.assert_array_equal(weights(killed), weights(whole))
    figures = ("test", "seed", "config")
    found, expected = (
        json.loads((folder / "metrics.json").read_text()) for folder in (killed, whole)
    )
    assert {name: found[name] for name in figures} == {name: expected[name] for name in figures}
    found, expected = training_run.read_history(killed), training_run.read_history(whole)
    del found["seconds"], expected["seconds"]
    assert found == expected


def test_a_folder_that_is_not_a_run_is_left_alone(tmp_path, capsys):
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "thesis.tex").write_text("precious")
    for options in ([], ["--overwrite"]):
        assert main(["train", *QUICK, *options, "--output", str(tmp_path)]) == 2
        assert "would be lost" in capsys.readouterr().err
    assert (tmp_path / "backup" / "thesis.tex").read_text() == "precious"


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("config.json", '{"network": "transformer", "widths": null}', "network must be one of"),
        ("config.json", "{", "not the configuration"),
        ("history.csv", "epoch,loss\nabc,1\n", "history.csv is damaged"),
    ],
)
def test_a_damaged_run_is_named_and_left_alone(
    run_folder, tmp_path, file, content, message, capsys
):
    folder = tmp_path / "run"
    shutil.copytree(run_folder, folder)
    (folder / "metrics.json").unlink()
    (folder / file).write_text(content)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert main(["train", "--resume", "--output", str(folder)]) == 2
    assert message in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    "damage", ["between the two files", "half a file", "no optimizer", "first epoch"]
)
def test_a_backup_that_was_cut_short_is_mended(tmp_path, monkeypatch, damage):
    """What a kill leaves while the backup itself is written."""
    options = [*QUICK, "--epochs", "4"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert main(["train", *options, "--output", str(whole)]) == 0

    class KilledError(Exception):
        pass

    def draw_figures(*arguments, **options):
        raise KilledError

    monkeypatch.setattr(training_run, "draw_figures", draw_figures)
    with pytest.raises(KilledError):
        main(["train", *options, "--output", str(killed)])
    monkeypatch.undo()
    latest = killed / "backup" / "latest.weights.h5"
    if damage == "between the two files":
        training_run.write_json(
            killed / "backup" / "training_metadata.json", {"epoch": 3, "batch": 0}
        )
    elif damage == "no optimizer":  # Closed cleanly by an interruption, before its last part.
        with h5py.File(latest, "a") as file:
            del file["optimizer"]
    else:
        latest.write_bytes(latest.read_bytes()[:5000])
    if damage == "first epoch":
        (killed / "backup" / "latest.weights.h5.bkp").unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assert main(["train", "--resume", "--output", str(killed)]) == 0
    np.testing.assert_array_equal(weights(killed), weights(whole))
    assert len(training_run.read_history(killed)["loss"]) == 4


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
        ["train", "--resume", "--output", "{run}", "--latent-dim", "7"],
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
    arguments = [text.format(tmp=tmp_path, run=run_folder) for text in arguments]
    try:
        status = main(arguments)
    except SystemExit as exit:
        status = exit.code
    errors = capsys.readouterr().err
    assert status == 2
    assert errors.count("\n") == 1
    assert "error: " in errors
    assert list(tmp_path.iterdir()) == []
    assert sorted(run_folder.iterdir()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["evaluate", "{tmp}/no.keras"],
        ["generate", "{run}/model.keras", "--output", "{run}/config.json/x.png"],
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


def test_a_model_of_another_mesh_of_images_is_explained(run_folder, tmp_path, capsys):
    """A model for 28 × 28 pixels, evaluated on images of another shape."""
    keras.utils.set_random_seed(0)
    from vae_keras import VAE, dense_decoder, dense_encoder

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
