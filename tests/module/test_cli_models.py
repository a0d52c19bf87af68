"""`vae-keras` on each kind of model: trained, killed and resumed, generated from, measured.

The plain VAE is that of test_cli.py and test_training_run.py.
"""

import functools
import itertools
import json
import re
import shutil

import keras
import numpy as np
import pytest

from vae_keras import (
    Autoencoder,
    ImageSplits,
    causal_transformer,
    cli,
    commands,
    dense_decoder,
    dense_encoder,
    training_run,
)
from vae_keras.cli import main
from vae_keras.run_config import MODELS, Config
from vae_keras.run_folder import read_history

rng = np.random.default_rng(0)
X = rng.random((60, 8, 8, 1), dtype="float32")
Y = np.arange(60) % 3
IMAGES = ImageSplits(X[:40], Y[:40], X[40:], Y[40:])
ALL = ["--epochs", "2", "--batch-size", "20"]  # each other size would be traced anew
OPTIONS = {
    "iwae": ["--widths", "8", "--samples", "3", "--gradient", "doubly_reparameterized"],
    "cvae": ["--network", "conv", "--widths", "4", "--likelihood", "gaussian"],
    "hvae": ["--widths", "8,6", "--latent-dims", "3,2", "--free-bits", "0.3"],
    "vqvae": ["--widths", "4", "4", "--codes", "5", "--code-dim", "3", "--prior-epochs", "1"],
    "vaegan": ["--widths", "8", "--adversarial-weight", "0.5"],
}
LOSSES = {  # beside the loss and the reconstruction loss
    "iwae": {"kl_loss", "tightening_loss"},
    "cvae": {"kl_loss"},
    "hvae": {"kl_loss", "free_bits_loss", "kl_loss_1", "kl_loss_2"},
    "vqvae": {"commitment_loss", "perplexity", "codes_used", "prior_loss"},
    "vaegan": {"kl_loss", "adversarial_loss", "discriminator_loss"},
}


@pytest.fixture(scope="module", autouse=True)
def small(without_xla):
    """Few images, and a small prior."""
    small_prior = functools.partial(causal_transformer, width=4, depth=1, num_heads=1)
    with pytest.MonkeyPatch.context() as patch:
        for module in (commands, training_run):
            patch.setattr(module, "load_images", lambda name, data_dir=None: IMAGES)
        patch.setattr("vae_keras.models.vq_vae.causal_transformer", small_prior)
        yield


class KilledError(Exception):
    """In the place of a kill, without the cost of a process."""


def die(*arguments, **options):
    raise KilledError


def weights(folder):
    model = keras.saving.load_model(folder / "model.keras")
    return [np.asarray(each) for each in model.get_weights()]


