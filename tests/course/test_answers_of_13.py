"""Answers to the exercises of chapter 13, written otherwise than the solutions.

The right ones pass, those of the module among them; wrong ones that no exercise lists fail, and are
given a name only where it says what is wrong.
"""

import keras
import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf

from vae_course.exercises import find
from vae_keras import dense_decoder, dense_encoder
from vae_keras.evaluation import find_collapse, laplacian_variance
from vae_keras.models import VAE


def convolved_sharpness(images):
    kernel = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])[None]
    laplacian = scipy.ndimage.convolve(images[..., 0], kernel, mode="constant")
    return [each.std() ** 2 for each in laplacian]


def losses_by_keras(real_logits, fake_logits):
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    real, fake = (np.reshape(each, (-1, 1)) for each in (real_logits, fake_logits))
    yes, no = np.ones_like, np.zeros_like
    return bce(yes(real), real) + bce(no(fake), fake), bce(yes(fake), fake)


def losses_by_tensorflow(real_logits, fake_logits):
    said = tf.reduce_mean(tf.nn.softplus(-real_logits)) + tf.reduce_mean(
        tf.nn.softplus(fake_logits)
    )
    return [said, -tf.reduce_mean(tf.math.log_sigmoid(fake_logits))]


def information_by_loops(z_mean, z_log_var, z):
    def log_q(code, m):
        return -0.5 * np.sum((code - z_mean[m]) ** 2 / np.exp(z_log_var[m]) + z_log_var[m])

    values = []
    for n, code in enumerate(z):
        own = log_q(code, n)
        ratios = [np.exp(log_q(code, m) - own) for m in range(len(z))]
        values.append(-np.log(np.mean(ratios)))
    return sum(values) / len(values)


def cost_by_the_module(kl, free_bits):
    """The kl_loss and the free_bits_loss of a VAE, whose codes cost what `kl` says."""
    z_mean = np.sqrt(2 * kl)
    if not free_bits:
        return kl.sum(axis=1).mean()
    size = kl.shape[1]
    networks = dense_encoder((2,), size, (2,)), dense_decoder((2,), size, (2,))
    vae = VAE(*networks, likelihood="gaussian", free_bits=float(free_bits))
    x = np.zeros((len(kl), 2), "float32")
    terms = vae.elbo_terms(x, x, z_mean.astype("float32"), np.zeros_like(z_mean, "float32"), False)
    return np.mean(terms["kl_loss"] + terms["free_bits_loss"])


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("image_sharpness", laplacian_variance),
        ("image_sharpness", convolved_sharpness),
        ("gan_losses", losses_by_keras),
        ("gan_losses", losses_by_tensorflow),
        ("batch_information", information_by_loops),
        ("free_bits_cost", cost_by_the_module),
        ("free_bits_cost", lambda kl, floor: sum(max(floor, each.mean()) for each in kl.T)),
        ("collapsed_dimensions", lambda m, v: np.var(m, 0) / np.mean(np.exp(v), 0) < 0.01),
    ],
)
def test_another_right_answer_passes(name, answer):
    verdict = find(f"weaknesses.{name}").judge(answer)
    assert verdict.passed, verdict.message


def neighbours_one_by_one(upper, x_train, count):
    """Of each face the twelve nearest, in turn."""
    answers = np.empty((count, len(upper), *x_train.shape[1:]))
    for place, half in enumerate(upper):
        gaps = [np.linalg.norm(half - each[: len(half)]) for each in x_train]
        for number, k in enumerate(np.resize(np.argsort(gaps)[:12], count)):
            answers[number, place] = np.concatenate([half, x_train[k][len(half) :]])
    return answers


def test_another_way_to_complete_faces_passes():
    verdict = find("weaknesses.complete_faces").judge(neighbours_one_by_one)
    assert verdict.passed, verdict.message


@pytest.mark.parametrize(
    ("name", "answer", "misconception"),
    [
        ("image_sharpness", lambda x: np.abs(np.diff(x, axis=1)).mean(axis=(1, 2, 3)), None),
        ("gan_losses", lambda real, fake: (np.mean(real), np.mean(fake)), None),
        ("batch_information", lambda m, v, z: np.var(m), None),
        ("free_bits_cost", lambda kl, floor: np.max(kl) + floor, None),
        ("collapsed_dimensions", lambda m, v: find_collapse(m, v).collapsed_by["kl"], "cost"),
        ("complete_faces", lambda u, x, n: np.repeat(x[:20][None], n, axis=0), "upper_changed"),
    ],
)
def test_a_wrong_answer_is_named_where_the_name_is_right(name, answer, misconception):
    verdict = find(f"weaknesses.{name}").judge(answer)
    assert verdict.status == "failed"
    if misconception is None:
        assert verdict.misconception is None
    else:
        assert verdict.misconception.startswith(misconception)
