"""Bounds on log p(x), and the latent dimensions that are in use."""

import dataclasses
import weakref

import keras
import numpy as np
import tensorflow as tf

from vae_keras import _checks
from vae_keras.losses import kl_divergence
from vae_keras.models import VAE


@dataclasses.dataclass(frozen=True, eq=False)
class BoundEstimate:
    """A Monte Carlo estimate of a lower bound on log p(x), image by image, in nats.

    Attributes:
        values: The estimates, NumPy array of shape `(batch,)`, float64.
        standard_errors: The Monte Carlo standard error of each, `(batch,)`; NaN with one sample.
        effective_sample_sizes: By how many equally weighted samples each importance-weighted
            bound is carried, from 1 to `num_samples`; `None` for the ELBO.
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

    The first term is a mean over `num_samples` draws of z, the second is exact (of a
    `HierarchicalVAE`, for each layer given the draws above it): the opposite of the loss of a VAE
    with beta = 1.

    Args:
        vae: A `VAE`, whatever its beta.
        x: Examples, NumPy array or tensor `(batch, …)`; for a `ConditionalVAE` the pair `(x, c)`,
            and all is given c.
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
    x, conditions, *q = _encoded(vae, x, batch_size)
    origin, total, squares = None, 0.0, 0.0
    draws = _draws(vae, x, conditions, *q, num_samples, batch_size, seed, verbose)
    for log_likelihood, _, kl in draws:
        values = log_likelihood - kl
        origin = values[0] if origin is None else origin  # the squares then lose no digits
        deviations = values - origin
        total = total + deviations.sum(axis=0)
        squares = squares + (deviations**2).sum(axis=0)
    mean = total / num_samples
    errors = _standard_errors(squares / num_samples - mean**2, num_samples)
    return BoundEstimate(origin + mean, errors)


def importance_weighted_bound(vae, x, num_samples, *, batch_size=1024, seed=None, verbose=0):
    """Estimates log p(x) of each image by importance sampling from q(z|x).

        L_k = log (1/k) Σ w_i,   w_i = p(x|z_i) p(z_i) / q(z_i|x),   z_i ~ q(z|x),   k samples

    Its expectation is a lower bound on log p(x) that rises with k: k = 1 is the ELBO, k → ∞ is
    log p(x) itself. With thousands of samples it is the field's "importance-sampled NLL".

    The standard error is that of the logarithm of a mean, std(w) / (√k mean(w)) (the delta
    method); what is left of the bias is then about -½ standard_error² an image. Both suppose that
    the weights have a finite variance. They have none where q(z|x) is too narrow: for Gaussians, as
    soon as its variance is below half of the true posterior's in some direction. And both know
    only of the samples that were drawn: the rare ones of large weight that were not make the
    estimate nats too low, and the error says nothing of it. An effective sample size of a few is
    a warning, a large one no proof; compare with ten times as many samples. The error is that of
    the draws for these images; what other images would change is std(values) / √batch, which is
    often tens of times larger.

    It is a log-probability only if p(x|z) is one: under the Bernoulli likelihood, of black and
    white images. Of grey ones it is the opposite of a cross-entropy. Compare models on the same
    images, binarised in the same way (at random, once or at each pass, or at a threshold).

    Sources: Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders" (2016), section 3;
    Rezende, Mohamed and Wierstra, "Stochastic Backpropagation" (2014).

    Args:
        num_samples: k, the number of samples of z an image, at least 1.
        vae, x, batch_size, seed, verbose: As for `elbo`.

    Returns:
        A `BoundEstimate`.

    Raises:
        ValueError: As `elbo` does.

    Example:

    >>> bound = importance_weighted_bound(vae, x_test[:1000], num_samples=500, seed=0)
    >>> print(f"log p(x) ≈ {bound.mean:.2f} ± {bound.standard_error:.2f} nats per image")
    """
    log_sum = log_squares = -np.inf  # of Σ w and of Σ w²
    x, conditions, *q = _encoded(vae, x, batch_size)
    draws = _draws(vae, x, conditions, *q, num_samples, batch_size, seed, verbose)
    for log_likelihood, log_ratio, _ in draws:
        log_weights = log_likelihood + log_ratio
        log_sum = np.logaddexp(log_sum, np.logaddexp.reduce(log_weights, axis=0))
        log_squares = np.logaddexp(log_squares, np.logaddexp.reduce(2 * log_weights, axis=0))
    effective = np.exp(2 * log_sum - log_squares)
    errors = _standard_errors(num_samples / effective - 1, num_samples)
    return BoundEstimate(log_sum - np.log(num_samples), errors, effective)


def active_units(vae, x, threshold=0.01, *, batch_size=1024):
    """Tells which latent dimensions depend on the image at all.

    Dimension j is active if the variance over images of its mean, Var_x(μ_j(x)), is above the
    threshold. The others have collapsed onto the prior: they carry nothing, and cost no KL.

    Source: Burda, Grosse and Salakhutdinov (2016), section 5.

    Args:
        vae, x, batch_size: As for `elbo`; two examples at least.
        threshold: Smallest variance of an active dimension.

    Returns:
        NumPy array of booleans, `(latent_dim,)`; its `sum()` is the number of active units.
        `hvae.split(active_units(hvae, x))` are those of a `HierarchicalVAE`, layer by layer.

    Raises:
        ValueError: If x does not suit the model, or there is only one.
    """
    _checks.number(threshold, "threshold", above=0)
    x = _checked(vae, x)
    z_mean, _ = vae.encode(x, batch_size=batch_size)
    if len(z_mean) < 2:
        raise ValueError("active_units needs at least two examples: it measures how they differ.")
    return np.var(z_mean.astype("float64"), axis=0) > threshold


def _standard_errors(variances, count):
    """The standard errors of means of `count` values; NaN for one."""
    with np.errstate(invalid="ignore"):
        return np.sqrt(np.maximum(variances, 0.0) / (count - 1))


def _checked(vae, x):
    if not isinstance(vae, VAE):
        raise ValueError(f"vae must be a vae_keras.VAE, got {type(vae).__name__}.")
    if isinstance(x, tf.data.Dataset):
        raise ValueError("x must be an array, got a tf.data.Dataset. Mend: pass batches of it.")
    return vae.check_target(x)


def _encoded(vae, x, batch_size):
    """x, checked; the vectors of its conditions in a list, if any; what q(z|x) is drawn from."""
    x = _checked(vae, x)
    q = vae.evidence(x, batch_size=batch_size)
    x, *conditions = x if isinstance(x, tuple) else (x,)
    return x, [vae.condition_vectors(each) for each in conditions], *q


def _draws(vae, x, conditions, z_mean, z_log_var, num_samples, batch_size, seed, verbose):
    """Yields log p(x|z), log p(z) - log q(z|x) and KL(q ‖ p) of draws z ~ q(z|x).

    All `(samples, batch)`; the KL is the same for all draws but of a hierarchical model.
    """
    num_samples = _checks.whole_number(num_samples, "num_samples")
    generator = np.random.default_rng(_checks.seed(seed))
    score, dtype = _score(vae), vae.sampling.compute_dtype
    x = tf.cast(x, vae.target_dtype)
    z_mean, z_log_var = tf.cast(z_mean, dtype), tf.cast(z_log_var, dtype)
    progress = keras.utils.Progbar(num_samples, verbose=verbose, unit_name="sample")
    at_once = max(1, batch_size // len(x))
    for first in range(0, num_samples, at_once):
        count = min(at_once, num_samples - first)
        # Sample by sample, so that the noise does not depend on the size of the chunks.
        noise = generator.standard_normal((count, *z_mean.shape), dtype="float32").astype(dtype)
        parts = [
            score(
                x[rows],
                z_mean[rows],
                z_log_var[rows],
                noise[:, rows],
                *(c[rows] for c in conditions),
            )
            for rows in (slice(each, each + batch_size) for each in range(0, len(x), batch_size))
        ]
        parts = [np.concatenate(each, 1, dtype="float64") for each in zip(*parts, strict=True)]
        if not np.isfinite(parts).all():
            raise ValueError(
                "log p(x|z) is beyond what float32 holds for some image: the pixels are too large, "
                "or the model has diverged. Mend: rescale the pixels, or train again."
            )
        yield parts
        progress.update(first + count)


_scores = weakref.WeakKeyDictionary()  # of each model: decoder, likelihood, and their score


def _score(vae):
    """The compiled function of images, q(z|x) and noise that gives what `_draws` yields.

    It is kept as long as the model, so that many calls trace it once.
    """
    kept = _scores.get(vae)
    if kept is None or kept[0] is not vae.decoder or kept[1] is not vae.likelihood:
        _scores[vae] = kept = vae.decoder, vae.likelihood, _traced_score(vae)
    return kept[2]


def _traced_score(vae):
    latent_dim = vae.latent_dim
    dtype = vae.sampling.compute_dtype  # float32 even where the networks compute in 16 bits
    q_spec = tf.TensorSpec((None, latent_dim), dtype)
    x_spec = tf.TensorSpec((None, *vae.x_shape), vae.target_dtype)
    noise_spec = tf.TensorSpec((None, None, latent_dim), dtype)
    condition_specs = [
        tf.TensorSpec((None, each.shape[-1]), each.dtype) for each in vae.encoder.inputs[1:]
    ]
    reference = weakref.ref(vae)  # what is kept with a model must not keep it alive

    @tf.function(input_signature=[x_spec, q_spec, q_spec, noise_spec, *condition_specs])
    def score(x, z_mean, z_log_var, noise, *conditions):
        vae, shape = reference(), tf.shape(noise)[:2]

        def repeated(each):
            return tf.tile(each, (shape[0], *(1 for _ in each.shape[1:])))

        noise = tf.reshape(noise, (-1, latent_dim))
        z, *q = vae.draw(repeated(z_mean), repeated(z_log_var), noise)
        x = repeated(x)
        inputs = [z, *map(repeated, conditions)] if conditions else z
        log_likelihood = vae.log_likelihood(x, vae.decoded(inputs, x))
        # log p(z) - log q(z|x): the constants ½ log 2π cancel, and (z - μ)/σ is the noise.
        log_ratio = 0.5 * tf.reduce_sum(noise**2 - z**2 + q[1], axis=-1)
        return [tf.reshape(each, shape) for each in (log_likelihood, log_ratio, kl_divergence(*q))]

    return score.get_concrete_function()
