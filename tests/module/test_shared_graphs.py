"""A second model of one kind trains without compiling, and as it would have with compiling."""

import functools
import gc
import threading
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.optimizers import SGD

from vae_keras import (
    IWAE,
    VAE,
    VAEGAN,
    Autoencoder,
    HierarchicalVAE,
    dense_decoder,
    dense_discriminator,
    dense_encoder,
    dense_ladder,
)
from vae_keras.models import _shared_graphs

X = np.random.default_rng(0).random((64, 6)).astype("float32")
SIZES = {"x_shape": (6,), "latent_dim": 2, "hidden_units": (8,)}


def networks(activation="relu", dropout=0.0, **options):
    last = {"output_activation": "sigmoid"} if options else {}
    encoder = dense_encoder(**SIZES, activation=activation, **options)
    if dropout:
        x = keras.Input((6,))
        encoder = keras.Model(x, encoder(keras.layers.Dropout(dropout)(x)))
    return encoder, dense_decoder(**SIZES, activation=activation, **last)


MODELS = {
    "vae": lambda **seed: VAE(*networks(), beta=0.5, **seed),
    "autoencoder": lambda seed: Autoencoder(*networks(variational=False)),
    "vae-gan": lambda **seed: VAEGAN(*networks(), dense_discriminator((6,), (8,)), **seed),
}


def with_momentum(learning_rate):
    """An optimizer with variables of its own, which compiles in half of Adam's time."""
    return SGD(learning_rate, momentum=0.9)


def trained(build, seed=0, learning_rate=1e-2, epochs=3, optimizer=with_momentum):
    """Plain descent, `optimizer=SGD`, compiles faster."""
    keras.utils.set_random_seed(seed)
    model = build(seed=seed)
    model.compile(optimizer(learning_rate), jit_compile=True)
    history = model.fit(X, batch_size=16, epochs=epochs, shuffle=False, verbose=0).history
    return model, history


@pytest.fixture
def compilations(monkeypatch):
    """How many functions were built for the models of the test, in a list of one number."""
    monkeypatch.setattr(_shared_graphs, "_functions", _shared_graphs.collections.OrderedDict())
    count, shared = [0], _shared_graphs.shared

    def counting(model, key, build, **options):
        def built():
            count[0] += 1
            return build()

        return shared(model, key, built, **options)

    monkeypatch.setattr("vae_keras.models._execution.shared", counting)
    return count