def results(folder):
    """The test losses and the history of a run, without the seconds."""
    history = read_history(folder)
    del history["seconds"]
    return json.loads((folder / "metrics.json").read_text())["test"], history


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A function that gives the folder of a model's whole run.

    Beside it lies what a kill at the start of the second epoch would have left.
    """
    folders, begin = {}, training_run._Epochs.on_epoch_begin

    def folder(model):
        if model not in folders:
            folders[model] = whole = tmp_path_factory.mktemp("runs") / "whole"

            def copy_in_the_second(callback, epoch, logs=None):
                if epoch == 1:
                    shutil.copytree(whole, whole.with_name("killed"))
                begin(callback, epoch, logs)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(training_run._Epochs, "on_epoch_begin", copy_in_the_second)
                arguments = ["train", "--model", model, *ALL, *OPTIONS[model]]
                assert main([*arguments, "--output", str(whole)]) == 0
        return folders[model]

    return folder


@pytest.mark.parametrize("model", OPTIONS)
def test_a_run_holds_what_suits_its_model(trained, model):
    folder, kind = trained(model), MODELS[model]
    found = json.loads((folder / "metrics.json").read_text())
    names = {"loss", "reconstruction_loss", *LOSSES[model]}
    assert found["test"].keys() == names | {"unit", "images"}
    history = read_history(folder)
    assert history.keys() >= names - {"prior_loss"}
    weights = {"reconstruction_loss": 1, "kl_loss": found["config"]["beta"], "tightening_loss": 1}
    weights |= {"free_bits_loss": 1, "commitment_loss": 0.25, "adversarial_loss": 0.5}
    last = {name: values[-1] for name, values in history.items()}
    for losses in (found["test"], last):
        parts = [weight * losses[name] for name, weight in weights.items() if name in losses]
        assert losses["loss"] == pytest.approx(sum(parts), rel=1e-5)
    assert {path.stem for path in folder.glob("*.png")} == {*kind.figures}


@pytest.mark.parametrize("model", OPTIONS)
def test_a_killed_run_resumes_to_the_weights_of_a_whole_one(trained, model, monkeypatch):
    folder = trained(model).with_name("killed")
    assert not (folder / "model.keras").exists()
    resume = ["train", "--resume", "--output", str(folder)]
    monkeypatch.setattr(training_run, "draw_figures", lambda *arguments: None)
    if model == "vqvae":  # and killed once more
        with monkeypatch.context() as patch:
            patch.setattr(training_run, "_fit_prior", die)
            with pytest.raises(KilledError):
                main(resume)
    assert main(resume) == 0
    for found, expected in zip(weights(folder), weights(trained(model)), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert results(folder) == results(trained(model))


@pytest.mark.parametrize("model", OPTIONS)
def test_every_command_takes_every_model(trained, model, tmp_path, capsys):
    file, test = str(trained(model) / "model.keras"), results(trained(model))[0]
    assert main(["evaluate", file]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed.items() >= test.items()
    page = tmp_path / "page.md"
    assert main(["evaluate", file, "--report", str(page)]) == 0
    assert page.read_text().startswith(f"# {type(keras.saving.load_model(file)).__name__}")
    for name in ("generate", "reconstruct"):
        picture = tmp_path / f"{name}.png"
        assert main([name, file, "--number", "4", "--output", str(picture)]) == 0
        assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_condition_is_of_a_conditional_model_alone(trained, tmp_path, capsys):
    file, picture = str(trained("cvae") / "model.keras"), tmp_path / "two.png"
    generate = ["generate", file, "--number", "4", "--output", str(picture), "--condition"]
    assert main([*generate, "2"]) == 0
    two = picture.read_bytes()
    assert main([*generate, "1"]) == 0
    assert picture.read_bytes() != two
    capsys.readouterr()
    assert main([*generate, "3"]) == 2
    assert "must be a class from 0 to 2, got 3" in capsys.readouterr().err
    generate[1] = str(trained("hvae") / "model.keras")
    assert main([*generate, "2"]) == 2
    assert "holds a HierarchicalVAE, which takes none. Mend: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--model vqvae --beta 3", "--beta must .* --model vae or iwae or cvae or hvae or vaegan"),
        ("--model hvae --latent-dim 3", "--latent-dim must .* --model vae or iwae or cvae"),
        ("--latent-dims 3,2", "--latent-dims must be left out with --model vae.*--model hvae"),
        ("--model vae --samples 3", "--samples must be left out with --model vae.*--model iwae"),
        ("--model iwae --free-bits 1", "--free-bits must .* --model vae or cvae or hvae"),
        ("--model cvae --gradient standard", "--gradient must be left out .* --model iwae"),
        ("--model vaegan --codes 5", "--codes must be left out .* --model vqvae"),
        ("--model cvae --code-dim 5", "--code-dim must be left out .* --model vqvae"),
        ("--model vae --prior-epochs 5", "--prior-epochs must be left out .* --model vqvae"),
        ("--model vqvae --adversarial-weight 1", "--adversarial-weight must .* --model vaegan"),
        ("--model hvae --network conv", "network must be 'dense' with model='hvae', got 'conv'"),
        ("--model vqvae --network dense", "network must be 'conv' with model='vqvae', got 'dense'"),
        ("--model hvae --widths 8", r"widths must have one entry for each of the 2 .* got \(8,\)"),
        ("--resume --model vae --output {run}", "--model is 'vae' here and 'cvae' in"),
        ("--resume --samples 3 --output {run}", "--samples must be left out with --model cvae"),
    ],
)
def test_what_a_model_does_not_take_is_refused_at_once(
    trained, arguments, message, capsys, monkeypatch
):
    run = trained("cvae") if "{run}" in arguments else ""
    monkeypatch.setattr(cli, "_run", die)  # which loads TensorFlow
    assert main(["train", *arguments.format(run=run).split()]) == 2
    assert re.search(message, capsys.readouterr().err)


def test_every_option_of_one_model_is_refused_by_the_others():
    values = {name: value for kind in MODELS.values() for name, value in kind.options.items()}
    for (model, kind), option in itertools.product(MODELS.items(), values):
        if option not in kind.options:
            with pytest.raises(ValueError, match=f"{option} must be left out with model='{model}'"):
                Config(model=model, **{option: values[option]})


def test_labels_that_are_no_classes_are_refused_before_the_training(tmp_path, monkeypatch, capsys):
    train = ["train", "--model", "cvae", *ALL, *OPTIONS["cvae"], "--output", str(tmp_path / "run")]
    for labels in (np.zeros(40, int), np.arange(40) - 1, np.arange(40) * 1000):
        images = IMAGES._replace(y_train=labels, y_test=labels[:20])
        monkeypatch.setattr(training_run, "load_images", lambda *_, found=images, **__: found)
        assert main(train) == 2
        assert "must be classes, whole numbers from 0" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_what_has_no_bound_and_what_has_no_images_is_explained(trained, tmp_path, capsys):
    vqvae = str(trained("vqvae") / "model.keras")
    assert main(["evaluate", vqvae, "--importance-samples", "5"]) == 2
    assert "holds a VQVAE, which has no q(z|x)" in capsys.readouterr().err
    sizes = {"x_shape": (8, 8, 1), "latent_dim": 2, "hidden_units": (4,)}
    encoder, decoder = dense_encoder(**sizes, variational=False), dense_decoder(**sizes)
    Autoencoder(encoder, decoder).save(tmp_path / "model.keras")
    for command in ("evaluate", "generate", "reconstruct"):
        assert main([command, str(tmp_path / "model.keras")]) == 2
        assert "holds a Autoencoder" in capsys.readouterr().err
