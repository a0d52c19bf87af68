"""The VAE under Keras: losses, fit, evaluate, predict, saving, precision, shapes, errors."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from vae_keras import (
    VAE,
    Sampling,
    bernoulli_log_likelihood,
    conv_decoder,
    conv_encoder,
    dense_decoder,
    dense_encoder,
    gaussian_log_likelihood,
    kl_divergence,
)
from vae_keras.likelihoods import Gaussian

LOSSES = ["loss", "reconstruction_loss", "kl_loss"]
NETWORKS = {"dense": (dense_encoder, dense_decoder), "conv": (conv_encoder, conv_decoder)}


def assert_sum_of_its_parts(logs, beta=1.0, prefix=""):
    loss, reconstruction, kl = (np.float32(logs[prefix + name]) for name in LOSSES)
    assert loss == reconstruction + np.float32(beta) * kl  # to the bit


# ---------------------------------------------------------------------- losses


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("beta", [0.0, 1.0, 2.5])
def test_evaluate_against_the_terms_computed_outside(small_vae, x_small, likelihood, beta):
    """The same noise, drawn anew outside the model, gives the same two terms."""
    vae = small_vae(likelihood=likelihood, beta=beta)
    vae.compile(jit_compile=False)
    noise = Sampling(seed=0)
    reconstruction, kl = [], []
    for first in range(0, len(x_small), 100):
        x = x_small[first : first + 100]
        z_mean, z_log_var = vae.encoder(x)
        zeros = np.zeros(z_mean.shape, "float32")
        epsilon = noise([zeros, zeros], training=False)
        decoded = vae.decoder(z_mean + tf.exp(0.5 * z_log_var) * epsilon)
        if likelihood == "bernoulli":
            reconstruction.append(-bernoulli_log_likelihood(x, decoded))
        else:
            reconstruction.append(-gaussian_log_likelihood(x, decoded))
        kl.append(kl_divergence(z_mean, z_log_var))
    expected = [np.mean(np.concatenate(terms)) for terms in (reconstruction, kl)]

    logs = vae.evaluate(x_small, batch_size=100, verbose=0, return_dict=True)
    np.testing.assert_allclose(logs["reconstruction_loss"], expected[0], rtol=1e-5)
    np.testing.assert_allclose(logs["kl_loss"], expected[1], rtol=1e-5)
    assert_sum_of_its_parts(logs, beta)


def test_evaluate_lists_the_loss_first(small_vae, x_small):
    vae = small_vae()
    vae.compile()
    loss, reconstruction, kl = vae.evaluate(x_small, verbose=0)
    assert np.float32(loss) == np.float32(reconstruction) + np.float32(kl)


@pytest.mark.parametrize("jit_compile", [True, False])
@pytest.mark.parametrize("as_dataset", [True, False])
def test_fit_learns_and_its_losses_add_up(small_vae, digits, jit_compile, as_dataset):
    x, x_val = digits.x_train[:512], digits.x_test[:130]
    vae = small_vae()
    vae.compile(keras.optimizers.Adam(3e-3), jit_compile=jit_compile)
    if as_dataset:
        x = tf.data.Dataset.from_tensor_slices(x).shuffle(512, seed=0).batch(64)
        validation = tf.data.Dataset.from_tensor_slices(x_val).batch(64)
        history = vae.fit(x, epochs=4, validation_data=validation, verbose=0).history
    else:
        history = vae.fit(x, epochs=4, batch_size=64, validation_data=x_val, verbose=0).history
    assert sorted(history) == sorted(LOSSES + [f"val_{name}" for name in LOSSES])
    for epoch in range(4):
        logs = {name: values[epoch] for name, values in history.items()}
        assert_sum_of_its_parts(logs)
        assert_sum_of_its_parts(logs, prefix="val_")
    assert history["val_loss"][-1] < 0.7 * history["val_loss"][0]


def test_a_last_partial_batch_counts_by_its_images(small_vae, x_small):
    """Frozen weights and no noise: any batch size gives the same mean."""
    vae = small_vae()
    for layer in vae.encoder.layers:
        if layer.name == "z_log_var":
            layer.set_weights([np.zeros_like(layer.kernel), np.full(3, -1e4, "float32")])
    vae.compile(jit_compile=False)
    losses = [
        vae.evaluate(x_small, batch_size=size, verbose=0, return_dict=True)["reconstruction_loss"]
        for size in (256, 100, 7)
    ]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-5)


def test_train_step_is_gradient_descent_on_the_loss(small_vae, x_small):
    """One SGD step by fit equals θ - η ∇loss computed by hand with the same noise."""
    vae = small_vae(beta=0.7)
    vae.compile(keras.optimizers.SGD(1e-3), jit_compile=False)
    epsilon = Sampling(seed=0)([np.zeros((256, 3), "float32")] * 2)
    with tf.GradientTape() as tape:
        z_mean, z_log_var = vae.encoder(x_small)
        decoded = vae.decoder(z_mean + tf.exp(0.5 * z_log_var) * epsilon)
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(x_small, decoded), axis=0)
        kl = 0.5 * (tf.exp(z_log_var) + z_mean**2 - 1 - z_log_var)
        loss = tf.reduce_sum(loss) + 0.7 * tf.reduce_mean(tf.reduce_sum(kl, axis=1))
    gradients = tape.gradient(loss, vae.trainable_variables)
    expected = [
        variable.numpy() - 1e-3 * gradient
        for variable, gradient in zip(vae.trainable_variables, gradients, strict=True)
    ]
    vae.fit(x_small, batch_size=256, shuffle=False, verbose=0)
    for variable, value in zip(vae.trainable_variables, expected, strict=True):
        np.testing.assert_allclose(variable, value, rtol=1e-4, atol=1e-6)


def test_beta_set_during_training_takes_effect(small_vae, x_small):
    vae = small_vae()
    vae.compile("adam", jit_compile=False)
    seen = []

    class WarmUp(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.beta = epoch / 2

        def on_epoch_end(self, epoch, logs=None):
            assert_sum_of_its_parts(logs, beta=epoch / 2)
            seen.append(self.model.beta)

    vae.fit(x_small, epochs=3, callbacks=[WarmUp()], verbose=0)
    assert seen == [0.0, 0.5, 1.0]


def test_beta_is_no_weight(small_vae, tmp_path):
    strong, weak = small_vae(beta=4.0, seed=1), small_vae(beta=1.0, seed=2)
    strong.save_weights(tmp_path / "strong.weights.h5")
    weak.load_weights(tmp_path / "strong.weights.h5")
    assert weak.beta == 1.0


def test_regularizers_are_minimised_and_not_reported(x_small):
    """A huge weight decay pulls the kernel to zero; the loss stays the sum of its two terms."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((28, 28, 1))
    hidden = keras.layers.Flatten()(inputs)
    decayed = keras.layers.Dense(2, kernel_regularizer=keras.regularizers.L2(1e4))
    encoder = keras.Model(inputs, [decayed(hidden), keras.layers.Dense(2)(hidden)])
    vae = VAE(encoder, dense_decoder((28, 28, 1), 2, (8,)))
    vae.compile(keras.optimizers.Adam(1e-2), jit_compile=False)
    before = np.abs(decayed.kernel).max()
    history = vae.fit(x_small, epochs=5, verbose=0).history
    assert np.abs(decayed.kernel).max() < 0.5 * before
    assert_sum_of_its_parts({name: values[-1] for name, values in history.items()})
    assert history["loss"][0] < 1e4


