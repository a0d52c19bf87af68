"""Answers of a marker's own to the exercises of chapters 08 and 09, wrong and right.

None of the wrong ones is an edit of a solution that its exercise lists. Each must fail; be given a
name only where that name says what is wrong; and, where it has none, show what was tried, what came
and what was expected. The right ones, written otherwise than the solution, must pass.
"""

import math

import keras
import numpy as np
import pytest
import scipy.optimize
import scipy.special
import tensorflow as tf
from notebook_cells import numbered

PIXELS = (1, 2, 3)


def mse(x, x_hat):
    return np.mean((x - x_hat) ** 2, axis=PIXELS)


def log_likelihood(y, p):
    return np.sum(y * np.log(p) + (1 - y) * np.log(1 - p), axis=PIXELS)


def guessed(image, hidden, mean, covariance, gain):
    """The image, its hole filled with the mean plus a gain times what is seen beyond its mean."""
    filled = image.copy()
    filled[hidden] = mean[hidden] + gain @ (image[~hidden] - mean[~hidden])
    return filled


def blocks(hidden, matrix):
    return (
        matrix[np.ix_(hidden, hidden)],
        matrix[np.ix_(hidden, ~hidden)],
        matrix[np.ix_(~hidden, ~hidden)],
    )


def with_gain(make):
    """An answer to `fill_hole` from the gain that it makes of Chh, Chv and Cvv."""

    def answer(image, hidden, mean, covariance):
        gain = make(*blocks(hidden, covariance))
        return guessed(image, hidden, mean, covariance, gain)

    return answer


def with_values(make):
    """An answer to `fill_hole` that puts something in the hole."""

    def answer(image, hidden, mean, covariance):
        filled = image.copy()
        filled[hidden] = make(image, hidden, mean, covariance)
        return filled

    return answer


def entropy(values, step):
    shares = np.unique(np.round(values / step), return_counts=True)[1] / len(values)
    return -np.sum(shares * np.log2(shares))


def step_of(fits, low=1e-6, high=1e3, turns=60):
    """An answer to `step_for_budget` that bisects for the finest step that fits."""

    def answer(values, bits):
        small, large = low * np.std(values), high * np.std(values)
        for _ in range(turns):
            middle = math.sqrt(small * large)
            small, large = (small, middle) if fits(values, middle, bits) else (middle, large)
        return large

    return answer


def counted(neighbours, *, more=0.5, before=lambda x: x, after=lambda p: p):
    """An answer to `ink_probabilities` that counts in x_train what follows some neighbours."""

    def answer(images, x_train):
        images, x_train = before(images), before(x_train)

        def contexts(x):
            padded = np.pad(np.asarray(x, "int64"), ((0, 0), (3, 3), (3, 3)))
            number = np.zeros(x.shape, "int64")
            for down, right in neighbours:
                number = 2 * number + padded[:, 3 + down : 31 + down, 3 + right : 31 + right]
            return number

        known, count = contexts(x_train), 2 ** len(neighbours)
        ink = np.bincount(known[x_train == 1], minlength=count) + more
        total = np.bincount(known.ravel(), minlength=count) + 2 * more
        return after((ink / total)[contexts(images)])

    return answer


LEFT_AND_ABOVE = [(0, -1), (-1, 0), (-1, 1), (-1, -1)]

