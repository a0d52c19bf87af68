"""Images a second of a training step: ours, a Keras-style one, PyTorch's and JAX's, in one run.

    python tests/benchmarks/training_speed.py [--images 10000] [--batch-size 128] [--rounds 5]

Contenders take turns, round by round, so that a machine whose speed drifts treats them alike; the
ratios are medians over rounds. Absolute figures depend on the machine, the ratios hardly.
"""

import argparse
import importlib.util
import pathlib
import statistics
import subprocess
import sys

from contenders import REQUIRED

WORKER = pathlib.Path(__file__).with_name("contenders.py")


def measure(network, *, images, batch_size, rounds):
    """Images a second of each contender in each round: a dict of lists."""
    contenders = [name for name, needed in REQUIRED.items() if importlib.util.find_spec(needed)]
    workers = {}
    try:
        for contender in contenders:
            workers[contender] = subprocess.Popen(
                [sys.executable, str(WORKER), contender, network, str(images), str(batch_size)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            if workers[contender].stdout.readline().strip() != "ready":
                raise RuntimeError(f"{contender} did not start; its error is above.")
        speeds = {contender: [] for contender in contenders}
        for _ in range(rounds):
            for contender, worker in workers.items():
                worker.stdin.write("go\n")
                worker.stdin.flush()
                speeds[contender].append(images / float(worker.stdout.readline()))
        return speeds
    finally:
        for worker in workers.values():
            worker.stdin.close()
            worker.wait(timeout=60)
            worker.stdout.close()


def table(network, speeds):
    """One line a contender: median images a second, and how many times slower than ours."""
    lines = []
    for contender, values in speeds.items():
        ratios = [mine / other for mine, other in zip(speeds["ours"], values, strict=True)]
        ratio = "" if contender == "ours" else f"{statistics.median(ratios):6.2f}"
        lines.append(f"{network:<8}{contender:<14}{statistics.median(values):>10,.0f}{ratio:>12}")
    return "\n".join(lines)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--network", choices=["dense", "conv"], action="append")
    options = parser.parse_args(arguments)
    print(f"{'network':<8}{'contender':<14}{'images/s':>10}{'ours is ×':>12}")
    for network in options.network or ["dense", "conv"]:
        speeds = measure(
            network,
            images=options.images,
            batch_size=options.batch_size,
            rounds=options.rounds,
        )
        print(table(network, speeds), flush=True)


if __name__ == "__main__":
    main()
