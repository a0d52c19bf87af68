"""The conditional VAE: a closed form, its pairs at every door, its networks."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from vae_keras import (
    ConditionalVAE,
    Gaussian,
    LinearGaussianModel,
    active_units,
    conv_decoder,
    conv_encoder,
    dense_decoder,
    dense_encoder,
    elbo,
    importance_weighted_bound,
    interpolate,
)
from vae_keras.compression import LatentCodec

rng = np.random.default_rng(0)
X = rng.random((48, 6)).astype("float32")
CLASSES = rng.integers(0, 3, 48)
PROPERTIES = rng.normal(size=(48, 3)).astype("float32")


def build(num_classes=3, shape=(6,), likelihood="bernoulli", units=(8,), **options):
    keras.utils.set_random_seed(0)
    networks = [
        builder(shape, 2, units, condition_dim=3) for builder in (dense_encoder, dense_decoder)
    ]
    cvae = ConditionalVAE(*networks, num_classes, likelihood=likelihood, seed=0, **options)
    cvae.compile(keras.optimizers.Adam(1e-2), jit_compile=False)
    return cvae


@pytest.fixture(scope="module")
def cvae():
    return build()


@pytest.fixture(scope="module")
def of_properties():
    return build(num_classes=None)


# ---------------------------------------------------------------------- against a closed form


def linear():
    """A linear model, p(x|c) = N(V c + b, W Wᵀ + s² I), and its LinearGaussianModel of a class."""
    cvae = build(likelihood=Gaussian(0.3), units=())
    kernel, bias = rng.normal(size=(5, 6)), rng.normal(size=6)  # W over V: of [z, c]
    cvae.decoder.set_weights([kernel, bias])
    weights = kernel[:2].T
    covariance = LinearGaussianModel(weights, None, 0.3).posterior(bias)[1].numpy()
    slopes = weights @ covariance / 0.3  # of the posterior's mean, x being less its mean
    of_condition = -(kernel[2:] + bias) @ slopes
    spread = np.tile(np.log(np.diag(covariance)) + 0.2, (3, 1))
    cvae.encoder.set_weights(
        [
            np.concatenate([slopes, of_condition + 0.05]),
            np.zeros(2),
            np.concatenate([np.zeros((6, 2)), spread]),
            np.zeros(2),
        ]
    )
    return cvae, lambda c: LinearGaussianModel(weights, bias + kernel[2 + c], 0.3)


def test_bounds_and_losses_are_those_of_the_exact_conditional_law():
    cvae, of_class = linear()
    classes = np.repeat([0, 1, 2], 20)
    x = np.concatenate([of_class(c).sample(20, seed=c)[1] for c in range(3)]).astype("float32")
    z_mean, z_log_var = cvae.encode(x, classes)
    rows = [slice(20 * c, 20 * (c + 1)) for c in range(3)]
    log_p = np.concatenate([of_class(c).log_marginal(x[rows[c]]) for c in range(3)])
    exact = np.concatenate(
        [of_class(c).elbo(x[rows[c]], z_mean[rows[c]], z_log_var[rows[c]]) for c in range(3)]
    )
    bound = importance_weighted_bound(cvae, (x, classes), 4000, seed=0)
    assert np.all(np.abs(bound.values - log_p) < 5 * bound.standard_errors + 1e-4)
    estimate = elbo(cvae, (x, classes), 2000, seed=0)
    assert np.all(np.abs(estimate.values - exact) < 5 * estimate.standard_errors + 1e-4)
    assert log_p.mean() - exact.mean() > 0.02
    many = np.tile(x, (500, 1)), np.tile(classes, 500)
    loss = cvae.evaluate(*many, batch_size=3000, verbose=0)[0]
    assert loss == pytest.approx(-exact.mean(), abs=0.1)
    other_class = importance_weighted_bound(cvae, (x, (classes + 1) % 3), 100, seed=0)
    assert other_class.mean < bound.mean - 1
    assert active_units(cvae, (x, classes)).tolist() == [True, True]


def test_what_is_asked_for_is_what_is_drawn():
    """Three clusters: each class is drawn at its own, and z no longer tells the classes apart."""
    centres = 4 * np.eye(3, 6)
    classes = rng.integers(0, 3, 600)
    x = (centres[classes] + 0.5 * rng.normal(size=(600, 6))).astype("float32")
    cvae = build(likelihood=Gaussian(0.25), units=(16,))
    cvae.fit(x, classes, epochs=25, batch_size=50, verbose=0)
    for c in range(3):
        drawn = cvae.generate(200, c, seed=0)
        np.testing.assert_allclose(drawn.mean(axis=0), centres[c], atol=0.3)
    one_each = cvae.generate(3, [0, 1, 2], seed=0)
    np.testing.assert_allclose(one_each, centres, atol=1.5)


# ---------------------------------------------------------------------- conditions


def test_classes_are_one_hot_vectors():
    one = build()
    other = build(num_classes=None)
    one.fit(X, CLASSES, batch_size=16, shuffle=False, verbose=0)
    vectors = np.eye(3, dtype="float32")[CLASSES]
    other.fit(X, vectors, batch_size=16, shuffle=False, verbose=0)
    for weight, expected in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)
    found = one.generate(2, 1, seed=0)
    np.testing.assert_array_equal(other.generate(2, [0, 1, 0], seed=0), found)
    found = one.generate(2, CLASSES[:2], seed=0)
    np.testing.assert_array_equal(other.generate(2, vectors[:2], seed=0), found)


def test_every_door_of_encode_and_decode_agrees(cvae):
    z_mean, z_log_var = cvae.encode(X, CLASSES, batch_size=7)
    one_hot = np.eye(3)[CLASSES]
    np.testing.assert_allclose(z_mean, cvae.encoder([X, one_hot])[0], atol=1e-6)
    np.testing.assert_allclose(z_log_var, cvae.encoder([X, one_hot])[1], atol=1e-6)
    pairs = tf.data.Dataset.from_tensor_slices((X, CLASSES)).batch(10)
    for found in (cvae.encode(pairs), cvae.encode((X, CLASSES))):
        np.testing.assert_allclose(found[0], z_mean, atol=1e-6)
    np.testing.assert_allclose(cvae.reconstruct(pairs), cvae.reconstruct(X, CLASSES), atol=1e-6)
    expected = 1 / (1 + np.exp(-np.asarray(cvae.decoder([z_mean, one_hot]))))
    np.testing.assert_allclose(cvae.decode(z_mean, CLASSES, batch_size=7), expected, atol=1e-6)
    np.testing.assert_allclose(cvae.reconstruct(X, CLASSES), expected, atol=1e-6)
    np.testing.assert_allclose(cvae.predict((X, CLASSES), verbose=0), expected, atol=1e-6)
    np.testing.assert_allclose(cvae.predict_on_batch((X, CLASSES)), expected, atol=1e-6)


def test_a_path_within_one_class(cvae):
    z_mean, _ = cvae.encode(X[:2], CLASSES[:2])
    images = cvae.decode(interpolate(*z_mean, num_steps=5), condition=1)
    assert images.shape == (5, 6)
    np.testing.assert_allclose(images[0], cvae.decode(z_mean[:1], 1)[0], atol=1e-6)
    assert not np.allclose(images, cvae.decode(interpolate(*z_mean, num_steps=5), condition=2))


def test_a_model_is_exported_as_a_function_of_the_pair(cvae, of_properties, tmp_path):
    for model, conditions in ((cvae, CLASSES), (of_properties, PROPERTIES)):
        folder = tmp_path / model.name
        model.export(folder, verbose=False)
        exported = tf.saved_model.load(str(folder))
        expected = model.reconstruct(X, conditions)
        np.testing.assert_allclose(exported.serve([X, conditions]), expected, atol=1e-5)


# ---------------------------------------------------------------------- every door


class Batches(keras.utils.PyDataset):
    def __init__(self, *arrays):
        super().__init__()
        self.arrays = arrays

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return tuple(each[16 * index : 16 * (index + 1)] for each in self.arrays)


def dataset(*arrays):
    return tf.data.Dataset.from_tensor_slices(arrays).batch(16)


DOORS = {
    "fit": lambda m, x, c: m.fit(x, c, verbose=0),
    "fit on a data set": lambda m, *pair: m.fit(dataset(*pair), verbose=0),
    "fit on a PyDataset": lambda m, *pair: m.fit(Batches(*pair), verbose=0),
    "validation": lambda m, *pair: m.fit(*good(m), validation_data=pair, verbose=0),
    "evaluate": lambda m, x, c: m.evaluate(x, c, verbose=0),
    "evaluate on a data set": lambda m, *pair: m.evaluate(dataset(*pair), verbose=0),
    "train_on_batch": lambda m, x, c: m.train_on_batch(x, c),
    "test_on_batch": lambda m, x, c: m.test_on_batch(x, c),
    "predict": lambda m, *pair: m.predict(pair, verbose=0),
    "predict on a data set": lambda m, *pair: m.predict(dataset(*pair), verbose=0),
    "predict on a PyDataset": lambda m, *pair: m.predict(Batches(*pair), verbose=0),
    "encode": lambda m, x, c: m.encode(x, c),
    "reconstruct": lambda m, x, c: m.reconstruct(x, c),
    "elbo": lambda m, *pair: elbo(m, pair),
}


def good(model):
    return X, PROPERTIES if model.num_classes is None else CLASSES


@pytest.mark.parametrize("door", DOORS)
def test_every_door_takes_pairs_and_refuses_what_is_wrong_with_them(cvae, of_properties, door):
    go = DOORS[door]
    go(cvae, X, CLASSES)
    go(of_properties, X, PROPERTIES)
    one_hot = np.eye(3, dtype="float32")[CLASSES]
    for bad, message in (
        (CLASSES + 1, r"condition.* must lie in \{0, …, 2\} for num_classes=3.*1 and 3"),
        (CLASSES - 1, "condition.* must lie in"),
        (CLASSES.astype("float32"), r"condition.* must hold whole numbers.*astype\('int32'\)"),
        (one_hot, r"condition.* must have the shape \(batch,\), got .*argmax\(axis=1\)"),
        (CLASSES[:, None], r"condition.* must have the shape \(batch,\), got .*c\[:, 0\]"),
    ):
        with pytest.raises(ValueError, match=message):
            go(cvae, X, bad)
    for bad, message in (
        (CLASSES.astype("float32"), r"condition.*\(batch, 3\), got .*num_classes=10"),
        (np.where(PROPERTIES > 1, np.nan, PROPERTIES), "condition.* NaN or infinite"),
        (PROPERTIES[:, :2], r"condition.* must have the shape \(batch, 3\)"),
    ):
        with pytest.raises(ValueError, match=message):
            go(of_properties, X, bad)
    for model in (cvae, of_properties):
        with pytest.raises(ValueError, match=r"x.* must lie in \[0, 1\]"):
            go(model, 255 * X, good(model)[1])


def test_conditions_that_are_missing_or_too_few_are_asked_for(cvae):
    for go in (
        lambda: cvae.fit(X, verbose=0),
        lambda: cvae.evaluate(X, verbose=0),
        lambda: cvae.train_on_batch(X),
        lambda: cvae.fit(X, CLASSES, validation_data=(X,), verbose=0),
        lambda: cvae.fit(tf.data.Dataset.from_tensor_slices(X).batch(8), verbose=0),
        lambda: cvae.predict(Batches(X), verbose=0),
    ):
        with pytest.raises(ValueError, match=r"must come with a condition .*fit\(x, c\)"):
            go()
    for go in (lambda: cvae.predict(X, verbose=0), lambda: cvae.encode(X), lambda: elbo(cvae, X)):
        with pytest.raises(
            ValueError, match=r"must be a pair \(examples, conditions\).*Mend: \(x, c\)"
        ):
            go()
    with pytest.raises(ValueError, match="of one length, got 48 examples and 40 conditions"):
        cvae.fit(X, CLASSES[:40], verbose=0)
    masked = np.ma.masked_equal([0, 1, 2], 1)
    for wrong in ([0, 1], [0.5], 3, -1, "one", [1, [2, 3]], [[1], [2, 3]], masked, 1j, {"c": 1}):
        with pytest.raises(ValueError, match="condition must"):
            cvae.generate(3, condition=wrong)
    for x in (None, 5, [[1, 2], [3]], (each for each in X)):
        with pytest.raises(ValueError, match=r"x must be (one|an) array of examples"):
            cvae.encode(x, CLASSES)
    with pytest.raises(ValueError, match=r"x must be an array .* Mend: a data set of pairs"):
        cvae.encode(tf.data.Dataset.from_tensor_slices(X).batch(8), CLASSES)
    for wrong in (X, (X, CLASSES, X)):
        with pytest.raises(ValueError, match=r"must be a pair \(examples, conditions\)"):
            cvae(wrong)
    with pytest.raises(ValueError, match=r"condition must be given.*a class from 0 to 2"):
        cvae.generate(3)
    with pytest.raises(ValueError, match="vae must be a VAE without conditions"):
        LatentCodec(cvae, 0.1)
    three = tf.data.Dataset.from_tensor_slices((X, CLASSES, X)).batch(8)
    with pytest.raises(ValueError, match=r"pairs \(examples, conditions\), got 3"):
        cvae.fit(three, verbose=0)


# ---------------------------------------------------------------------- networks


def test_networks_that_take_no_condition_or_another_are_refused():
    encoder, decoder = (
        builder((6,), 2, (8,), condition_dim=3) for builder in (dense_encoder, dense_decoder)
    )
    with pytest.raises(ValueError, match=r"encoder .* must take the list \[x, condition\]"):
        ConditionalVAE(dense_encoder((6,), 2), decoder, 3)
    with pytest.raises(ValueError, match=r"decoder .* must take the list \[z, condition\]"):
        ConditionalVAE(encoder, dense_decoder((6,), 2), 3)
    with pytest.raises(ValueError, match="conditions of one size"):
        ConditionalVAE(encoder, dense_decoder((6,), 2, condition_dim=4))
    with pytest.raises(ValueError, match=r"num_classes=4 numbers.*condition_dim=4"):
        ConditionalVAE(encoder, decoder, num_classes=4)
    probabilities = dense_decoder((6,), 2, condition_dim=3, output_activation="sigmoid")
    with pytest.raises(ValueError, match="must return logits"):
        ConditionalVAE(encoder, probabilities, 3)
    for wrong in (1, 2.5, True):
        with pytest.raises(ValueError, match="num_classes must be a whole number"):
            ConditionalVAE(encoder, decoder, wrong)
    with pytest.raises(ValueError, match="condition_dim must be"):
        dense_encoder((6,), 2, condition_dim=0)


def test_convolutions_see_the_condition_at_each_pixel():
    """The same as an image with a constant channel for each number of the condition."""
    keras.utils.set_random_seed(0)
    images, conditions = rng.random((5, 8, 9, 2)), rng.normal(size=(5, 3))
    encoder = conv_encoder((8, 9, 2), 2, (4,), condition_dim=3)
    plain = conv_encoder((8, 9, 5), 2, (4,))
    plain.set_weights(encoder.get_weights())
    channels = np.broadcast_to(conditions[:, None, None], (5, 8, 9, 3))
    expected = plain(np.concatenate([images, channels], axis=-1))
    for found, other in zip(encoder([images, conditions]), expected, strict=True):
        np.testing.assert_allclose(found, other, atol=1e-5)
    decoder = conv_decoder((8, 9, 2), 2, (4,), condition_dim=3)
    plain = conv_decoder((8, 9, 2), 5, (4,))
    plain.set_weights(decoder.get_weights())
    z = rng.normal(size=(5, 2))
    expected = plain(np.concatenate([z, conditions], axis=1))
    np.testing.assert_allclose(decoder([z, conditions]), expected, atol=1e-5)
    cvae = ConditionalVAE(encoder, decoder)
    cvae.compile("adam")
    cvae.fit(images, conditions, verbose=0)
    assert cvae.generate(2, conditions[0]).shape == (2, 8, 9, 2)
