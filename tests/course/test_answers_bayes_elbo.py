"""Answers to the exercises of chapters 03 and 04 that are in no list of mistakes.

Right ones written otherwise must pass. Wrong ones must fail; a name is given only where it is true;
without a name, the message shows what was tried, what came and what was expected.
"""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from notebook_cells import numbered
from scipy import optimize, special, stats

from vae_keras.losses import kl_between_gaussians, kl_divergence

NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(40)
NODE_WEIGHTS = NODE_WEIGHTS / NODE_WEIGHTS.sum()


def softmax(prior, likelihood):
    joint = prior * likelihood
    return joint / joint.sum(axis=1, keepdims=True)


def log_mean_exp(logs, axis):
    return special.logsumexp(logs, axis=axis) - np.log(np.shape(logs)[axis])


def cells(log_joint, least=-12, greatest=12, count=4801):
    grid, step = np.linspace(least, greatest, count, retstep=True)
    values = log_joint(grid)
    probabilities = np.exp(values - values.max())
    return grid, step, probabilities / probabilities.sum()


def drawn(num_draws, grid, step, probabilities, width=None):
    """Draws in cells and the log-densities there."""
    chosen = np.random.choice(len(grid), num_draws, p=probabilities)
    jitter = np.random.uniform(-0.5, 0.5, num_draws) * (step if width is None else width)
    return grid[chosen] + jitter, np.log(probabilities[chosen] / step)


def by_inversion(log_joint, num_draws):
    grid, step, probabilities = cells(log_joint)
    sums = np.cumsum(probabilities)
    chosen = np.searchsorted(sums, np.random.rand(num_draws) * sums[-1])
    z = grid[chosen] + step * (np.random.rand(num_draws) - 0.5)
    return np.stack([z, np.log(probabilities[chosen] / step)])  # two results as one array


def by_kernels(log_joint, num_draws):
    grid, _, probabilities = cells(log_joint)
    density = stats.gaussian_kde(grid, bw_method=0.02, weights=probabilities)
    z = density.resample(num_draws)[0]
    return tf.constant(z), tf.constant(density.logpdf(z))


def defensively(log_joint, num_draws):
    grid, step, probabilities = cells(log_joint)
    return list(drawn(num_draws, grid, step, 0.95 * probabilities + 0.05 / len(grid)))


def without_jitter(log_joint, num_draws):
    return drawn(num_draws, *cells(log_joint), width=0.0)


def resampled(log_joint, num_draws):
    z = np.random.uniform(-12, 12, 20 * num_draws)
    weights = np.exp(log_joint(z) - log_joint(z).max())
    z = np.random.choice(z, num_draws, p=weights / weights.sum())
    return z, log_joint(z)


def probabilities_of_cells(log_joint, num_draws):
    grid, step, probabilities = cells(log_joint)
    z, log_q = drawn(num_draws, grid, step, probabilities)
    return z, np.exp(log_q) * step


def decimal_logarithms(log_joint, num_draws):
    z, log_q = drawn(num_draws, *cells(log_joint))
    return z, log_q / np.log(10)


def jittered_beyond_the_cell(log_joint, num_draws):
    return drawn(num_draws, *cells(log_joint), width=1.0)


def one_wide_gaussian(log_joint, num_draws):
    grid, _, probabilities = cells(log_joint)
    mean = np.sum(probabilities * grid)
    deviation = 1.3 * np.sqrt(np.sum(probabilities * (grid - mean) ** 2))
    z = np.random.normal(mean, deviation, num_draws)
    return z, stats.norm.logpdf(z, mean, deviation)


def coarse_cells(log_joint, num_draws):
    return drawn(num_draws, *cells(log_joint, count=13))


