"""Bounds on log p(x), and the latent dimensions that are in use."""

import dataclasses
import weakref

import keras
import numpy as np
import tensorflow as tf

from vae_keras import _checks
from vae_keras.losses import kl_divergence, safe_exp
from vae_keras.models import VAE


@dataclasses.dataclass(frozen=True, eq=False)
class BoundEstimate:
    """A Monte Carlo estimate of a lower bound on log p(x), image by image, in nats.

    Attributes:
        values: The estimates, NumPy array of shape `(batch,)`, float64.
        standard_errors: The Monte Carlo standard error of each, `(batch,)`; NaN with one sample.
        effective_sample_sizes: For the importance-weighted bound, by how many equally weighted
            samples each is carried, from 1 to `num_samples`; `None` for the ELBO.
    """

    values: np.ndarray
    standard_errors: np.ndarray
    effective_sample_sizes: np.ndarray | None = None

    @property
    def mean(self):
        """Mean over the images, in nats per image."""
        return float(np.mean(self.values))

    @property
    def standard_error(self):
        """Monte Carlo standard error of `mean`, for these images."""
        return float(np.sqrt(np.sum(self.standard_errors**2)) / len(self.values))


def elbo(vae, x, num_samples=1, *, batch_size=1024, seed=None, verbose=0):
    """Estimates the ELBO of each image.

        ELBO = E_q(z|x)[log p(x|z)] - KL(q(z|x) ‖ p(z))

    The first term is a mean over `num_samples` draws of z, the second is exact. It is the
    opposite of the loss of a VAE with beta = 1, whatever the beta of this one.

    Args:
        vae: A `VAE`.
        x: Examples, NumPy array or tensor `(batch, …)`.
        num_samples: Samples of z an image, at least 1.
        batch_size: Examples decoded at a time: memory, not the result, depends on it.
        seed: Integer seed of the noise; `None` for fresh noise, whatever `set_random_seed`.
        verbose: 1 shows a progress bar.

    Returns:
        A `BoundEstimate`.

    Raises:
        ValueError: If x does not suit the model or a number is not a whole one above 0.

    Example:

    >>> elbo(vae, x_test, num_samples=10).mean
    """
    sums = _ElboSums()
    z_mean, z_log_var = _stream(vae, x, num_samples, batch_size, seed, verbose, sums.add)
    estimate = sums.estimate(num_samples)
    kl = keras.ops.convert_to_numpy(kl_divergence(z_mean, z_log_var)).astype("float64")
    return dataclasses.replace(estimate, values=estimate.values - kl)


def importance_weighted_bound(vae, x, num_samples, *, batch_size=1024, seed=None, verbose=0):
    """Estimates log p(x) of each image by importance sampling from q(z|x).

        L_k = log (1/k) Σ w_i,   w_i = p(x|z_i) p(z_i) / q(z_i|x),   z_i ~ q(z|x),   k samples

    Its expectation is a lower bound on log p(x) that rises with k: k = 1 is the ELBO, k → ∞ is
    log p(x) itself. With thousands of samples it is the field's "importance-sampled NLL". The
    weights are summed as logarithms, in chunks, so that neither the number of samples nor weights
    of exp(-500) are a difficulty.

    The standard error is that of the logarithm of a mean, std(w) / (√k mean(w)) (the delta
    method); what is left of the bias is then about -½ standard_error² an image. Both know only of
    the samples that were drawn: where the encoder puts q(z|x) beside the true posterior, all
    samples may agree and be nats too low. An effective sample size of a few is a warning, a large
    one no proof; compare with ten times as many samples.

    Sources: Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders" (2016), section 3;
    Rezende, Mohamed and Wierstra, "Stochastic Backpropagation" (2014).

    Args:
        vae: A `VAE`. Its beta plays no part.
        x: Examples, NumPy array or tensor `(batch, …)`.
        num_samples: k, the number of samples of z an image, at least 1.
        batch_size: Examples decoded at a time: memory, not the result, depends on it.
        seed: Integer seed of the noise; `None` for fresh noise, whatever `set_random_seed`.
        verbose: 1 shows a progress bar.

    Returns:
        A `BoundEstimate`.

    Raises:
        ValueError: If x does not suit the model or a number is not a whole one above 0.

    Example:

    >>> bound = importance_weighted_bound(vae, x_test[:1000], num_samples=500, seed=0)
    >>> print(f"log p(x) ≈ {bound.mean:.2f} ± {bound.standard_error:.2f} nats per image")
    """
    sums = _WeightSums()
    _stream(vae, x, num_samples, batch_size, seed, verbose, sums.add)
    return sums.estimate(num_samples)


