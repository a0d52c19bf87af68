"""The two terms of the ELBO, in nats: one value an example, of shape `(batch,)`.

Every function sums over the values of x or over latent dimensions: a mean over them would silently
change the weight β between the two terms. The mean over the batch is taken once, in the model.
"""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from vae_keras import _checks, _tensors
from vae_keras.support import UNIT_INTERVAL

# exp(30) ≈ 1e13 is far beyond any useful variance, and its square, which Adam takes, still finite.
_LARGEST_EXPONENT = 30.0


def safe_exp(x):
    """exp(x) for x ≤ 30, its tangent at 30 above: finite, increasing, with a gradient that is too.

    A clipped exponential would be finite as well, but its gradient is zero: a variance that has
    once run away could never come back.
    """
    exponential = ops.exp(ops.minimum(x, _LARGEST_EXPONENT))
    return exponential * (1.0 + ops.relu(x - _LARGEST_EXPONENT))


def bernoulli_log_likelihood(x, logits):
    """log p(x|z) of values that are Bernoulli with probability sigmoid(`logits`).

        log p(x|z) = Σ x log p + (1 - x) log(1 - p),   p = sigmoid(logits)

    It is the opposite of the binary cross-entropy, summed over values: line 9 of the course's
    Algorithm 1. From the logits, it stays finite where a probability would round to 0 or 1. Of grey
    values, between 0 and 1, it is no log-probability, but that cross-entropy, as is usual.

    Args:
        x: Values in [0, 1], shape `(batch, …)`. Inside a `tf.function` others are not seen here.
        logits: The decoder's output, same shape.

    Returns:
        log p(x|z) in nats, at most 0, shape `(batch,)`.

    Raises:
        ValueError: If the shapes differ, these are no real numbers, or x leaves [0, 1].

    Example:

    >>> bernoulli_log_likelihood(np.ones((1, 28, 28, 1)), np.zeros((1, 28, 28, 1))).numpy()
    array([-543.42739157])    # 784 log ½
    """
    x, logits = _same_shape(x, logits, "x", "logits")
    _tensors.within(x, "x", UNIT_INTERVAL)
    return -_sum_per_example(ops.binary_crossentropy(x, logits, from_logits=True))


def gaussian_log_likelihood(x, mean, variance=0.5):
    """log p(x|z) of values that are Gaussian around `mean` with one `variance`.

        log p(x|z) = -‖x - mean‖² / (2 variance) - ½ D log(2π variance),   D values

    With the default variance ½ it is -‖x - x̂‖² up to the constant ½ D log π, which is kept: line
    9 of the course's Algorithm 1 with the squared error.

    Args:
        x: Any finite values, shape `(batch, …)`.
        mean: The decoder's output x̂, same shape.
        variance: Variance of each value, a number above 0, or a scalar tensor.

    Returns:
        log p(x|z) in nats, a log-density (it may be above 0), shape `(batch,)`.

    Raises:
        ValueError: If the shapes differ, these are no real numbers, or `variance` is not above 0.

    Example:

    >>> gaussian_log_likelihood(np.zeros((1, 3)), np.ones((1, 3))).numpy()    # -3 - 1.5 log π
    array([-4.71709483])
    """
    x, mean = _same_shape(x, mean, "x", "mean")
    if ops.is_tensor(variance):
        variance = _tensors.numbers(variance, "variance")
        if variance.shape.rank not in (0, None):
            raise ValueError(f"variance must be a single number, got {tuple(variance.shape)}.")
    else:
        variance = _checks.number(variance, "variance", above=0)
    variance = ops.cast(variance, x.dtype)
    log_normalizer = 0.5 * ops.log(2 * math.pi * variance)
    return _sum_per_example(-ops.square(x - mean) / (2.0 * variance) - log_normalizer)


def categorical_log_likelihood(x, logits):
    """log p(x|z) of whole numbers below K with the probabilities softmax(`logits`).

        log p(x|z) = Σ log softmax(logits)[x]

    Args:
        x: Whole numbers from 0 to K - 1, shape `(batch, …)`. Inside a `tf.function` others are
            not seen here: TensorFlow fails on them, or gives NaN.
        logits: The decoder's output, shape `(batch, …, K)`.

    Returns:
        log p(x|z) in nats, at most 0, shape `(batch,)`.

    Raises:
        ValueError: If the shapes do not fit, or x is not of whole numbers below K.

    Example:

    >>> categorical_log_likelihood(np.array([[0, 3]]), np.zeros((1, 2, 4))).numpy()    # 2 log ¼
    array([-2.77258872])
    """
    x, logits = _tensors.numbers(x, "x"), _tensors.numbers(logits, "logits")
    if len(x.shape) < 1 or not logits.shape[:-1].is_compatible_with(x.shape):
        raise ValueError(
            "x and logits must have the shapes (batch, …) and (batch, …, K), got "
            f"{tuple(x.shape)} and {tuple(logits.shape)}."
        )
    x = _tensors.symbols(x, "x", logits.shape[-1], "the categorical likelihood")
    logits = ops.cast(logits, keras.backend.result_type(logits.dtype, "float32"))
    return -_sum_per_example(
        tf.nn.sparse_softmax_cross_entropy_with_logits(ops.cast(x, "int64"), logits)
    )


