"""One page on any model of images: its figures are those of the functions that it calls."""

import json

import keras
import numpy as np
import pytest

from vae_keras import (
    VAE,
    VQVAE,
    ConditionalVAE,
    HierarchicalVAE,
    ImageSplits,
    conv_decoder,
    conv_encoder,
    dense_decoder,
    dense_encoder,
    dense_ladder,
    elbo,
    importance_weighted_bound,
)
from vae_keras.cli import main
from vae_keras.evaluation.report import as_markdown, report

SHAPE = (8, 8, 1)
rng = np.random.default_rng(0)
IMAGES = ImageSplits(
    rng.random((80, *SHAPE), dtype="float32"),
    rng.integers(0, 3, 80),
    rng.random((40, *SHAPE), dtype="float32"),
    rng.integers(0, 3, 40),
)


def dense_pair(**options):
    return dense_encoder(SHAPE, 3, (8,), **options), dense_decoder(SHAPE, 3, (8,), **options)


def vq_vae():
    grid = {"latent_dim": 4, "grid": True}
    vqvae = VQVAE(
        conv_encoder(SHAPE, filters=(4, 8), **grid),
        conv_decoder(SHAPE, filters=(8, 4), **grid),
        num_codes=5,
        seed=0,
    )
    vqvae.fit_prior(IMAGES.x_train, epochs=1, verbose=0)
    return vqvae


MODELS = {
    "vae": lambda: VAE(*dense_pair(), seed=0),
    "conditional": lambda: ConditionalVAE(*dense_pair(condition_dim=3), num_classes=3, seed=0),
    "hierarchical": lambda: HierarchicalVAE(*dense_ladder(SHAPE, (3, 2), (8, 5)), seed=0),
    "vq-vae": vq_vae,
}


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES.x_test, "images must be ImageSplits, got ndarray.*Mend"),
        (IMAGES._replace(x_test=IMAGES.x_test[:1]), "images.x_test must have 2 entries at least"),
        (IMAGES._replace(x_train=IMAGES.x_train[:1]), "images.x_train must have 2 entries"),
        (IMAGES._replace(x_train=IMAGES.x_train[..., 0]), "images.x_train must have the shape"),
    ],
)
def test_images_that_do_not_suit_are_refused_before_anything_is_measured(
    images, message, monkeypatch
):
    monkeypatch.setattr("vae_keras.evaluation.report._losses", None)
    with pytest.raises(ValueError, match=message):
        report(VAE(*dense_pair()), images)


@pytest.mark.parametrize("name", MODELS)
def test_it_is_of_any_model(name):
    keras.utils.set_random_seed(0)
    found = report(MODELS[name](), IMAGES, num_samples=5)
    json.dumps(found)
    parts = {"losses", "code", "samples", "seconds", "versions"}
    assert parts <= found.keys()
    samples = found["samples"]
    assert samples["frechet_distance"]["low"] < samples["frechet_distance"]["value"]
    assert samples["frechet_distance"]["value"] > samples["frechet_distance_of_training_images"]
    assert 0 < samples["sharpness_ratio"]["value"] < 1  # of white noise, an untrained network's
    page = as_markdown(found)
    for part in parts:
        assert f"## {part.capitalize()}" in page


def test_its_figures_are_those_of_the_functions():
    keras.utils.set_random_seed(0)
    vae = MODELS["vae"]()
    found, x = report(vae, IMAGES, num_samples=7, seed=3), IMAGES.x_test
    expected = elbo(vae, x, 10, seed=3)
    assert found["elbo"]["value"] == expected.mean
    assert found["elbo"]["monte_carlo_error"] == expected.standard_error
    assert found["elbo"]["sampling_error"] == np.std(expected.values, ddof=1) / np.sqrt(40)
    bound = found["importance_weighted_bound"]
    assert bound["value"] == importance_weighted_bound(vae, x, 7, seed=3).mean
    assert bound["value"] > found["elbo"]["value"]
    information = found["code"]["mutual_information"]
    assert information["at_least"] <= information["at_most"]
    again = report(vae, IMAGES, num_samples=7, seed=3)
    for part in ("losses", "elbo", "code", "samples"):
        assert again[part] == found[part]


def test_the_command_writes_a_page_and_a_json(tmp_path, capsys, monkeypatch):
    vae = VAE(dense_encoder((28, 28, 1), 2, (8,)), dense_decoder((28, 28, 1), 2, (8,)), seed=0)
    vae.save(tmp_path / "model.keras")
    page = tmp_path / "pages" / "vae.md"
    arguments = ["evaluate", str(tmp_path / "model.keras"), "--importance-samples", "2"]
    assert main([*arguments, "--report", str(page)]) == 0
    assert capsys.readouterr().out.split() == [str(page), str(page.with_suffix(".json"))]
    found = json.loads(page.with_suffix(".json").read_text())
    assert (found["dataset"], found["images"]) == ("mnist_mini", 1000)
    assert page.read_text().startswith("# VAE\n")
    with pytest.raises(SystemExit):
        main([*arguments, "--report", str(tmp_path / "page.html")])
    assert "must end in .md" in capsys.readouterr().err
    monkeypatch.setattr("vae_keras.commands.report", None)  # so that nothing is measured
    assert main([*arguments, "--report", str(page / "page.md")]) == 1
    assert str(page) in capsys.readouterr().err


def test_what_cannot_be_reported_is_explained():
    properties = ConditionalVAE(*dense_pair(condition_dim=2))
    with pytest.raises(ValueError, match="must have classes as conditions"):
        report(properties, IMAGES)
    with pytest.raises(ValueError, match="model must be a VAE of any kind or a VQVAE, got str"):
        report("vae", IMAGES)