def assert_same(one, other):
    for found, expected in zip(one[0].get_weights(), other[0].get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert one[1] == other[1]


@pytest.mark.parametrize("name", MODELS)
def test_seeds_share_a_function_and_nothing_else(name, compilations, monkeypatch):
    pairs = [trained(MODELS[name], seed, 1e-2 / (1 + seed)) for seed in (0, 1)]
    assert compilations == [1]
    again = trained(MODELS[name], 0)
    assert compilations == [1]
    assert_same(again, pairs[0])
    monkeypatch.setattr(_shared_graphs, "_kind", lambda model: None)
    assert_same(trained(MODELS[name], 1, 1e-2 / 2), pairs[1])
    assert compilations == [2]


def all_ways(build, seed):
    """What a model says and becomes where its steps are taken one by one, without XLA."""
    keras.utils.set_random_seed(seed)
    model = build(seed=seed)
    model.compile(with_momentum(1e-2 / (1 + seed)), jit_compile=False)
    stream = tf.data.Dataset.from_tensor_slices(X).batch(16, drop_remainder=True)
    said = [
        model.fit(X, batch_size=10, validation_data=X, verbose=0).history["val_loss"],
        model.fit(stream, epochs=2, verbose=0).history["loss"],  # batches of a known size
        *(model.train_on_batch(X[:size]) for size in (10, 7)),
        model.evaluate(X, verbose=0),
        model.predict(X, batch_size=10, verbose=0),
    ]
    return [np.asarray(each) for each in (*said, *model.get_weights())]


@pytest.mark.parametrize("name", ["vae", "autoencoder"])
def test_steps_one_by_one_are_shared_and_keras_own_to_the_bit(name, compilations, monkeypatch):
    """What was traced for the first seed serves the second, and Keras would have said the same."""
    all_ways(MODELS[name], 0)
    traced = compilations[0]
    assert traced > 0
    found = all_ways(MODELS[name], 1)
    assert compilations == [traced]
    monkeypatch.setattr(_shared_graphs, "_kind", lambda model: None)
    for one, other in zip(found, all_ways(MODELS[name], 1), strict=True):
        np.testing.assert_array_equal(one, other)
    assert compilations == [traced]


def test_two_models_trained_in_turn_do_not_touch_each_other(compilations):
    models = [trained(MODELS["vae"], seed, epochs=1)[0] for seed in (0, 1)]
    for _ in range(2):
        for model in models:
            model.fit(X, batch_size=16, epochs=1, shuffle=False, verbose=0)
    assert compilations == [1]
    for seed, model in enumerate(models):
        alone = trained(MODELS["vae"], seed, epochs=1)[0]
        for _ in range(2):
            alone.fit(X, batch_size=16, epochs=1, shuffle=False, verbose=0)
        assert_same((model, None), (alone, None))


def test_what_is_built_in_makes_another_kind():
    schedule = keras.optimizers.schedules.CosineDecay
    kinds = [
        (lambda: VAE(*networks()), 1e-2),
        (lambda: VAE(*networks("tanh")), 1e-2),
        (lambda: VAE(*networks(), "gaussian"), 1e-2),
        (lambda: VAE(*networks(), free_bits=0.2), 1e-2),
        (lambda: VAE(*networks(dropout=0.1)), 1e-2),
        (lambda: IWAE(*networks(), num_samples=2), 1e-2),
        (lambda: IWAE(*networks(), num_samples=3), 1e-2),
        (lambda: HierarchicalVAE(*dense_ladder((6,), (3, 2), (8, 5))), 1e-2),
        (lambda: with_first(keras.ops.exp), 1e-2),
        (lambda: with_first(keras.ops.sin), 1e-2),
        (lambda: with_first(lambda x: x + np.arange(6.0)), 1e-2),
        (lambda: with_first(lambda x: x + np.ones(6)), 1e-2),
        (lambda: VAE(*networks()), schedule(1e-2, 10)),
        (lambda: VAE(*networks()), schedule(1e-2, 20)),
    ]

    found = [kind(build(), keras.optimizers.Adam(rate)) for build, rate in kinds]
    assert len({*found}) == len(kinds)
    again = [kind(build(), keras.optimizers.Adam(rate)) for build, rate in kinds]
    assert again == found  # whatever Keras calls their layers


def kind(model, optimizer="adam"):
    model.compile(optimizer)
    model._build_optimizers()
    return _shared_graphs._kind(model)


def with_first(layer):
    encoder, decoder = networks()
    x = keras.Input((6,))
    return VAE(keras.Model(x, encoder(layer(x))), decoder)


def with_operation(factor):
    class Scaled(keras.Operation):
        """Of one name, and not always the same."""

        def call(self, x):
            return factor * x

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape, x.dtype)

    return with_first(Scaled())


def with_normalization(scale):
    layer = keras.layers.Normalization()
    layer.adapt(scale * X)  # which ends up in numbers, and in no configuration
    return with_first(layer)


def with_hidden(activation, **options):
    hidden = keras.layers.Dense(8, activation, **options)
    x = keras.Input((6,))
    heads = [keras.layers.Dense(2)(hidden(x)) for _ in range(2)]
    return VAE(keras.Model(x, heads), dense_decoder(**SIZES, activation="gelu"))


def with_rule(name, rule):
    model = VAE(*networks())
    setattr(model.encoder.layers[2].kernel, name, rule)
    return model


def with_part(factor):
    model, own = VAE(*networks()), VAE.terms

    def terms(model, *args, **options):
        return {n: factor * v for n, v in own(model, *args, **options).items()}

    model.terms = functools.partial(terms, model)
    return model


def with_wrapped(factor):
    model = VAE(*networks())
    own = model.terms

    @functools.wraps(own)
    def terms(*args, **options):
        return {n: factor * v for n, v in own(*args, **options).items()}

    model.terms = terms
    return model


def without_decay(*names):
    optimizer = keras.optimizers.AdamW(weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=names)
    return optimizer


