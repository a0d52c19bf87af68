"""A training run in a folder: what it was asked, where it stands, what came of it.

    config.json       what was asked; written first
    history.csv       the losses of each epoch
    backup/           the state after the last whole epoch, while training lasts
    model.keras       the trained model
    metrics.json      test losses in nats, speed, versions; written last
    *.png             the figures

A run that was killed resumes from its last whole epoch and ends with the weights that an
uninterrupted run has: the order of the images in an epoch depends on the seed and the epoch alone,
and the backup holds the optimizer's state and the state of the noise.
"""

import csv
import dataclasses
import io
import json
import math
import os
import pathlib
import platform
import shutil
import statistics
import time

import h5py
import keras
import numpy as np
import tensorflow as tf
from sklearn.decomposition import PCA

import vae_keras
from vae_keras import networks, plotting
from vae_keras._files import write_whole
from vae_keras.data import load_images
from vae_keras.models import VAE
from vae_keras.models.vae import LIKELIHOODS

WIDTHS = {"dense": (512, 256, 128), "conv": (32, 64)}
NETWORKS = tuple(WIDTHS)
FIGURES = ("learning_curves", "reconstructions", "samples", "latent_plane", "decoded_grid")

_FILES = (
    "metrics.json",  # Removed first: without it a run is not a finished one.
    "history.csv",
    "model.keras",
    *(f"{name}.png" for name in FIGURES),
)


@dataclasses.dataclass(frozen=True)
class Config:
    """What a run is asked to do.

    Attributes:
        dataset: Name of an image data set, as `load_images` takes it.
        data_dir: Folder of TFDS's data sets, or `None` for TFDS's own choice.
        network: `"dense"` or `"conv"`.
        widths: Widths of the encoder's layers, mirrored in the decoder: units (dense) or filters
            (conv). `None` takes `WIDTHS`.
        latent_dim: Number of latent dimensions.
        likelihood: `"bernoulli"` or `"gaussian"`.
        beta: Weight of the KL term.
        epochs: Number of epochs.
        batch_size: Images a step.
        learning_rate: Adam's, at the first step; it falls to 0 along a cosine.
        seed: Of the weights, the order of the images and the noise.
    """

    dataset: str = "mnist_mini"
    data_dir: str | None = None
    network: str = "dense"
    widths: tuple[int, ...] | None = None
    latent_dim: int = 2
    likelihood: str = "bernoulli"
    beta: float = 1.0
    epochs: int = 40
    batch_size: int = 100
    learning_rate: float = 2e-3
    seed: int = 0

    def __post_init__(self):
        for name, choices in (("network", NETWORKS), ("likelihood", LIKELIHOODS)):
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {choices}, got {getattr(self, name)!r}.")
        for name in ("latent_dim", "epochs", "batch_size"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a whole number above 0, got {value!r}.")


class RunError(ValueError):
    """The folder of a run is not in the state that was expected; the message says what to do."""


def train(config, folder, *, resume=False, overwrite=False, verbose=1):
    """Trains a VAE in a folder, or goes on where a killed run stopped.

    Args:
        config: A `Config`.
        folder: Where everything is written; created if needed.
        resume: Whether to go on with the run that the folder holds.
        overwrite: Whether to replace the run that the folder holds.
        verbose: As in `keras.Model.fit`: 0 silent, 1 a progress bar, 2 a line an epoch.

    Returns:
        The metrics, as `metrics.json` holds them.

    Raises:
        RunError: If the folder holds a run and neither `resume` nor `overwrite` is set, or none to
            resume.
        ValueError: If the configuration or the data set's name is wrong.
        OSError: If the data cannot be had or the results cannot be written.
    """
    folder = pathlib.Path(folder)
    metrics_path = folder / "metrics.json"
    if resume and metrics_path.exists():
        return json.loads(metrics_path.read_text(encoding="utf-8"))
    _check_folder(folder, resume, overwrite)
    images = load_images(config.dataset, data_dir=config.data_dir)
    if not resume:
        _start_folder(folder, config)

    vae = _fit(config, images, folder, verbose)
    history = read_history(folder)
    vae.save(folder / "partial.keras")
    os.replace(folder / "partial.keras", folder / "model.keras")
    draw_figures(vae, images, history, folder, seed=config.seed)
    metrics = _metrics(vae, images, history, config)
    write_json(metrics_path, metrics)
    shutil.rmtree(folder / "backup", ignore_errors=True)
    return metrics


def read_config(folder):
    """The `Config` of the run that a folder holds."""
    path = pathlib.Path(folder) / "config.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Config(**{**content, "widths": content["widths"] and tuple(content["widths"])})
    except FileNotFoundError:
        raise RunError(
            f"{folder} holds no run to resume: there is no {path}. Mend: start it without --resume."
        ) from None
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path} is not the configuration of a run: {error}") from error


