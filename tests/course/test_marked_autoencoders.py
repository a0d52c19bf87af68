"""Answers of a marker's own to the exercises of chapters 01 and 02.

Wrong ones, each with the name that it must get, or none: the message then shows an input small
enough to compute by hand, or the condition that is not met. None is accepted, none misnamed. And
right ones, written in other ways than the solution.
"""

import ast
import re
import textwrap

import pytest
from notebook_cells import answer_of, numbered

WRONG = {
    "autoencoder.errors_per_image": [
        (None, "return np.sum((x - x_prime) ** 2, axis=(1, 2, 3)) / 2"),
        (None, "return np.sum((x - x_prime) ** 2, axis=(1, 2, 3), keepdims=True)"),
        (None, "return np.max((x - x_prime) ** 2, axis=(1, 2, 3))"),
        (None, "return -np.sum((x - x_prime) ** 2, axis=(1, 2, 3))"),
        (None, "return np.sum((x - x_prime) ** 2, axis=(0, 1, 2))"),
        (None, "return np.sum(x**2 - 2 * x * x_prime - x_prime**2, axis=(1, 2, 3))"),
        (None, "return np.sum(x**2 + x_prime**2, axis=(1, 2, 3))"),
        (None, "return np.round(np.sum((x - x_prime) ** 2, axis=(1, 2, 3)))"),
        (None, "return np.round(np.sum((x - x_prime) ** 2, axis=(1, 2, 3)), 1)"),
        (None, "return np.sum(np.clip(x - x_prime, 0, None) ** 2, axis=(1, 2, 3))"),
        (None, "return np.sum((255 * x - 255 * x_prime) ** 2, axis=(1, 2, 3))"),
        (None, "return [np.sum((x[0] - x_prime[0]) ** 2)]"),
        (None, "return np.sum((x - x_prime) ** 2, axis=(1, 2, 3))[0]"),
        (None, "return np.sum((x - x_prime) ** 2, axis=(1, 2, 3))[::-1]"),
        (None, "return np.sum((x - x_prime).reshape(len(x), 784) ** 2, axis=1)"),
        (None, "return np.sum((x - x_prime) ^ 2, axis=(1, 2, 3))"),
        (None, "return -np.sum(x * np.log(x_prime), axis=(1, 2, 3))"),
        (None, "return keras.losses.binary_crossentropy(x, x_prime)"),
        (None, "d = np.sum((x - x_prime) ** 2, axis=(1, 2, 3))\nprint(d)"),
        (None, "return np.exp(-np.sum((x - x_prime) ** 2, axis=(1, 2, 3)))"),
        (None, "return 10 * np.log10(np.sum((x - x_prime) ** 2, axis=(1, 2, 3)))"),
        (None, "return np.sum((x - x_prime) ** 2 / x, axis=(1, 2, 3))"),
        (None, "return np.sum((x - np.mean(x_prime, axis=0)) ** 2, axis=(1, 2, 3))"),
        (None, "return np.sum((x - x_prime) ** 4, axis=(1, 2, 3))"),
        ("squared_too_late", "return np.sum(np.abs(x - x_prime), axis=(1, 2, 3)) ** 2"),
        ("norm_not_squared", "return np.linalg.norm((x - x_prime).reshape(len(x), -1), axis=1)"),
        ("whole_batch", "return np.linalg.norm(x - x_prime)"),
        ("whole_batch", "return tf.norm(x - x_prime) ** 2"),
        ("doubled", "return np.sum((x - x_prime) * 2, axis=(1, 2, 3))"),
        ("fixed_size", "return 784 * np.mean((x - x_prime) ** 2, axis=(1, 2, 3))"),
        ("mean_for_sum", "return [np.mean((a - b) ** 2) for a, b in zip(x, x_prime)]"),
        ("axes_left", "return np.sum(np.sum((x - x_prime) ** 2, axis=-1), axis=-1)"),
        ("axes_left", "return keras.losses.mean_squared_error(x, x_prime)"),
        ("variance", "return np.var(x - x_prime, axis=(1, 2, 3))"),
        ("absolute_values", "return [np.abs(a - b).sum() for a, b in zip(x, x_prime)]"),
        (None, "return np.sum((x - x_prime) ** 2, axis=(1, 2))[:, 0] * x.shape[-1]"),
        (None, "return np.sqrt(np.mean((x - x_prime) ** 2, axis=(1, 2, 3)))"),
        (None, "return np.sum((x - x_prime) ** 2) * np.ones(len(x))"),
        (None, "return np.median((x - x_prime) ** 2, axis=(1, 2, 3))"),
        (
            "whole_batch",
            "d = 0\nfor a, b in zip(x, x_prime):\n    d += np.sum((a - b) ** 2)\nreturn d",
        ),
        (None, "return np.sum((x - x_prime) ** 2 > 0.1, axis=(1, 2, 3))"),
        (None, "return np.sum((x - x_prime.mean()) ** 2, axis=(1, 2, 3))"),
        (None, "return np.sum(np.abs(x**2 - x_prime**2), axis=(1, 2, 3))"),
    ],
    "autoencoder.compression_ratio": [
        (
            None,
            "return 100 * np.prod(image_shape) * count * 8 / "
            "(count * latent_dim * code_bits + 32 * decoder_parameters)",
        ),
        (
            None,
            "return 8 * count * np.prod(image_shape) / "
            "(count * latent_dim * 32 + code_bits * decoder_parameters)",
        ),
        (
            None,
            "return 8 * count * np.prod(image_shape) / "
            "(count * (latent_dim + code_bits) + 32 * decoder_parameters)",
        ),
        (
            None,
            "return 8 * count * len(image_shape) / "
            "(count * latent_dim * code_bits + 32 * decoder_parameters)",
        ),
        (
            None,
            "ratio = 8 * count * np.prod(image_shape) / "
            "(count * latent_dim * code_bits + 32 * decoder_parameters)\nreturn max(1, ratio)",
        ),
        (
            None,
            "return 8 * count * image_shape[0] ** 2 * image_shape[2] / "
            "(count * latent_dim * code_bits + 32 * decoder_parameters)",
        ),
        (
            None,
            "return 8 * count * image_shape[1] ** 2 * image_shape[2] / "
            "(count * latent_dim * code_bits + 32 * decoder_parameters)",
        ),
        (
            None,
            "ratio = 8 * count * np.prod(image_shape) / "
            "(count * latent_dim * code_bits + 32 * decoder_parameters)\nreturn ratio, count",
        ),
        (
            None,
            "ratio = 8 * count * np.prod(image_shape) / "
            "(count * latent_dim * code_bits + 32 * decoder_parameters)\nreturn f'{ratio:.1f}'",
        ),
        (
            None,
            "ratio = 8 * count * np.prod(image_shape) / "
            "(count * latent_dim * code_bits + 32 * decoder_parameters)\nprint(ratio)",
        ),
        (
            None,
            "return 8 * PIXELS * count / "
            "(count * latent_dim * code_bits + 32 * decoder_parameters)",
        ),
        (
            None,
            "return 8 * count * image_shape / "
            "(count * latent_dim * code_bits + 32 * decoder_parameters)",
        ),
        (
            None,
            "return 8 * count * np.prod(image_shape) / "
            "(count * latent_dim * code_bits - 32 * decoder_parameters)",
        ),
        (
            None,
            "return 8 * count * np.prod(image_shape) / "
            "(count * latent_dim * code_bits + 16 * decoder_parameters)",
        ),
        (
            None,
            "return np.log2(8 * count * np.prod(image_shape) / "
            "(count * latent_dim * code_bits + 32 * decoder_parameters))",
        ),
        (
            None,
            "return 256 * count * np.prod(image_shape) / "
            "(count * latent_dim * code_bits + 32 * decoder_parameters)",
        ),
        (
            None,
            "return 8 * np.prod(image_shape) / (latent_dim * code_bits + 32 * "
            "decoder_parameters / count**2)",
        ),
        (
            None,
            "return -8 * count * np.prod(image_shape) / "
            "(count * latent_dim * code_bits + 32 * decoder_parameters)",
        ),
        ("decoder_forgotten", "return 8 * np.prod(image_shape) / (latent_dim * code_bits)"),
        (
            "decoder_every_time",
            "return 8 * np.prod(image_shape) / (latent_dim * code_bits + 32 * decoder_parameters)",
        ),
        (
            "channels_forgotten",
            "h, w, c = image_shape\nreturn 8 * count * h * w / "
            "(count * latent_dim * code_bits + 32 * decoder_parameters)",
        ),
        (
            "rounded",
            "return int(8 * count * np.prod(image_shape) / "
            "(count * latent_dim * code_bits + 32 * decoder_parameters))",
        ),
        (
            "difference",
            "before = 8 * count * np.prod(image_shape)\n"
            "return before - count * latent_dim * code_bits - 32 * decoder_parameters",
        ),
        (
            "saved_share",
            "before = 8 * count * np.prod(image_shape)\n"
            "return (before - count * latent_dim * code_bits - 32 * decoder_parameters) / before",
        ),
        (
            "levels_for_bits",
            "return 8 * count * np.prod(image_shape) / "
            "(count * latent_dim * 2**code_bits + 32 * decoder_parameters)",
        ),
        (
            "bytes_and_bits",
            "return 8 * count * np.prod(image_shape) / "
            "(count * latent_dim * code_bits + 4 * decoder_parameters)",
        ),
        (
            "bytes_and_bits",
            "return 8 * count * np.prod(image_shape) / "
            "(count * latent_dim * code_bits + 8 * decoder_parameters)",
        ),
        (
            "parentheses",
            "return 8 * count * np.prod(image_shape) / "
            "(count * latent_dim * code_bits) + 32 * decoder_parameters",
        ),
        (
            "inverted",
            "return (count * latent_dim * code_bits + 32 * decoder_parameters) / "
            "(8 * count * np.prod(image_shape))",
        ),
        (
            None,
            "before = np.prod(image_shape) * 8 * count\n"
            "after = latent_dim * code_bits * count + decoder_parameters * 32 * "
            "latent_dim\n"
            "return before / after",
        ),
        (
            None,
            "return (np.prod(image_shape) * 8) / (latent_dim * code_bits) - "
            "decoder_parameters * 32 / count",
        ),
        (
            None,
            "return np.prod(image_shape) * 8 * count / (latent_dim * code_bits * "
            "count) / (decoder_parameters * 32)",
        ),
        (
            None,
            "return np.prod(image_shape[1:]) * 8 * count / (latent_dim * code_bits * "
            "count + decoder_parameters * 32)",
        ),
        (
            None,
            "before = np.prod(image_shape) * 8 * count\n"
            "after = latent_dim * code_bits * count + decoder_parameters * 32\n"
            "return before / max(before, after)",
        ),
        (
            "values_for_bits",
            "before = np.prod(image_shape) * count\n"
            "after = latent_dim * count + decoder_parameters\n"
            "return before / after",
        ),
        (
            None,
            "return np.prod(image_shape) * 8 * count / (latent_dim * code_bits * "
            "count + decoder_parameters * 32 + np.prod(image_shape) * 8)",
        ),
    ],
    "autoencoder.raise_alarms": [
        (None, "return sorted(new_errors) > np.quantile(val_errors, 1 - rate)"),
        (
            None,
            "t = np.quantile(val_errors, 1 - rate)\nreturn [t > e or t < e for e in new_errors]",
        ),
        (
            None,
            "if new_errors > np.quantile(val_errors, 1 - rate):\n    return True\n"
            "else:\n    return False",
        ),
        (None, "t = np.quantile(val_errors, 1 - rate)\nreturn new_errors > t, t"),
        (
            None,
            "t = np.quantile(val_errors, 1 - rate)\nreturn ['alarme' if e > t else '' "
            "for e in new_errors]",
        ),
        (None, "t = np.quantile(val_errors, 1 - rate)\n(new_errors > t).tolist().sort()"),
        (None, "t = np.quantile(val_errors, 1 - rate)\nreturn new_errors / t"),
        (None, "return np.zeros(len(new_errors), bool)"),
        (None, "return np.ones(len(new_errors), bool)"),
        (
            None,
            "t = np.quantile(val_errors, 1 - rate) - np.mean(train_errors)\nreturn new_errors > t",
        ),
        (None, "return new_errors > 2 * np.quantile(val_errors, 1 - rate)"),
        (None, "return new_errors > np.quantile(val_errors, rate) + np.quantile(val_errors, 0.5)"),
        (None, "return np.random.default_rng(0).random(len(new_errors)) < rate"),
        (None, "t = np.quantile(val_errors, 1 - rate)\nreturn (new_errors > t)[:, None]"),
        (None, "return new_errors > np.quantile(val_errors)"),
        (None, "return np.quantile(val_errors, 1 - rate) > new_errors[0]"),
        (None, "z = (new_errors - np.mean(val_errors)) / np.std(val_errors)\nreturn z > 3.5"),
        (None, "return new_errors > np.quantile(val_errors, (1 - rate) ** 2)"),
        ("wrong_tail", "return new_errors > np.sort(val_errors)[int(rate * len(val_errors))]"),
        ("not_sorted", "return new_errors > val_errors[int((1 - rate) * len(val_errors))]"),
        (
            "numbers_of_the_images",
            "t = np.quantile(val_errors, 1 - rate)\nreturn np.where(new_errors > t)[0]",
        ),
        (
            "numbers_of_the_images",
            "t = np.quantile(val_errors, 1 - rate)\n"
            "return [i for i, e in enumerate(new_errors) if e > t]",
        ),
        (
            "numbers_of_the_images",
            "t = np.quantile(val_errors, 1 - rate)\nreturn [e for e in new_errors if e > t]",
        ),
        (
            "one_answer",
            "t = np.quantile(val_errors, 1 - rate)\nreturn sum(e > t for e in new_errors)",
        ),
        ("one_answer", "return (new_errors > np.quantile(val_errors, 1 - rate)).any()"),
        ("rate_ignored", "return new_errors > np.mean(val_errors)"),
        ("rate_ignored", "return new_errors > np.percentile(val_errors, 95)"),
        ("percents", "return new_errors > np.percentile(val_errors, 100 - rate)"),
        ("wrong_images", "return val_errors > np.quantile(val_errors, 1 - rate)"),
        ("excess", "return new_errors - np.quantile(val_errors, 1 - rate)"),
        (
            "threshold_on_the_new_images",
            "both = np.concatenate([val_errors, new_errors])\n"
            "return new_errors > np.quantile(both, 1 - rate)",
        ),
        ("threshold_on_the_training_images", "return new_errors > np.max(train_errors)"),
        ("alarm_below", "t = np.quantile(val_errors, 1 - rate)\nreturn ~(new_errors > t)"),
        (
            "mean_and_deviations",
            "return np.abs(new_errors - np.mean(val_errors)) > 3 * np.std(val_errors)",
        ),
        (
            None,
            "t = np.quantile(np.concatenate([train_errors, new_errors]), 1 - rate)\n"
            "return new_errors > t",
        ),
        (None, "return new_errors > np.quantile(val_errors, 1 - rate) + np.std(val_errors)"),
        (
            None,
            "return new_errors > (np.quantile(val_errors, 1 - rate) + "
            "np.quantile(train_errors, 1 - rate)) / 2",
        ),
        (None, "return np.argsort(new_errors) >= len(new_errors) * (1 - rate)"),
        (None, "return new_errors > np.mean(val_errors) / rate"),
        (None, "t = np.quantile(val_errors, 1 - rate)\nreturn [True for e in new_errors if e > t]"),
        (
            None,
            "t = np.median(val_errors) + 3 * np.median(np.abs(val_errors - "
            "np.median(val_errors)))\n"
            "return new_errors > t",
        ),
        (None, "return new_errors ** 2 > np.quantile(val_errors, 1 - rate)"),
    ],
    "autoencoder.unnoticed_intruder": [
        ("too_close", "return np.zeros((28, 28, 1))"),
        ("too_close", "return 0.5 * x_train[0]"),
        ("too_close", "return decode(encode(x_train).mean(axis=0, keepdims=True)).clip(0, 1)[0]"),
        ("noticed", "return np.roll(x_train[0], 4, axis=1)"),
        ("too_close", "return np.clip(decode(np.zeros((1, encode(x_train).shape[1]))), 0, 1)"),
        ("too_close", "return 0.1 * np.random.default_rng(0).random((28, 28, 1))"),
        ("too_close", "z = encode(x_train)\nreturn np.clip(decode((z[:1] + z[1:2]) / 2), 0, 1)[0]"),
        ("noticed", "return np.indices((28, 28)).sum(axis=0)[..., None] % 2"),
        ("noticed", "image = np.zeros((28, 28, 1))\nimage[:14] = 1\nreturn image"),
        ("noticed", "return 1 - x_train[5]"),
        ("noticed", "return 1 - np.mean(x_train, axis=0)"),
        ("not_an_image", "return decode(20 * encode(x_train[:1]))[0]"),
        ("not_an_image", "return 255 * x_train[0]"),
        ("not_an_image", "return x_train[0] - 1"),
        ("not_an_image", "return np.random.default_rng(0).standard_normal((28, 28, 1))"),
        ("training_image", "return x_train[-1]"),
        ("training_image", "return x_train[np.argmax(np.sum(x_train, axis=(1, 2, 3)))]"),
        ("training_image", "return x_train[0] + 1e-5"),
        (None, "return x_train"),
        (None, "return encode(x_train[:1])[0]"),
        (None, "return np.zeros(784)"),
        (None, "return np.zeros((28, 28, 3))"),
        (None, "return decode(encode(x_train[0]))"),
        (None, "return threshold"),
        ("not_an_image", "image = np.full((28, 28, 1), np.nan)\nreturn image"),
        (None, "plotting.plot_images(x_train[:1])"),
        (None, "image = np.ones((28, 28, 1))"),
        ("too_close", "return np.clip(x_train[0] * 3, 0, 1)"),
        ("too_close", "return np.maximum(x_train[0], x_train[1])"),
        ("noticed", "return np.rot90(x_train[3])"),
        ("too_close", "z = encode(x_train)\nreturn np.clip(decode(z[:1] * 1.5), 0, 1)[0]"),
        ("too_close", "image = np.zeros((28, 28, 1))\nimage[10:18, 10:18] = 1\nreturn image"),
        (None, "return x_train.reshape(len(x_train), 784)[0]"),
    ],
    "limits.distance_to_codes": [
        (None, "return np.max(np.abs(z[:, None] - codes), axis=-1).min(axis=1)"),
        (None, "return np.linalg.norm(z[:, None] - codes, axis=1).min(axis=1)"),
        (None, "return np.linalg.norm(z - codes, axis=1)"),
        (None, "return np.linalg.norm(z[:, None] - codes, axis=-1).min(axis=1, keepdims=True)"),
        (None, "return np.linalg.norm(z[:, None] - codes, axis=-1).min(axis=1).astype(int)"),
        (None, "return -np.linalg.norm(z[:, None] - codes, axis=-1).min(axis=1)"),
        (None, "return np.log(np.linalg.norm(z[:, None] - codes, axis=-1).min(axis=1))"),
        (
            None,
            "d = np.linalg.norm(z[:, None] - codes, axis=-1).min(axis=1)\n"
            "return d / np.sqrt(z.shape[1])",
        ),
        (None, "d = np.linalg.norm(z[:, None] - codes, axis=-1).min(axis=1)\nreturn d / d.max()"),
        (None, "d = np.linalg.norm(z[:, None] - codes, axis=-1)\nreturn min(d)"),
        (None, "d = np.linalg.norm(z[:, None] - codes, axis=-1).min(axis=1)\nprint(d)"),
        (
            None,
            "s = codes.std(axis=0)\n"
            "return np.linalg.norm((z[:, None] - codes) / s, axis=-1).min(axis=1)",
        ),
        (None, "return np.linalg.norm(z[:, None] - np.median(codes, axis=0), axis=-1)[:, 0]"),
        (
            None,
            "c = (z @ codes.T) / np.linalg.norm(z, axis=1)[:, None] / "
            "np.linalg.norm(codes, axis=1)\nreturn (1 - c).min(axis=1)",
        ),
        (
            None,
            "return np.sqrt((z[:, None, 0] - codes[:, 0]) ** 2 + "
            "(z[:, None, 1] - codes[:, 1]) ** 2).min(axis=1)",
        ),
        ("sum_for_difference", "return np.linalg.norm(z[:, None] + codes, axis=-1).min(axis=1)"),
        (
            None,
            "d = np.linalg.norm(z[:, None] - codes, axis=-1)\nreturn d.min(axis=1), "
            "d.argmin(axis=1)",
        ),
        (None, "return [[np.linalg.norm(a - b) for b in codes] for a in z][0]"),
        (None, "return NearestNeighbors(n_neighbors=1).fit(codes).kneighbors(z)[0][:, 0]"),
        (None, "return np.sum((z[:, None] - codes) ** 2, axis=-1).min(axis=1) / 2"),
        (None, "return np.abs(z[:, None] - codes).min(axis=1)"),
        ("squared_distance", "return np.sum((z[:, None] - codes) ** 2, axis=-1).min(axis=1)"),
        ("mean_for_nearest", "return np.linalg.norm(z[:, None] - codes, axis=-1).sum(axis=1)"),
        ("one_number", "return np.linalg.norm(z[:, None] - codes)"),
        ("one_number", "return min(np.linalg.norm(a - b) for a in z for b in codes)"),
        ("one_number", "return np.linalg.norm(codes - z[0], axis=1).min()"),
        ("second_nearest", "return np.sort(np.linalg.norm(z[:, None] - codes, axis=-1))[:, 1]"),
        (
            "the_code_itself",
            "d = np.linalg.norm(z[:, None] - codes, axis=-1)\nreturn codes[d.argmin(axis=1)]",
        ),
        ("first_code", "return np.linalg.norm(z - codes[0], axis=1)"),
        ("per_code", "return [min(np.linalg.norm(c - a) for a in z) for c in codes]"),
        ("absolute_values", "return np.abs(z[:, None] - codes).sum(axis=-1).min(axis=1)"),
        (
            "difference_of_norms",
            "a, b = (np.linalg.norm(v, axis=1) for v in (z, codes))\n"
            "return np.abs(a[:, None] - b).min(axis=1)",
        ),
        (
            None,
            "d = np.linalg.norm(z[:, None] - codes, axis=-1)\nreturn np.percentile(d, 5, axis=1)",
        ),
        (None, "d = [np.linalg.norm(a - codes) for a in z]\nreturn d"),
        ("one_number", "return np.sqrt(np.sum((z[:, None] - codes) ** 2).min())"),
        (
            None,
            "d = np.sqrt(np.sum(z**2, axis=1)[:, None] + np.sum(codes**2, axis=1) - "
            "2 * z @ codes.T).min(axis=0)\n"
            "return d",
        ),
        (None, "return np.linalg.norm(z[:, None] - codes, axis=-1).min(axis=1) ** 0.5"),
        (None, "return np.linalg.norm(np.sort(z)[:, None] - np.sort(codes), axis=-1).min(axis=1)"),
        (None, "return np.mean((z[:, None] - codes) ** 2, axis=-1).min(axis=1) ** 0.5"),
    ],
    "limits.generalization_gap": [
        (None, "errors = fit(x_train)\nreturn errors(x_test) - errors(x_train)"),
        (None, "errors = fit(x_train)\nreturn errors(x_test) - np.mean(errors(x_train))"),
        (None, "errors = fit(x_train)\nreturn np.mean(errors(x_test)) + np.mean(errors(x_train))"),
        (
            None,
            "errors = fit(x_train)\nreturn np.mean(errors(x_test) ** 2) - "
            "np.mean(errors(x_train) ** 2)",
        ),
        (None, "errors = fit(x_train)\nreturn np.std(errors(x_test)) - np.std(errors(x_train))"),
        (None, "errors = fit(x_train)\nreturn np.mean(errors(x_test)), np.mean(errors(x_train))"),
        (
            None,
            "errors = fit(x_train)\nreturn round(np.mean(errors(x_test)) - "
            "np.mean(errors(x_train)))",
        ),
        (
            None,
            "errors = fit(x_train)\nreturn max(0, np.mean(errors(x_test)) - "
            "np.mean(errors(x_train)))",
        ),
        (None, "return fit(x_test) - fit(x_train)"),
        (None, "return np.mean(fit(x_train) - x_test)"),
        (None, "errors = fit(x_train)\nreturn np.mean(errors - x_test)"),
        (None, "errors = fit(x_train, x_test)\nreturn np.mean(errors)"),
        (None, "errors = fit\nreturn np.mean(errors(x_test)) - np.mean(errors(x_train))"),
        (None, "errors = fit(x_train)\ngap = np.mean(errors(x_test)) - np.mean(errors(x_train))"),
        (
            None,
            "errors = fit(x_train[0])\nreturn np.mean(errors(x_test)) - np.mean(errors(x_train))",
        ),
        (None, "errors = fit(x_train)\nreturn np.mean(errors(x_test)) > np.mean(errors(x_train))"),
        (
            None,
            "errors = fit(x_train)\nreturn [np.mean(errors(x_test)) - np.mean(errors(x_train))]",
        ),
        (
            None,
            "errors = fit(x_train[:2])\nreturn np.mean(errors(x_test)) - "
            "np.mean(errors(x_train[:2]))",
        ),
        (
            None,
            "errors = fit(x_train)\nreturn (np.mean(errors(x_test)) - "
            "np.mean(errors(x_train))) / 2",
        ),
        (None, "return np.mean(x_test) - np.mean(x_train)"),
        (
            None,
            "errors = fit(x_train)\nreturn np.mean((errors(x_test)[: len(x_train)] - "
            "errors(x_train)[: len(x_test)]) ** 2)",
        ),
        (None, "return np.mean(errors(x_test)) - np.mean(errors(x_train))"),
        ("trained_twice", "return np.mean(fit(x_train)(x_test)) - np.mean(fit(x_train)(x_train))"),
        (
            "trained_twice",
            "fit(x_train)\nerrors = fit(x_train)\n"
            "return np.mean(errors(x_test)) - np.mean(errors(x_train))",
        ),
        ("two_models", "return np.mean(fit(x_test)(x_test)) - np.mean(fit(x_train)(x_train))"),
        (
            "roots",
            "errors = fit(x_train)\nreturn np.mean(errors(x_test)) ** 0.5 - "
            "np.mean(errors(x_train)) ** 0.5",
        ),
        (
            "median_or_worst",
            "errors = fit(x_train)\nreturn max(errors(x_test)) - max(errors(x_train))",
        ),
        (
            "sums",
            "errors = fit(x_train)\nreturn (errors(x_test).sum() - errors(x_train).sum()) / "
            "len(x_test)",
        ),
        (
            "first_image",
            "errors = fit(x_train)\nreturn errors(x_test[:1])[0] - errors(x_train[:1])[0]",
        ),
        ("training_error_alone", "return fit(x_train)(x_train).mean()"),
        ("ratio", "errors = fit(x_train)\nreturn errors(x_test).mean() / errors(x_train).mean()"),
        (
            "wrong_sign",
            "errors = fit(x_train)\nreturn errors(x_train).mean() - errors(x_test).mean()",
        ),
        (
            "normalised",
            "errors = fit(x_train)\ntest = errors(x_test).mean()\n"
            "return 1 - errors(x_train).mean() / test",
        ),
        (
            "test_set_learnt",
            "errors = fit(np.concatenate([x_train, x_test]))\n"
            "return errors(x_test).mean() - errors(x_train).mean()",
        ),
        (
            None,
            "errors = fit(x_train)\n"
            "return np.mean(errors(x_train)) * 1.0 - np.mean(errors(x_test)) + 2 * "
            "np.mean(errors(x_train))",
        ),
        (
            None,
            "errors = fit(x_train)\n"
            "both = np.concatenate([x_train, x_test])\n"
            "return np.mean(errors(both)) - np.mean(errors(x_train))",
        ),
        (None, "errors = fit(x_train)\nreturn np.mean(errors(x_test)) - np.mean(errors(x_test))"),
        (
            None,
            "errors = fit(x_train)\n"
            "n = min(len(x_train), len(x_test))\n"
            "return np.mean(errors(x_test[:n]) - errors(x_train[:n]))",
        ),
        (
            None,
            "half = len(x_train) // 2\n"
            "errors = fit(x_train[:half])\n"
            "return np.mean(errors(x_test)) - np.mean(errors(x_train[half:]))",
        ),
        (None, "errors = fit(x_train)\nreturn np.var(errors(x_test)) - np.var(errors(x_train))"),
        (
            None,
            "errors = fit(x_train)\n"
            "return np.log(np.mean(errors(x_test)) / np.mean(errors(x_train)))",
        ),
        (
            "trained_twice",
            "errors = [fit(x_train) for _ in range(3)]\n"
            "return np.mean([e(x_test).mean() - e(x_train).mean() for e in errors])",
        ),
    ],
    "limits.failing_code": [
        ("quiet_hole", "return np.quantile(codes, 0.95, axis=0)"),
        ("quiet_hole", "return np.quantile(codes, 0.05, axis=0)"),
        (
            "quiet_hole",
            "low, high = np.quantile(codes, [0.05, 0.95], axis=0)\n"
            "return np.where(np.arange(len(low)) % 2, low, high)",
        ),
        (
            "quiet_hole",
            "low, high = np.quantile(codes, [0.05, 0.95], axis=0)\nreturn (low + high) / 2",
        ),
        ("quiet_hole", "return np.median(codes, axis=0)"),
        ("quiet_hole", "return np.quantile(codes, 0.25, axis=0)"),
        ("quiet_hole", "return np.quantile(codes, 0.9, axis=0)"),
        ("quiet_hole", "return np.zeros(codes.shape[1])"),
        ("outside_the_box", "return (codes[0] + codes[1]) / 2"),
        (
            "quiet_hole",
            "rng = np.random.default_rng(0)\n"
            "return rng.uniform(*np.quantile(codes, [0.05, 0.95], axis=0))",
        ),
        (
            "quiet_hole",
            "rng = np.random.default_rng(0)\n"
            "z = rng.uniform(*np.quantile(codes, [0.05, 0.95], axis=0), (300, codes.shape[1]))\n"
            "far = [np.linalg.norm(codes - each, axis=1).min() for each in z]\n"
            "return z[np.argmax(far)]",
        ),
        (
            "quiet_hole",
            "rng = np.random.default_rng(0)\n"
            "z = rng.uniform(*np.quantile(codes, [0.05, 0.95], axis=0), (300, codes.shape[1]))\n"
            "x = np.reshape(decode(z), (300, -1))\n"
            "far = [np.linalg.norm(images.reshape(len(images), -1) - each, axis=1).min() "
            "for each in x]\nreturn z[np.argmin(far)]",
        ),
        ("known_code", "return codes[-1]"),
        ("known_code", "return codes[np.argmax(np.linalg.norm(codes, axis=1))]"),
        ("outside_the_box", "return codes.max(axis=0)"),
        ("outside_the_box", "return 100 * np.ones(codes.shape[1])"),
        ("outside_the_box", "return 3 * codes[0]"),
        (None, "return decode(codes[:1])[0]"),
        (None, "return codes"),
        (None, "return limit"),
        (None, "return np.quantile(codes, 0.95)"),
        (None, "return decode(codes[0])"),
        (None, "z = np.quantile(codes, 0.95, axis=0)\nprint(z)"),
        (None, "rng = np.random.default_rng(0)\nreturn rng.uniform(-1, 1, (10, codes.shape[1]))"),
        ("outside_the_box", "return np.full(codes.shape[1], np.nan)"),
        (None, "return decode(codes) - images"),
        (
            "quiet_hole",
            "low, high = np.quantile(codes, [0.05, 0.95], axis=0)\n"
            "return np.where(np.median(codes, axis=0) > (low + high) / 2, low, high)",
        ),
        ("quiet_hole", "return np.quantile(codes, 0.75, axis=0)"),
        (
            "known_code",
            "far = np.linalg.norm(codes - codes.mean(axis=0), axis=1)\n"
            "return codes[np.argmin(far)] * 0.99",
        ),
        (
            "outside_the_box",
            "rng = np.random.default_rng(1)\n"
            "z = rng.normal(codes.mean(axis=0), codes.std(axis=0), (500, "
            "codes.shape[1]))\n"
            "x = np.reshape(decode(z), (500, -1))\n"
            "y = images.reshape(len(images), -1)\n"
            "return z[np.argmax([np.linalg.norm(y - a, axis=1).min() for a in x])]",
        ),
        (None, "return images[0]"),
        (
            "quiet_hole",
            "low, high = np.quantile(codes, [0.05, 0.95], axis=0)\n"
            "return np.linspace(low, high, 7)[2]",
        ),
    ],
}

