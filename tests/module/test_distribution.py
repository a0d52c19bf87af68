"""Training over two devices and over two processes gives the losses of a single one."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import keras
import numpy as np
import pytest

PROGRAM = str(pathlib.Path(__file__).with_name("distributed_training.py"))
TIME_LIMIT = 600  # seconds, for a process that hangs


def start(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1", **environment},
    )


def results(process):
    """What it says of each strategy."""
    try:
        output, errors = process.communicate(timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == 0, errors
    return [json.loads(line) for line in output.splitlines() if line.startswith('{"')]


def free_port():
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("strategies")


@pytest.fixture(scope="module")
def mirrored_and_single(folder):
    """Of one process: two devices must be asked for before one is used."""
    return results(start(folder, "mirrored", "pipeline", "none"))


@pytest.fixture(scope="module")
def single(mirrored_and_single):
    return mirrored_and_single[2]


def assert_same_training(found, single):
    assert found["history"].keys() == single["history"].keys()
    for name, values in single["history"].items():
        np.testing.assert_allclose(found["history"][name], values, rtol=1e-3, err_msg=name)
    for name, value in single["evaluated"].items():
        np.testing.assert_allclose(found["evaluated"][name], value, rtol=1e-3, err_msg=name)
    history = found["history"]
    np.testing.assert_allclose(
        history["loss"],
        np.add(history["reconstruction_loss"], history["kl_loss"]),
        rtol=1e-6,
    )


def test_mirrored_strategy_over_two_devices(mirrored_and_single, folder):
    found, _, single = mirrored_and_single
    assert (found["replicas"], single["replicas"]) == (2, 1)
    assert_same_training(found, single)
    np.testing.assert_allclose(found["weights"], single["weights"], atol=2e-3)
    vae = keras.saving.load_model(folder / "mirrored.keras")
    assert vae.generate(2).shape == (2, 8, 8, 1)


def test_two_replicas_share_the_images_of_a_pipeline(mirrored_and_single):
    found = mirrored_and_single[1]
    assert np.isfinite(found["loss"])
    assert len(found["examples"]) == 2 * 3  # of each batch, two parts
    assert sum(found["examples"]) == 250


def test_multi_worker_strategy_over_two_processes(single, folder):
    workers = [f"localhost:{free_port()}" for _ in range(2)]
    processes = [
        start(
            folder,
            "multi-worker",
            TF_CONFIG=json.dumps(
                {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
            ),
        )
        for index in range(2)
    ]
    try:
        found = [each for process in processes for each in results(process)]
    finally:
        for process in processes:
            process.kill()
    assert [each["replicas"] for each in found] == [2, 2]
    for each in found:
        assert_same_training(each, single)
    np.testing.assert_array_equal(found[0]["weights"], found[1]["weights"])
    vae = keras.saving.load_model(folder / "multi-worker.keras")
    assert vae.generate(2).shape == (2, 8, 8, 1)
