"""A training run: trained in a folder, killed, resumed, and what comes of it.

A run that was killed resumes from its last whole epoch and ends with the weights that an
uninterrupted run has: the order of the images in an epoch depends on the seed and the epoch alone,
and the backup holds the optimizer's state and the state of the noise. `run_folder` says what the
folder holds.
"""

import dataclasses
import hashlib
import io
import json
import math
import os
import pathlib
import shutil
import statistics
import sys
import time

import numpy as np

from vae_keras import networks, plotting, run_folder
from vae_keras._files import whole_file, write_whole
from vae_keras._tensorflow import keras, tf
from vae_keras.data import load_images
from vae_keras.evaluation.report import versions
from vae_keras.models import VAE
from vae_keras.run_folder import RunError, read_history


def train(config, folder, *, resume=False, overwrite=False, verbose=1):
    """Trains a VAE in a folder, or goes on where a killed run stopped.

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
    if resume and (metrics := run_folder.read_metrics(folder)):
        return metrics
    with run_folder.lock(folder):
        run_folder.check_free(folder, config, resume=resume, overwrite=overwrite)
        images = load_images(config.dataset, data_dir=config.data_dir)
        _check_images(images, config)
        vae = build_vae(config, images.x_train.shape[1:])
        if not resume:
            run_folder.start(folder, config)
        _fit(vae, config, images, folder, verbose)
        history = read_history(folder)
        with whole_file(folder / "model.keras") as path:
            vae.save(path)
        draw_figures(vae, images, history, folder, seed=config.seed)
        metrics = _metrics(vae, images, history, config)
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


def build_vae(config, image_shape):
    """The untrained VAE of a run."""
    keras.utils.set_random_seed(config.seed)
    widths = config.widths or run_folder.WIDTHS[config.network]
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


def _fit(vae, config, images, folder, verbose):
    """Trains, from the last backup if there is one."""
    steps = math.ceil(len(images.x_train) / config.batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(config.learning_rate, steps * config.epochs)
    vae.compile(keras.optimizers.Adam(schedule))
    vae.optimizer.build(vae.trainable_variables)
    backup = _Backup(vae, config, folder / "backup")
    first_epoch = backup.restore()
    rows = run_folder.read_rows(folder, first_epoch)
    run_folder.write_rows(folder, rows)
    epoch = tf.Variable(first_epoch, dtype=tf.int64)
    vae.fit(
        _shuffled_by_epoch(images.x_train, config.batch_size, config.seed, epoch),
        initial_epoch=first_epoch,
        epochs=config.epochs,
        validation_data=images.x_test,
        validation_batch_size=500,
        verbose=verbose,
        callbacks=[_Epochs(epoch, rows, folder, backup)],
    )


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
        if not all(map(math.isfinite, logs.values())):
            raise ValueError(
                f"The loss must stay finite, got {logs['loss']} in epoch {epoch + 1}. Mend: a "
                "smaller learning rate, or a smaller beta."
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

    def __init__(self, vae, config, folder):
        passing = {id(variable) for variable in vae.metrics_variables}
        self._variables = [
            variable
            for variable in (*vae.variables, *vae.optimizer.variables)
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


def draw_figures(vae, images, history, folder, *, seed):
    """Writes the five figures of a run."""
    x, y = images.x_test, images.y_test
    z_mean, _ = vae.encode(x)
    figures = {
        "learning_curves": plotting.plot_history(history),
        "reconstructions": plotting.plot_reconstructions(x[:10], _inked(vae.reconstruct(x[:10]))),
        "samples": plotting.plot_images(_inked(vae.generate(60, seed=seed))),
        "latent_plane": plotting.plot_latent_plane(z_mean, y),
        "decoded_grid": plotting.plot_decoded_grid(
            lambda z: _inked(vae.decode(z)), **_plane_of_codes(z_mean)
        ),
    }
    for name, figure in figures.items():
        plotting.save_figure(figure, folder / f"{name}.png")


def _inked(images):
    """Images in [0, 1], which the mean of a Gaussian likelihood may leave by far."""
    return np.clip(images, 0, 1)


def _plane_of_codes(z_mean):
    """The plane to decode: all of it in 1 or 2 dimensions, else where the codes vary most."""
    if z_mean.shape[1] <= 2:
        return {"latent_dim": z_mean.shape[1]}
    from sklearn.decomposition import PCA  # a second to import, needed here alone

    principal = PCA(2).fit(z_mean)
    lengths = np.sqrt(principal.explained_variance_)
    return {"center": principal.mean_, "directions": principal.components_ * lengths[:, np.newaxis]}


def test_losses(vae, x, seed):
    """The loss on test images and its two terms, as `metrics.json` and `evaluate` tell them.

    Args:
        vae: A VAE. Its noise starts anew.
        x: Images.
        seed: Of the noise: one sample of z an image.
    """
    if not vae.compiled:
        vae.compile()
    vae.sampling.set_seed(seed)
    losses = vae.evaluate(x, batch_size=500, verbose=0, return_dict=True)
    if not math.isfinite(losses["loss"]):
        raise ValueError(
            f"The loss on the test images must be finite, got {losses['loss']}. Mend: train again; "
            "the weights of this model are not whole."
        )
    return {
        **{name: losses[name] for name in run_folder.LOSSES},
        "unit": "nats per image",
        "images": len(x),
    }


def _metrics(vae, images, history, config):
    seconds = history["seconds"]
    # The first epoch compiles.
    speeds = [len(images.x_train) / value for value in seconds[1:] or seconds]
    return {
        "test": test_losses(vae, images.x_test, config.seed),
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
