"""Free bits: what they add is reported beside a true KL, and takes its gradient where it is low."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from vae_keras import VAE, dense_decoder, dense_encoder

X = np.random.default_rng(0).random((48, 6)).astype("float32")


def build(free_bits, beta=1.0):
    keras.utils.set_random_seed(0)
    vae = VAE(
        dense_encoder((6,), 3, (8,)),
        dense_decoder((6,), 3, (8,)),
        beta=beta,
        free_bits=free_bits,
        seed=0,
    )
    for head, biases in (("z_mean", [0.1, 1.0, 2.0]), ("z_log_var", [0.0, -1.0, -2.0])):
        vae.encoder.get_layer(head).bias.assign(biases)  # KL_j: a little, more, most
    vae.compile(keras.optimizers.SGD(1e-2), jit_compile=False)
    return vae


def kl_by_hand(vae):
    """KL(q(z_j|x) ‖ N(0, 1)), mean over the batch, each dimension."""
    mean, log_var = (np.asarray(each, "float64") for each in vae.encode(X))
    return np.mean(0.5 * (np.exp(log_var) + mean**2 - 1 - log_var), axis=0)


@pytest.mark.parametrize("beta", [1.0, 0.3])
def test_the_part_they_add_is_reported_beside_the_true_kl(beta):
    plain, vae = build(0.0, beta), build(0.4, beta)
    kl = kl_by_hand(vae)
    assert kl.min() < 0.4 < kl.max()
    expected = plain.evaluate(X, batch_size=48, verbose=0, return_dict=True)
    found = vae.evaluate(X, batch_size=48, verbose=0, return_dict=True)
    assert "free_bits_loss" not in expected
    for name in ("reconstruction_loss", "kl_loss"):
        assert found[name] == expected[name]
    assert found["kl_loss"] == pytest.approx(kl.sum(), rel=1e-5)
    assert found["free_bits_loss"] == pytest.approx(np.maximum(0.4 - kl, 0).sum(), rel=1e-5)
    parts = {name: np.float32(found[name]) for name in found if name != "loss"}
    total = parts["reconstruction_loss"] + np.float32(beta) * (
        parts["kl_loss"] + parts["free_bits_loss"]
    )
    assert np.float32(found["loss"]) == total


def test_a_step_is_down_the_gradient_of_the_largest_of_each_kl_and_the_free_bits():
    vae, twin = build(0.4, 0.5), build(0.0)
    with tf.GradientTape() as tape:
        z_mean, z_log_var = twin.encoder(X)
        z = twin.sampling([z_mean, z_log_var], training=True)
        logits = twin.decoder(z)
        reconstruction = tf.nn.sigmoid_cross_entropy_with_logits(X, logits)
        kl = 0.5 * (tf.exp(z_log_var) + z_mean**2 - 1 - z_log_var)
        kept = tf.reduce_sum(tf.maximum(tf.reduce_mean(kl, axis=0), 0.4))
        loss = tf.reduce_mean(tf.reduce_sum(reconstruction, axis=1)) + 0.5 * kept
    gradients = tape.gradient(loss, twin.trainable_variables)
    expected = [
        variable - 1e-2 * gradient
        for variable, gradient in zip(twin.trainable_variables, gradients, strict=True)
    ]
    vae.fit(X, batch_size=48, shuffle=False, verbose=0)
    for variable, value in zip(vae.trainable_variables, expected, strict=True):
        np.testing.assert_allclose(variable, value, rtol=1e-4, atol=1e-6)


def test_no_free_bits_are_the_plain_vae_and_wrong_ones_are_refused():
    vae = build(0.0)
    assert [tracker.name for tracker in vae.trackers] == ["reconstruction_loss", "kl_loss"]
    for wrong in (-1, float("nan"), "1", True):
        with pytest.raises(ValueError, match="free_bits must be a finite number, at least 0"):
            build(wrong)
    assert VAE.from_config(build(0.7).get_config()).free_bits == 0.7