def build_vae(config, image_shape):
    """The untrained VAE of a run."""
    keras.utils.set_random_seed(config.seed)
    widths = config.widths or WIDTHS[config.network]
    encoder = getattr(networks, f"{config.network}_encoder")
    decoder = getattr(networks, f"{config.network}_decoder")
    return VAE(
        encoder(image_shape, config.latent_dim, widths),
        decoder(image_shape, config.latent_dim, widths[::-1]),
        config.likelihood,
        config.beta,
        seed=config.seed,
    )


# ---------------------------------------------------------------------- training


def _fit(config, images, folder, verbose):
    """Trains, from the last backup if there is one; returns the trained VAE."""
    steps = math.ceil(len(images.x_train) / config.batch_size)
    vae = build_vae(config, images.x_train.shape[1:])
    schedule = keras.optimizers.schedules.CosineDecay(config.learning_rate, steps * config.epochs)
    vae.compile(keras.optimizers.Adam(schedule))
    vae.optimizer.build(vae.trainable_variables)
    first_epoch = _mend_backup(folder / "backup", len(vae.optimizer.variables), steps)
    _trim_history(folder, first_epoch)
    epoch = tf.Variable(first_epoch, dtype=tf.int64)
    vae.fit(
        _shuffled_by_epoch(images.x_train, config.batch_size, config.seed, epoch),
        epochs=config.epochs,
        validation_data=images.x_test,
        validation_batch_size=500,
        verbose=verbose,
        callbacks=[
            _Epoch(epoch),
            keras.callbacks.CSVLogger(str(folder / "history.csv"), append=True),
            # Last: an epoch that is backed up is in the history, too.
            keras.callbacks.BackupAndRestore(
                str(folder / "backup"), double_checkpoint=True, delete_checkpoint=False
            ),
        ],
    )
    return vae


def _shuffled_by_epoch(x, batch_size, seed, epoch):
    """Batches of all images, in an order that depends on the seed and the epoch alone."""
    count, x = len(x), tf.constant(x)

    def order(_):
        rows = tf.random.experimental.stateless_shuffle(tf.range(count), seed=[seed, epoch])
        return tf.data.Dataset.from_tensor_slices(rows).batch(batch_size)

    batches = tf.data.Dataset.range(1).flat_map(order)
    batches = batches.map(lambda rows: tf.gather(x, rows), num_parallel_calls=2)
    cardinality = tf.data.experimental.assert_cardinality(math.ceil(count / batch_size))
    return batches.apply(cardinality).prefetch(4)


class _Epoch(keras.callbacks.Callback):
    """Tells the order of the images the epoch, and the logs the seconds of training."""

    def __init__(self, epoch):
        super().__init__()
        self._epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch.assign(epoch)
        self._start = time.perf_counter()
        self._seconds = None

    def on_test_begin(self, logs=None):
        self._seconds = time.perf_counter() - self._start

    def on_epoch_end(self, epoch, logs=None):
        logs["seconds"] = self._seconds


def _mend_backup(backup, optimizer_variables, steps):
    """Makes the files of a backup agree, and returns the epoch to resume from.

    `BackupAndRestore` writes the weights, then the epoch. A process killed between the two leaves
    the weights of one epoch with the number of the one before, and one killed earlier leaves half
    a file beside the whole one before it. The optimizer's own count of steps tells the truth.
    """
    latest = backup / "latest.weights.h5"
    found = [path for path in (latest, backup / "latest.weights.h5.bkp") if path.exists()]
    for weights in found:
        epoch = _epoch_of(weights, optimizer_variables, steps)
        if epoch is not None:
            os.replace(weights, latest)
            write_json(backup / "training_metadata.json", {"epoch": epoch, "batch": 0})
            return epoch
    if len(found) == 2:
        raise RunError(f"Both files in {backup} are damaged. Mend: start again with --overwrite.")
    shutil.rmtree(backup, ignore_errors=True)  # Killed before the first epoch was saved.
    return 0


