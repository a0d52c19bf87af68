"""Answers to the exercises of chapter 00 that are in no list of mistakes."""

import pytest
from notebook_cells import answer_of, numbered

_KL = "kl = 0.5 * ops.sum(ops.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=1)\n"
_SQUARES = "squares = ops.sum((x - x_hat) ** 2, axis=(1, 2, 3))\n"

WRONG = {
    "first_hour.vae_loss": [
        (
            f"{_KL}return ops.mean(ops.sum((x - x_hat) ** 2, axis=(1, 2)) + kl)",
            "channels_not_summed",
        ),
        (
            "each = keras.losses.mean_squared_error(x, x_hat)\n"
            f"{_KL}return ops.mean(ops.sum(each, axis=(1, 2)) + kl)",
            "channels_not_summed",
        ),
        (
            "each = keras.losses.binary_crossentropy(x, x_hat)\n"
            f"{_KL}return ops.mean(ops.sum(each, axis=(1, 2)) + kl)",
            None,  # a mean over the channels, too
        ),
        (
            "p = np.clip(x_hat, 1e-7, 1 - 1e-7)\n"
            "each = -np.sum(x * np.log(p) + (1 - x) * np.log(1 - p), axis=(1, 2, 3))\n"
            f"{_KL}return ops.mean(each + kl)",
            "cross_entropy",
        ),
        (
            "each = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=x_hat)\n"
            f"{_KL}return ops.mean(ops.sum(each, axis=(1, 2, 3)) + kl)",
            "cross_entropy",
        ),
        (f"{_SQUARES}{_KL}return ops.mean(squares), ops.mean(kl)", "terms_not_added"),
        (f"{_SQUARES}{_KL}return ops.mean(squares) + ops.sum(kl)", None),
        (f"{_KL}return np.linalg.norm(x - x_hat) ** 2 + ops.mean(kl)", None),
        (f"{_SQUARES}{_KL}return ops.mean(squares) + kl", None),
    ],
    "first_hour.path_between": [
        (
            "t = (1 - np.cos(np.pi * np.linspace(0, 1, steps))) / 2\n"
            "return z_start + t[:, None] * (z_end - z_start)",
            None,
        ),
        (
            "return np.array([z_start + (z_end - z_start) * i / steps for i in range(steps)])",
            "end_left_out",
        ),
        (
            "middle = (z_start + z_end) / 2\n"
            "first = np.linspace(z_start, middle, steps // 2)\n"
            "return np.concatenate([first, np.linspace(middle, z_end, steps - steps // 2)])",
            None,
        ),
    ],
}

RIGHT = {
    "first_hour.vae_loss": [
        "n = len(x)\n"
        "away = np.reshape(x, (n, -1)) - np.reshape(x_hat, (n, -1))\n"
        "kl = -0.5 * np.sum(1 + z_log_var - z_mean**2 - np.exp(z_log_var))\n"
        "return (np.sum(away**2) + kl) / n",
        f"{_KL}return float(np.mean(np.einsum('nijk,nijk->n', x - x_hat, x - x_hat) + kl))",
    ],
    "first_hour.path_between": [
        "return np.linspace(z_start, z_end, steps)",
        "path = [z_start]\n"
        "while len(path) < steps:\n"
        "    path.append(path[-1] + (z_end - z_start) / (steps - 1))\n"
        "return path",
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), numbered(WRONG))
def test_a_wrong_answer_is_refused_and_given_its_own_name_or_none(exercise, answer):
    body, misconception = answer
    verdict = exercise.judge(answer_of(exercise, body))
    assert (verdict.status, verdict.misconception) == ("failed", misconception), verdict.message
    assert "un tableau de forme" not in verdict.message  # small enough to compute by hand


@pytest.mark.parametrize(("exercise", "body"), numbered(RIGHT))
def test_a_right_answer_written_otherwise_passes(exercise, body):
    verdict = exercise.judge(answer_of(exercise, body))
    assert verdict.status == "passed", verdict.message
