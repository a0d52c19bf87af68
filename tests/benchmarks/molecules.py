"""The long recipe of chapter 10: the faithful VAE of molecules on the whole of MOSES.

    python tests/benchmarks/molecules.py --train train.csv.gz --test test.csv.gz --minutes 12

The files are those of MOSES, or any two files of SMILES; without `--train` and `--test`, those of
the folder that the environment variable MOSES_DIR names. Prints what the chapter's table holds;
novelty is counted against the molecules that were learnt from.
"""

import argparse
import gzip
import os
import random
import tempfile
import time
from pathlib import Path

import keras
import numpy as np

from vae_course import chemistry, recipes
from vae_keras import VAE, BetaWarmup, load_molecules

LENGTH, BETA, SEED = 60, 0.3, 0


class TimeIsUp(keras.callbacks.Callback):
    """Stops a training after some minutes; the learning rate falls along a cosine until then."""

    def __init__(self, minutes, rate):
        super().__init__()
        self.seconds, self.rate = 60 * minutes, rate

    def on_train_begin(self, logs=None):
        self.start = time.monotonic()

    def on_train_batch_begin(self, batch, logs=None):
        share = min((time.monotonic() - self.start) / self.seconds, 1.0)
        self.model.optimizer.learning_rate = self.rate * 0.5 * (1 + np.cos(np.pi * share)) + 1e-6
        self.model.stop_training = share >= 1

    def on_train_batch_end(self, batch, logs=None):
        if self.model.stop_training:
            print(f"{int(self.model.optimizer.iterations)} steps", flush=True)


def sampled_lines(path, count, folder, name):
    """A file of some lines of another, by chance."""
    path = Path(path)
    read = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = [line for line in read.decode().split() if line != "SMILES"]
    chosen = random.Random(SEED).sample(lines, min(count, len(lines)))
    written = Path(folder) / name
    written.write_text("\n".join(chosen) + "\n")
    return written


def report(name, smiles, known, data):
    shares = chemistry.quality(smiles, known)
    gaps = chemistry.distances(chemistry.properties(smiles[:1000]), data)
    print(f"{name}: {shares}, Wasserstein {np.round(gaps, 3)}", flush=True)


def main():
    folder = Path(os.environ.get("MOSES_DIR", "."))
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--train", type=Path, default=folder / "train.csv.gz")
    parser.add_argument("--test", type=Path, default=folder / "test.csv.gz")
    parser.add_argument("--minutes", type=float, default=12, help="of training (default: 12)")
    parser.add_argument("--count", type=int, default=200_000, help="molecules to learn from")
    parser.add_argument("--batch-size", type=int, default=128)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        train = sampled_lines(arguments.train, arguments.count, temporary, "train.smi")
        test = sampled_lines(arguments.test, 5_000, temporary, "test.smi")
        splits = load_molecules(train, test=test, length=LENGTH)
    x_train, smiles_train, x_test, smiles_test, vocabulary = splits
    pair = recipes.string_networks(LENGTH, len(vocabulary), width=192, seed=SEED)
    model = VAE(*pair, likelihood="categorical", seed=SEED)
    model.compile(keras.optimizers.Adam(1e-3))
    size = arguments.batch_size
    callbacks = [BetaWarmup(steps=2000, end=BETA), TimeIsUp(arguments.minutes, 3e-3)]
    model.fit(x_train, batch_size=size, epochs=1000, verbose=0, callbacks=callbacks)

    losses = model.evaluate(x_test, verbose=0, return_dict=True)
    x_hat = model.reconstruct(x_test).argmax(axis=-1)
    strings = np.mean(np.all(x_hat == x_test, axis=1))
    print(f"{len(x_train)} molecules, KL {losses['kl_loss']:.1f} nats, strings {strings:.4f}")
    z_mean, z_log_var = model.encode(x_train[:20_000])
    rng, spread = np.random.default_rng(SEED), np.exp(0.5 * z_log_var)
    rows = rng.permutation(len(z_mean))[:1000]
    near = z_mean[rows] + spread[rows] * rng.standard_normal((len(rows), z_mean.shape[1]))
    covariance = np.cov(z_mean.T) + np.diag((spread**2).mean(axis=0))
    fitted = rng.multivariate_normal(z_mean.mean(axis=0), covariance, 1000)
    known, data = set(smiles_train), chemistry.properties(smiles_test[:1000])
    for name, z in (("p(z)", model.sample_prior(1000, SEED)), ("gaussian", fitted), ("q(z)", near)):
        report(name, vocabulary.decode(model.decode(z).argmax(axis=-1)), known, data)


if __name__ == "__main__":
    main()