def half_the_draws(log_joint, num_draws):
    return drawn(num_draws // 2, *cells(log_joint))


def best_by_simplex(log_joint, entropy=1.0):
    def loss(parameters):
        mean, log_sigma = parameters
        values = log_joint(mean + np.exp(log_sigma) * NODES)
        return -(NODE_WEIGHTS @ values + entropy * log_sigma)

    found = optimize.minimize(loss, [0, 0], method="Nelder-Mead", options={"xatol": 1e-4})
    return found.x[0], np.exp(found.x[1])


def best_by_bounds(log_joint):
    def loss(parameters):
        mean, sigma = parameters
        return -(NODE_WEIGHTS @ log_joint(mean + sigma * NODES) + np.log(sigma))

    return optimize.minimize(loss, [0, 1], bounds=[(-8, 8), (0.1, 4)]).x


def best(change):
    return lambda log_joint: change(*best_by_simplex(log_joint))


def diagonal(log_var):
    return np.exp(log_var)[..., None] * np.eye(log_var.shape[-1])


def closed_form(model, x, mean, log_var):
    center, covariance = (each.numpy() for each in model.posterior(x))
    precision, shift = np.linalg.inv(covariance), mean - center
    squares = np.einsum("ni,ij,nj->n", shift, precision, shift)
    logs = np.linalg.slogdet(covariance)[1] - log_var.sum(axis=-1)
    return 0.5 * (np.exp(log_var) @ np.diag(precision) + squares - len(precision) + logs)


def gap(change):
    return lambda model, x, *q: change(model.log_marginal(x), model.elbo(x, *q))


def at_posterior(model, x, mean, log_var):
    return model.log_marginal(x) - model.elbo(x, model.posterior(x)[0].numpy(), log_var)


def kl(mean, log_var):
    return 0.5 * np.sum(np.exp(log_var) + mean**2 - 1 - log_var, axis=-1)


RIGHT = {
    "bayes.discrete_posterior": [
        lambda p, q: tf.nn.softmax(tf.math.log(q) + tf.math.log(p), axis=-1),
        lambda p, q: np.einsum("k,nk->nk", p, q) / (q @ p)[:, None],
        lambda p, q: [[a * b / np.dot(p, row) for a, b in zip(p, row, strict=True)] for row in q],
    ],
    "bayes.log_evidence": [
        lambda logs: log_mean_exp(logs, 0),
        lambda logs: tf.reduce_logsumexp(logs, axis=0) - np.log(len(logs)),
        lambda logs: np.logaddexp.reduce(logs, axis=0) - np.log(len(logs)),
    ],
    "bayes.normalized_weights": [
        lambda a, b, c: special.softmax(a + b - c, axis=0),
        lambda a, b, c: tf.nn.softmax(a + b - c, axis=0),
        lambda a, b, c: np.stack([special.softmax(each) for each in (a + b - c).T], axis=1),
    ],
    "bayes.find_proposal": [by_inversion, by_kernels, defensively],
    "elbo.kl_to_prior": [
        kl_divergence,
        lambda m, v: -0.5 * tf.reduce_sum(1 + v - tf.square(m) - tf.exp(v), axis=1),
        lambda m, v: ops.sum(0.5 * ops.exp(v) + 0.5 * m**2 - 0.5 - 0.5 * v, axis=-1),
    ],
    "elbo.evidence_gap": [
        closed_form,
        lambda model, x, m, v: kl_between_gaussians(m, diagonal(v), *model.posterior(x)),
        gap(lambda log_p, elbo: -(elbo - log_p)),
    ],
    "elbo.elbo_from_losses": [
        lambda loss, kl, beta: -loss + (beta - 1) * kl,
        lambda loss, kl, beta: tf.subtract(-loss, (1 - beta) * kl),
    ],
    "elbo.best_gaussian": [
        best_by_simplex,
        best_by_bounds,
        best(lambda *q: np.array(q)),
        best(lambda *q: tf.stack(q)),
    ],
    "elbo_further.best_diagonal": [
        lambda c: np.diag(np.linalg.inv(c)) ** -0.5,
        lambda c: tf.math.rsqrt(tf.linalg.diag_part(tf.linalg.inv(c))),
    ],
    "elbo_further.grouped_bound": [
        lambda w, k: np.mean(log_mean_exp(np.reshape(w, (-1, k)), 1)),
        lambda w, k: tf.reduce_mean(tf.reduce_logsumexp(tf.reshape(w, (-1, k)), 1)) - np.log(k),
    ],
}

WRONG = {  # the answer, and the name that is true of it, if any
    "bayes.discrete_posterior": [
        (lambda p, q: p * q / np.max(p * q, axis=1, keepdims=True), None),
        (lambda p, q: softmax(p**2, q), None),
        (lambda p, q: softmax(1 / p, q), None),
        (lambda p, q: softmax(p, q).T, None),
        (lambda p, q: np.argmax(p * q, axis=1), None),
        (lambda p, q: 1 - softmax(p, q), None),
        (lambda p, q: np.log(softmax(p, q)), None),
        (lambda p, q: np.round(softmax(p, q), 1), None),
    ],
    "bayes.log_evidence": [
        (lambda logs: np.median(logs, axis=0), None),
        (lambda logs: special.logsumexp(logs, axis=0) - np.log(logs.shape[1]), None),
        (lambda logs: np.max(logs, axis=0) - np.log(len(logs)), None),
        (lambda logs: np.log(np.mean(np.exp(np.clip(logs, -700, 700)), axis=0)), None),
        (lambda logs: np.log(np.mean(np.exp(logs + 1500), axis=0)) - 1500, None),
        (lambda logs: np.mean(logs, axis=0) + 0.5 * np.var(logs, axis=0), None),
        (lambda logs: log_mean_exp(logs, 0)[:, None], None),
    ],
    "bayes.normalized_weights": [
        (lambda a, b, c: special.softmax(-a - b - c, axis=0), None),
        (lambda a, b, c: special.softmax(2 * (a + b - c), axis=0), None),
        (lambda a, b, c: special.softmax(-c, axis=0), None),
        (lambda a, b, c: special.softmax(np.clip(a + b - c, -700, 700), axis=0), None),
        (lambda a, b, c: special.softmax(a - c, axis=0), "prior_forgotten"),
        (lambda a, b, c: special.log_softmax(a + b - c, axis=0), None),
    ],
    "bayes.find_proposal": [
        (without_jitter, "discrete_draws"),
        (resampled, "discrete_draws"),
        (probabilities_of_cells, None),
        (decimal_logarithms, None),
        (jittered_beyond_the_cell, "far_from_the_posterior"),
        (one_wide_gaussian, None),
        (coarse_cells, None),
        (half_the_draws, None),
    ],
    "elbo.kl_to_prior": [
        (lambda m, v: 0.5 * np.sum(np.exp(v) + m**2 / np.exp(v) - 1 - v, axis=-1), None),
        (lambda m, v: 0.5 * np.sum(np.exp(v) + m**2 - 1 - 0.5 * v, axis=-1), None),
        (lambda m, v: kl(m, v)[:, None], None),
        (lambda m, v: kl(m, v) / np.log(2), None),
        (lambda m, v: 0.5 * np.prod(np.exp(v) + m**2 - 1 - v, axis=-1), None),
        (lambda m, v: kl(v, m), None),
        (lambda m, v: np.mean(kl(m, v)), "whole_batch"),
    ],
    "elbo.evidence_gap": [
        (
            lambda model, x, m, v: kl_between_gaussians(
                model.posterior(x)[0], model.posterior(x)[1] * np.eye(m.shape[-1]), m, diagonal(v)
            ),
            None,
        ),
        (at_posterior, None),
        (gap(lambda log_p, elbo: np.exp(log_p - elbo)), None),
        (gap(lambda log_p, elbo: (log_p - elbo)[:, None]), None),
        (gap(lambda log_p, elbo: (log_p - elbo) / np.log(2)), None),
        (lambda model, x, m, v: model.log_marginal(x) - model.elbo(x, v, m), None),
        (lambda model, x, m, v: model.log_marginal(x) - model.log_likelihood(x, m), None),
        (
            lambda model, x, m, v: kl_between_gaussians(
                m, diagonal(v), model.posterior(x)[0][:1], model.posterior(x)[1]
            ),
            None,
        ),
    ],
    "elbo.elbo_from_losses": [
        (lambda loss, kl, beta: -loss / beta, None),
        (lambda loss, kl, beta: -loss - kl / beta, None),
        (lambda loss, kl, beta: -(loss - kl / beta) - kl, None),
        (lambda loss, kl, beta: np.mean(-loss + (beta - 1) * kl), None),
        (lambda loss, kl, beta: (-loss + (beta - 1) * kl) / 784, None),
    ],
    "elbo.best_gaussian": [
        (lambda log_joint: best_by_simplex(log_joint, entropy=0.5), None),
        (lambda log_joint: best_by_simplex(log_joint, entropy=2.0), None),
        (lambda log_joint: (0.0, 1.0), None),
        (best(lambda mean, sigma: (-mean, sigma)), None),
        (best(lambda mean, sigma: (mean, 1 / sigma**2)), None),
        (best(lambda mean, sigma: (mean, 2 * sigma)), None),
        (best(lambda mean, sigma: (mean, -sigma)), None),
        (best(lambda mean, sigma: (mean, np.log(sigma))), "log_deviation"),
        (best(lambda mean, sigma: (mean, 0.1)), None),
        (best(lambda mean, sigma: mean), None),
    ],
    "elbo_further.best_diagonal": [
        (lambda c: 1 / np.diag(c), None),
        (lambda c: 1 / np.diag(np.linalg.cholesky(np.linalg.inv(c))), None),
        (lambda c: np.full(len(c), np.linalg.det(c) ** (0.5 / len(c))), None),
        (lambda c: np.log(np.diag(np.linalg.inv(c)) ** -0.5), None),
        (lambda c: (np.diag(np.linalg.inv(c)) ** -0.5)[:, None], None),
    ],
    "elbo_further.grouped_bound": [
        (lambda w, k: np.median(log_mean_exp(np.reshape(w, (-1, k)), 1)), None),
        (lambda w, k: np.max(log_mean_exp(np.reshape(w, (-1, k)), 1)), None),
        (lambda w, k: log_mean_exp(w[:k], 0), None),
        (lambda w, k: [np.mean(log_mean_exp(np.reshape(w, (-1, k)), 1))], None),
        (lambda w, k: np.mean(special.logsumexp(np.reshape(w, (-1, k)), axis=1)) / k, None),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), numbered(RIGHT))
def test_a_right_answer_written_otherwise_passes(exercise, answer):
    verdict = exercise.judge(answer)
    assert verdict.status == "passed", verdict.message


@pytest.mark.parametrize(("exercise", "answer"), numbered(WRONG))
def test_a_wrong_answer_of_no_list_fails_and_is_helped(exercise, answer):
    wrong, name = answer
    verdict = exercise.judge(wrong)
    assert (verdict.status, verdict.misconception) == ("failed", name), verdict.message
    if name is None:
        shown = ["essai", "obtenu", "attendu"]
        told = any(each in verdict.message for each in ("Condition qui n'est", "On a demandé"))
        told = told or "On attend 2 résultats" in verdict.message
        assert told or all(each in verdict.message for each in shown)
        assert "un tableau de forme" not in verdict.message  # small enough to compute by hand
