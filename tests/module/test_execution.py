"""Speed must not show: the same losses, weights and calls, whichever way the steps are executed."""

import logging

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from vae_keras import VAE, dense_decoder, dense_encoder

SHAPE = (8, 8, 1)
RAGGED = np.random.default_rng(0).random((150, *SHAPE)).astype("float32")  # the last batch: 6
X = RAGGED[:144]  # nine batches, of one size: half of the time goes into compiling for another


class SeesBatches(keras.callbacks.Callback):
    """Is called for each batch, and so makes each of them one call."""

    def __init__(self):
        super().__init__()
        self.batches = []

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append((batch, logs["loss"]))


class CountsCalls(keras.callbacks.Callback):
    """Sees how often the model's training function is called, and is no callback on batches."""

    def on_epoch_begin(self, epoch, logs=None):
        function, self.calls = self.model.train_function, 0

        def counting(iterator):
            self.calls += 1
            return function(iterator)

        self.model.train_function = counting


def trained(jit_compile="auto", x=X, optimizer="sgd", **options):
    """A VAE after three epochs, and its history. Plain descent is what compiles fastest."""
    keras.utils.set_random_seed(1)
    vae = VAE(dense_encoder(SHAPE, 2, (8,)), dense_decoder(SHAPE, 2, (8,)), seed=1)
    vae.compile(optimizer, jit_compile=jit_compile)
    vae.optimizer.learning_rate = 1e-2 if optimizer == "adam" else 1e-3
    options = {"batch_size": 16, "epochs": 3, "verbose": 0} | options
    history = vae.fit(x, **options).history
    return vae, history


def assert_same(one, other, tolerance=0.0):
    (vae, history), (other_vae, other_history) = one, other
    assert history.keys() == other_history.keys()
    for name, values in history.items():
        np.testing.assert_allclose(values, other_history[name], rtol=tolerance, err_msg=name)
    for weight, expected in zip(vae.get_weights(), other_vae.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=0, atol=tolerance)


@pytest.fixture(scope="module", autouse=True)
def many_models_are_no_news():
    """TensorFlow warns of functions that are traced too often: the first step of a model is none.

    `predict`, which these tests give batches of many sizes, is Keras's own.
    """
    warnings = []
    handler = logging.Handler()
    handler.emit = lambda record: warnings.append(record.getMessage())
    tf.get_logger().addHandler(handler)
    yield
    tf.get_logger().removeHandler(handler)
    retracing = [warning for warning in warnings if "retracing" in warning]
    assert not [warning for warning in retracing if "make_predict_function" not in warning]


@pytest.fixture(scope="module")
def many_steps():
    counter = CountsCalls()
    result = trained(callbacks=[counter])
    assert counter.calls < 9  # nine batches an epoch
    return result


@pytest.fixture(scope="module")
def one_by_one():
    return trained(callbacks=[SeesBatches()])


def test_many_steps_in_one_call_are_those_one_by_one_to_the_bit(many_steps, one_by_one):
    assert_same(many_steps, one_by_one)


def test_a_last_batch_that_is_smaller_and_adam_are_the_same_too():
    seen = SeesBatches()
    one = trained(x=RAGGED, optimizer="adam")
    assert_same(one, trained(x=RAGGED, optimizer="adam", callbacks=[seen]))
    assert [batch for batch, _ in seen.batches] == [*range(10)] * 3


def test_the_noise_is_the_same_without_xla(many_steps):
    assert_same(many_steps, trained(jit_compile=False), tolerance=1e-4)


def test_validation_changes_nothing_in_the_training(many_steps):
    vae, history = trained(validation_data=X[:40])
    assert_same((vae, history), trained(validation_data=X[:40], callbacks=[SeesBatches()]))
    kept = {name: values for name, values in history.items() if not name.startswith("val_")}
    assert_same(many_steps, (vae, kept))


@pytest.mark.parametrize("steps", [1, 16])
def test_data_sets_and_any_number_of_steps_an_execution_give_the_same(steps):
    def run(data, steps, **options):
        keras.utils.set_random_seed(1)
        vae = VAE(dense_encoder(SHAPE, 2, (8,)), dense_decoder(SHAPE, 2, (8,)), seed=1)
        vae.compile(keras.optimizers.SGD(1e-3), steps_per_execution=steps)
        return vae, vae.fit(data, epochs=2, shuffle=False, verbose=0, **options).history

    by_dataset = run(tf.data.Dataset.from_tensor_slices(X).batch(16), steps)
    assert_same(run(X, 1, batch_size=16), by_dataset, tolerance=1e-6)