class Slow(keras.optimizers.SGD):
    """Of one's own, within one of Keras's."""


OTHERS = {
    "operation": lambda k: (with_operation(1 + k),),
    "statistics": lambda k: (with_normalization(1 + k),),
    "name of an activation": lambda k: [(with_hidden(a, name=a),) for a in ("relu", "tanh")][k],
    "precision of a layer": lambda k: (
        with_hidden("relu", dtype=("float32", "mixed_bfloat16")[k]),
    ),
    "autocast": lambda k: (with_hidden("relu", autocast=bool(k)),),
    "regularizer": lambda k: (with_rule("regularizer", keras.regularizers.L2(1 + k)),),
    "constraint": lambda k: (with_rule("constraint", keras.constraints.MaxNorm(1 + k)),),
    "partial": lambda k: (with_part(1 + k),),
    "wrapped": lambda k: (with_wrapped(1 + k),),
    "excluded": lambda k: (VAE(*networks()), without_decay(*["bias"][:k])),
    "ftrl": lambda k: (VAE(*networks()), keras.optimizers.Ftrl(beta=float(k))),
    "inner": lambda k: (VAE(*networks()), keras.optimizers.LossScaleOptimizer(Slow())),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_no_configuration_says_is_not_shared(name):
    kinds = [kind(*OTHERS[name](number)) for number in (0, 1)]
    assert None in kinds or kinds[0] != kinds[1]


def test_a_method_that_was_replaced_is_not_shared(monkeypatch):
    assert kind(VAE(*networks())) is not None
    monkeypatch.setattr(VAE, "kl_terms", lambda *_: {"kl_loss": 0.0})
    assert kind(VAE(*networks())) is None


def test_a_function_without_a_module_is_not_shared():
    made = {}
    exec("def activation(x):\n    return x * x", made)
    assert kind(VAE(*networks(made["activation"]))) is None


def test_a_frozen_layer_is_another_kind(compilations):
    def frozen(seed):
        encoder, decoder = networks()
        encoder.layers[2].trainable = False
        return VAE(encoder, decoder, seed=seed)

    trained(MODELS["vae"], epochs=1, optimizer=SGD)
    keras.utils.set_random_seed(0)
    before = frozen(0).encoder.layers[2].get_weights()
    after = trained(frozen, optimizer=SGD)[0].encoder.layers[2].get_weights()
    np.testing.assert_array_equal(after[0], before[0])
    assert compilations == [2]


def test_code_of_ones_own_is_compiled_for_each_model(compilations):
    """Two functions, or two classes, of one name may do different things."""

    def with_activation(factor):
        def swish(x):
            return factor * x * tf.sigmoid(x)

        return lambda seed: VAE(*networks(swish), seed=seed)

    def with_terms(factor):
        def build(seed):
            vae, own = VAE(*networks(), seed=seed), VAE.terms
            vae.terms = lambda *a, **k: {n: factor * v for n, v in own(vae, *a, **k).items()}
            return vae

        return build

    losses = [
        trained(build(factor), optimizer=SGD)[1]["loss"][-1]
        for build in (with_activation, with_terms)
        for factor in (1, 2)
    ]
    assert compilations == [4]
    assert len(set(losses)) == 4


def test_two_threads_train_two_models(compilations):
    found = {}

    def train(seed):
        found[seed] = model = MODELS["vae"](seed=seed)
        model.compile(jit_compile=True)
        model.fit(X, batch_size=16, epochs=5, shuffle=False, verbose=0)

    keras.utils.set_random_seed(0)
    models = [threading.Thread(target=train, args=(seed,)) for seed in (0, 1)]
    for each in models:
        each.start()
    for each in models:
        each.join()
    for model in found.values():
        assert model.optimizer.iterations == 20
        assert np.isfinite(model.evaluate(X, verbose=0)).all()


def test_a_model_is_forgotten(compilations):
    model = trained(MODELS["vae"], epochs=1, optimizer=SGD)[0]
    reference = weakref.ref(model)
    trained(MODELS["vae"], 1, epochs=1, optimizer=SGD)
    del model
    keras.backend.clear_session(free_memory=False)
    gc.collect()
    assert reference() is None
