"""A training run: trained in a folder, killed, resumed, and what comes of it.

A run that was killed resumes from its last whole epoch and ends with the weights that an
uninterrupted run has: the order of the images in an epoch depends on the seed and the epoch alone,
and the backup holds the optimizers' states and the state of the noise. `run_folder` says what the
folder holds.
"""

import dataclasses
import hashlib
import io
import itertools
import json
import math
import os
import pathlib
import shutil
import statistics
import sys
import time

import numpy as np

from vae_keras import run_folder
from vae_keras._files import whole_file, write_whole
from vae_keras._tensorflow import keras, tf
from vae_keras.data import load_images
from vae_keras.evaluation.report import versions
from vae_keras.models import VQVAE
from vae_keras.plotting.labels import label
from vae_keras.run_figures import draw_figures
from vae_keras.run_folder import RunError, read_history
from vae_keras.run_models import build, compile_model, number_of_classes, with_conditions


def train(config, folder, *, resume=False, overwrite=False, verbose=1):
    """Trains a model in a folder, or goes on where a killed run stopped.

    Args:
        config: A `run_folder.Config`.
        folder: Where everything is written; created if needed.
        resume: Whether to go on with the run that the folder holds.
        overwrite: Whether to replace the run that the folder holds.
        verbose: As in `keras.Model.fit`: 0 silent, 1 a progress bar, 2 a line an epoch.

    Returns:
        The metrics, as `metrics.json` holds them.

    Raises:
        RunError: If the folder holds a run and neither `resume` nor `overwrite` is set, or none to
            resume, or one that is damaged; if another training is at work in it.
        ValueError: If the configuration or the data set will not do, or the loss is not finite.
        OSError: If the data cannot be had or the results cannot be written.
    """
    folder = pathlib.Path(folder)
    if resume and overwrite:
        raise ValueError("resume and overwrite must not be asked together: go on, or replace.")
    if resume and (metrics := run_folder.read_metrics(folder)):
        return metrics
    with run_folder.lock(folder):
        run_folder.check_free(folder, config, resume=resume, overwrite=overwrite)
        images = load_images(config.dataset, data_dir=config.data_dir)
        _check_images(images, config)
        classes = number_of_classes(images, config.dataset) if config.model == "cvae" else None
        model = build(config, images.x_train.shape[1:], classes)
        if not resume:
            run_folder.start(folder, config)
        _fit(model, config, images, folder, verbose)
        history = read_history(folder)
        if config.prior_epochs:
            _fit_prior(model, config, images, verbose)
        with whole_file(folder / "model.keras") as path:
            model.save(path)
        draw_figures(model, images, history, folder, config)
        metrics = _metrics(model, images, history, config)
        run_folder.write_json(folder / "metrics.json", metrics)
        shutil.rmtree(folder / "backup", ignore_errors=True)
    return metrics


def _check_images(images, config):
    """Refuses before the training what could not be drawn after it."""
    channels = images.x_train.shape[-1]
    if channels not in (1, 3):
        raise ValueError(
            f"The images of a run must have 1 channel (grey) or 3 (colours), got {channels} in "
            f"{config.dataset!r}: its figures could not be drawn. Mend: train in Python, "
            "vae.fit(x[..., :3])."
        )
    if len(images.x_train) < 1 or len(images.x_test) < 2:
        raise ValueError(
            "A run must have at least 1 image to train on and 2 to test on, got "
            f"{len(images.x_train)} and {len(images.x_test)} in {config.dataset!r}."
        )


# ---------------------------------------------------------------------- training


def _fit(model, config, images, folder, verbose):
    """Trains, from the last backup if there is one."""
    steps = math.ceil(len(images.x_train) / config.batch_size)
    compile_model(model, config, steps * config.epochs)
    backup = _Backup(model, config, folder / "backup")
    first_epoch = backup.restore()
    rows = run_folder.read_rows(folder, first_epoch)
    run_folder.write_rows(folder, rows)
    epoch = tf.Variable(first_epoch, dtype=tf.int64)
    x = with_conditions(model, images.x_train, images.y_train)
    if first_epoch == config.epochs:  # it was killed after its last epoch
        return
    model.fit(
        _shuffled_by_epoch(x, config.batch_size, config.seed, epoch),
        initial_epoch=first_epoch,
        epochs=config.epochs,
        validation_data=with_conditions(model, images.x_test, images.y_test),
        validation_batch_size=500,
        verbose=verbose,
        callbacks=[_Epochs(epoch, rows, folder, backup)],
    )


def _fit_prior(vqvae, config, images, verbose):
    """Learns what to generate. From the start also after a kill: the seed alone decides it."""
    keras.utils.set_random_seed(config.seed)
    if verbose:
        print(label("learning_prior"))
    vqvae.fit_prior(
        images.x_train,
        epochs=config.prior_epochs,
        batch_size=config.batch_size,
        validation_data=images.x_test,
        verbose=verbose,
    )


def _shuffled_by_epoch(arrays, batch_size, seed, epoch):
    """Batches of all rows, in an order that depends on the seed and the epoch alone."""
    count, arrays = len(arrays[0]), tuple(map(tf.constant, arrays))

    def order(_):
        rows = tf.random.experimental.stateless_shuffle(tf.range(count), seed=[seed, epoch])
        return tf.data.Dataset.from_tensor_slices(rows).batch(batch_size)

    batches = tf.data.Dataset.range(1).flat_map(order)

    def batch(rows):
        gathered = tuple(tf.gather(each, rows) for each in arrays)
        return gathered if len(gathered) > 1 else gathered[0]

    batches = batches.map(batch, num_parallel_calls=2)
    cardinality = tf.data.experimental.assert_cardinality(math.ceil(count / batch_size))
    return batches.apply(cardinality).prefetch(4)