def _epoch_of(weights, optimizer_variables, steps):
    """The epochs that a file of weights has behind it, or None if it is not whole."""
    try:
        with h5py.File(weights) as file:
            state = file["optimizer/vars"]  # Written last.
            if len(state) != optimizer_variables:
                return None
            iterations = int(state["0"][()])
    except KeyError:
        return None
    except OSError as error:
        if error.errno is not None:  # The disk's refusal, not the file's state.
            raise
        return None
    return iterations // steps if iterations and iterations % steps == 0 else None


def _trim_history(folder, epoch):
    """Removes what the history holds of epochs that will be trained again."""
    path = folder / "history.csv"
    if not path.exists():
        return
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = [*csv.reader(file)] or [[]]
    try:
        kept = [row for row in rows if len(row) == len(header) and int(row[0]) < epoch]
    except ValueError:
        raise RunError(f"{path} is damaged. Mend: start again with --overwrite.") from None
    if len(kept) < epoch:
        raise RunError(f"{path} lacks epochs. Mend: start again with --overwrite.")
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *kept] if kept else [])
    write_whole(path, text.getvalue().encode())


def read_history(folder):
    """The history of a run: dict of lists, one value an epoch."""
    with (pathlib.Path(folder) / "history.csv").open(newline="", encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    return {name: [float(row[name]) for row in rows] for name in rows[0] if name != "epoch"}


# ---------------------------------------------------------------------- results


def draw_figures(vae, images, history, folder, *, seed):
    """Writes the five figures of a run."""
    x, y = images.x_test, images.y_test
    z_mean, _ = vae.encode(x)
    figures = {
        "learning_curves": plotting.plot_history(
            {name: values for name, values in history.items() if name.endswith("loss")}
        ),
        "reconstructions": plotting.plot_reconstructions(x[:10], vae.reconstruct(x[:10])),
        "samples": plotting.plot_images(vae.generate(60, seed=seed)),
        "latent_plane": plotting.plot_latent_plane(z_mean, y),
        "decoded_grid": plotting.plot_decoded_grid(vae.decode, **_plane_of_codes(z_mean)),
    }
    for name, figure in figures.items():
        plotting.save_figure(figure, folder / f"{name}.png")


def _plane_of_codes(z_mean):
    """The plane to decode: all of it in 1 or 2 dimensions, else where the codes vary most."""
    if z_mean.shape[1] <= 2:
        return {"latent_dim": z_mean.shape[1]}
    principal = PCA(2).fit(z_mean)
    lengths = np.sqrt(principal.explained_variance_)
    return {
        "center": principal.mean_,
        "directions": principal.components_ * lengths[:, np.newaxis],
    }


def test_losses(vae, x):
    """The loss on test images and its two terms, as `metrics.json` and `evaluate` tell them."""
    losses = vae.evaluate(x, batch_size=500, verbose=0, return_dict=True)
    return {
        **{name: losses[name] for name in ("loss", "reconstruction_loss", "kl_loss")},
        "unit": "nats per image",
        "images": len(x),
    }


def _metrics(vae, images, history, config):
    seconds = history["seconds"]
    # The first epoch compiles.
    speeds = [len(images.x_train) / value for value in seconds[1:] or seconds]
    return {
        "test": test_losses(vae, images.x_test),
        "training": {
            "images": len(images.x_train),
            "epochs": len(seconds),
            "seconds": round(sum(seconds), 3),
            "images_per_second": round(statistics.median(speeds)),
        },
        "seed": config.seed,
        "config": dataclasses.asdict(config),
        "versions": {
            "vae_keras": vae_keras.__version__,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }


# ---------------------------------------------------------------------- the folder


def _check_folder(folder, resume, overwrite):
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder} is a file: --output must name a folder.")
    holds_a_run = (folder / "config.json").exists()
    if resume and not holds_a_run:
        read_config(folder)  # Raises.
    if holds_a_run and not resume and not overwrite:
        raise RunError(
            f"{folder} already holds a run. Go on with it (--resume), replace it (--overwrite), or "
            "write elsewhere (--output)."
        )
    if not holds_a_run:
        others = [name for name in (*_FILES, "backup") if (folder / name).exists()]
        if others:
            raise RunError(
                f"{folder} holds no run, but a {others[0]} that would be lost. Write elsewhere "
                "(--output)."
            )


def _start_folder(folder, config):
    """Clears what an earlier run left, and writes down what this one is asked."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "backup", ignore_errors=True)
    write_json(folder / "config.json", dataclasses.asdict(config))


def write_json(path, content):
    """Writes a JSON file, whole or not at all."""
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    write_whole(path, text.encode())