RIGHT = {
    "autoencoder.errors_per_image": [
        "return [float(((a - b) ** 2).sum()) for a, b in zip(x, x_prime)]",
        "d = (x - x_prime).reshape(len(x), -1)\nreturn np.einsum('bi,bi->b', d, d)",
        "d = np.reshape(x - x_prime, (len(x), -1))\nreturn np.diag(d @ d.T)",
        "return tf.reduce_sum(tf.square(x - x_prime), axis=[1, 2, 3])",
        "return np.linalg.norm(np.reshape(x - x_prime, (len(x), -1)), axis=1) ** 2",
        "return np.sum(x**2 - 2 * x * x_prime + x_prime**2, axis=(-3, -2, -1))",
        "return ops.sum(ops.square(x_prime - x), axis=(1, 2, 3))",
    ],
    "autoencoder.compression_ratio": [
        "bytes_before = count * np.prod(image_shape)\n"
        "return bytes_before / (count * latent_dim * code_bits / 8 + 4 * decoder_parameters)",
        "h, w, c = image_shape\n"
        "return 8 * h * w * c / (latent_dim * code_bits + 32 * decoder_parameters / count)",
        "import math\nreturn math.prod(image_shape) * 8 * count / "
        "(latent_dim * code_bits * count + 32 * decoder_parameters)",
        "sent = 32 * decoder_parameters\n"
        "for _ in range(count):\n    sent += latent_dim * code_bits\n"
        "return float(count * np.prod(image_shape) * 8 / sent)",
        "return np.float32(np.prod((count, 8, *image_shape)) / "
        "(np.prod((count, latent_dim, code_bits)) + 32 * decoder_parameters))",
    ],
    "autoencoder.raise_alarms": [
        "t = np.percentile(val_errors, 100 * (1 - rate))\nreturn [bool(e > t) for e in new_errors]",
        "kept = np.sort(val_errors)\n"
        "return new_errors >= kept[int(np.ceil((1 - rate) * (len(kept) - 1)))]",
        "return (new_errors > np.quantile(val_errors, 1 - rate)).astype(int)",
        "return [np.mean(val_errors >= e) < rate for e in new_errors]",
        "import scipy.stats\nt = scipy.stats.scoreatpercentile(val_errors, 100 - 100 * rate)\n"
        "return tf.constant(new_errors) > t",
        "return np.quantile(val_errors, 1 - rate, method='hazen') < new_errors",
    ],
    "autoencoder.unnoticed_intruder": [
        "rng = np.random.default_rng(1)\nz = np.asarray(encode(x_train))\n"
        "best, far = None, 0\n"
        "for _ in range(400):\n"
        "    step = 4 * z.std(axis=0) * rng.standard_normal(z.shape[1])\n"
        "    image = np.clip(decode((z.mean(axis=0) + step)[None]), 0, 1)\n"
        "    error = np.sum((image - decode(encode(image))) ** 2)\n"
        "    distance = np.sum((x_train - image) ** 2, axis=(1, 2, 3)).min() ** 0.5\n"
        "    if error < threshold and distance > far:\n"
        "        best, far = image, distance\n"
        "return best",
        "rng = np.random.default_rng(2)\nz = tf.constant(encode(x_train))\n"
        "z = 5 * np.std(z, axis=0) * rng.standard_normal((300, z.shape[1])) + np.mean(z, axis=0)\n"
        "x = np.clip(decode(z), 0, 1)\n"
        "ok = np.sum((x - decode(encode(x))) ** 2, axis=(1, 2, 3)) < threshold\n"
        "far = [np.linalg.norm((x_train - a).reshape(len(x_train), -1), axis=1).min() for a in x]\n"
        "return x[np.argmax(far * ok)][None]",
        (
            "rng = np.random.default_rng(3)\n"
            "z = encode(x_train)\n"
            "mixed = z[rng.integers(len(z), size=(500, 4))]\n"
            "z = np.sum(mixed * rng.normal(size=(500, 4, 1)) * 2, axis=1)\n"
            "x = np.clip(decode(z), 0, 1)\n"
            "error = np.sum((x - decode(encode(x))) ** 2, axis=(1, 2, 3))\n"
            "far = np.array([np.min(np.sum((x_train - a) ** 2, axis=(1, 2, 3))) for "
            "a in x])\n"
            "return x[np.argmax(far * (error < 0.9 * threshold))].astype('float32')"
        ),
        (
            "rng = np.random.default_rng(4)\n"
            "z = encode(x_train)\n"
            "spread = np.std(z, axis=0)\n"
            "for scale in (3, 4, 5):\n"
            "    for _ in range(100):\n"
            "        x = np.clip(decode((scale * spread * "
            "rng.normal(size=spread.shape))[None]), 0, 1)\n"
            "        if np.sum((x - decode(encode(x))) ** 2) < threshold:\n"
            "            if np.min(np.sum((x_train - x) ** 2, axis=(1, 2, 3))) > "
            "8.5**2:\n"
            "                return x[0, :, :, 0]"
        ),
        (
            "rng = np.random.default_rng(5)\n"
            "x = np.clip(decode(4 * rng.normal(size=(600, "
            "encode(x_train[:1]).shape[1]))), 0, 1)\n"
            "x = x[np.sum((x - decode(encode(x))) ** 2, axis=(1, 2, 3)) < threshold]\n"
            "flat = x_train.reshape(len(x_train), -1)\n"
            "d = [np.linalg.norm(flat - a.ravel(), axis=1).min() for a in x]\n"
            "return tf.constant(x[int(np.argmax(d))])"
        ),
    ],
    "limits.distance_to_codes": [
        "return [min(float(np.linalg.norm(a - b)) for b in codes) for a in z]",
        "return np.sqrt(np.min(np.sum((z[:, None] - codes[None]) ** 2, axis=2), axis=1))",
        "import scipy.spatial\nreturn scipy.spatial.distance.cdist(z, codes).min(axis=1)",
        "import scipy.spatial\nreturn scipy.spatial.KDTree(codes).query(z)[0]",
        "from sklearn.neighbors import NearestNeighbors\n"
        "return NearestNeighbors(n_neighbors=1).fit(codes).kneighbors(z)[0].ravel()",
        "s = np.sum(z**2, axis=1)[:, None] + np.sum(codes**2, axis=1) - 2 * z @ codes.T\n"
        "return np.sqrt(np.maximum(s, 0).min(axis=1))",
        "return tf.reduce_min(tf.norm(z[:, None] - codes, axis=-1), axis=1)",
    ],
    "limits.generalization_gap": [
        "errors = fit(x_train)\nreturn errors(x_test).mean() - errors(x_train).mean()",
        "model = fit(x_train)\nlearnt, tested = model(x_train), model(x_test)\n"
        "return sum(tested) / len(tested) - sum(learnt) / len(learnt)",
        "errors = fit(tf.constant(x_train))\n"
        "return tf.reduce_mean(errors(x_test)) - tf.reduce_mean(errors(x_train))",
        "errors = fit(x_train[::-1])\n"
        "return -np.subtract(*[errors(x).mean() for x in (x_train, x_test)])",
        "errors = fit(x_train)\nboth = errors(np.concatenate([x_train, x_test]))\n"
        "n = len(x_train)\nreturn np.mean(both[n:]) - np.mean(both[:n])",
    ],
    "limits.failing_code": [
        "rng = np.random.default_rng(3)\nlow, high = np.quantile(codes, [0.05, 0.95], axis=0)\n"
        "for _ in range(2000):\n"
        "    z = rng.uniform(low, high)\n"
        "    far = np.linalg.norm((images - decode(z[None])).reshape(len(images), -1), axis=1)\n"
        "    if far.min() > limit:\n"
        "        return z",
        "rng = np.random.default_rng(4)\n"
        "z = rng.uniform(*np.quantile(codes, [0.05, 0.95], axis=0), (1000, codes.shape[1]))\n"
        "x = np.reshape(decode(z), (1000, -1))\ny = np.reshape(images, (len(images), -1))\n"
        "d = np.sum(x**2, axis=1)[:, None] + np.sum(y**2, axis=1) - 2 * x @ y.T\n"
        "return z[d.min(axis=1).argmax()][None]",
        (
            "low, high = np.quantile(codes, [0.06, 0.94], axis=0)\n"
            "rng = np.random.default_rng(6)\n"
            "z = low + (high - low) * rng.random((800, len(low)))\n"
            "far = [np.sqrt(np.sum((images - x) ** 2, axis=(1, 2, 3)).min()) for x "
            "in decode(z)]\n"
            "return z[int(np.argmax(far))]"
        ),
        (
            "rng = np.random.default_rng(7)\n"
            "low, high = np.percentile(codes, [5, 95], axis=0)\n"
            "while True:\n"
            "    z = rng.uniform(low, high, (50, len(low))).astype('float32')\n"
            "    x = np.asarray(decode(z)).reshape(50, -1)\n"
            "    for one, image in zip(z, x):\n"
            "        if np.linalg.norm(images.reshape(len(images), -1) - image, "
            "axis=1).min() > limit:\n"
            "            return one.tolist()"
        ),
        (
            "rng = np.random.default_rng(8)\n"
            "z = tf.constant(rng.uniform(*np.quantile(codes, [0.05, 0.95], axis=0), "
            "(600, codes.shape[1])))\n"
            "x = tf.reshape(decode(z), (600, 1, -1))\n"
            "far = [tf.reduce_min(tf.norm(a - images.reshape(len(images), -1), "
            "axis=-1)) for a in x]\n"
            "return z[int(np.argmax(far))]"
        ),
    ],
}


