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


def result(process):
    try:
        output, errors = process.communicate(timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == 0, errors
    return json.loads(output.splitlines()[-1])


def free_port():
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def single():
    return result(start("none"))


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


def test_mirrored_strategy_over_two_devices(single, tmp_path):
    found = result(start("mirrored", tmp_path))
    assert found["replicas"] == 2
    assert_same_training(found, single)
    np.testing.assert_allclose(found["weights"], single["weights"], atol=2e-3)
    vae = keras.saving.load_model(tmp_path / "mirrored.keras")
    assert vae.generate(2).shape == (2, 28, 28, 1)


def test_multi_worker_strategy_over_two_processes(single, tmp_path):
    workers = [f"localhost:{free_port()}" for _ in range(2)]
    processes = [
        start(
            "multi-worker",
            tmp_path,
            TF_CONFIG=json.dumps(
                {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
            ),
        )
        for index in range(2)
    ]
    try:
        found = [result(process) for process in processes]
    finally:
        for process in processes:
            process.kill()
    for each in found:
        assert each["replicas"] == 2
        assert_same_training(each, single)
    np.testing.assert_array_equal(found[0]["weights"], found[1]["weights"])
    vae = keras.saving.load_model(tmp_path / "multi-worker.keras")
    assert vae.generate(2).shape == (2, 28, 28, 1)
