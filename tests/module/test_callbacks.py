"""Schedules of beta: their values at each step, however steps are executed, and resumed."""

import keras
import numpy as np
import pytest

from vae_keras import VAE, Autoencoder, BetaWarmup, CyclicalBeta, dense_decoder, dense_encoder

X = np.random.default_rng(0).random((64, 6)).astype("float32")  # four batches of 16


def build(**options):
    keras.utils.set_random_seed(0)
    vae = VAE(dense_encoder((6,), 2, (8,)), dense_decoder((6,), 2, (8,)), seed=0)
    vae.compile(keras.optimizers.Adam(1e-2), **{"jit_compile": False} | options)
    return vae


def train(callbacks, model=None, **options):
    model = model or build()
    options = {"epochs": 4, "batch_size": 16, "shuffle": False, "verbose": 0} | options
    return model, model.fit(X, callbacks=callbacks, **options).history


def assert_same_weights(model, other):
    for weight, expected in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=0, atol=1e-6)


class ByHand(keras.callbacks.Callback):
    """A warm-up over ten steps, written anew."""

    step = 0

    def on_train_batch_begin(self, batch, logs=None):
        self.model.beta = min(self.step / 10, 1.0)
        self.step += 1


def cycles_of_the_authors(length, cycles, ratio):
    """`frange_cycle_linear` of the published code of Fu and others."""
    values, period = np.ones(length), length / cycles
    rise = 1.0 / (period * ratio)
    for cycle in range(cycles):
        value, i = 0.0, 0
        while value <= 1.0 and int(i + cycle * period) < length:
            values[int(i + cycle * period)] = value
            value += rise
            i += 1
    return values


def test_warm_up_by_epochs():
    _, history = train([BetaWarmup(epochs=2, start=0.5, end=2.0)])
    assert history["beta"] == [0.5, 1.25, 2.0, 2.0]
    for epoch, beta in enumerate(history["beta"]):
        loss, reconstruction, kl = (
            np.float32(history[name][epoch]) for name in ("loss", "reconstruction_loss", "kl_loss")
        )
        assert loss == reconstruction + np.float32(beta) * kl


@pytest.mark.parametrize(
    "options", [{}, {"steps_per_execution": 3}, {"jit_compile": True}, {"jit_compile": "auto"}]
)
def test_warm_up_by_steps_whatever_the_steps_per_execution(options):
    expected, _ = train([ByHand()])
    model, history = train([BetaWarmup(steps=10)], build(**options))
    assert history["beta"] == [0.3, 0.7, 1.0, 1.0]
    if options == {"jit_compile": True}:  # XLA rounds otherwise
        for weight, other in zip(model.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_allclose(weight, other, atol=1e-4)
    elif "steps_per_execution" in options:
        assert_same_weights(model, expected)
        assert model.steps_per_execution == 3
        train([], model, epochs=1)
        assert int(model.optimizer.iterations) == 20
    assert model.beta == 1.0


def test_epochs_leave_many_steps_to_one_call():
    model = build(jit_compile=True)
    seen = []

    class Counts(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            seen.append(self.model.steps_per_execution)

    train([BetaWarmup(epochs=2), Counts()], model)
    assert min(seen) > 1


@pytest.mark.parametrize("how", [{"epochs": 3}, {"steps": 9}])
@pytest.mark.parametrize("schedule", [BetaWarmup, CyclicalBeta])
def test_a_killed_training_goes_on_with_the_beta_it_would_have_had(tmp_path, how, schedule):
    options = {"cycles": 2, "ratio": 1} if schedule is CyclicalBeta else {}

    class Killed(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    def callbacks():
        backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
        return [backup, schedule(**how, **options)]

    whole, history = train([schedule(**how, **options)])
    with pytest.raises(KeyboardInterrupt):
        train([*callbacks(), Killed()])
    resumed, rest = train(callbacks())
    assert rest["beta"] == history["beta"][2:]
    assert len(set(history["beta"])) > 1
    assert_same_weights(resumed, whole)


@pytest.mark.parametrize(("length", "cycles", "ratio"), [(40, 4, 0.5), (30, 3, 1.0), (12, 1, 0.25)])
def test_cycles_are_those_of_the_authors_code(length, cycles, ratio):
    schedule = CyclicalBeta(epochs=length, cycles=cycles, ratio=ratio)
    found = [schedule.rise(epoch) for epoch in range(length)]
    np.testing.assert_allclose(found, cycles_of_the_authors(length, cycles, ratio), atol=1e-9)
    assert schedule.rise(length) == schedule.rise(length + 7) == 1.0


def test_cycles_that_do_not_divide_the_epochs():
    schedule = CyclicalBeta(epochs=10, cycles=4, start=0.0)
    found = [schedule.rise(epoch) for epoch in range(10)]
    np.testing.assert_allclose(found, [0, 0.8, 1, 0.4, 1, 0, 0.8, 1, 0.4, 1])


def test_wrong_arguments_are_refused():
    for schedule in (BetaWarmup, CyclicalBeta):
        for both in ({}, {"epochs": 3, "steps": 3}):
            with pytest.raises(ValueError, match="epochs or steps, and not both"):
                schedule(**both)
        for wrong in (0, 2.5, True, "3"):
            with pytest.raises(ValueError, match="epochs must be a whole number above 0"):
                schedule(epochs=wrong)
        with pytest.raises(ValueError, match="start must be"):
            schedule(epochs=4, start=-1)
    with pytest.raises(ValueError, match="cycles must be a whole number from 1 to 3"):
        CyclicalBeta(epochs=3, cycles=4)
    with pytest.raises(ValueError, match="ratio must be"):
        CyclicalBeta(steps=30, ratio=0)
    model = Autoencoder(
        dense_encoder((6,), 2, (8,), variational=False),
        dense_decoder((6,), 2, (8,), output_activation="sigmoid"),
    )
    model.compile("adam")
    with pytest.raises(ValueError, match="must be given to a model with a beta"):
        train([BetaWarmup(epochs=2)], model)
