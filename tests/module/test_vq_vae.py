"""The VQ-VAE against NumPy: its losses, its gradients, how its codes are used; every door."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from vae_keras import (
    VAE,
    VQVAE,
    Categorical,
    Gaussian,
    conv_decoder,
    conv_encoder,
    dense_decoder,
    dense_encoder,
    elbo,
)
from vae_keras.callbacks import BetaWarmup

pytestmark = pytest.mark.usefixtures("without_xla")
SIZE, PLACES, DIM, K = 6, 3, 2, 5
VARIANCE, COMMITMENT = 0.25, 0.4
rng = np.random.default_rng(0)
X = rng.random((48, SIZE)).astype("float32")


def build(units=(8,), likelihood="bernoulli", **options):
    """A model of dense networks, with a grid of three vectors of two numbers."""
    keras.utils.set_random_seed(0)
    x, z = keras.Input((SIZE,)), keras.Input((PLACES, DIM))
    encoder = dense_encoder((SIZE,), PLACES * DIM, units, variational=False)
    decoder = dense_decoder((SIZE,), PLACES * DIM, units)
    model = VQVAE(
        keras.Model(x, keras.layers.Reshape((PLACES, DIM))(encoder(x))),
        keras.Model(z, decoder(keras.layers.Flatten()(z))),
        **{"num_codes": K, "likelihood": likelihood, "seed": 0, **options},
    )
    model.compile(keras.optimizers.Adam(1e-2), jit_compile=False)
    return model


@pytest.fixture(scope="module")
def trained():
    model = build()
    model.fit(X, epochs=20, batch_size=16, verbose=0)
    return model


def test_codes_of_any_whole_type_are_decoded(trained):
    codes = trained.encode(X)
    for dtype in ("uint8", "int16", "int64", "uint64"):
        np.testing.assert_array_equal(trained.decode(codes.astype(dtype)), trained.decode(codes))


# ---------------------------------------------------------------------- Algorithm and gradients


@pytest.fixture
def linear():
    """A linear model in float64, Gaussian, its codebook learnt by gradients."""
    keras.config.set_floatx("float64")  # that of a keras.Input
    keras.config.set_dtype_policy("float64")
    try:
        return build((), Gaussian(VARIANCE), commitment=COMMITMENT, decay=None, restart_below=0)
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


def reference(x, weights, codes, z_then, vectors_then):
    """The loss as the method means it, in NumPy; what gradients take as constants is given.

    `z_then` and `vectors_then` are z and the chosen vectors before a weight is moved: z_q is then
    e + z - z₀ to the decoder, and each square holds one of its two sides.
    """
    codebook, kernel, bias, kernel_back, bias_back = weights
    z = (x @ kernel + bias).reshape(-1, PLACES, DIM)
    z_q = vectors_then + (z - z_then)
    x_hat = z_q.reshape(len(x), -1) @ kernel_back + bias_back
    nats = ((x - x_hat) ** 2).sum(1) / (2 * VARIANCE) + SIZE / 2 * np.log(2 * np.pi * VARIANCE)
    codebook_loss = ((z_then - codebook[codes]) ** 2).sum((1, 2))
    commitment_loss = ((z - vectors_then) ** 2).sum((1, 2))
    return nats, codebook_loss, commitment_loss


def test_losses_and_gradients_against_finite_differences(linear):
    """Of every weight, codebook included, with the choice of codes held; float64."""
    x = X[:10].astype("float64")
    by_name = [linear.quantizer.codebook, *linear.encoder.weights, *linear.decoder.weights]
    weights = [each.numpy() for each in by_name]
    z = (x @ weights[1] + weights[2]).reshape(-1, PLACES, DIM)
    codes = ((z[:, :, None] - weights[0]) ** 2).sum(-1).argmin(-1)
    vectors = weights[0][codes]

    def mean_loss(weights):
        nats, codebook_loss, commitment_loss = reference(x, weights, codes, z, vectors)
        return np.mean(nats + codebook_loss + COMMITMENT * commitment_loss)

    variables = [each.value for each in by_name]
    with tf.GradientTape() as tape:
        tape.watch(variables)
        terms = linear.terms(*linear.unpack((x,)), training=True)
        objective = tf.reduce_mean(linear.total(**terms))
    np.testing.assert_array_equal(linear.encode(x), codes)
    names = ("reconstruction_loss", "codebook_loss", "commitment_loss")
    for name, expected in zip(names, reference(x, weights, codes, z, vectors), strict=True):
        np.testing.assert_allclose(terms[name], expected, rtol=1e-10)
    step = 1e-6
    for which, gradient in enumerate(tape.gradient(objective, variables)):
        numeric = np.zeros(weights[which].shape)
        for index in np.ndindex(*numeric.shape):
            ahead, behind = ([each.copy() for each in weights] for _ in range(2))
            ahead[which][index] += step
            behind[which][index] -= step
            numeric[index] = (mean_loss(ahead) - mean_loss(behind)) / (2 * step)
        np.testing.assert_allclose(tf.convert_to_tensor(gradient), numeric, atol=1e-7)


def test_moving_averages_take_the_place_of_the_codebook_loss():
    """The codebook moves as the quantiser alone moves it; the loss has two terms."""
    model = build(decay=0.8)
    alone = build(decay=0.8).quantizer
    z = model.encoder(X[:16])
    alone(z, training=True)
    logs = model.train_on_batch(X[:16], return_dict=True)
    np.testing.assert_array_equal(model.quantizer.codebook, alone.codebook)
    assert {*logs} == {
        "loss", "reconstruction_loss", "commitment_loss", "perplexity", "codes_used"
    }  # fmt: skip
    assert logs["loss"] == pytest.approx(
        logs["reconstruction_loss"] + 0.25 * logs["commitment_loss"], rel=1e-6
    )
    assert not any(each is model.quantizer.codebook for each in model.trainable_variables)


def test_penalties_and_a_learned_variance_are_those_of_all_models():
    model = build(likelihood=Gaussian("learned"))
    model.fit(X, epochs=3, batch_size=16, verbose=0)
    assert 0 < model.likelihood.variance < 0.5
    expected = -model.log_likelihood(X, model.decoder(model.quantizer(model.encoder(X))))
    logs = model.evaluate(X, verbose=0, return_dict=True)
    assert logs["reconstruction_loss"] == pytest.approx(float(np.mean(expected)), rel=1e-5)


# ---------------------------------------------------------------------- how codes are used


@pytest.mark.parametrize("batch_size", [48, 7])
def test_usage_is_that_of_all_the_codes_of_an_epoch(trained, batch_size):
    codes = trained.encode(X).ravel()
    share = np.bincount(codes, minlength=K) / codes.size
    used = share[share > 0]
    logs = trained.evaluate(X, batch_size=batch_size, verbose=0, return_dict=True)
    assert logs["codes_used"] == pytest.approx(len(used) / K)
    assert logs["perplexity"] == pytest.approx(np.exp(-np.sum(used * np.log(used))), rel=1e-5)


def test_usage_at_its_ends():
    """One code for all x: a perplexity of 1; all equally: K."""
    model = build(())
    kernel, bias = model.encoder.get_weights()
    model.encoder.set_weights([0 * kernel, bias])
    logs = model.evaluate(X, verbose=0, return_dict=True)
    assert (logs["perplexity"], logs["codes_used"]) == (pytest.approx(1), pytest.approx(1 / K))
    model.code_usage.reset_state()
    model.code_usage.update_state(tf.tile(tf.range(K), [3]))
    result = model.code_usage.result()
    assert float(result["perplexity"]) == pytest.approx(K, rel=1e-6)
    assert float(result["codes_used"]) == 1


def test_restarts_keep_codes_in_use():
    """Started far away, one code takes all vectors, and keeps them unless dead ones restart."""
    used = {}
    for restart_below in (0, 0.05):
        model = build(num_codes=16, restart_below=restart_below)
        model.quantizer.codebook.assign(10 + model.quantizer.codebook)
        model.fit(X, epochs=30, batch_size=16, verbose=0)
        used[restart_below] = model.evaluate(X, verbose=0, return_dict=True)["codes_used"]
    assert used[0] <= 3 / 16
    assert used[0.05] >= 12 / 16


# ---------------------------------------------------------------------- encode, decode, networks


def test_encode_and_decode_are_halves_of_reconstruct(trained):
    codes = trained.encode(X, batch_size=7)
    assert codes.shape == (48, PLACES)
    assert codes.dtype == np.int32
    codebook, z = trained.quantizer.codebook.numpy(), trained.encoder(X).numpy()
    expected = ((z[:, :, None] - codebook) ** 2).sum(-1).argmin(-1)
    np.testing.assert_array_equal(codes, expected)
    stream = tf.data.Dataset.from_tensor_slices(X).batch(10)
    np.testing.assert_array_equal(trained.encode(stream), codes)
    decoded = 1 / (1 + np.exp(-trained.decoder(codebook[codes]).numpy()))
    np.testing.assert_allclose(trained.decode(codes, batch_size=5), decoded, atol=1e-6)
    np.testing.assert_allclose(trained.decode(codes.astype("int64")), decoded, atol=1e-6)
    np.testing.assert_allclose(trained.reconstruct(X), decoded, atol=1e-6)
    np.testing.assert_allclose(trained.predict(X, verbose=0), decoded, atol=1e-6)


def test_a_grid_of_an_image_of_a_sequence_and_no_grid():
    keras.utils.set_random_seed(0)
    images = rng.random((6, 9, 10, 2)).astype("float32")
    networks = (conv((9, 10, 2), 4, (3, 5), grid=True) for conv in (conv_encoder, conv_decoder))
    vqvae = VQVAE(*networks, num_codes=8)
    vqvae.compile("adam")
    vqvae.fit(images, verbose=0)
    assert vqvae.encode(images).shape == (6, 3, 3)
    assert vqvae.decode(np.zeros((2, 3, 3), int)).shape == (2, 9, 10, 2)

    tokens, dim = rng.integers(0, 7, (6, 8)), 3
    x, z = keras.Input((8,), dtype="int32"), keras.Input((4, dim))
    embedded = keras.layers.Embedding(7, 5)(x)
    encoder = keras.Model(x, keras.layers.Conv1D(dim, 2, strides=2)(embedded))
    decoder = keras.Model(z, keras.layers.Conv1DTranspose(7, 2, strides=2)(z))
    vqvae = VQVAE(encoder, decoder, 4, Categorical())
    vqvae.compile("adam")
    vqvae.fit(tokens, verbose=0)
    assert vqvae.encode(tokens).shape == (6, 4)
    assert vqvae.reconstruct(tokens).shape == (6, 8, 7)

    vqvae = VQVAE(dense_encoder((SIZE,), 2, variational=False), dense_decoder((SIZE,), 2), 4)
    vqvae.compile("adam")
    vqvae.fit(X, verbose=0)
    assert vqvae.encode(X).shape == (48,)
    assert vqvae.decode(np.array([3, 0])).shape == (2, SIZE)


def test_convolutional_networks_of_a_grid():
    """Each vector depends on its surroundings alone, and each pixel on vectors near it."""
    keras.utils.set_random_seed(0)
    encoder = conv_encoder((32, 32, 1), 4, (3, 5), grid=True)
    decoder = conv_decoder((32, 32, 1), 4, (5, 3), grid=True)
    assert encoder.output_shape == decoder.input_shape == (None, 8, 8, 4)
    image = rng.random((1, 32, 32, 1)).astype("float32")
    other = image.copy()
    other[0, :8, :8] += 1
    moved = np.abs(encoder(other) - encoder(image)).max(axis=(0, 3)) > 0
    assert moved[:2, :2].all()
    assert not moved[4:].any()
    assert not moved[:, 4:].any()
    z = rng.normal(size=(1, 8, 8, 4)).astype("float32")
    far = z.copy()
    far[0, 0, 0] += 1
    assert not np.any(decoder(far).numpy()[0, 20:] != decoder(z).numpy()[0, 20:])
    assert conv_encoder((8, 8, 1), 2, (3,), condition_dim=3, grid=True).output_shape[1:] == (
        4,
        4,
        2,
    )
    with pytest.raises(ValueError, match="latent_dim must be a whole number"):
        conv_encoder((8, 8, 1), 0, grid=True)


def test_a_single_code_learns_the_clusters():
    """Five clusters, five codes: each cluster gets one of its own, whose image is its mean."""
    centres = 4 * np.eye(5, SIZE)
    labels = rng.integers(0, 5, 600)
    x = (centres[labels] + 0.1 * rng.normal(size=(600, SIZE))).astype("float32")
    keras.utils.set_random_seed(0)
    networks = dense_encoder((SIZE,), 2, (16,), variational=False), dense_decoder((SIZE,), 2, (16,))
    vqvae = VQVAE(*networks, 5, Gaussian(0.1), seed=0)
    vqvae.compile(keras.optimizers.Adam(1e-2))
    vqvae.fit(x, epochs=30, batch_size=50, verbose=0)
    codes = vqvae.encode(x)
    table = np.array([[np.sum((codes == k) & (labels == c)) for k in range(5)] for c in range(5)])
    assert np.all(np.sort(table, axis=1)[:, -1] == table.sum(axis=1))
    assert len({*table.argmax(axis=1)}) == 5
    np.testing.assert_allclose(vqvae.decode(table.argmax(axis=1)), centres, atol=0.2)


# ---------------------------------------------------------------------- every door


def dataset(x):
    return tf.data.Dataset.from_tensor_slices(x).batch(8)


DOORS = {
    "fit": lambda m, x: m.fit(x, verbose=0),
    "fit on a data set": lambda m, x: m.fit(dataset(x), verbose=0),
    "validation": lambda m, x: m.fit(X, validation_data=x, verbose=0),
    "evaluate": lambda m, x: m.evaluate(x, verbose=0),
    "train_on_batch": lambda m, x: m.train_on_batch(x),
    "predict": lambda m, x: m.predict(x, verbose=0),
    "encode": lambda m, x: m.encode(x),
    "reconstruct": lambda m, x: m.reconstruct(x),
}


@pytest.mark.parametrize("door", DOORS)
def test_every_door_refuses_what_is_no_x(door):
    model = build()
    for bad, message in (
        (255 * X, r"x.* must lie in \[0, 1\]"),
        (np.where(X > 0.9, np.nan, X), "NaN or infinite"),
        (X[:, :4], r"x.* must have the shape \(batch, 6\)"),
        ((255 * X).astype("uint8"), r"floating-point values, got integers \(uint8\)"),
    ):
        with pytest.raises(ValueError, match=message):
            DOORS[door](model, bad)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.full((2, PLACES), K), r"codes must lie in \{0, …, 4\} for num_codes=5, got .*5 and 5"),
        (np.full((2, PLACES), -1), "codes must lie in"),
        (np.zeros((2, PLACES)), r"codes must hold whole numbers for num_codes=5, got float64"),
        (np.full((2, PLACES), "1"), "codes must hold whole numbers"),
        (np.zeros((2, 4), int), r"codes must have the shape \(batch, 3\), got \(2, 4\)"),
        (np.zeros(PLACES, int), r"must have the shape .*codes\[np.newaxis\] makes a batch"),
        (np.zeros((0, PLACES), int), "codes is empty"),
        (None, "codes must be an array of grids of codes"),
        ("codes.npy", "codes must be an array of grids of codes"),
    ],
)
def test_what_are_no_codes(trained, codes, message):
    with pytest.raises(ValueError, match=message):
        trained.decode(codes)


def test_networks_and_options_that_do_not_fit_are_refused():
    grid = conv_encoder((8, 8, 1), 2, (3,), grid=True), conv_decoder((8, 8, 1), 2, (3,), grid=True)
    flat = conv_encoder((8, 8, 1), 2, (3,), variational=False), conv_decoder((8, 8, 1), 2, (3,))
    with pytest.raises(ValueError, match=r"do not fit together.*\(None, 4, 4, 2\)"):
        VQVAE(grid[0], flat[1])
    with pytest.raises(ValueError, match="must return one tensor z"):
        VQVAE(conv_encoder((8, 8, 1), 2), flat[1])
    with pytest.raises(ValueError, match=r"shape \(batch, latent_dim\)"):
        VAE(keras.Model(grid[0].input, [grid[0].output, 1 * grid[0].output]), grid[1])
    x = keras.Input((None, None, 1))
    anywhere = keras.Model(x, keras.layers.Conv2D(2, 3)(x))
    with pytest.raises(ValueError, match=r"\(batch, …, code_dim\), of known sizes"):
        VQVAE(anywhere, grid[1])
    with pytest.raises(ValueError, match="must return logits"):
        VQVAE(grid[0], conv_decoder((8, 8, 1), 2, (3,), grid=True, output_activation="sigmoid"))
    for option, message in (
        ({"num_codes": 1}, "num_codes must be a whole number at least 2"),
        ({"commitment": -1}, "commitment must be a finite number, at least 0"),
        ({"decay": 1}, "decay must be"),
        ({"restart_below": 2}, "restart_below must be"),
        ({"seed": -1}, "seed must be"),
        ({"likelihood": "poisson"}, "likelihood must be one of"),
    ):
        with pytest.raises(ValueError, match=message):
            VQVAE(*grid, **option)


def test_what_is_made_for_a_vae_says_so(trained):
    with pytest.raises(ValueError, match=r"vae must be a vae_keras.VAE, got VQVAE"):
        elbo(trained, X)
    with pytest.raises(ValueError, match="must be given to a model with a beta"):
        trained.fit(X, callbacks=[BetaWarmup(epochs=2)], verbose=0)