def test_validation_split_is_keras_own():
    one = trained(x=X[:128], validation_split=0.25)
    other = trained(x=X[:128], validation_split=0.25, callbacks=[SeesBatches()])
    assert_same(one, other, tolerance=1e-6)
    assert_same(one, trained(x=X[:96], validation_data=X[96:128]))
    with pytest.raises(ValueError, match="validation_split must leave"):
        trained(validation_split=1.0)


def test_targets_and_other_types_take_the_same_way():
    noisy = X + 0.3 * np.random.default_rng(1).normal(size=X.shape)
    clean = (X > 0.5).astype("float64")
    one = trained(x=noisy, y=clean)
    assert_same(one, trained(x=noisy, y=clean, callbacks=[SeesBatches()]))
    assert_same(trained(x=clean > 0, epochs=1), trained(x=clean.astype("float16"), epochs=1))


def test_a_saved_training_goes_on_as_it_would_have(tmp_path):
    options = {"batch_size": 16, "shuffle": False, "verbose": 0}
    whole, _ = trained(epochs=2, shuffle=False, optimizer="adam")
    trained(epochs=1, shuffle=False, optimizer="adam")[0].save(tmp_path / "vae.keras")
    again = keras.saving.load_model(tmp_path / "vae.keras")
    again.fit(X, **options)
    for weight, expected in zip(again.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_what_a_callback_does_with_the_model_is_done_step_by_step(many_steps):
    """It trains on a batch, fits and compiles while many steps are run in one call."""

    class Meddles(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 0:
                weights = self.model.get_weights()
                self.model.train_on_batch(X[:16])
                self.model.fit(X[:16], epochs=1, verbose=0)
                self.model.set_weights(weights)

    vae, history = trained(callbacks=[Meddles()])
    assert len(history["loss"]) == 3
    assert int(vae.optimizer.iterations) == 27 + 1 + 1

    class CompilesAnew(keras.callbacks.Callback):
        def on_train_end(self, logs=None):
            self.model.compile("sgd")

    vae, _ = trained(callbacks=[CompilesAnew()], epochs=1)
    before = vae.get_weights()
    vae.fit(X, batch_size=48, verbose=0)
    assert int(vae.optimizer.iterations) == 3
    assert any(np.any(one != other) for one, other in zip(before, vae.get_weights(), strict=True))


def test_an_interrupted_training_can_be_started_again():
    class Stops(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    vae, _ = trained(epochs=1)
    with pytest.raises(KeyboardInterrupt):
        vae.fit(X, batch_size=16, verbose=0, callbacks=[Stops()])
    vae.fit(X, batch_size=16, verbose=0)
    assert vae._examples is None
    assert vae.steps_per_execution == 1


def test_a_report_of_ones_own_reports_whatever_the_data():
    class Mine(VAE):
        def report(self, terms):
            return {**super().report(terms), "beta": self.beta}

    for data in (X, tf.data.Dataset.from_tensor_slices(X).batch(16)):
        vae = Mine(dense_encoder(SHAPE, 2, (8,)), dense_decoder(SHAPE, 2, (8,)), beta=0.5)
        vae.compile("sgd", jit_compile="auto" if data is X else False)
        options = {"batch_size": 16} if data is X else {}
        assert vae.fit(data, verbose=0, **options).history["beta"] == [0.5]


def test_a_checkpoint_of_ones_own_is_called_for_each_batch(tmp_path):
    class Mine(keras.callbacks.ModelCheckpoint):
        calls = 0

        def on_train_batch_end(self, batch, logs=None):
            self.calls += 1

    mine = Mine(tmp_path / "best.keras")
    trained(callbacks=[mine], epochs=1)
    assert mine.calls == 9


def test_a_trained_model_is_exported(tmp_path):
    vae, _ = trained(epochs=1)
    vae.export(tmp_path / "exported", verbose=False)
    exported = tf.saved_model.load(str(tmp_path / "exported"))
    np.testing.assert_allclose(exported.serve(X), vae.reconstruct(X), atol=1e-5)


def test_evaluate_and_predict_run_the_steps_asked_for():
    endless = tf.data.Dataset.from_tensor_slices(X).batch(8).repeat()
    seen = []

    class Evaluates(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            counted = endless.map(lambda x: x)
            self.model.evaluate(counted, steps=3, verbose=0)
            seen.append(int(self.model.trackers[0].count))

    vae, _ = trained(callbacks=[Evaluates()], epochs=2)
    assert seen == [24, 24]
    assert vae.predict(endless, steps=3, verbose=0).shape == (24, *SHAPE)
    assert vae.predict_on_batch(X[:7]).shape == (7, *SHAPE)
    before = int(vae.optimizer.iterations)
    logs = vae.train_on_batch(X[:16], return_dict=True)
    assert int(vae.optimizer.iterations) == before + 1
    assert logs["loss"] == pytest.approx(logs["reconstruction_loss"] + logs["kl_loss"], rel=1e-6)


def test_steps_per_epoch_of_arrays_and_of_endless_data():
    vae, _ = trained(steps_per_epoch=4, epochs=2)
    assert int(vae.optimizer.iterations) == 8
    endless = tf.data.Dataset.from_tensor_slices(X).batch(16).repeat()
    vae.fit(endless, steps_per_epoch=7, epochs=2, verbose=0, validation_data=endless,
            validation_steps=3)  # fmt: skip
    assert int(vae.optimizer.iterations) == 8 + 14


def test_a_warm_up_by_batch_is_called_for_each_batch():
    class WarmUp(keras.callbacks.Callback):
        calls = 0

        def on_train_batch_begin(self, batch, logs=None):
            self.model.beta = self.calls / 26
            self.calls += 1

    warm_up = WarmUp()
    vae, _ = trained(callbacks=[warm_up])
    assert warm_up.calls == 27
    assert vae.beta == 1.0


def test_a_lambda_callback_on_batches_is_one_too():
    seen = []
    callback = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(batch)
    )
    trained(callbacks=[callback], epochs=1)
    assert seen == [*range(9)]


def test_the_progress_bar_tells_every_batch(capsys):
    trained(verbose=1, epochs=1)
    assert "9/9" in capsys.readouterr().out


@pytest.mark.parametrize("as_array", [True, False])
def test_what_xla_cannot_compile_trains_as_in_keras(as_array):
    """There is no XLA kernel for bicubic resizing: by default such a model trains without XLA."""

    def run(jit_compile):
        keras.utils.set_random_seed(1)
        inputs = keras.Input(SHAPE)
        h = layers.Flatten()(layers.Resizing(9, 9, interpolation="bicubic")(inputs))
        encoder = keras.Model(inputs, [layers.Dense(2)(h), layers.Dense(2)(h)])
        vae = VAE(encoder, dense_decoder(SHAPE, 2, (8,)), seed=1)
        vae.compile(keras.optimizers.SGD(1e-3), jit_compile=jit_compile)
        data = X if as_array else tf.data.Dataset.from_tensor_slices(X).batch(16)
        options = {"batch_size": 16} if as_array else {}
        options |= {"shuffle": False, "verbose": 0}
        first = vae.fit(data, **options).history
        second = vae.fit(data, **options).history
        return vae, {name: first[name] + second[name] for name in first}

    by_default = run("auto")
    assert by_default[0].jit_compile is False
    assert_same(by_default, run(False))
    for _ in range(2):
        assert np.isfinite(by_default[0].evaluate(X, verbose=0)).all()
    fresh = run(False)[0]
    fresh.compile("sgd")
    assert fresh.predict(X, verbose=0).shape == X.shape
    if as_array:
        with pytest.raises(tf.errors.OpError, match="XLA"):  # asked for in so many words
            run(True)


@pytest.mark.parametrize("kind", ["array", "data set"])
def test_encoding_batch_after_batch_is_encoding_at_once(kind):
    """The networks are traced on the way, once, for any size of batch; the codes do not change."""
    vae, _ = trained(epochs=1)
    codes = vae.encode(RAGGED, batch_size=150)  # one batch, called directly
    x = RAGGED if kind == "array" else tf.data.Dataset.from_tensor_slices(RAGGED).batch(16)
    for batch_size in (16, 7):
        for each, expected in zip(vae.encode(x, batch_size), codes, strict=True):
            np.testing.assert_allclose(each, expected, rtol=1e-6, atol=1e-6)
    images = vae.decode(codes[0], 150)
    np.testing.assert_allclose(vae.decode(codes[0], 16), images, rtol=1e-6)
    of_encoder, of_decoder = vae._compiled.graphs.values()
    assert of_encoder.experimental_get_tracing_count() == 1
    assert of_decoder.experimental_get_tracing_count() == 1
    never_compiled = VAE(vae.encoder, vae.decoder)
    for each, expected in zip(never_compiled.encode(x, 16), vae.encode(x, 16), strict=True):
        np.testing.assert_array_equal(each, expected)


def test_encoding_eagerly_runs_the_layers_each_time():
    calls = []

    class Counting(layers.Layer):
        def call(self, x):
            calls.append(1)
            return x

    x = keras.Input(SHAPE)
    h = layers.Flatten()(Counting()(x))
    encoder = keras.Model(x, [layers.Dense(2)(h), layers.Dense(2)(h)])
    for run_eagerly, expected in ((True, 10), (False, 5)):
        vae = VAE(encoder, dense_decoder(SHAPE, 2, (8,)))
        vae.compile("sgd", run_eagerly=run_eagerly)
        calls.clear()
        vae.encode(RAGGED, batch_size=15)
        assert len(calls) == expected
