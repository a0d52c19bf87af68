"""The folder of a run: options, damage, a full disk, a kill, two trainings at once."""

import dataclasses
import errno
import itertools
import json
import os
import shutil
import types
import warnings

import keras
import numpy as np
import pytest

from vae_keras import run_folder, run_models, training_run
from vae_keras.run_folder import Config, RunError

pytestmark = pytest.mark.usefixtures("without_xla")
CONFIG = Config(epochs=4, batch_size=500, widths=(16,))


def weights(folder):
    vae = keras.saving.load_model(folder / "model.keras")
    return np.concatenate([np.ravel(weight) for weight in vae.get_weights()])


def train(folder, config=CONFIG, **options):
    return training_run.train(config, folder, verbose=0, **options)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "whole"
    train(folder)
    return folder


class KilledError(Exception):
    """In the place of a kill, without the cost of a process."""


def killed_in(folder, function, monkeypatch):
    def die(*arguments, **options):
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(training_run, function, die)
        with pytest.raises(KilledError):
            train(folder)


@pytest.fixture(scope="module")
def killed_once(tmp_path_factory):
    """A run that ended after its last epoch, before its model was written."""
    folder = tmp_path_factory.mktemp("runs") / "killed"
    with pytest.MonkeyPatch.context() as patch:
        killed_in(folder, "read_history", patch)
    return folder


@pytest.fixture
def killed(killed_once, tmp_path):
    return shutil.copytree(killed_once, tmp_path / "killed")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ---------------------------------------------------------------------- what a run is asked

NOT_NUMBERS = ["2", True, [2], float("nan"), float("inf"), -1]
NOT_WHOLE = [*NOT_NUMBERS, 2.5, 2.0, 2**31, 10**400]
NOT_COUNTS = [[], (), 16, "16", {"a": 1}, [[16]], *([16, bad] for bad in (0, None, *NOT_WHOLE))]
BAD = {
    "dataset": [None, "", 3, ["mnist"]],
    "data_dir": ["", 3, ["folder"]],
    "model": [None, "", "gan", 3, ["vae"]],
    "network": ["", "transformer", 3, ["dense"]],
    "widths": NOT_COUNTS,
    "latent_dim": [0, *NOT_WHOLE],
    "latent_dims": NOT_COUNTS,
    "samples": [0, *NOT_WHOLE],
    "gradient": ["", "score", 3],
    "codes": [0, 1, *NOT_WHOLE],
    "code_dim": [0, *NOT_WHOLE],
    "prior_epochs": [0, *NOT_WHOLE],
    "likelihood": [None, "", "poisson", 3],
    "beta": NOT_NUMBERS,
    "free_bits": NOT_NUMBERS,
    "adversarial_weight": NOT_NUMBERS,
    "epochs": [None, 0, *NOT_WHOLE],
    "batch_size": [None, 0, *NOT_WHOLE],
    "learning_rate": [0, *NOT_NUMBERS],
    "seed": [None, *(bad for bad in NOT_WHOLE if bad != 2**31), 2**32],
}


def test_every_option_of_a_run_is_checked():
    assert BAD.keys() == {field.name for field in dataclasses.fields(Config)}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_option_is_named(name):
    for value in BAD[name]:
        with pytest.raises(ValueError, match=rf"^{name} must .*got") as error:
            Config(**{name: value})
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", BAD)
def test_a_configuration_with_a_wrong_option_is_damaged(name, tmp_path):
    options = dataclasses.asdict(CONFIG)
    for value in BAD[name]:
        (tmp_path / "config.json").write_text(json.dumps({**options, name: value}))
        with pytest.raises(RunError, match=rf"config.json .*{name} must .*got"):
            run_folder.read_config(tmp_path)


# ---------------------------------------------------------------------- killed, then resumed


def spoil_latest(backup, damage):
    latest = backup / "latest.state"
    content = bytearray(latest.read_bytes())
    if damage == "half a file":
        latest.write_bytes(content[:5000])
    elif damage == "empty":
        latest.write_bytes(b"")
    elif damage == "one bit":
        content[-1000] ^= 1
        latest.write_bytes(content)
    elif damage == "gone":  # killed between the two names
        latest.unlink()


@pytest.mark.parametrize("damage", ["none", "half a file", "empty", "one bit", "gone"])
def test_the_last_whole_state_is_brought_back(killed, damage, capsys):
    def restored():
        vae = run_models.build(CONFIG, (28, 28, 1))
        run_models.compile_model(vae, CONFIG, 32)
        epoch = training_run._Backup(vae, CONFIG, killed / "backup").restore()
        return epoch, int(vae.optimizer.iterations)

    spoil_latest(killed / "backup", damage)
    assert restored() == ((4, 32) if damage == "none" else (3, 24))
    damaged = damage not in ("none", "gone")
    assert capsys.readouterr().err.count("latest.state is damaged") == damaged