class _Epochs(keras.callbacks.Callback):
    """Tells the order of the images the epoch; keeps the history, then the backup.

    An epoch that is backed up is in the history, too.
    """

    def __init__(self, epoch, rows, folder, backup):
        super().__init__()
        self._epoch, self._rows, self._folder, self._backup = epoch, rows, folder, backup

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch.assign(epoch)
        self._start = time.perf_counter()

    def on_test_begin(self, logs=None):
        self._seconds = time.perf_counter() - self._start

    def on_epoch_end(self, epoch, logs=None):
        for name, value in logs.items():
            if not math.isfinite(value):
                raise ValueError(
                    f"Every loss must stay finite, got {name}={value} in epoch {epoch + 1}. Mend: "
                    "a smaller learning rate, or a smaller beta where there is one."
                )
        self._rows.append({"epoch": epoch, **logs, "seconds": self._seconds})
        run_folder.write_rows(self._folder, self._rows)
        self._backup.save(epoch + 1)


class _Backup:
    """The state of a training after its last whole epoch, and after the one before.

    One file holds all of a state and is written whole, so that a kill at any moment, or a full
    disk, leaves a state to resume from. It begins with a digest of the rest: what a bad disk or a
    bad copy did to it is seen.
    """

    def __init__(self, model, config, folder):
        passing = {id(variable) for variable in model.metrics_variables}
        of_optimizers = itertools.chain.from_iterable(each.variables for each in model.optimizers)
        self._variables = [
            variable
            for variable in (*model.variables, *of_optimizers)
            if id(variable) not in passing
        ]
        self._config = json.dumps(dataclasses.asdict(config))
        self._folder = folder
        self._latest, self._previous = folder / "latest.state", folder / "previous.state"

    def save(self, epoch):
        self._folder.mkdir(exist_ok=True)
        content = io.BytesIO()
        values = [variable.numpy() for variable in self._variables]
        np.savez(content, *values, epoch=epoch, config=self._config)
        digest = hashlib.sha256(content.getbuffer()).digest()
        if self._latest.exists():
            os.replace(self._latest, self._previous)
        write_whole(self._latest, digest + content.getbuffer())

    def restore(self):
        """Brings the last whole state back; returns the number of epochs that it has behind it."""
        found = [path for path in (self._latest, self._previous) if path.exists()]
        states = (self._read(path) for path in found)
        state = next((state for state in states if state is not None), None)
        if state is None and len(found) == 2:
            raise RunError(
                f"Both files in {self._folder} are damaged. Mend: start again with --overwrite."
            )
        if state is None:
            return 0
        if str(state["config"]) != self._config:
            raise RunError(
                f"{self._folder} is of a training with other options than config.json has. Mend: "
                "put them back, or start again with --overwrite."
            )
        try:
            for number, variable in enumerate(self._variables):
                variable.assign(state[f"arr_{number}"])
        except (KeyError, ValueError) as error:
            raise RunError(
                f"{self._folder} is of another version of vae_keras ({error}). Mend: start again "
                "with --overwrite."
            ) from error
        return int(state["epoch"])

    def _read(self, path):
        content = path.read_bytes()
        digest, content = content[:32], content[32:]
        if hashlib.sha256(content).digest() != digest:
            print(f"{path} is damaged: going back to the state before it.", file=sys.stderr)
            return None
        return np.load(io.BytesIO(content))


# ---------------------------------------------------------------------- results


def test_losses(model, images, labels, seed):
    """The loss on test images and its terms, as `metrics.json` and `evaluate` tell them.

    Args:
        model: A model. Its noise starts anew.
        images, labels: Images, and what a conditional model is told of them.
        seed: Of the noise: one draw of z an image.

    Returns:
        A dict that JSON can hold, the loss first; with `prior_loss`, of a VQ-VAE the nats of the
        images' codes under its prior.
    """
    if not model.compiled:
        model.compile()
    if hasattr(model, "sampling"):
        model.sampling.set_seed(seed)
    x = with_conditions(model, images, labels)
    losses = model.evaluate(*x, batch_size=500, verbose=0, return_dict=True)
    if not math.isfinite(losses["loss"]):
        raise ValueError(
            f"The loss on the test images must be finite, got {losses['loss']}. Mend: train again; "
            "the weights of this model are not whole."
        )
    order = ("loss", "reconstruction_loss", "kl_loss")
    names = dict.fromkeys(name for name in (*order, *losses) if name in losses)
    losses = {name: losses[name] for name in names}
    if isinstance(model, VQVAE) and model.prior is not None:
        losses["prior_loss"] = -float(model.code_log_prob(model.encode(images)).mean())
    return {**losses, "unit": "nats per image", "images": len(images)}


def _metrics(model, images, history, config):
    seconds = history["seconds"]
    # The first epoch compiles.
    speeds = [len(images.x_train) / value for value in seconds[1:] or seconds]
    return {
        "test": test_losses(model, images.x_test, images.y_test, config.seed),
        "training": {
            "images": len(images.x_train),
            "epochs": len(seconds),
            "seconds": round(sum(seconds), 3),
            "images_per_second": round(statistics.median(speeds)),
        },
        "seed": config.seed,
        "config": dataclasses.asdict(config),
        "versions": versions(),
    }