def test_pairs_train_a_denoiser(small_vae, x_small):
    """With targets given, the reconstruction is compared with them and not with the input."""
    noisy = 1 - x_small
    vae = small_vae(likelihood="gaussian")
    vae.compile(jit_compile=False)
    with_pairs = vae.evaluate(noisy, x_small, batch_size=256, verbose=0)
    vae.sampling.set_seed(0)
    by_dataset = vae.evaluate(
        tf.data.Dataset.from_tensor_slices((noisy, x_small)).batch(256), verbose=0
    )
    alone = vae.evaluate(noisy, batch_size=256, verbose=0)
    np.testing.assert_allclose(with_pairs, by_dataset, rtol=1e-5)
    assert abs(alone[1] - with_pairs[1]) > 100


# ---------------------------------------------------------------------- shapes and methods


@pytest.mark.parametrize(
    ("image_shape", "latent_dim"), [((28, 28, 1), 40), ((12, 9, 3), 1), ((5, 8, 2), 2)]
)
@pytest.mark.parametrize("network", NETWORKS)
def test_any_image_shape_and_latent_size(image_shape, latent_dim, network):
    encoder_builder, decoder_builder = NETWORKS[network]
    x = np.random.default_rng(0).uniform(size=(5, *image_shape)).astype("float32")
    vae = VAE(
        encoder_builder(image_shape, latent_dim, (4,)),
        decoder_builder(image_shape, latent_dim, (4,)),
    )
    vae.compile("adam", jit_compile=False)
    vae.fit(x, batch_size=2, verbose=0)  # 2, 2 and a last batch of 1
    z_mean, z_log_var = vae.encode(x)
    assert z_mean.shape == z_log_var.shape == (5, latent_dim)
    assert vae.decode(z_mean).shape == x.shape
    assert vae.reconstruct(x).shape == vae.predict(x, verbose=0).shape == x.shape
    assert vae.generate(3).shape == (3, *image_shape)
    assert vae.x_shape == image_shape
    assert vae.latent_dim == latent_dim


