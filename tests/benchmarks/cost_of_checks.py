"""What the checks of the data cost: the time of a training with them, over that without.

    python tests/benchmarks/cost_of_checks.py [--images 10000] [--batch-size 128] [--rounds 9]

One model trains an epoch with and without the checks in turn, in one process, the order changing
from round to round; the ratios are medians over rounds, of the time on the clock and of that of the
processor, which what else the machine does disturbs less. Checks are on every batch of a stream,
and on an array once a call of `fit`.
"""

import argparse
import time

import numpy as np

from vae_keras import VAE, dense_decoder, dense_encoder
from vae_keras._tensorflow import keras, tf
from vae_keras.models._input import Input

SHAPE, WIDTHS = (28, 28, 1), (512, 256, 128)


class Unchecked(Input):
    """Lets everything pass."""

    def take(self, x, y=None, name="x", with_targets=True):
        return x, y

    pair = take


class Batches(keras.utils.PyDataset):
    def __init__(self, x, batch_size):
        super().__init__()
        self.x, self.batch_size = x, batch_size

    def __len__(self):
        return len(self.x) // self.batch_size

    def __getitem__(self, index):
        return (self.x[index * self.batch_size : (index + 1) * self.batch_size],)


def doors(x, batch_size):
    """The ways to train for an epoch: functions of a model."""
    batches = Batches(x, batch_size)
    dataset = tf.data.Dataset.from_tensor_slices(x).batch(batch_size).prefetch(4)

    def by_hand(model):
        for index in range(len(batches)):
            model.train_on_batch(*batches[index])

    def by_generator(model):
        model.fit((batches[index] for index in range(len(batches))), verbose=0)

    return {
        "fit(array)": lambda model: model.fit(x, batch_size=batch_size, verbose=0),
        "fit(tf.data)": lambda model: model.fit(dataset, verbose=0),
        "fit(PyDataset)": lambda model: model.fit(batches, verbose=0),
        "fit(generator)": by_generator,
        "train_on_batch": by_hand,
    }


def measure(train, model, rounds):
    """Seconds of each round, on the clock and of the processor, with the checks and without."""
    rules = {"with": model._rules, "without": Unchecked(model.encoder, model._rules.support)}
    seconds = {name: [] for name in rules}
    for number in range(-1, rounds):  # the first one compiles
        for name in sorted(rules, reverse=number % 2):
            model._rules = rules[name]
            start = np.array([time.perf_counter(), time.process_time()])
            train(model)
            if number >= 0:
                now = np.array([time.perf_counter(), time.process_time()])
                seconds[name].append(now - start)
    model._rules = rules["with"]
    return {name: np.array(values) for name, values in seconds.items()}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args(arguments)
    x = np.random.default_rng(0).random((options.images, *SHAPE), dtype="float32")
    model = VAE(dense_encoder(SHAPE, 2, WIDTHS), dense_decoder(SHAPE, 2, WIDTHS[::-1]))
    model.compile("adam")
    print(f"{'door':<16}{'images/s':>10}{'cost, clock':>13}{'processor':>11}")
    for door, train in doors(x, options.batch_size).items():
        seconds = measure(train, model, options.rounds)
        clock, processor = np.median(seconds["with"] / seconds["without"], axis=0) - 1
        speed = options.images / np.median(seconds["with"][:, 0])
        print(f"{door:<16}{speed:>10,.0f}{clock:>12.1%}{processor:>11.1%}", flush=True)


if __name__ == "__main__":
    main()