@pytest.mark.parametrize("damage", ["none", "half a file", "no state"])
def test_a_run_cut_short_resumes_to_the_same_weights(whole, killed, damage, no_figures):
    if damage == "half a file":
        spoil_latest(killed / "backup", damage)
    elif damage == "no state":  # cut short in its first epoch, or all that was whole is gone
        (killed / "backup" / "previous.state").unlink()
        spoil_latest(killed / "backup", "half a file")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        train(killed, resume=True)
    np.testing.assert_array_equal(weights(killed), weights(whole))
    history, expected = run_folder.read_history(killed), run_folder.read_history(whole)
    del history["seconds"], expected["seconds"]
    assert history == expected
    assert not {"backup", ".lock"} & {path.name for path in killed.iterdir()}


def test_a_run_is_resumed_as_it_was_started(killed):
    before = contents(killed)
    with pytest.raises(RunError, match=r"must be resumed as it was started, got Config\(.*beta=3"):
        train(killed, dataclasses.replace(CONFIG, beta=3), resume=True)
    assert contents(killed) == before


def spoil_both_states(folder):
    for path in (folder / "backup").iterdir():
        path.write_bytes(path.read_bytes()[:-1])


def other_beta(folder):
    options = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**options, "beta": 3.0}))


def write(name, content):
    def spoil(folder):
        (folder / name).write_bytes(content)

    return spoil


def edit(name, old, new):
    def spoil(folder):
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return spoil


DAMAGES = {
    "both states": (spoil_both_states, "Both files"),
    "options of another run": (other_beta, "with other options"),
    "configuration: half": (write("config.json", b"{"), "config.json is not"),
    "configuration: empty": (write("config.json", b""), "config.json is not"),
    "configuration: a list": (write("config.json", b"[1, 2]"), "must hold a JSON object"),
    "configuration: bytes": (write("config.json", b"\xff\xfe\x00"), "config.json is not"),
    "configuration: deep": (write("config.json", b"[" * 200_000), "nested too deeply"),
    "configuration: unknown": (write("config.json", b'{"colour": "red"}'), "config.json is not"),
    "history: words": (edit("history.csv", "\n1,", "\none,"), "history.csv is damaged"),
    "history: NaN": (edit("history.csv", "\n1,", "\n1,nan"), "history.csv is damaged"),
    "history: not text": (write("history.csv", b"\xff\x00"), "history.csv is damaged"),
    "history: zeros": (write("history.csv", b"\0" * 500), "history.csv (is damaged|lacks epochs)"),
    "history: a column less": (edit("history.csv", "seconds", "x"), "history.csv is damaged"),
    "history: an epoch twice": (edit("history.csv", "\n2,", "\n1,"), "history.csv is damaged"),
    "history: no rows": (write("history.csv", b""), "history.csv lacks epochs"),
    "history: gone": (lambda folder: (folder / "history.csv").unlink(), "history.csv lacks epochs"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_named_and_left_alone(killed, damage):
    spoil, message = DAMAGES[damage]
    spoil(killed)
    before = contents(killed)
    with pytest.raises(RunError, match=message) as error:
        train(killed, run_folder.read_config(killed), resume=True)
    assert str(killed) in str(error.value)
    assert contents(killed) == before


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b"{}", b'{"test": 3, "training": {}}', b"\xff", b"[" * 200_000]
)
def test_damaged_metrics_are_named(whole, tmp_path, content):
    folder = shutil.copytree(whole, tmp_path / "run")
    (folder / "metrics.json").write_bytes(content)
    with pytest.raises(RunError, match=r"metrics\.json is damaged"):
        train(folder, resume=True)


def test_options_that_were_changed_after_the_training_are_told(whole, tmp_path):
    folder = shutil.copytree(whole, tmp_path / "run")
    changed = json.loads((folder / "config.json").read_text()) | {"seed": 77}
    run_folder.write_json(folder / "config.json", changed)
    with pytest.raises(RunError, match=r"options in its config\.json, got those of others"):
        train(folder, run_folder.read_config(folder), resume=True)
    with pytest.raises(ValueError, match="must not be asked together"):
        train(whole, resume=True, overwrite=True)


def test_a_run_whose_model_is_lost_is_not_a_finished_one(whole, tmp_path):
    folder = shutil.copytree(whole, tmp_path / "run")
    assert run_folder.read_metrics(folder) == json.loads((folder / "metrics.json").read_text())
    (folder / "model.keras").unlink()
    assert run_folder.read_metrics(folder) is None


# ---------------------------------------------------------------------- full disk


# Written in turn: the options, no history yet, each epoch the history and the state, the model.
@pytest.mark.parametrize(("file", "turn"), [("history.csv", 3), ("latest.state", 8), ("keras", 11)])
def test_a_full_disk_is_told_in_one_error_and_the_run_resumes(
    whole, tmp_path, monkeypatch, no_figures, file, turn
):
    folder, fsync, turns = tmp_path / "run", os.fsync, itertools.count(1)

    def full(descriptor):
        if next(turns) == turn:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match=f"No space left on device.*{file}"):
            train(folder)
    assert not list(folder.rglob(".*"))
    train(folder, resume=True)
    np.testing.assert_array_equal(weights(folder), weights(whole))