def active_units(vae, x, threshold=0.01, *, batch_size=1024):
    """Tells which latent dimensions depend on the image at all.

    Dimension j is active if the variance over images of its mean, Var_x(μ_j(x)), is above the
    threshold. The others have collapsed onto the prior: they carry nothing, and cost no KL.

    Source: Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders" (2016), section 5.

    Args:
        vae: A `VAE`.
        x: Examples, at least two, `(batch, …)`.
        threshold: Smallest variance of an active dimension.
        batch_size: Examples encoded at a time.

    Returns:
        NumPy array of booleans, `(latent_dim,)`; its `sum()` is the number of active units.

    Raises:
        ValueError: If x does not suit the model, or there is only one.
    """
    _checks.number(threshold, "threshold", above=0)
    x = _check_array(vae, x)
    if len(x) < 2:
        raise ValueError("active_units needs at least two examples: it measures how they differ.")
    z_mean, _ = vae.encode(x, batch_size)
    return np.var(z_mean.astype("float64"), axis=0) > threshold


class _ElboSums:
    """Mean and spread of log p(x|z), kept while the samples stream by."""

    def __init__(self):
        self.first = self.total = self.squares = None

    def add(self, log_likelihood, log_ratio):
        values = log_likelihood.astype("float64")
        if self.first is None:  # as an origin: the squares then lose no digits
            self.first = values[0]
            self.total = self.squares = np.zeros_like(self.first)
        deviations = values - self.first
        self.total = self.total + deviations.sum(axis=0)
        self.squares = self.squares + (deviations**2).sum(axis=0)

    def estimate(self, k):
        mean = self.total / k
        return BoundEstimate(self.first + mean, _standard_error(mean, self.squares / k, k))


class _WeightSums:
    """Σ w and Σ w², relative to the largest weight so far, kept while the samples stream by."""

    def __init__(self):
        self.largest = self.total = self.squares = None

    def add(self, log_likelihood, log_ratio):
        log_weights = log_likelihood.astype("float64") + log_ratio.astype("float64")
        largest = log_weights.max(axis=0)
        if self.largest is None:
            self.largest = largest
            self.total = self.squares = np.zeros_like(largest)
        new_largest = np.maximum(self.largest, largest)
        shrink = np.exp(self.largest - new_largest)
        weights = np.exp(log_weights - new_largest)
        self.total = self.total * shrink + weights.sum(axis=0)
        self.squares = self.squares * shrink**2 + (weights**2).sum(axis=0)
        self.largest = new_largest

    def estimate(self, k):
        mean = self.total / k
        return BoundEstimate(
            values=self.largest + np.log(mean),
            standard_errors=_standard_error(mean, self.squares / k, k) / mean,
            effective_sample_sizes=self.total**2 / self.squares,
        )


def _standard_error(mean, mean_square, k):
    """Standard error of the mean of k values."""
    if k == 1:
        return np.full_like(mean, np.nan)
    return np.sqrt(np.maximum(mean_square - mean**2, 0.0) / (k - 1))