WRONG = {  # exercise: {(what is wrong, the names that may be given to it): answer}
    "denoising.psnr": {
        ("one a channel", ""): lambda x, h, c: 10 * np.log10(c**2 / np.mean((x - h) ** 2, (1, 2))),
        ("over the batch", ""): lambda x, h, c: 10 * np.log10(c**2 / np.mean((x - h) ** 2, 0)),
        ("the error itself", ""): lambda x, h, c: mse(x, h),
        ("its root", ""): lambda x, h, c: np.sqrt(mse(x, h)),
        ("relative to peak", ""): lambda x, h, c: mse(x, h) / c**2,
        ("base 2", ""): lambda x, h, c: 10 * np.log2(c**2 / mse(x, h)),
        ("no factor", ""): lambda x, h, c: np.log10(c**2 / mse(x, h)),
        ("bels times 2", ""): lambda x, h, c: 2 * np.log10(c**2 / mse(x, h)),
        ("largest pixel", ""): lambda x, h, c: 10 * np.log10(x.max(PIXELS) ** 2 / mse(x, h)),
        ("signal to noise", ""): lambda x, h, c: 10 * np.log10(np.mean(x**2, PIXELS) / mse(x, h)),
        ("variance", ""): lambda x, h, c: 10 * np.log10(np.var(x, PIXELS) / mse(x, h)),
        ("of one less", ""): lambda x, h, c: (
            10 * np.log10(c**2 / np.var(x - h, axis=PIXELS, ddof=1))
        ),
        ("variance of the gap", ""): lambda x, h, c: 10 * np.log10(c**2 / np.var(x - h, PIXELS)),
        ("median", ""): lambda x, h, c: 10 * np.log10(c**2 / np.median((x - h) ** 2, PIXELS)),
        ("largest gap", ""): lambda x, h, c: 10 * np.log10(c**2 / np.max((x - h) ** 2, PIXELS)),
        ("kept dimensions", ""): lambda x, h, c: (
            10 * np.log10(c**2 / np.mean((x - h) ** 2, PIXELS, keepdims=True))
        ),
        ("mean of the channels", ""): lambda x, h, c: (
            10 * np.log10(c**2 / np.mean((x - h) ** 2, (1, 2))).mean(-1)
        ),
        ("pixel by pixel", ""): lambda x, h, c: np.mean(
            10 * np.log10(c**2 / (1e-8 + (x - h) ** 2)), PIXELS
        ),
        ("divided twice", ""): lambda x, h, c: 10 * np.log10(c**2 / (mse(x, h) / x[0].size)),
        ("divided by the batch", ""): lambda x, h, c: (
            10 * np.log10(c**2 / (np.sum((x - h) ** 2, PIXELS) / len(x)))
        ),
        ("two logarithms", ""): lambda x, h, c: 20 * np.log10(c) - 10 * np.log(mse(x, h)),
        ("offset", ""): lambda x, h, c: 10 * np.log10(c**2 / (mse(x, h) + 0.1)),
        ("rounded", ""): lambda x, h, c: np.round(10 * np.log10(c**2 / mse(x, h))),
        ("negative", "upside_down"): lambda x, h, c: 10 * np.log10(mse(x, h) / c**2),
        ("same as no peak", "peak_forgotten"): lambda x, h, c: -10 * np.log10(mse(x, h)),
        ("a list of one", ""): lambda x, h, c: [10 * np.log10(c**2 / mse(x, h))],
    },
    "denoising.fill_hole": {
        ("zero", ""): with_values(lambda x, h, m, c: 0.0),
        ("mean of what is seen", ""): with_values(lambda x, h, m, c: x[~h].mean()),
        ("one mean", ""): with_values(lambda x, h, m, c: m.mean()),
        ("added to the gray", ""): with_values(
            lambda x, h, m, c: (
                x[h] + c[np.ix_(h, ~h)] @ np.linalg.solve(c[np.ix_(~h, ~h)], (x - m)[~h])
            )
        ),
        ("its own mean", ""): with_values(
            lambda x, h, m, c: (
                m[h] + c[np.ix_(h, ~h)] @ np.linalg.solve(c[np.ix_(~h, ~h)], x[~h] - x[~h].mean())
            )
        ),
        ("correlations", ""): lambda x, h, m, c: with_gain(
            lambda hh, hv, vv: hv @ np.linalg.inv(vv)
        )(x, h, m, c / np.sqrt(np.outer(np.diag(c), np.diag(c)))),
        ("ridge", ""): with_gain(lambda hh, hv, vv: hv @ np.linalg.inv(vv + np.eye(len(vv)))),
        ("twice", ""): with_gain(lambda hh, hv, vv: 2 * hv @ np.linalg.inv(vv)),
        ("squared", ""): with_gain(lambda hh, hv, vv: hv @ np.linalg.inv(vv @ vv)),
        ("root", ""): with_gain(lambda hh, hv, vv: hv / np.sqrt(np.diag(vv))),
        ("both deviations", ""): with_gain(
            lambda hh, hv, vv: hv / np.sqrt(np.outer(np.diag(hh), np.diag(vv)))
        ),
        ("inverse of each value", ""): with_gain(lambda hh, hv, vv: hv @ (1 / vv)),
        ("nearest pixel", ""): with_values(
            lambda x, h, m, c: np.interp(np.flatnonzero(h), np.flatnonzero(~h), x[~h])
        ),
        ("only the deviations' mean", ""): with_values(
            lambda x, h, m, c: m[h] + np.mean((x - m)[~h])
        ),
        ("no order", ""): lambda x, h, m, c: np.concatenate(
            [
                x[~h],
                m[h] + c[np.ix_(h, ~h)] @ np.linalg.solve(c[np.ix_(~h, ~h)], (x - m)[~h]),
            ]
        ),
        ("precision, diagonal", ""): lambda x, h, m, c: with_gain(
            lambda hh, hv, vv: -hv / np.diag(hh)[:, None]
        )(x, h, m, np.linalg.inv(c)),
        ("precision, not inverted", ""): lambda x, h, m, c: with_gain(lambda hh, hv, vv: -hv)(
            x, h, m, np.linalg.inv(c)
        ),
        ("precision, no sign", "the_wrong_way"): lambda x, h, m, c: with_gain(
            lambda hh, hv, vv: np.linalg.solve(hh, hv)
        )(x, h, m, np.linalg.inv(c)),
        ("clipped", ""): lambda x, h, m, c: np.clip(
            with_gain(lambda hh, hv, vv: hv @ np.linalg.inv(vv))(x, h, m, c), 0, 1
        ),
        ("rounded", ""): lambda x, h, m, c: np.round(
            with_gain(lambda hh, hv, vv: hv @ np.linalg.inv(vv))(x, h, m, c)
        ),
        ("a column", ""): lambda x, h, m, c: with_gain(lambda hh, hv, vv: hv @ np.linalg.inv(vv))(
            x, h, m, c
        )[:, None],
        ("in pairs", ""): lambda x, h, m, c: (x[~h], m[h]),
        ("pairs, not a block", "pairs_for_a_block"): with_values(
            lambda x, h, m, c: m[h] + c[h, ~h] @ np.linalg.solve(c[~h, ~h], (x - m)[~h])
        ),
        ("pairs, inverted", "pairs_for_a_block"): with_values(
            lambda x, h, m, c: m[h] + c[h, ~h] @ np.linalg.inv(c[~h, ~h]) @ (x - m)[~h]
        ),
        ("no inverse", ""): with_gain(lambda hh, hv, vv: hv @ np.linalg.inv(0 * vv)),
        ("not square", ""): with_values(
            lambda x, h, m, c: m[h] + np.linalg.inv(c[~h]) @ (x - m)[~h]
        ),
        ("transposed", ""): with_values(
            lambda x, h, m, c: (
                m[h] + c[np.ix_(~h, h)] @ np.linalg.solve(c[np.ix_(~h, ~h)], (x - m)[~h])
            )
        ),
        ("a draw", ""): with_values(lambda x, h, m, c: m[h] + np.random.normal(size=h.sum())),
    },
    "denoising.speckled_log_likelihood": {
        ("flipped", "flipped"): lambda y, x, f: log_likelihood(y, (1 - f) * x + f * (1 - x)),
        ("half untouched", ""): lambda y, x, f: log_likelihood(y, (1 - f / 2) * x + f / 2),
        ("square", ""): lambda y, x, f: log_likelihood(y, (1 - f) * x + f**2 / 2),
        ("only touched", ""): lambda y, x, f: log_likelihood(y, f / 2 + 0 * x),
        ("one half", ""): lambda y, x, f: log_likelihood(y, (1 - f) * x + 0.5 * (1 - x)),
        ("no share", ""): lambda y, x, f: log_likelihood(y, (x + 0.5) / 2),
        ("product", ""): lambda y, x, f: log_likelihood(y, (1 - f) * x * f / 2),
        ("ink touched", ""): lambda y, x, f: log_likelihood(y, (1 - f) * x + f / 2 * x),
        ("image", ""): lambda y, x, f: (1 - f) * x + f / 2,
        ("pixels", "axes_left"): lambda y, x, f: (
            y * np.log((1 - f) * x + f / 2) + (1 - y) * np.log(1 - (1 - f) * x - f / 2)
        ),
        ("logit", ""): lambda y, x, f: np.sum(scipy.special.logit((1 - f) * x + f / 2), PIXELS),
        ("paper", ""): lambda y, x, f: np.sum(
            y * np.log((1 - f) * x + f / 2) + (1 - y) * np.log((1 - f) * (1 - x) + 1e-9), PIXELS
        ),
        ("absolute", ""): lambda y, x, f: -np.sum(abs(y - (1 - f) * x - f / 2), PIXELS),
        ("logits", ""): lambda y, x, f: log_likelihood(y, (1 - f) * scipy.special.expit(x) + f / 2),
        ("both damaged", ""): lambda y, x, f: log_likelihood(
            (1 - f) * y + f / 2, (1 - f) * x + f / 2
        ),
        ("y damaged", ""): lambda y, x, f: log_likelihood(
            (1 - f) * y + f / 2, np.clip(x, 1e-7, 1 - 1e-7)
        ),
        ("clipped", ""): lambda y, x, f: log_likelihood(y, np.clip((1 - f) * x + f / 2, 0.4, 0.6)),
        ("log1p", ""): lambda y, x, f: np.sum(
            y * np.log1p((1 - f) * x + f / 2) + (1 - y) * np.log1p(1 - (1 - f) * x - f / 2), PIXELS
        ),
        ("constant", ""): lambda y, x, f: log_likelihood(y, (1 - f) * x + f / 2) + np.log(0.5),
        ("prior", ""): lambda y, x, f: log_likelihood(y, (1 - f) * x + f / 2) - 0.5 * np.sum(x**2),
        ("half", ""): lambda y, x, f: 0.5 * log_likelihood(y, (1 - f) * x + f / 2),
        ("per channel", "axes_left"): lambda y, x, f: np.sum(
            y * np.log((1 - f) * x + f / 2) + (1 - y) * np.log(1 - (1 - f) * x - f / 2), (1, 2)
        ),
        ("column", ""): lambda y, x, f: log_likelihood(y, (1 - f) * x + f / 2)[:, None],
        ("paper alone", ""): lambda y, x, f: np.sum(
            (1 - y) * np.log(1 - (1 - f) * x - f / 2), PIXELS
        ),
        ("laplace", ""): lambda y, x, f: np.sum(
            np.log(f / 2 + (1 - f) * np.exp(-abs(y - x))), PIXELS
        ),
    },
    "compression.message_bytes": {
        ("base 10", ""): lambda p: math.ceil(-np.log10(p).sum() / 8),
        ("symbols", ""): lambda p: len(p),
        ("symbols by 8", ""): lambda p: math.ceil(len(p) / 8),
        ("mean probability", ""): lambda p: math.ceil(-len(p) * np.log2(p.mean()) / 8),
        ("sum of probabilities", ""): lambda p: math.ceil(abs(np.log2(p.sum())) / 8),
        ("surprise linear", ""): lambda p: math.ceil(np.sum(1 - p) / 8),
        ("inverse", ""): lambda p: math.ceil(np.sum(1 / p) / 8),
        ("the worst", ""): lambda p: math.ceil(-np.log2(p).min() / 8),
        ("the likeliest", ""): lambda p: math.ceil(-np.log2(p.max()) / 8),
        ("a header", ""): lambda p: math.ceil(-np.log2(p).sum() / 8) + 1,
        ("sevenths", ""): lambda p: math.ceil(-np.log2(p).sum() / 7),
        ("sixteenths", ""): lambda p: math.ceil(-np.log2(p).sum() / 16),
        ("nibbles", ""): lambda p: math.ceil(-np.log2(p).sum() / 4),
        ("words", ""): lambda p: 4 * math.ceil(-np.log2(p).sum() / 32),
        ("kilobits", ""): lambda p: math.ceil(-np.log2(p).sum() / 1024),
        ("times 8", ""): lambda p: math.ceil(-np.log2(p).sum() * 8),
        ("entropy times n", ""): lambda p: math.ceil(-len(p) * np.sum(p * np.log2(p)) / 8),
        ("other outcome", ""): lambda p: math.ceil(-np.sum(np.log2(1 - p + 1e-9)) / 8),
        ("both outcomes", ""): lambda p: math.ceil(
            -np.sum(p * np.log2(p) + (1 - p) * np.log2(1 - p + 1e-12)) / 8
        ),
        ("nats twice", ""): lambda p: math.ceil(-np.log(p).sum() * np.log(2) / 8),
        ("tenths", ""): lambda p: math.ceil(np.sum(np.ceil(-10 * np.log2(p)) / 10) / 8),
        ("rounded bits", ""): lambda p: math.ceil(np.sum(np.round(-np.log2(p))) / 8),
        ("floors", ""): lambda p: math.ceil(np.sum(np.floor(-np.log2(p))) / 8),
        ("all the lengths", ""): lambda p: np.cumsum(-np.log2(p)) / 8,
        ("one a symbol", ""): lambda p: np.ceil(-np.log2(p) / 8),
        ("squares", ""): lambda p: math.ceil(np.sum(np.log2(p) ** 2) / 8),
        ("expected", ""): lambda p: math.ceil(-np.log2(np.mean(p)) * 8),
        ("a text", ""): lambda p: f"{math.ceil(-np.log2(p).sum() / 8)} octets",
    },
    "compression.step_for_budget": {
        ("twice as large", ""): lambda v, b: 2 * step_of(lambda v, s, b: entropy(v, s) <= b)(v, b),
        ("half", ""): lambda v, b: 0.5 * step_of(lambda v, s, b: entropy(v, s) <= b)(v, b),
        ("median deviation", ""): lambda v, b: np.median(abs(v - np.median(v))) * 4 / 2**b,
        ("three deviations", ""): lambda v, b: 3 * v.std() / 2**b,
        ("bits by two", ""): lambda v, b: np.ptp(v) / 2 ** (b / 2),
        ("two deviations", ""): lambda v, b: 2 * v.std() / 2**b,
        ("six deviations", ""): lambda v, b: 6 * v.std() / 2**b,
        ("laplace formula", ""): lambda v, b: np.sqrt(2) * np.e * v.std() / 2**b,
        ("variance", ""): lambda v, b: v.var() * np.sqrt(2 * np.pi * np.e) / 2**b,
        ("quartiles", ""): lambda v, b: np.ptp(np.quantile(v, [0.25, 0.75])) / 2**b,
        ("largest", ""): lambda v, b: abs(v).max() / 2**b,
        ("powers of ten", ""): lambda v, b: next(
            s for s in 10.0 ** np.arange(-9, 9) if entropy(v, s) <= b
        ),
        ("powers of two", ""): lambda v, b: next(
            s for s in 2.0 ** np.arange(-30, 30) if entropy(v, s) <= b
        ),
        ("bits by the range", ""): lambda v, b: np.ptp(v) / b,
        ("an entropy", ""): lambda v, b: entropy(v, 1.0),
        ("absolute grid", ""): lambda v, b: next(
            (s for s in np.arange(0.01, 10, 0.01) if entropy(v, s) <= b), 10.0
        ),
        ("few turns", ""): step_of(lambda v, s, b: entropy(v, s) <= b, turns=5),
        ("reversed", ""): step_of(lambda v, s, b: entropy(v, s) > b),
        ("wrong sign", ""): step_of(lambda v, s, b: -entropy(v, s) <= b),
        ("not rounded", ""): step_of(lambda v, s, b: np.log2(len(np.unique(v / s))) <= b),
        ("bits for all", ""): step_of(lambda v, s, b: entropy(v, s) * len(v) <= b),
        ("budget in bytes", ""): step_of(lambda v, s, b: entropy(v, s) <= 8 * b),
        ("per eight", ""): step_of(lambda v, s, b: entropy(v, s) <= b / 8),
        ("budget twice", ""): step_of(lambda v, s, b: entropy(v, s) <= b - 1),
        ("several", ""): lambda v, b: [s for s in np.geomspace(0.01, 10, 50) if entropy(v, s) <= b],
        ("negative", ""): lambda v, b: -np.ptp(v) / 2**b,
        ("nothing fits", ""): lambda v, b: float("inf"),
    },
    "compression.ink_probabilities": {
        ("a half", "no_context"): lambda x, t: np.full(x.shape, 0.5),
        ("mean of the batch", "learns_from_what_it_writes"): lambda x, t: (
            np.clip(x.mean(axis=0), 0.01, 0.99) + 0.0 * x
        ),
        ("mean of the image", "sees_itself"): lambda x, t: (
            np.clip(x.mean(axis=(1, 2), keepdims=True), 0.01, 0.99) + 0.0 * x
        ),
        ("one row more", ""): lambda x, t: counted(LEFT_AND_ABOVE)(x, t)[:, 1:],
        ("flat", ""): lambda x, t: counted(LEFT_AND_ABOVE)(x, t).reshape(len(x), -1),
        ("left alone", ""): counted([(0, -1)]),
        ("above alone", ""): counted([(-1, 0)]),
        ("two neighbours", ""): counted([(0, -1), (-1, 0)]),
        ("far neighbours", ""): counted([(0, -3), (-3, 0), (-3, 1), (-3, -1)]),
        ("right", "sees_the_future"): counted([(0, 1), (-1, 0), (-1, 1), (-1, -1)]),
        ("below", "sees_the_future"): counted([(0, -1), (1, 0)]),
        ("blurred", "sees_the_future sees_itself"): lambda x, t: np.clip(
            (np.roll(x, 1, 1) + np.roll(x, -1, 1) + np.roll(x, 1, 2) + np.roll(x, -1, 2)) / 4,
            0.01,
            0.99,
        ),
        ("itself", "sees_itself"): lambda x, t: np.clip(1.0 * x, 0.01, 0.99),
        ("percent", ""): counted(LEFT_AND_ABOVE, after=lambda p: 100 * p),
        ("logarithm", ""): counted(LEFT_AND_ABOVE, after=np.log),
        ("logit", ""): counted(LEFT_AND_ABOVE, after=scipy.special.logit),
        ("decided", "impossible"): counted(LEFT_AND_ABOVE, after=lambda p: 1.0 * (p > 0.5)),
        ("paper", "paper"): counted(LEFT_AND_ABOVE, after=lambda p: 1 - p),
        ("timid", ""): counted(LEFT_AND_ABOVE, after=lambda p: 0.5 + 0.2 * (p - 0.5)),
        ("columns first", "sees_the_future"): counted([(-1, 0), (0, -1), (1, -1), (-1, -1)]),
        ("much smoothed", ""): counted(LEFT_AND_ABOVE, more=3e5),
        ("noisy", "draws"): counted(
            LEFT_AND_ABOVE,
            after=lambda p: np.clip(p + 0.01 * np.random.normal(size=p.shape), 0.01, 0.99),
        ),
        ("binary draws", "draws"): counted(
            LEFT_AND_ABOVE, after=lambda p: np.random.random(p.shape) < p
        ),
        ("one number", ""): lambda x, t: t.mean(),
    },
}

