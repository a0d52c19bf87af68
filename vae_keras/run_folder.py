"""The folder of a training run: what it was asked, what came of it, and who is at work in it.

    config.json       what was asked; written first
    history.csv       the losses of each epoch
    backup/           the state after the last whole epoch, while training lasts
    model.keras       the trained model
    metrics.json      test losses in nats, speed, versions; written last
    *.png             the figures
    .lock             held by the process that trains

Needs no TensorFlow: the command line knows all of this before it loads it.
"""

import contextlib
import csv
import dataclasses
import errno
import io
import json
import math
import os
import pathlib
import platform
import shutil
import warnings

import filelock

from vae_keras import _checks
from vae_keras._files import PARTIAL, make_folder, write_whole
from vae_keras.run_config import FIGURES, Config

_FILES = (
    "metrics.json",  # Removed first: without it a run is not a finished one.
    "history.csv",
    "model.keras",
    *(f"{name}.png" for name in FIGURES),
)
OWN_FILES = ("config.json", *_FILES)


class RunError(ValueError):
    """The folder of a run is not in the state that was expected; the message says what to do."""


# ---------------------------------------------------------------------- one process at a time


@contextlib.contextmanager
def lock(folder):
    """Keeps all other trainings out of a folder while the body runs; creates it if needed.

    The system holds the lock for the process: one that is killed holds nothing any more. A folder
    that was created and in which the body wrote nothing is removed again.

    Raises:
        RunError: If another training holds it; at once, and the message says which process.
    """
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder} must be a folder, got a file. Mend: write elsewhere (--output).")
    created = [each for each in (folder, *folder.parents) if not each.exists()]
    path = folder / ".lock"
    file_lock = filelock.FileLock(path)
    try:
        make_folder(folder)
        _acquire(file_lock, path)
        for partial in folder.glob(PARTIAL):
            partial.unlink()
        yield
    finally:
        if file_lock.is_locked:
            if os.name != "nt":  # Windows removes no open file; there `release` removes it.
                path.unlink(missing_ok=True)
            file_lock.release()
        for each in created:
            with contextlib.suppress(OSError):  # not empty, or never made
                each.rmdir()


def _acquire(file_lock, path):
    try:
        file_lock.acquire(blocking=False)
    except filelock.Timeout:
        raise RunError(
            f"{path.parent} is being trained by {_holder(path)}. Mend: wait for its end, or write "
            "elsewhere (--output)."
        ) from None
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
            raise
        # Some network drives lock nothing: a run is possible there all the same.
        warnings.warn(
            f"{path.parent} cannot be locked ({error.strerror}): start no other training in it.",
            stacklevel=4,
        )
        return
    # On a full disk the lock holds all the same, and its holder has no name.
    with contextlib.suppress(OSError), path.open("r+", encoding="utf-8") as file:
        file.seek(1)  # The first byte is what Windows locks.
        file.write(f"process {os.getpid()} on {platform.node()}")
        file.truncate()


def _holder(path):
    try:
        with path.open("rb") as file:
            file.seek(1)
            return file.read(200).decode(errors="replace") or "another process"
    except OSError:
        return "another process"


# ---------------------------------------------------------------------- before training


def check_free(folder, config, *, resume=False, overwrite=False):
    """Raises a RunError if a run must not be started, or resumed, in a folder."""
    if resume:
        if read_config(folder) != config:
            raise RunError(
                f"A run must be resumed as it was started, got {config}. Mend: "
                f"read_config({str(folder)!r})."
            )
    elif (folder / "config.json").exists():
        if not overwrite:
            raise RunError(
                f"{folder} already holds a run. Mend: go on with it (--resume), replace it "
                "(--overwrite), or write elsewhere (--output)."
            )
    elif others := [name for name in (*_FILES, "backup") if (folder / name).exists()]:
        raise RunError(
            f"{folder} holds no run, but a {others[0]} that would be lost. Mend: write elsewhere "
            "(--output)."
        )


def start(folder, config):
    """Clears what an earlier run left, and writes down what this one is asked."""
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "backup", ignore_errors=True)
    write_json(folder / "config.json", dataclasses.asdict(config))


def how_to_go_on(folder):
    """A line for whom a training ended too early."""
    if folder and (pathlib.Path(folder) / "config.json").exists():
        return f"Go on with: vae-keras train --resume --output {folder}"
    return "Nothing was written."


# ---------------------------------------------------------------------- files


def read_config(folder):
    """The `Config` of the run that a folder holds."""
    path = pathlib.Path(folder) / "config.json"
    try:
        return Config(**_read_json(path))
    except FileNotFoundError:
        raise RunError(
            f"{folder} holds no run to resume: there is no {path}. Mend: start it without --resume."
        ) from None
    except (TypeError, ValueError) as error:
        raise RunError(f"{path} is not the configuration of a run: {error}") from error


def read_metrics(folder):
    """The metrics of a run, or `None` if it is not a finished one."""
    path = pathlib.Path(folder) / "metrics.json"
    if not path.exists() or not path.with_name("model.keras").exists():
        return None
    try:
        metrics = _read_json(path)
        for name in ("loss", *read_config(folder).terms):
            _checks.number(metrics["test"][name], name)
        for name in ("images", "epochs", "seconds", "images_per_second"):
            _checks.number(metrics["training"][name], name)
        trained = Config(**metrics["config"])
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"{path} is damaged ({error}). Mend: delete it and --resume trains again, with the "
            "same result."
        ) from error
    if trained != read_config(folder):
        raise RunError(
            f"{folder} must hold results of the options in its config.json, got those of others: "
            "it was changed after the training. Mend: put it back, or start again with --overwrite."
        )
    return metrics


def write_json(path, content):
    """Writes a JSON file, whole or not at all."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(path, text.encode())


def _read_json(path):
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError(f"it must hold a JSON object, got {type(content).__name__}")
    return content


def read_history(folder):
    """The history of a run: dict of lists, one value an epoch."""
    rows = read_rows(folder)
    return {name: [row[name] for row in rows] for name in rows[0] if name != "epoch"}


def read_rows(folder, epochs=None):
    """The rows of a run's history, a dict of numbers each; of its first `epochs` if it is given."""
    path = pathlib.Path(folder) / "history.csv"
    losses = ("loss", *read_config(folder).terms)
    names = {"epoch", "seconds", *losses, *(f"val_{name}" for name in losses)}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [
                {name: (int if name == "epoch" else float)(text) for name, text in row.items()}
                for row in csv.DictReader(file, strict=True)
            ][:epochs]
        whole = all(
            names <= row.keys() and row["epoch"] == epoch and all(map(math.isfinite, row.values()))
            for epoch, row in enumerate(rows)
        )
    except FileNotFoundError:
        rows, whole = [], True
    except (csv.Error, TypeError, ValueError):
        whole = False
    if not whole:
        raise RunError(f"{path} is damaged. Mend: start again with --overwrite.")
    if epochs is not None and len(rows) < epochs:
        raise RunError(f"{path} lacks epochs. Mend: start again with --overwrite.")
    return rows


def write_rows(folder, rows):
    """Writes the history of a run, whole or not at all."""
    text = io.StringIO(newline="")
    if rows:
        writer = csv.DictWriter(text, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    write_whole(folder / "history.csv", text.getvalue().encode())