def test_methods_agree_with_the_networks_whatever_the_batch(small_vae, x_small):
    vae = small_vae()
    z_mean, z_log_var = vae.encoder(x_small)
    for batch_size in (256, 100, 1000):
        encoded = vae.encode(x_small, batch_size=batch_size)
        np.testing.assert_allclose(encoded[0], z_mean, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(encoded[1], z_log_var, rtol=1e-5, atol=1e-6)
    expected = 1 / (1 + np.exp(-np.asarray(vae.decoder(z_mean))))
    np.testing.assert_allclose(vae.decode(encoded[0]), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(vae.reconstruct(x_small), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(vae.predict(x_small, verbose=0), expected, rtol=1e-4, atol=1e-6)
    dataset = tf.data.Dataset.from_tensor_slices(x_small).batch(100)
    np.testing.assert_allclose(vae.reconstruct(dataset), expected, rtol=1e-4, atol=1e-6)


def test_decode_returns_the_likelihoods_mean(small_vae):
    z = np.random.default_rng(0).normal(scale=100, size=(50, 3))
    probabilities = small_vae().decode(z)
    assert probabilities.min() >= 0
    assert probabilities.max() <= 1
    means = small_vae(likelihood="gaussian").decode(z)
    assert means.min() < 0
    assert means.max() > 1


def test_predict_and_reconstruct_are_deterministic(small_vae, x_small):
    vae = small_vae()
    np.testing.assert_array_equal(vae.predict(x_small, verbose=0), vae.predict(x_small, verbose=0))
    np.testing.assert_array_equal(vae.reconstruct(x_small), vae.reconstruct(x_small))


def test_generate_is_the_decoded_prior_and_seeded(small_vae):
    vae = small_vae()
    np.testing.assert_array_equal(vae.generate(4, seed=1), vae.generate(4, seed=1))
    assert not np.allclose(vae.generate(4, seed=1), vae.generate(4, seed=2))
    assert not np.allclose(vae.generate(4), vae.generate(4))
    # With a decoder that returns z itself, the samples are those of N(0, I).
    inputs = keras.Input((6,))
    decoder = keras.Model(inputs, keras.layers.Reshape((3, 2, 1))(inputs))
    vae = VAE(dense_encoder((3, 2, 1), 6), decoder, likelihood="gaussian")
    z = vae.generate(20_000, seed=0).reshape(20_000, 6)
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(np.cov(z.T), np.eye(6), atol=0.05)


def test_gaussian_takes_any_finite_values(small_vae, x_small):
    vae = small_vae(likelihood=Gaussian(2.0))
    vae.compile("adam", jit_compile=False)
    vae.fit(10 * x_small - 300, verbose=0)
    assert VAE.from_config(vae.get_config()).likelihood.variance == 2.0


# ---------------------------------------------------------------------- robustness


@pytest.mark.parametrize("z_log_var", [-1e4, -100.0, 100.0, 1e4])
def test_no_nan_for_extreme_log_variance_and_the_gradient_points_back(
    small_vae, x_small, z_log_var
):
    vae = small_vae()
    head = vae.encoder.get_layer("z_log_var")
    head.set_weights([np.zeros_like(head.kernel), np.full(3, z_log_var, "float32")])
    for layer in [*vae.encoder.layers, vae.decoder]:
        layer.trainable = layer is head
    vae.compile(keras.optimizers.Adam(0.1), jit_compile=False)
    logs = vae.evaluate(x_small, verbose=0, return_dict=True)
    assert all(np.isfinite(value) for value in logs.values())
    vae.fit(x_small, batch_size=64, epochs=3, shuffle=False, verbose=0)
    for weight in vae.get_weights():
        assert np.all(np.isfinite(weight))
    moved = np.median(vae.encode(x_small)[1]) - z_log_var
    assert moved * -np.sign(z_log_var) > 0


def test_mixed_float16_scales_its_loss(x_small):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        keras.utils.set_random_seed(0)
        vae = VAE(dense_encoder((28, 28, 1), 2, (32,)), dense_decoder((28, 28, 1), 2, (32,)))
        vae.compile(keras.optimizers.Adam(3e-3), jit_compile=False)
        assert isinstance(vae.optimizer, keras.optimizers.LossScaleOptimizer)
        history = vae.fit(x_small, epochs=8, verbose=0).history
    finally:
        keras.config.set_dtype_policy("float32")
    assert history["loss"][-1] < 0.8 * history["loss"][0]
    assert np.isfinite(history["loss"]).all()
    assert vae.reconstruct(x_small).dtype == np.float32


@pytest.mark.parametrize("jit_compile", [True, False])
def test_mixed_precision_step_equals_float32_closely(x_small, jit_compile):
    """One SGD step with a scaled float16 loss lands where float32 does, to float16's digits."""
    weights = {}
    for policy in ("float32", "mixed_float16"):
        keras.config.set_dtype_policy(policy)
        try:
            keras.utils.set_random_seed(0)
            vae = VAE(
                dense_encoder((28, 28, 1), 2, (16,)), dense_decoder((28, 28, 1), 2, (16,)), seed=0
            )
            optimizer = keras.optimizers.SGD(1e-3)
            if policy == "mixed_float16":  # a scale that does not overflow, so no step is skipped
                optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=2.0**7)
            vae.compile(optimizer, jit_compile=jit_compile)
            start = vae.get_weights()
            vae.fit(x_small, batch_size=256, shuffle=False, verbose=0)
            weights[policy] = [w - s for w, s in zip(vae.get_weights(), start, strict=True)]
        finally:
            keras.config.set_dtype_policy("float32")
    change = np.concatenate([np.ravel(w) for w in weights["float32"]])
    half = np.concatenate([np.ravel(w) for w in weights["mixed_float16"]])
    assert np.linalg.norm(change - half) < 0.02 * np.linalg.norm(change)


def test_default_steps_per_execution_never_runs_more_steps_than_asked(small_vae, x_small):
    vae = small_vae()
    vae.compile("adam", jit_compile=True)
    endless = tf.data.Dataset.from_tensor_slices(x_small).batch(32).repeat()
    vae.fit(endless, epochs=2, steps_per_epoch=7, verbose=0)
    assert int(vae.optimizer.iterations) == 14
    vae.fit(endless, epochs=1, steps_per_epoch=40, verbose=0)
    assert int(vae.optimizer.iterations) == 54
    history = vae.fit(
        endless,
        epochs=2,
        steps_per_epoch=8,
        validation_data=endless,
        validation_steps=3,
        verbose=0,
    ).history
    assert int(vae.optimizer.iterations) == 70
    assert len(history["val_loss"]) == 2
    vae.evaluate(endless, steps=5, verbose=0)


def test_xla_is_chosen_for_dense_and_not_for_convolutions():
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("the choice between XLA and no XLA is for CPUs")
    dense = VAE(dense_encoder((8, 8, 1), 2), dense_decoder((8, 8, 1), 2))
    conv = VAE(conv_encoder((8, 8, 1), 2), conv_decoder((8, 8, 1), 2))
    dense.compile()
    conv.compile()
    assert dense.jit_compile is True
    assert conv.jit_compile is False
    dense.compile(jit_compile=False)
    conv.compile(jit_compile=True)
    assert dense.jit_compile is False
    assert conv.jit_compile is True


@pytest.mark.parametrize("jit_compile", [True, False])
def test_callbacks(small_vae, x_small, tmp_path, jit_compile):
    vae = small_vae()
    vae.compile("adam", jit_compile=jit_compile)
    callbacks = [
        keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True),
        keras.callbacks.EarlyStopping(patience=3),
        keras.callbacks.ReduceLROnPlateau(patience=1),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
    ]
    vae.fit(x_small, epochs=2, validation_split=0.25, callbacks=callbacks, verbose=0)
    best = keras.saving.load_model(tmp_path / "best.keras")
    np.testing.assert_allclose(best.reconstruct(x_small), vae.reconstruct(x_small), atol=1e-6)
    assert "kl_loss" in (tmp_path / "log.csv").read_text().splitlines()[0]


# ---------------------------------------------------------------------- saving

RELOAD = """
import json, sys
import numpy as np
import keras
import vae_keras
folder, *networks = sys.argv[1:]
x = np.load(folder + "/x.npy")
answers = {}
for network in networks:
    vae = keras.saving.load_model(f"{folder}/{network}.keras")
    np.save(f"{folder}/{network}.npy", vae.reconstruct(x))
    losses = vae.evaluate(x, verbose=0, return_dict=True)
    vae.fit(x, verbose=0)
    answers[network] = {"beta": vae.beta, "likelihood": vae.likelihood.variance, "losses": losses,
                        "optimizer": type(vae.optimizer).__name__, "jit": vae.jit_compile,
                        "iterations": int(vae.optimizer.iterations)}
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def reloaded(tmp_path_factory, x_small):
    """A trained VAE of each kind of networks, and what another process says and makes of them."""
    folder, trained = tmp_path_factory.mktemp("reloaded"), {}
    np.save(folder / "x.npy", x_small)
    for name, (encoder_builder, decoder_builder) in NETWORKS.items():
        vae = VAE(
            encoder_builder((28, 28, 1), 3, (8,)),
            decoder_builder((28, 28, 1), 3, (8,)),
            likelihood=Gaussian(0.3),
            beta=1.5,
            seed=3,
        )
        vae.compile(keras.optimizers.Adam(1e-2))
        vae.fit(x_small, epochs=2, batch_size=128, verbose=0)
        vae.save(folder / f"{name}.keras")
        trained[name] = vae, vae.evaluate(x_small, verbose=0, return_dict=True)
    command = [sys.executable, "-c", RELOAD, str(folder), *NETWORKS]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    answers = json.loads(answer.stdout)
    return {
        name: (*trained[name], answers[name], np.load(folder / f"{name}.npy")) for name in NETWORKS
    }


@pytest.mark.parametrize("network", NETWORKS)
def test_round_trip_in_a_new_process_without_custom_objects(reloaded, x_small, network):
    vae, expected_losses, found, again = reloaded[network]
    np.testing.assert_allclose(again, vae.reconstruct(x_small), rtol=1e-5, atol=1e-6)
    assert found["beta"] == 1.5
    assert found["likelihood"] == 0.3
    assert found["optimizer"] == "Adam"
    assert found["jit"] is (network == "dense" or bool(tf.config.list_physical_devices("GPU")))
    assert found["iterations"] == 4 + 8
    for name in LOSSES:  # the noise goes on from the saved state, too
        np.testing.assert_allclose(found["losses"][name], expected_losses[name], rtol=1e-5)


def test_config_round_trip(small_vae):
    vae = small_vae(likelihood=Gaussian(0.1), beta=0.3)
    copy = VAE.from_config(vae.get_config())
    for name in ("beta", "latent_dim", "x_shape"):
        assert getattr(copy, name) == getattr(vae, name)
    assert copy.likelihood.variance == 0.1
    assert copy.sampling.seed == vae.sampling.seed


def test_export_as_saved_model(small_vae, x_small, tmp_path):
    vae = small_vae()
    vae.compile("adam", jit_compile=False)
    vae.fit(x_small, verbose=0)
    vae.export(tmp_path / "exported", verbose=False)
    exported = tf.saved_model.load(str(tmp_path / "exported"))
    np.testing.assert_allclose(exported.serve(x_small), vae.reconstruct(x_small), atol=1e-5)


# ---------------------------------------------------------------------- types of input


@pytest.mark.parametrize("dtype", ["float16", "float64", "bool"])
def test_every_floating_type_is_taken(small_vae, x_small, dtype):
    x = (x_small > 0.5).astype(dtype)
    vae = small_vae()
    vae.compile("adam", jit_compile=False)
    for data in both_ways(x):
        vae.fit(data, validation_data=data, verbose=0)
        vae.evaluate(data, verbose=0)
        np.testing.assert_allclose(
            vae.reconstruct(data), vae.reconstruct(x.astype("float32")), atol=1e-5
        )


def test_float64_policy_trains(x_small):
    keras.config.set_dtype_policy("float64")
    try:
        vae = VAE(dense_encoder((28, 28, 1), 2, (8,)), dense_decoder((28, 28, 1), 2, (8,)))
        vae.compile("adam", jit_compile=False)
        history = vae.fit(x_small, verbose=0).history
    finally:
        keras.config.set_dtype_policy("float32")
    assert_sum_of_its_parts({name: values[0] for name, values in history.items()})


class Images(keras.utils.PyDataset):
    def __init__(self, x):
        super().__init__()
        self.x = x

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return (self.x[64 * index : 64 * (index + 1)],)


def test_py_datasets_are_read_to_their_end(small_vae, x_small):
    vae = small_vae()
    vae.compile("adam", jit_compile=False)
    vae.fit(Images(x_small), verbose=0)
    np.testing.assert_allclose(
        vae.reconstruct(Images(x_small)), vae.reconstruct(x_small), atol=1e-5
    )
    vae.compile("adam", jit_compile=False)  # traced anew
    with pytest.raises(ValueError, match="integers"):
        vae.fit(Images((x_small * 255).astype("uint8")), verbose=0)


def test_array_likes_are_taken(small_vae, x_small):
    class ArrayLike:
        shape, dtype = x_small.shape, "another library's float32"

        def __array__(self, dtype=None, copy=None):
            return x_small

    vae = small_vae()
    np.testing.assert_array_equal(vae.encode(ArrayLike())[0], vae.encode(x_small)[0])
    np.testing.assert_array_equal(vae.encode(tf.constant(x_small))[0], vae.encode(x_small)[0])


@pytest.mark.parametrize("shape", [None, (None,) * 4])
def test_data_sets_of_unknown_shape(small_vae, x_small, shape):
    def of_unknown_shape(x):
        batches = tf.data.Dataset.from_tensor_slices(x).batch(64)
        signature = tf.TensorSpec(shape, "float32")
        return tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=signature)

    vae = small_vae()
    vae.compile("adam", jit_compile=False)
    vae.fit(of_unknown_shape(x_small), verbose=0)
    with pytest.raises(ValueError, match=r"must yield batches of shape .*28.*, got .*14"):
        vae.evaluate(of_unknown_shape(x_small[:, :14]), verbose=0)


def test_labelled_unbatched_and_endless_data_sets(small_vae, x_small):
    vae = small_vae()
    vae.compile("adam")
    images = tf.data.Dataset.from_tensor_slices(x_small)
    labelled = tf.data.Dataset.from_tensor_slices((x_small, np.zeros(256))).batch(64)
    np.testing.assert_allclose(vae.reconstruct(labelled), vae.reconstruct(x_small), atol=1e-5)
    with pytest.raises(ValueError, match=r"dataset\.map\(lambda x, y: x\)"):
        vae.fit(labelled, verbose=0)
    with pytest.raises(ValueError, match=r"dataset\.batch"):
        vae.fit(images, verbose=0)
    with pytest.raises(ValueError, match="must have an end"):
        vae.encode(images.batch(64).repeat())


# ---------------------------------------------------------------------- errors


def both_ways(x):
    """An array and a data set of the same images."""
    return [x, tf.data.Dataset.from_tensor_slices(x).batch(64)]


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict", "encode", "reconstruct"])
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda x: (x * 255).astype("uint8"), r"integers \(uint8\).*astype\('float32'\) / 255"),
        (lambda x: x * 255, r"must lie in \[0, 1\].*255"),
        (lambda x: np.where(x > 0.9, np.nan, x), "NaN"),
        (lambda x: np.where(x > 0.9, np.inf, x), "infinite"),
        (lambda x: x[..., 0], r"got \(\w+, 28, 28\).*newaxis"),
        (lambda x: x[:, :14], r"\(batch, 28, 28, 1\), got \(\w+, 14, 28, 1\)"),
        (lambda x: x[:0], "empty"),
    ],
)
def test_bad_images_are_refused_with_a_way_out(small_vae, x_small, method, spoil, message):
    vae = small_vae()
    vae.compile("adam")
    options = {"verbose": 0} if method in ("fit", "evaluate", "predict") else {}
    for bad in both_ways(spoil(x_small)):
        with pytest.raises(ValueError, match=message):
            getattr(vae, method)(bad, **options)


@pytest.mark.parametrize("method", ["fit", "evaluate"])
def test_targets_below_zero_are_refused(small_vae, x_small, method):
    vae = small_vae()
    vae.compile("adam")
    for bad in both_ways(x_small - 0.5):
        with pytest.raises(ValueError, match=r"must lie in \[0, 1\].*between -0.5 and 0.5"):
            getattr(vae, method)(bad, verbose=0)


def test_bad_validation_data_is_refused(small_vae, x_small):
    vae = small_vae()
    vae.compile("adam")
    for validation in (x_small * 255, (x_small * 255,), (x_small, x_small * 255)):
        with pytest.raises(ValueError, match=r"validation.*\[0, 1\]"):
            vae.fit(x_small, validation_data=validation, verbose=0)


def test_labels_are_no_targets(small_vae, x_small):
    vae = small_vae()
    vae.compile("adam")
    labels = np.zeros(len(x_small), "int64")
    with pytest.raises(ValueError, match=r"target of x must have the shape .*got \(256,\)"):
        vae.fit(x_small, labels, verbose=0)
    with pytest.raises(ValueError, match="target of x must have the shape"):
        vae.fit(tf.data.Dataset.from_tensor_slices((x_small, labels)).batch(64), verbose=0)


@pytest.mark.parametrize("beta", [-1.0, float("nan"), float("inf"), 1e39, "1", None, True])
def test_impossible_beta_is_refused(small_vae, beta):
    with pytest.raises(ValueError, match="beta must be a finite number, at least 0"):
        small_vae(beta=beta)
    vae = small_vae()
    with pytest.raises(ValueError, match="beta"):
        vae.beta = beta


def test_networks_that_do_not_fit_are_refused():
    shape = (8, 8, 1)
    encoder, decoder = dense_encoder(shape, 2), dense_decoder(shape, 2)
    with pytest.raises(ValueError, match=r"do not fit together.*same latent_dim"):
        VAE(encoder, dense_decoder(shape, 3))
    with pytest.raises(ValueError, match=r"do not fit together.*same image_shape"):
        VAE(encoder, dense_decoder((8, 9, 1), 2))
    with pytest.raises(ValueError, match=r"must return \[z_mean, z_log_var\]"):
        VAE(dense_encoder(shape, 2, variational=False), decoder)
    with pytest.raises(ValueError, match=r"encoder must be a keras\.Model"):
        VAE("encoder", decoder)
    with pytest.raises(ValueError, match="must return logits"):
        VAE(encoder, dense_decoder(shape, 2, output_activation="sigmoid"))
    VAE(encoder, dense_decoder(shape, 2, output_activation="sigmoid"), likelihood="gaussian")
    z = keras.Input((2,))
    nested = keras.Model(z, dense_decoder(shape, 2, output_activation="sigmoid")(z))
    with pytest.raises(ValueError, match="must return logits"):
        VAE(encoder, nested)


def test_other_wrong_arguments_are_explained(small_vae, x_small):
    with pytest.raises(ValueError, match=r"likelihood must be one of .*got 'bernouli'"):
        small_vae(likelihood="bernouli")
    with pytest.raises(ValueError, match=r"likelihood must be a likelihood, got its class.*\(\)"):
        small_vae(likelihood=Gaussian)
    vae = small_vae()
    with pytest.raises(ValueError, match="takes no 'loss'"):
        vae.compile("adam", loss="mse")
    vae.compile("adam")
    with pytest.raises(ValueError, match="sample_weight is not supported"):
        vae.fit(x_small, sample_weight=np.ones(256), verbose=0)
    for n in (0, -1, 2.5, "3"):
        with pytest.raises(ValueError, match="n must be a whole number"):
            vae.generate(n)
    for z in (np.zeros(3), np.zeros((2, 4)), np.zeros((0, 3)), np.full((1, 3), np.nan)):
        with pytest.raises(ValueError, match="z "):
            vae.decode(z)
    with pytest.raises(ValueError, match="batch_size"):
        vae.encode(x_small, batch_size=0)
