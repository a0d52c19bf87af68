"""What every model of the module does: one contract, in small. `model_builders.py` lists them."""

import json
import os
import pathlib
import subprocess
import sys

import keras
import model_builders
import numpy as np
import pytest
import tensorflow as tf
from model_builders import MODELS, OF_EACH_KIND, build, data_of, generated, train

from vae_keras import VQVAE, Gaussian

PROGRAM = pathlib.Path(model_builders.__file__)
of_every_model = pytest.mark.parametrize("name", MODELS, scope="module")
of_each_kind = pytest.mark.parametrize("name", OF_EACH_KIND, scope="module")


class Batches(keras.utils.PyDataset):
    """Batches of sixteen."""

    def __init__(self, arrays):
        super().__init__()
        self.arrays = arrays

    def __len__(self):
        return -(-len(self.arrays[0]) // 16)

    def __getitem__(self, index):
        return tuple(each[16 * index : 16 * (index + 1)] for each in self.arrays)


def dataset(arrays):
    return tf.data.Dataset.from_tensor_slices(arrays if len(arrays) > 1 else arrays[0]).batch(16)


def alone(arrays):
    """What `predict` takes: x, or the pair."""
    return arrays if len(arrays) > 1 else arrays[0]


def assert_same_weights(model, other, tolerance=0.0):
    """But for a prior over codes, which is trained apart."""
    for weight, expected in zip(own_weights(model), own_weights(other), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=0, atol=tolerance)


def own_weights(model):
    prior = model.prior if isinstance(model, VQVAE) else None
    apart = {id(weight) for weight in prior.weights} if prior is not None else ()
    return [weight.numpy() for weight in model.weights if id(weight) not in apart]


@pytest.fixture(scope="module")
def trained():
    """Each model trained once, with validation data."""
    models = {}

    def get(name):
        if name not in models:
            models[name] = train(name, prior=True, validation_data=data_of(name))
        return models[name]

    return get


@pytest.fixture(scope="module")
def elsewhere(trained, tmp_path_factory):
    """What another process says of all the models."""
    folder = tmp_path_factory.mktemp("models")
    for name in MODELS:
        trained(name)[0].save(folder / f"{name}.keras")
    answer = subprocess.run(
        [sys.executable, PROGRAM, folder],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
    )
    return json.loads(answer.stdout.splitlines()[-1])


@of_every_model
def test_fit_learns_and_the_loss_is_its_terms_to_the_bit(trained, name):
    model, history = trained(name)
    terms = [tracker.name for tracker in model.trackers]
    for prefix in ("", "val_"):
        values = {term: np.float32(history[prefix + term][-1]) for term in ["loss", *terms]}
        means = {term: tf.constant(values[term]) for term in terms}
        assert np.float32(model.total(**means)) == values["loss"]
    if name != "vae-gan":  # of two who play against each other, neither loss need fall
        assert history["loss"][-1] < history["loss"][0]


@of_every_model
def test_evaluate_gives_the_losses_of_validation(trained, name):
    model, history = trained(name)
    logs = model.evaluate(*data_of(name), batch_size=16, verbose=0, return_dict=True)
    assert {f"val_{term}" for term in logs} <= {*history}
    for term, value in logs.items():  # the noise is another
        assert value == pytest.approx(history[f"val_{term}"][-1], abs=0.7)


@of_each_kind
def test_streams_train_as_arrays_do(trained, name):
    model, data = trained(name)[0], data_of(name)
    by_stream, history = train(name, data=dataset(data), validation_data=Batches(data))
    assert_same_weights(by_stream, model, tolerance=1e-5)
    assert np.isfinite(history["val_loss"]).all()
    expected = model.predict(alone(data), verbose=0)
    for stream in (dataset, Batches):
        found = by_stream.predict(stream(data), verbose=0)
        np.testing.assert_allclose(found, expected, atol=1e-5)
    logs = by_stream.train_on_batch(*data, return_dict=True)
    by_stream.fit(Batches(data), verbose=0)
    assert logs.keys() == by_stream.evaluate(Batches(data), verbose=0, return_dict=True).keys()


@of_every_model
def test_predict_is_deterministic_and_what_reconstruct_gives(trained, name):
    model, data = trained(name)[0], data_of(name)
    predicted = model.predict(alone(data), verbose=0)
    np.testing.assert_array_equal(model.predict(alone(data), verbose=0), predicted)
    np.testing.assert_allclose(model.reconstruct(*data), predicted, atol=1e-6)
    assert predicted.shape == data[0].shape


@of_each_kind
def test_xla_and_no_xla_train_alike(trained, name):
    one = train(name, model=build(name, jit_compile=True))[0]
    assert_same_weights(one, trained(name)[0], tolerance=1e-4)


@of_every_model
def test_a_file_loads_and_generates_the_same(trained, name, tmp_path):
    model = trained(name)[0]
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(generated(name, again), generated(name, model))
    configs = [each.get_config() for each in (again, model)]
    for config in configs:
        for network in ("encoder", "decoder", "priors", "discriminator", "prior"):
            config.pop(network, None)
    assert configs[0] == configs[1]


@of_every_model
def test_another_process_reads_the_file(elsewhere, trained, name):
    expected = generated(name, trained(name)[0])
    np.testing.assert_allclose(elsewhere["generated"][name], expected, atol=1e-6)


@of_each_kind
def test_two_devices_train_as_one(elsewhere, trained, name):
    single = trained(name)[0].get_weights()
    for weight, mirrored in zip(single, elsewhere["weights"][name], strict=True):
        np.testing.assert_allclose(mirrored, np.ravel(weight), atol=1e-4)


@of_each_kind
def test_a_killed_training_ends_with_the_weights_it_would_have_had(trained, name, tmp_path):
    """The same seed gives the same weights: with callbacks and without, killed or not."""

    class Killed(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    def callbacks():
        return [
            keras.callbacks.BackupAndRestore(tmp_path / "backup"),
            keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", "loss", save_best_only=True),
            keras.callbacks.EarlyStopping("loss", patience=5),
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        ]

    with pytest.raises(KeyboardInterrupt):
        train(name, callbacks=[*callbacks(), Killed()])
    resumed, history = train(name, callbacks=callbacks())  # and without validation data
    assert len(history["loss"]) == 2
    assert_same_weights(resumed, trained(name)[0])
    if history["loss"][1] < history["loss"][0]:
        best = keras.saving.load_model(tmp_path / "best.keras")
        np.testing.assert_array_equal(generated(name, best), generated(name, resumed))
    assert (tmp_path / "log.csv").read_text().startswith("epoch,")


DOORS = {
    "fit": lambda m, *data: m.fit(*data, verbose=0),
    "fit on a data set": lambda m, *data: m.fit(dataset(data), verbose=0),
    "fit on a PyDataset": lambda m, *data: m.fit(Batches(data), verbose=0),
    "evaluate": lambda m, *data: m.evaluate(*data, verbose=0),
    "train_on_batch": lambda m, *data: m.train_on_batch(*data),
    "test_on_batch": lambda m, *data: m.test_on_batch(*data),
    "predict": lambda m, *data: m.predict(alone(data), verbose=0),
    "predict_on_batch": lambda m, *data: m.predict_on_batch(alone(data)),
    "encode": lambda m, *data: m.encode(*data),
    "encode a data set": lambda m, *data: m.encode(dataset(data)),
    "reconstruct": lambda m, *data: m.reconstruct(*data),
}


@of_every_model
def test_every_door_refuses_bad_values_in_our_words(trained, name):
    model, (x, *rest) = trained(name)[0], data_of(name)
    weights = [each.copy() for each in model.get_weights()]
    kinds = {
        "NaN or infinite": np.where(x > 0.9, np.nan, x),
        r"must have the shape \(batch, 6\)": x[:, :5],
        "must hold floating-point": (9 * x).astype("int32"),
    }
    if model.target_dtype == "int32":
        kinds = {
            r"must have the shape \(batch, 6\)": x[:, :5],
            "must hold whole numbers": x + 0.5,
            r"must lie in {0, …, ": x - 1,
        }
    elif not isinstance(getattr(model, "likelihood", None), Gaussian):  # which takes any number
        kinds[r"must lie in \[0, 1\]"] = 255 * x
    for message, bad in kinds.items():
        for door in DOORS.values():
            with pytest.raises(ValueError, match=message):
                door(model, bad, *rest)
    codes = np.zeros((3, model.latent_dim + 1))
    bad_codes = {"z must have the shape": codes, "z must be finite": codes[:, 1:] + np.nan}
    if isinstance(model, VQVAE):
        codes = np.zeros((3, *model.grid_shape), "int32")
        bad_codes = {
            "codes must have the shape": codes[:, :-1],
            "codes must hold whole numbers": codes + 0.5,
            f"codes must lie in {{0, …, {model.num_codes - 1}}}": codes + model.num_codes,
        }
    for message, bad in bad_codes.items():
        with pytest.raises(ValueError, match=message):
            model.decode(bad, *(each[:3] for each in rest))
    for weight, before in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(weight, before)


@of_each_kind
def test_mixed_precision(name):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model, history = train(name)
    finally:
        keras.config.set_dtype_policy("float32")
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert np.isfinite(history["loss"]).all()
    found = generated(name, model)
    assert found.dtype == model.target_dtype
    assert np.isfinite(found).all()


@of_each_kind
def test_what_compiled_steps_hold_is_set_once(name):
    model = build(name)
    options = {"free_bits": 1.0, "num_samples": 7, "commitment": 2.0, "adversarial_weight": 0.5}
    held = [option for option in options if option in model.get_config()]
    assert held or name in ("autoencoder", "hvae")
    for option in held:
        before = getattr(model, option)
        with pytest.raises(ValueError, match=rf"{option} must be .* Mend: {type(model).__name__}"):
            setattr(model, option, options[option])
        assert getattr(model, option) == before