def by_hand(message):
    """Whether a message shows an input small enough to compute by hand, or says what is wrong."""
    tried = re.search(r"^    essai   : (.+)\n    obtenu  : .+\n    attendu : ", message, re.M)
    if tried:
        return "un tableau de forme" not in tried.group(1)
    return bool(re.match(r"Condition qui n'est pas remplie|Votre |On attend ", message))


@pytest.mark.parametrize(("exercise", "answer"), numbered(WRONG))
def test_a_wrong_answer_is_told_which_mistake_it_is_or_shown_one_to_compute(exercise, answer):
    name, body = answer
    verdict = exercise.judge(answer_of(exercise, body))
    assert (verdict.status, verdict.misconception) == ("failed", name)
    assert name or by_hand(verdict.message)


@pytest.mark.parametrize(("exercise", "body"), numbered(RIGHT))
def test_a_right_answer_passes(exercise, body):
    verdict = exercise.judge(answer_of(exercise, body))
    assert verdict.passed, verdict.message


def test_there_are_enough_of_them():
    for identifier, several in WRONG.items():
        assert len(several) >= 20
        assert len(RIGHT[identifier]) >= 5
        bodies = {ast.dump(ast.parse(textwrap.indent(body, "").strip())) for _, body in several}
        assert len(bodies) == len(several), identifier
