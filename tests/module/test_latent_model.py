"""x of any shape, and the checks at every door, for arrays, data sets, generators and batches."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from vae_keras import (
    VAE,
    Autoencoder,
    Sampling,
    dense_decoder,
    dense_encoder,
    elbo,
    importance_weighted_bound,
    kl_divergence,
)
from vae_keras.likelihoods import Gaussian, Likelihood
from vae_keras.support import Support

rng = np.random.default_rng(0)


def two_heads(inputs, h):
    return keras.Model(inputs, [layers.Dense(2)(h), layers.Dense(2)(h)])


# ---------------------------------------------------------------------- any shape


def table():
    x = rng.normal(size=(70, 5)).astype("float32")
    return x, VAE(dense_encoder((5,), 2, (8,)), dense_decoder((5,), 2, (8,)), "gaussian")


def series():
    inputs, z = keras.Input((6, 2)), keras.Input((2,))
    h = layers.LSTM(4, return_sequences=True)(layers.RepeatVector(6)(z))
    decoder = keras.Model(z, layers.TimeDistributed(layers.Dense(2))(h))
    x = rng.normal(size=(70, 6, 2)).astype("float32")
    return x, VAE(two_heads(inputs, layers.LSTM(4)(inputs)), decoder, Gaussian("learned"))


def tokens():
    inputs = keras.Input((7,), dtype="int32")
    h = layers.Flatten()(layers.Embedding(4, 3)(inputs))
    x = rng.integers(0, 4, (70, 7))
    return x, VAE(two_heads(inputs, h), dense_decoder((7, 4), 2, (8,)), "categorical")


def volume():
    inputs, z = keras.Input((4, 4, 4, 1)), keras.Input((2,))
    h = layers.Flatten()(layers.Conv3D(2, 3, padding="same")(inputs))
    start = layers.Reshape((2, 2, 2, 3))(layers.Dense(24)(z))
    decoder = keras.Model(z, layers.Conv3DTranspose(1, 3, strides=2, padding="same")(start))
    x = (rng.random((70, 4, 4, 4, 1)) < 0.3).astype("float32")
    return x, VAE(two_heads(inputs, h), decoder)


@pytest.mark.parametrize("kind", [table, series, tokens, volume])
def test_x_of_any_shape(kind, tmp_path):
    keras.utils.set_random_seed(0)
    x, vae = kind()
    vae.compile(keras.optimizers.Adam(1e-2), jit_compile=False if kind is table else "auto")
    whole = x[:64]  # batches of one size: XLA compiles for each anew
    history = vae.fit(whole, epochs=2, validation_data=x[:20], verbose=0).history
    assert np.isfinite(history["loss"] + history["val_loss"]).all()
    logs = vae.evaluate(x, verbose=0, return_dict=True)
    total = np.float32(logs["reconstruction_loss"]) + np.float32(logs["kl_loss"])
    assert np.float32(logs["loss"]) == total
    z_mean, _ = vae.encode(x)
    assert z_mean.shape == (70, 2)
    shape = (*x.shape[1:], 4) if kind is tokens else x.shape[1:]
    assert vae.decode(z_mean).shape == vae.reconstruct(x).shape == (70, *shape)
    assert vae.predict(x, verbose=0).shape == (70, *shape)
    assert vae.generate(3, seed=0).shape == (3, *shape)
    bound = importance_weighted_bound(vae, x[:9], 200, seed=0)
    assert bound.mean > elbo(vae, x[:9], 200, seed=0).mean
    vae.save(tmp_path / "vae.keras")
    again = keras.saving.load_model(tmp_path / "vae.keras")
    np.testing.assert_allclose(again.reconstruct(x), vae.reconstruct(x), atol=1e-5)
    by_dataset = vae.reconstruct(tf.data.Dataset.from_tensor_slices(x).batch(32))
    np.testing.assert_allclose(by_dataset, vae.reconstruct(x), atol=1e-5)


@pytest.mark.parametrize("shape", [(5,), (6, 2), (4, 4, 4, 1)])
def test_autoencoders_of_any_shape(shape, tmp_path):
    x = rng.normal(size=(40, *shape)).astype("float32")
    model = Autoencoder(dense_encoder(shape, 2, (8,), variational=False), dense_decoder(shape, 2))
    model.compile("adam", jit_compile=False)
    model.fit(x, batch_size=20, verbose=0)
    error = np.mean(np.sum((model.reconstruct(x) - x) ** 2, axis=tuple(range(1, x.ndim))))
    loss = model.evaluate(x, verbose=0, return_dict=True)["loss"]
    assert loss == pytest.approx(float(error), rel=1e-5)
    model.save(tmp_path / "model.keras")
    assert keras.saving.load_model(tmp_path / "model.keras").x_shape == shape


def test_pixels_are_spoken_of_where_there_are_pixels():
    x, vae = table()
    vae.compile("adam")
    for bad in (x[:, :3], x.astype("int32"), np.full_like(x, np.nan), x[:0]):
        with pytest.raises(ValueError, match=r"must|holds") as error:
            vae.fit(bad, verbose=0)
        assert "pixel" not in str(error.value)
        assert "image" not in str(error.value)


def test_tokens_that_no_category_has_are_refused():
    x, vae = tokens()
    vae.compile("adam")
    for bad, message in (
        (x + 1, r"must lie in \{0, …, 3\}.*between 1 and 4"),
        (x - 1, "between -1 and 2"),
        (x.astype("float32"), r"whole numbers.*astype\('int32'\)"),
        (x > 1, "whole numbers"),
    ):
        for data in (bad, tf.data.Dataset.from_tensor_slices(bad).batch(32)):
            with pytest.raises(ValueError, match=message):
                vae.fit(data, verbose=0)


# ---------------------------------------------------------------------- options of the doors

SHAPE = (6, 5, 1)
X = rng.random((48, *SHAPE)).astype("float32")


@pytest.fixture(scope="module")
def vae():
    vae = VAE(dense_encoder(SHAPE, 2, (8,)), dense_decoder(SHAPE, 2, (8,)))
    vae.compile("adam", jit_compile=False)
    return vae


class Batches(keras.utils.PyDataset):
    """Batches of sixteen, as pairs or alone."""

    def __init__(self, *arrays):
        super().__init__()
        self.arrays = arrays

    def __len__(self):
        return len(self.arrays[0]) // 16

    def __getitem__(self, index):
        return tuple(each[16 * index : 16 * (index + 1)] for each in self.arrays)


def generator(*arrays):
    batches = Batches(*arrays)
    return (batches[index] for index in range(len(batches)))


OPTIONS = {
    "fit": (
        "batch_size epochs steps_per_epoch validation_steps validation_batch_size initial_epoch "
        "validation_split"
    ),
    "evaluate": "batch_size steps",
    "predict": "batch_size steps",
    "encode": "batch_size",
    "reconstruct": "batch_size",
}
NUMBERS = [-5, 2.5, "a", True, float("nan"), [1]]


@pytest.mark.parametrize(
    ("method", "name", "value"),
    [
        (method, name, value)
        for method, names in OPTIONS.items()
        for name, value in itertools.product(names.split(), NUMBERS)
    ],
)
def test_numbers_out_of_range_are_refused(vae, method, name, value):
    options = {} if method in ("encode", "reconstruct") else {"verbose": 0}
    with pytest.raises(ValueError, match=f"{name} must be"):
        getattr(vae, method)(X, **options, **{name: value})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"verbose": "loud"}, r"verbose must be one of \('auto', 0, 1, 2\), got 'loud'"),
        ({"shuffle": "yes"}, r"shuffle must be one of \(True, False, 'batch'\), got 'yes'"),
        ({"validation_freq": 0}, "validation_freq must be a whole number above 0, got 0"),
        ({"validation_freq": []}, r"validation_freq must be a whole number above 0, got \[\]"),
        ({"validation_freq": [1, -1]}, "validation_freq must be a whole number above 0, got -1"),
        ({"epochs": 2, "initial_epoch": 2}, "initial_epoch must be a whole number from 0 to 1"),
        ({"callbacks": "x"}, "callbacks must be instances of keras.callbacks.Callback, got 'x'"),
        ({"callbacks": [None]}, "callbacks must be .* got None"),
        ({"batch_size": 2**40}, "batch_size must be a whole number from 1 to 2147483647"),
        (
            {"callbacks": keras.callbacks.TerminateOnNaN},
            r"callbacks must be .* Mend: TerminateOnNaN\(\.\.\.\)",
        ),
    ],
)
def test_options_that_are_none_are_refused(vae, options, message):
    with pytest.raises(ValueError, match=message):
        vae.fit(X, validation_data=X, **{"verbose": 0, **options})


@pytest.mark.parametrize("name", ["optimizer", "jit_compile", "run_eagerly", "auto_scale_loss"])
def test_options_of_compile_that_are_none_are_refused(vae, name):
    with pytest.raises(ValueError, match=f"{name} must be .* got None"):
        vae.compile(**{name: None})


@pytest.mark.parametrize(
    "method",
    [
        lambda vae, x: vae.encode(x),
        lambda vae, x: vae.reconstruct(X),
        lambda vae, x: vae.decode(x[:, :2]),
        lambda vae, x: vae.generate(2),
        lambda vae, x: vae.predict(x),
        lambda vae, x: elbo(vae, x),
    ],
)
def test_what_gives_arrays_says_that_it_is_called_in_a_graph(vae, method):
    with pytest.raises(ValueError, match=r"must .* a tf\.function.* Mend: "):
        tf.function(lambda x: method(vae, x))(tf.constant(X.reshape(len(X), -1)))
    within = tf.function(lambda x: vae.decoder(vae.encoder(x)[0]))
    np.testing.assert_allclose(tf.sigmoid(within(X)), vae.reconstruct(X), atol=1e-5)


@pytest.mark.parametrize("seed", ["a", -1, 1.5, True, [0]])
def test_wrong_seeds_and_counts_are_refused(vae, seed):
    with pytest.raises(ValueError, match=r"seed must be a whole number at least 0, or None"):
        vae.generate(2, seed=seed)
    with pytest.raises(ValueError, match="n must be a whole number above 0"):
        vae.generate(-1 if seed == [0] else seed)


def test_weights_are_refused_at_every_door(vae):
    weights = np.ones(48)
    for name in ("fit", "evaluate", "train_on_batch", "test_on_batch"):
        with pytest.raises(ValueError, match="sample_weight is not supported"):
            getattr(vae, name)(X, sample_weight=weights)
    for stream in (Batches(X, X, weights), generator(X, X, weights)):
        with pytest.raises(ValueError, match="Weights are not supported"):
            vae.fit(stream, verbose=0)


# ---------------------------------------------------------------------- networks of one's own


def decoder_ending_in(*last):
    z = keras.Input((2,))
    h = layers.Reshape(SHAPE)(layers.Dense(30)(z))
    for each in last:
        h = each(h)
    return keras.Model(z, h)


@pytest.mark.parametrize(
    "last",
    [
        [layers.Activation("sigmoid")],
        [layers.Activation(tf.nn.sigmoid)],
        [layers.Lambda(keras.ops.sigmoid, output_shape=SHAPE)],
        [layers.Activation("hard_sigmoid")],
        [layers.Softmax(axis=1)],
        [layers.Activation("tanh")],
        [layers.ReLU()],
        [layers.Activation("softplus")],
        [layers.Activation("log_sigmoid")],
        [layers.Activation("sigmoid"), layers.Identity()],
        [layers.Activation("sigmoid"), layers.Dropout(0.1)],
        [layers.Activation("sigmoid"), layers.UpSampling2D(1)],
        [layers.Activation("sigmoid"), layers.Activation("linear")],
        [layers.Conv2D(1, 1, activation=tf.nn.sigmoid)],
        [keras.ops.sigmoid],
        [keras.ops.sigmoid, layers.Reshape(SHAPE)],
        [layers.TimeDistributed(layers.Dense(1, activation="sigmoid"))],
    ],
    ids=lambda last: " ".join(str(getattr(each, "name", "function")) for each in last),
)
def test_probabilities_for_logits_are_seen_however_they_are_made(last):
    encoder = dense_encoder(SHAPE, 2, (8,))
    with pytest.raises(ValueError, match="must return logits"):
        VAE(encoder, decoder_ending_in(*last))


@pytest.mark.parametrize(
    "last",
    [
        [],
        [layers.Conv2D(1, 3, padding="same")],
        [layers.LeakyReLU()],
        [layers.BatchNormalization()],
        [layers.Conv2D(1, 1, kernel_initializer="zeros")],
        [layers.Rescaling(5.0)],
        [layers.Activation("tanh"), layers.Rescaling(8.0)],
        [lambda h: 10.0 * (keras.ops.sigmoid(h) - 0.5)],
        [layers.Activation("tanh"), lambda h: layers.Add()([h, layers.Conv2D(1, 1)(h)])],
        [
            layers.Reshape((6, 5)),
            layers.GRU(2, return_sequences=True),
            layers.TimeDistributed(layers.Dense(5)),
            layers.Reshape(SHAPE),
        ],
    ],
    ids=lambda last: " ".join(str(getattr(each, "name", "function")) for each in last),
)
def test_logits_are_taken_for_logits(last):
    VAE(dense_encoder(SHAPE, 2, (8,)), decoder_ending_in(*last))


def test_log_probabilities_are_logits_of_categories():
    inputs, z = keras.Input((7,), dtype="int32"), keras.Input((2,))
    encoder = two_heads(inputs, layers.Flatten()(layers.Embedding(4, 3)(inputs)))
    scores = layers.Reshape((7, 4))(layers.Dense(28)(z))
    VAE(encoder, keras.Model(z, layers.Activation("log_softmax")(scores)), "categorical")
    with pytest.raises(ValueError, match=r"Categorical likelihood .* must return logits"):
        VAE(encoder, keras.Model(z, layers.Softmax()(scores)), "categorical")


def test_a_fixed_batch_size_is_no_other_latent_size():
    z = keras.Input((2,), batch_size=8)
    decoder = keras.Model(z, layers.Reshape(SHAPE)(layers.Dense(30)(z)))
    assert VAE(dense_encoder(SHAPE, 2, (8,)), decoder).latent_dim == 2


def test_a_masked_token_is_an_input_and_no_target():
    inputs = keras.Input((7,), dtype="int32")
    encoder = two_heads(inputs, layers.Flatten()(layers.Embedding(5, 3)(inputs)))
    model = VAE(encoder, dense_decoder((7, 4), 2, (8,)), "categorical")
    model.compile("adam", jit_compile=False)
    x = rng.integers(0, 4, (40, 7)).astype("uint8")
    masked = np.where(rng.random(x.shape) < 0.3, 4, x).astype("uint8")
    model.fit(masked, x, batch_size=20, verbose=0)
    model.encode(masked)
    with pytest.raises(ValueError, match="target of x must lie in"):
        model.fit(x, masked, verbose=0)


def test_likelihoods_of_ones_own_have_supports_of_their_own():
    class Poisson(Likelihood):
        takes_whole_numbers = True

        def log_prob(self, x, decoded):
            x = tf.cast(x, decoded.dtype)
            return tf.reduce_sum(x * decoded - tf.exp(decoded) - tf.math.lgamma(x + 1), axis=1)

        def mean(self, decoded):
            return tf.exp(decoded)

        def support_of(self, decoded_shape):
            return Support(0, None, "the Poisson likelihood", whole=True)

    counts = rng.poisson(3.0, (60, 4))
    model = VAE(dense_encoder((4,), 2, (8,)), dense_decoder((4,), 2, (8,)), Poisson())
    model.compile("adam")
    model.fit(counts, batch_size=20, verbose=0)
    assert np.all(model.generate(3) > 0)
    for bad, message in (
        (counts - 9, r"\{0, …, 2147483647\} for the Poisson"),
        (counts + 2**33, "for the Poisson"),  # of which 32 bits would hold others
        (counts * 1.0, "Poisson"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(bad, verbose=0)


def test_encoders_are_checked_by_kind():
    inputs = keras.Input(SHAPE)
    h = layers.Flatten()(inputs)
    mean, log_var = layers.Dense(2)(h), layers.Dense(2)(h)
    decoder = dense_decoder(SHAPE, 2, (8,))
    with pytest.raises(ValueError, match=r"got a dict .*\[outputs\['z_mean'\], outputs\['z_log"):
        VAE(keras.Model(inputs, {"z_mean": mean, "z_log_var": log_var}), decoder)
    with pytest.raises(ValueError, match=r"\[z_mean, z_log_var\], got 3 .*leave z out"):
        VAE(keras.Model(inputs, [mean, log_var, Sampling()([mean, log_var])]), decoder)
    whole = keras.Input(SHAPE, dtype="uint8")
    with pytest.raises(ValueError, match=r"must take floating-point numbers.*uint8"):
        VAE(two_heads(whole, layers.Flatten()(whole)), decoder)
    shared, z = layers.Dense(30), keras.Input((2,))
    tied = keras.Model(z, layers.Reshape(SHAPE)(shared(layers.Dense(30)(z))))
    with pytest.raises(ValueError, match="must not share a layer"):
        VAE(two_heads(inputs, shared(h)), tied)
    free = keras.Input((None, None, 1))
    with pytest.raises(ValueError, match="examples of one shape"):
        VAE(two_heads(free, layers.GlobalAveragePooling2D()(free)), decoder)


def test_beta_in_a_step_of_ones_own():
    class Mine(VAE):
        def train_step(self, data):
            x, target = self.unpack(data)
            with tf.GradientTape() as tape:
                z_mean, z_log_var = self.encoder(x, training=True)
                decoded = self.decoder(self.sampling([z_mean, z_log_var]), training=True)
                reconstruction = -tf.reduce_mean(self.log_likelihood(target, decoded))
                loss = reconstruction + self.beta * tf.reduce_mean(kl_divergence(z_mean, z_log_var))
            self.descend(tape, loss)
            return {"loss": loss, "beta": self.beta}

    model = Mine(dense_encoder(SHAPE, 2, (8,)), dense_decoder(SHAPE, 2, (8,)), beta=0.7)
    assert model.beta == model.get_config()["beta"] == 0.7
    model.compile("adam", jit_compile=False)
    seen = []

    class Rise(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(logs["beta"])
            self.model.beta = 0.1

    model.fit(X, epochs=2, batch_size=16, callbacks=[Rise()], verbose=0)
    np.testing.assert_allclose(seen, [0.7, 0.1], rtol=1e-6)
    assert float(tf.function(lambda: model.beta + 1.0)()) == pytest.approx(1.1)


@pytest.mark.parametrize("name", ["val_reconstruction_loss", "val_kl_loss", "kl_loss", "loss"])
@pytest.mark.parametrize("callback", ["EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint"])
def test_callbacks_know_that_every_term_is_to_fall(vae, callback, name, tmp_path):
    options = {"monitor": name}
    if callback == "ModelCheckpoint":
        options |= {"filepath": tmp_path / "best.keras", "save_best_only": True}
    made = getattr(keras.callbacks, callback)(**options)
    vae.fit(X, validation_data=X, verbose=0, callbacks=[made])
    assert made.monitor_op is keras.ops.less


def test_validation_without_targets(vae):
    assert "val_loss" in vae.fit(X, None, validation_data=(X, None), verbose=0).history


@pytest.mark.parametrize(
    "layer",
    [
        lambda: layers.BatchNormalization(),
        lambda: layers.Dropout(0.5),
        lambda: layers.GaussianNoise(0.5),
        lambda: layers.LayerNormalization(),
        lambda: layers.SpectralNormalization(layers.Conv2D(4, 3)),
    ],
    ids=["batch normalization", "dropout", "noise", "layer normalization", "spectral"],
)
def test_layers_that_behave_otherwise_in_training(layer, tmp_path):
    inputs = keras.Input(SHAPE)
    h = layer()(layers.Conv2D(4, 3, padding="same")(inputs))
    encoder = two_heads(inputs, layers.Flatten()(h))
    model = VAE(encoder, dense_decoder(SHAPE, 2, (8,)))
    model.compile("adam")
    before = [each.numpy() for each in encoder.non_trainable_weights]
    model.fit(X, batch_size=16, verbose=0)
    for old, new in zip(before, encoder.non_trainable_weights, strict=True):
        assert new.dtype != "float32" or np.any(old != new)  # statistics follow the training
    np.testing.assert_array_equal(model.reconstruct(X), model.reconstruct(X))
    model.save(tmp_path / "vae.keras")
    again = keras.saving.load_model(tmp_path / "vae.keras")
    np.testing.assert_allclose(again.reconstruct(X), model.reconstruct(X), atol=1e-6)


@pytest.mark.parametrize("update_freq", ["epoch", "batch"])
def test_tensorboard_follows_a_training(vae, update_freq, tmp_path):
    pytest.importorskip("tensorboard")
    callback = keras.callbacks.TensorBoard(tmp_path, histogram_freq=1, update_freq=update_freq)
    vae.fit(X, validation_data=X, epochs=2, verbose=0, callbacks=[callback])
    assert {path.name for path in tmp_path.iterdir()} >= {"train", "validation"}


def test_what_a_likelihood_learns_is_of_one_model():
    likelihood = Gaussian("learned")
    one, other = (
        VAE(dense_encoder((5,), 2, (8,)), dense_decoder((5,), 2, (8,)), likelihood)
        for _ in range(2)
    )
    assert one.likelihood is likelihood
    one.compile("adam", jit_compile=False)
    one.fit(rng.normal(size=(40, 5)), verbose=0)
    assert one.likelihood.variance != other.likelihood.variance == 0.5
    twin = VAE(one.encoder, one.decoder, likelihood)  # the same networks, with another β say
    assert twin.likelihood is not likelihood
    assert twin.likelihood.variance == one.likelihood.variance


def test_options_of_compile_are_named(vae):
    with pytest.raises(ValueError, match=r"each option of compile must be one of .*'optimizer'\?"):
        vae.compile(optimzer="adam")
    with pytest.raises(ValueError, match=r"takes no 'loss': it has its own"):
        vae.compile("adam", loss="mse")
    assert vae.compiled