def test_a_file_that_grows_too_large_is_an_error_and_no_crash(tmp_path):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(OSError, match=r"latest\.state") as error:
            train(tmp_path / "run")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert error.value.errno == errno.EFBIG
    assert not list((tmp_path / "run" / "backup").iterdir())


# ---------------------------------------------------------------------- one training at a time


@pytest.mark.parametrize("options", [{}, {"resume": True}, {"overwrite": True}])
def test_a_second_training_is_told_at_once_who_is_at_work(killed, options, monkeypatch):
    monkeypatch.setattr(training_run, "load_images", None)  # not even looked at
    with run_folder.lock(killed):
        before = contents(killed)
        with pytest.raises(RunError, match=f"trained by process {os.getpid()} on"):
            train(killed, **options)
        assert contents(killed) == before


def test_a_lock_leaves_nothing_behind(tmp_path):
    with run_folder.lock(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b" / ".lock").exists()
    assert list(tmp_path.iterdir()) == []
    with run_folder.lock(tmp_path):
        (tmp_path / "kept").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_half_a_file_of_a_killed_training_is_cleared_away(tmp_path):
    (tmp_path / ".0123.partial.keras").write_bytes(b"half")
    with run_folder.lock(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_lock_of_a_process_that_is_gone_is_free(tmp_path):
    (tmp_path / ".lock").write_text("\0process 1234567 on another machine, with a long name")
    with run_folder.lock(tmp_path), pytest.raises(RunError) as error, run_folder.lock(tmp_path):
        pass
    assert f"process {os.getpid()} on" in str(error.value)
    assert "1234567" not in str(error.value)


def test_a_drive_that_locks_nothing_is_warned_about(tmp_path, monkeypatch):
    def acquire(self, **options):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(run_folder.filelock.FileLock, "acquire", acquire)
    with pytest.warns(UserWarning, match="cannot be locked"), run_folder.lock(tmp_path):
        pass


# ---------------------------------------------------------------------- the data


def images(shape, train=20, test=6):
    x = np.random.default_rng(0).uniform(size=(train + test, *shape)).astype("float32")
    y = np.arange(train + test) % 3
    return types.SimpleNamespace(
        x_train=x[:train], y_train=y[:train], x_test=x[train:], y_test=y[train:]
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (images((8, 8, 4)), "1 channel .* or 3 .* got 4"),
        (images((8, 8, 2)), "1 channel .* or 3 .* got 2"),
        (images((8, 8, 1), test=1), "2 to test on, got 20 and 1"),
        (images((8, 8, 1), train=0), "1 image to train on"),
    ],
)
@pytest.mark.parametrize("options", [{}, {"overwrite": True}])
def test_images_that_could_not_be_drawn_are_refused_before_the_training(
    whole, tmp_path, monkeypatch, given, message, options
):
    folder = tmp_path / "run"
    if options:
        shutil.copytree(whole, folder)
    monkeypatch.setattr(training_run, "load_images", lambda name, data_dir: given)
    before = contents(tmp_path)
    with pytest.raises(ValueError, match=message):
        train(folder, **options)
    assert contents(tmp_path) == before
    assert folder.exists() == bool(options)


@pytest.mark.parametrize(
    ("given", "options"),
    [
        (images((8, 6, 3)), {"likelihood": "gaussian", "latent_dim": 3}),
        (images((5, 8, 1), train=1, test=2), {"latent_dim": 4}),
    ],
    ids=["colours", "fewest"],
)
def test_images_of_all_other_kinds_get_their_figures(tmp_path, monkeypatch, given, options):
    monkeypatch.setattr(training_run, "load_images", lambda name, data_dir: given)
    train(tmp_path / "run", Config(epochs=1, widths=(4,), **options))
    assert len(list((tmp_path / "run").glob("*.png"))) == 5


def test_a_loss_that_is_not_finite_ends_the_training_with_a_mend(tmp_path, monkeypatch):
    monkeypatch.setattr(training_run, "load_images", lambda name, data_dir: images((8, 8, 1)))
    config = Config(epochs=3, widths=(4,), likelihood="gaussian", learning_rate=1e30)
    with pytest.raises(ValueError, match=r"must stay finite, got .* in epoch \d. Mend: a smaller"):
        train(tmp_path / "run", config)


def test_the_seed_of_the_evaluation_counts(whole):
    vae = keras.saving.load_model(whole / "model.keras")
    x = training_run.load_images().x_test[:50]
    one, again, other = (training_run.test_losses(vae, x, None, seed)["loss"] for seed in (1, 1, 2))
    assert one == again
    assert one != other