def kl_divergence(z_mean, z_log_var):
    """KL(q(z|x) ‖ N(0, I)) of a Gaussian with independent dimensions, in closed form.

        KL = ½ Σ (σ² + μ² - 1 - log σ²)

    Line 10 of the course's Algorithm 1; Kingma and Welling (2014), appendix B. Above a `z_log_var`
    of 30, σ² grows linearly: the value and its gradient stay finite and pull the variance back.

    Args:
        z_mean: μ, shape `(batch, latent_dim)`.
        z_log_var: log σ², same shape.

    Returns:
        The divergence in nats, at least 0, shape `(batch,)`.

    Raises:
        ValueError: If the shapes differ, or these are no real numbers.

    Example:

    >>> kl_divergence(np.array([[0.0, 1.0]]), np.array([[0.0, 0.0]])).numpy()
    array([0.5])
    """
    return ops.sum(kl_per_dimension(z_mean, z_log_var), axis=-1)


def kl_per_dimension(z_mean, z_log_var):
    """The terms of `kl_divergence`, one a latent dimension: `(batch, latent_dim)`, in nats."""
    z_mean, z_log_var = _same_shape(z_mean, z_log_var, "z_mean", "z_log_var")
    return 0.5 * (safe_exp(z_log_var) + ops.square(z_mean) - 1.0 - z_log_var)


def kl_between_gaussians(mean_q, covariance_q, mean_p, covariance_p):
    """KL(q ‖ p) of two Gaussians with any means and covariances, in closed form, in float64.

        KL = ½ [tr(Σp⁻¹ Σq) + (μp - μq)ᵀ Σp⁻¹ (μp - μq) - d + log(det Σp / det Σq)]

    With p = N(0, I) and a diagonal Σq it is `kl_divergence`. It is not symmetric.

    Source: Kullback, "Information Theory and Statistics" (1959), chapter 9.

    Args:
        mean_q, mean_p: μq and μp, shape `(..., d)`.
        covariance_q, covariance_p: Σq and Σp, symmetric and positive definite, shape `(..., d, d)`;
            `np.diag(variances)` for independent dimensions. The leading axes of all four broadcast.

    Returns:
        The divergence in nats, at least 0, of the leading axes' shape.

    Raises:
        ValueError: If the shapes do not fit, or a covariance is not symmetric and positive
            definite. (Its values are looked at: not for use inside a `tf.function`.)

    Example:

    >>> float(kl_between_gaussians([1.0], [[1.0]], [0.0], [[1.0]]))
    0.5
    """
    mean_q, covariance_q = _gaussian(mean_q, covariance_q, "q")
    mean_p, covariance_p = _gaussian(mean_p, covariance_p, "p")
    if mean_q.shape[-1] != mean_p.shape[-1]:
        raise ValueError(
            f"q and p must have the same number of dimensions, got {mean_q.shape[-1]} and "
            f"{mean_p.shape[-1]}."
        )
    shapes = [tuple(each.shape[:-1]) for each in (mean_q, mean_p)]
    shapes += [tuple(each.shape[:-2]) for each in (covariance_q, covariance_p)]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(
            "The leading axes of the means and covariances must broadcast, got "
            f"{', '.join(map(str, shapes))}."
        ) from None
    root_q, root_p = ops.cholesky(covariance_q), ops.cholesky(covariance_p)
    whiten = ops.inv(root_p)  # in whitened coordinates p is N(0, I)
    trace = ops.sum(ops.square(ops.matmul(whiten, root_q)), axis=(-2, -1))
    difference = ops.matmul(whiten, (mean_p - mean_q)[..., None])
    mahalanobis = ops.sum(ops.square(difference), axis=(-2, -1))
    log_ratio = ops.slogdet(covariance_p)[1] - ops.slogdet(covariance_q)[1]
    return 0.5 * (trace + mahalanobis - mean_q.shape[-1] + log_ratio)


def _gaussian(mean, covariance, name):
    """The mean and covariance of one Gaussian as float64 tensors, checked."""
    mean = _tensors.numbers(mean, f"mean_{name}", "float64")
    covariance = _tensors.numbers(covariance, f"covariance_{name}", "float64")
    d = mean.shape[-1] if len(mean.shape) else None
    if not d or len(covariance.shape) < 2 or tuple(covariance.shape[-2:]) != (d, d):
        raise ValueError(
            f"mean_{name} must have the shape (..., d) and covariance_{name} (..., d, d), got "
            f"{tuple(mean.shape)} and {tuple(covariance.shape)}. Mend: np.diag(variances) makes a "
            "covariance of d variances."
        )
    _checks.array(mean, f"mean_{name}", least=0)
    matrices = _checks.array(covariance, f"covariance_{name}", least=0)
    scale = np.abs(matrices).max(initial=0.0)
    if not np.allclose(matrices, np.swapaxes(matrices, -2, -1), rtol=0.0, atol=1e-8 * scale):
        raise ValueError(f"covariance_{name} must be symmetric.")
    smallest = np.linalg.eigvalsh(matrices).min(initial=np.inf)
    if smallest <= 0:
        raise ValueError(
            f"covariance_{name} must be positive definite, got one whose smallest eigenvalue is "
            f"{smallest:.3g}. Mend: pass variances, if these are their logarithms."
        )
    return mean, covariance


def _same_shape(a, b, name_a, name_b):
    """Both as tensors of one floating-point type, at least float32; their shapes must be equal."""
    a, b = _tensors.numbers(a, name_a), _tensors.numbers(b, name_b)
    if len(a.shape) < 2 or not a.shape.is_compatible_with(b.shape):
        raise ValueError(
            f"{name_a} and {name_b} must have the same shape, the batch first, got "
            f"{tuple(a.shape)} and {tuple(b.shape)}."
        )
    # Sums over hundreds of pixels overflow float16 and lose digits in bfloat16.
    dtype = keras.backend.result_type(a.dtype, b.dtype, "float32")
    return ops.cast(a, dtype), ops.cast(b, dtype)


def _sum_per_example(values):
    return ops.sum(values, axis=tuple(range(1, len(values.shape))))