RIGHT = {
    "denoising.psnr": [
        lambda x, h, c: 20 * np.log10(c) - 10 * np.log10(mse(x, h)),
        lambda x, h, c: [
            20 * math.log10(c / math.sqrt(np.mean((a - b) ** 2))) for a, b in zip(x, h, strict=True)
        ],
        lambda x, h, c: -10 * np.log10(np.mean(((x - h) / c).reshape(len(x), -1) ** 2, axis=1)),
        lambda x, h, c: (
            10
            * keras.ops.log(c**2 / keras.ops.mean(keras.ops.square(x - h), axis=(-1, -2, -3)))
            / np.log(10)
        ),
        lambda x, h, c: (
            20
            * tf.math.log(c * x[0].size ** 0.5 / tf.norm(tf.reshape(x - h, (len(x), -1)), axis=1))
            / math.log(10)
        ),
    ],
    "denoising.fill_hole": [
        with_gain(lambda hh, hv, vv: hv @ np.linalg.inv(vv)),
        lambda x, h, m, c: with_gain(lambda hh, hv, vv: -np.linalg.solve(hh, hv))(
            x, h, m, np.linalg.inv(c)
        ),
        lambda x, h, m, c: np.where(
            h,
            m + c[:, ~h] @ np.linalg.lstsq(c[~h][:, ~h], x[~h] - m[~h], rcond=None)[0],
            x,
        ),
        with_gain(lambda hh, hv, vv: np.linalg.solve(vv, hv.T).T),
        lambda x, h, m, c: (
            m
            + c[:, np.flatnonzero(~h)]
            @ np.linalg.inv(c[np.ix_(np.flatnonzero(~h), np.flatnonzero(~h))])
            @ (x - m)[~h]
        ),
    ],
    "denoising.speckled_log_likelihood": [
        lambda y, x, f: np.sum(
            np.log(np.where(y == 1, (1 - f) * x + f / 2, 1 - (1 - f) * x - f / 2)), PIXELS
        ),
        lambda y, x, f: log_likelihood(y, x + f * (0.5 - x)),
        lambda y, x, f: np.log((1 - f) * np.where(y == 1, x, 1 - x) + f / 2).sum(axis=(1, 2, 3)),
        lambda y, x, f: (
            -keras.ops.sum(
                keras.losses.binary_crossentropy(y, (1 - f) * x + f / 2, axis=-1), axis=(1, 2)
            )
            * y.shape[-1]
        ),
        lambda y, x, f: log_likelihood(y, (1 - f / 2) * x + f / 2 * (1 - x)),
        lambda y, x, f: [
            float(np.log(np.where(a == 1, b, 1 - b)).sum())
            for a, b in zip(y, (1 - f) * x + f / 2, strict=True)
        ],
    ],
    "compression.message_bytes": [
        lambda p: -int(np.log2(p).sum() // 8),
        lambda p: math.ceil(math.ceil(sum(-math.log2(each) for each in p)) / 8),
        lambda p: np.ceil(np.log(1 / p).sum() / np.log(256)),
        lambda p: np.array([np.ceil(np.sum(np.log2(1 / p)) / 8)]),
        lambda p: math.ceil(float(tf.reduce_sum(-tf.math.log(p)) / (8 * math.log(2))) - 1e-9),
    ],
    "compression.step_for_budget": [
        step_of(lambda v, s, b: entropy(v, s) <= b),
        lambda v, b: next(s for s in v.std() * np.geomspace(1e-3, 10, 3000) if entropy(v, s) <= b),
        lambda v, b: np.array(step_of(lambda v, s, b: entropy(v, s) <= b, 1e-4, 1e2)(v, b)),
        lambda v, b: min(
            v.std() * np.geomspace(1e-3, 10, 2000), key=lambda s: abs(entropy(v, s) - b)
        ),
        lambda v, b: (
            scipy.optimize.brentq(
                lambda s: entropy(v, np.exp(s)) - b, np.log(1e-3 * v.std()), np.log(10 * v.std())
            )
            and np.exp(
                scipy.optimize.brentq(
                    lambda s: entropy(v, np.exp(s)) - b,
                    np.log(1e-3 * v.std()),
                    np.log(10 * v.std()),
                )
            )
        ),
    ],
    "compression.ink_probabilities": [
        counted(LEFT_AND_ABOVE),
        counted([*LEFT_AND_ABOVE, (0, -2), (-2, 0)]),
        counted([*LEFT_AND_ABOVE, (0, -2), (-2, 0), (0, -3)], more=0.1),
        lambda x, t: counted(LEFT_AND_ABOVE)(x.astype(bool), t.astype(bool)),
        counted(LEFT_AND_ABOVE, after=lambda p: tf.constant(p, "float32")),
    ],
}


@pytest.mark.parametrize(
    ("exercise", "answer"), numbered({name: several.items() for name, several in WRONG.items()})
)
def test_a_wrong_answer_fails_under_its_own_name_or_with_what_was_tried(exercise, answer):
    (_, names), wrong = answer
    verdict = exercise.judge(wrong)
    assert verdict.status == "failed"
    assert verdict.misconception in (names.split() or [None])
    if verdict.misconception is None:
        assert is_helpful(verdict.message), verdict.message


def is_helpful(message):
    """What was tried is small enough to follow, or a property, or what was raised, is said."""
    if "Condition qui n'est pas remplie" in message or "s'est arrêté" in message:
        return True
    if "On attend" in message:
        return True
    tried = next((line for line in message.splitlines() if "essai" in line), None)
    return tried is not None and "un tableau de forme" not in tried


@pytest.mark.parametrize(("exercise", "answer"), numbered(RIGHT))
def test_a_right_answer_written_otherwise_passes(exercise, answer):
    verdict = exercise.judge(answer)
    assert verdict.status == "passed", verdict.message