def _stream(vae, x, num_samples, batch_size, seed, verbose, add):
    """Draws z ~ q(z|x) in chunks and hands each to `add`; returns the parameters of q(z|x).

    `add` gets log p(x|z) and log p(z) - log q(z|x), two arrays `(samples, batch)`.
    """
    num_samples = _checks.whole_number(num_samples, "num_samples")
    batch_size = _checks.whole_number(batch_size, "batch_size")
    _checks.seed(seed)
    x = _check_array(vae, x)
    z_mean, z_log_var = vae.encode(x, batch_size)
    score = _score_of(vae)
    generator = np.random.default_rng(seed)
    progress = keras.utils.Progbar(num_samples, verbose=verbose, unit_name="sample")
    at_once = max(1, batch_size // len(x))
    for first in range(0, num_samples, at_once):
        count = min(at_once, num_samples - first)
        # Sample by sample, so that the noise does not depend on the size of the chunks.
        noise = generator.standard_normal((count, *z_mean.shape), dtype="float32")
        parts = [
            score(x[rows], z_mean[rows], z_log_var[rows], noise[:, rows])
            for rows in _slices(len(x), batch_size)
        ]
        parts = [np.concatenate(each, axis=1) for each in zip(*parts, strict=True)]
        if not all(np.isfinite(part).all() for part in parts):
            raise ValueError(
                "log p(x|z) is beyond what float32 holds for some image: the pixels are too large, "
                "or the model has diverged. Mend: rescale the pixels, or train again."
            )
        add(*parts)
        progress.update(first + count)
    return z_mean, z_log_var


def _score_of(vae):
    """The model's scoring function: images and noise to the two parts of the log-weights.

    It is kept with the model, so that many calls trace it once.
    """
    traced_with = (id(vae.decoder), id(vae.likelihood))
    if vae not in _scores or _scores[vae][0] != traced_with:
        _scores[vae] = traced_with, _make_score(weakref.ref(vae))
    compiled = _scores[vae][1]

    def score(*arrays):
        types = (spec.dtype for spec in compiled.input_signature)
        arrays = (tf.cast(array, dtype) for array, dtype in zip(arrays, types, strict=True))
        return [part.numpy() for part in compiled(*arrays)]

    return score


_scores = weakref.WeakKeyDictionary()


def _make_score(reference):
    vae = reference()  # weak inside the function: its cache must not keep the model alive
    dtype, latent_dim = vae.sampling.compute_dtype, vae.latent_dim  # float32 even where the
    # networks compute in 16 bits
    specs = [tf.TensorSpec((None, *vae.x_shape), vae.target_dtype)]
    specs += [tf.TensorSpec((None, latent_dim), dtype)] * 2
    specs += [tf.TensorSpec((None, None, latent_dim), dtype)]

    @tf.function(input_signature=specs)
    def score(x, z_mean, z_log_var, noise):
        vae = reference()
        z = z_mean + safe_exp(0.5 * z_log_var) * noise
        samples, batch = tf.shape(noise)[0], tf.shape(noise)[1]
        decoded = vae.decoder(tf.reshape(z, (-1, latent_dim)), training=False)
        repeated = tf.tile(x, (samples, *(1 for _ in vae.x_shape)))
        log_likelihood = tf.reshape(vae.log_likelihood(repeated, decoded), (samples, batch))
        # log p(z) - log q(z|x): the constants ½ log 2π cancel, and (z - μ)/σ is the noise.
        log_ratio = 0.5 * tf.reduce_sum(noise**2 - z**2 + z_log_var, axis=-1)
        return log_likelihood, log_ratio

    return score


def _slices(length, size):
    return [slice(first, first + size) for first in range(0, length, size)]


def _check_array(vae, x):
    if not isinstance(vae, VAE):
        raise ValueError(f"vae must be a vae_keras.VAE, got {type(vae).__name__}.")
    if isinstance(x, tf.data.Dataset):
        raise ValueError("x must be an array, got a tf.data.Dataset. Mend: pass batches of it.")
    return vae.check_target(x)
