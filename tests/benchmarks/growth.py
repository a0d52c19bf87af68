"""How the time and the memory of a training step grow: one figure and one table each.

    python tests/benchmarks/growth.py [--quick] [--output runs/growth]

The dense network is trained on random images, streamed from a generator so that no set is ever
whole in memory; each point is a process of its own, so that its peak of memory is its own. The
first steps, which compile, are not counted.
"""

import argparse
import json
import os
import pathlib
import resource
import socket
import subprocess
import sys
import time

import numpy as np

BATCH = 128
DEFAULTS = {"images": 4_000, "hidden": 400, "latent": 20, "workers": 1}
SWEEPS = {  # what is varied: (its values, those of a quick run, the name of the axis)
    "images": ([1_000, 10_000, 100_000, 1_000_000], [1_000, 4_000], "images, streamed"),
    "hidden": ([400, 4_000, 20_000, 63_000], [400, 1_000], "parameters"),
    "latent": ([2, 20, 200, 2_000], [2, 20], "latent dimensions"),
    "workers": ([1, 2], [1, 2], "workers"),
}


def train(images, hidden, latent, workers):
    """Trains on that many images; prints seconds a step, the peak of memory, the parameters."""
    import vae_keras
    from vae_keras._tensorflow import tf

    shape = (28, 28, 1)
    strategy = tf.distribute.get_strategy()
    if workers > 1:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    pool = np.random.default_rng(0).random((16 * BATCH, *shape), dtype="float32")
    steps = max(images // BATCH, 1)
    stream = (
        tf.data.Dataset.from_tensor_slices(pool).repeat().batch(BATCH, drop_remainder=True).take
    )
    with strategy.scope():
        vae = vae_keras.VAE(
            vae_keras.dense_encoder(shape, latent, (hidden,)),
            vae_keras.dense_decoder(shape, latent, (hidden,)),
        )
        vae.compile("adam")
    options = {"verbose": 0, "shuffle": False}
    vae.fit(stream(4), **options)  # compiles and warms up
    start = time.perf_counter()
    vae.fit(stream(steps), **options)
    seconds = (time.perf_counter() - start) / steps
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"seconds": seconds, "memory": peak, "parameters": vae.count_params()}))


def measure(**options):
    """What `train` prints, of one process or of the first of several workers."""
    environments, count = [{}], options["workers"]
    if count > 1:
        addresses = []
        for _ in range(count):
            with socket.socket() as listener:
                listener.bind(("localhost", 0))
                addresses.append(f"localhost:{listener.getsockname()[1]}")
        environments = [
            {
                "TF_CONFIG": json.dumps(
                    {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
                )
            }
            for index in range(count)
        ]
    command = [sys.executable, __file__, "--point", json.dumps(options)]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **each})
        for each in environments
    ]
    outputs = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise RuntimeError(f"the training with {options} failed; its error is above.")
    return json.loads(outputs[0].splitlines()[-1])


def draw(points, axis, path):
    """Time and memory a step against what grew, on logarithmic axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), layout="constrained")
    for axes, name, unit in zip(
        figure.subplots(1, 2),
        ("seconds", "memory"),
        ("seconds a step", "peak of memory, GiB"),
        strict=True,
    ):
        axes.loglog([x for x, _ in points], [each[name] for _, each in points], "o-", color="0.2")
        axes.set(xlabel=axis, ylabel=unit)
    figure.savefig(path, dpi=150)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two small values of each")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("runs/growth"))
    parser.add_argument("--only", choices=SWEEPS, action="append")
    parser.add_argument("--point", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.point:
        train(**options.point)
        return
    options.output.mkdir(parents=True, exist_ok=True)
    print(f"{'':<20}{'value':>12}{'ms a step':>12}{'GiB':>8}", flush=True)
    for name in options.only or SWEEPS:
        values, quick, axis = SWEEPS[name]
        points = []
        for value in quick if options.quick else values:
            found = measure(**{**DEFAULTS, name: value})
            x = found["parameters"] if name == "hidden" else value
            points.append((x, found))
            print(f"{axis:<20}{x:>12,}{1e3 * found['seconds']:>12.2f}{found['memory']:>8.2f}",
                  flush=True)  # fmt: skip
        draw(points, axis, options.output / f"{name}.png")


if __name__ == "__main__":
    main()
