"""What a VAE generates, beside what it was trained on."""

import dataclasses

import numpy as np

from vae_keras import _checks

_CHUNK = 2**17  # numbers held at a time: they stay in the processor's cache
_LARGEST_LOG_VAR = 700  # whose exponential is still a float64
_LARGEST_FEATURE = 1e150  # so is the sum of a great many of its squares


def frechet_distance(features, other_features):
    """The Fréchet distance between two sets of features, each taken for a Gaussian.

        ‖μ - μ'‖² + tr(Σ + Σ' - 2 (Σ Σ')^½)

    It is the squared 2-Wasserstein distance between N(μ, Σ) and N(μ', Σ'): the FID on the features
    of an Inception network, and comparable only with itself on those of another. It is biased
    upwards, the more so the fewer samples there are: compare sets of equal sizes, and with the
    distance between two sets of real images, which is the floor.

    Source: Dowson and Landau (1982), for the formula; Heusel and others, "GANs Trained by a Two
    Time-Scale Update Rule Converge to a Local Nash Equilibrium" (2017), for its use.

    Args:
        features, other_features: Arrays `(count, num_features)`, of two rows at least each.

    Returns:
        A float, at least 0, in the square of the features' unit.

    Raises:
        ValueError: If the shapes do not suit, or a value is not finite or too large to be squared.

    Example:

    >>> frechet_distance(classifier.predict(x_test), classifier.predict(vae.generate(1000)))
    """
    one, other = (
        _checks.array(each, name, "(count, num_features)", dtype="float64", least=2)
        for each, name in ((features, "features"), (other_features, "other_features"))
    )
    if one.shape[1] != other.shape[1]:
        raise ValueError(
            f"the two sets must have as many features, got {one.shape[1]} and {other.shape[1]}."
        )
    if max(np.abs(one).max(), np.abs(other).max()) > _LARGEST_FEATURE:
        raise ValueError(
            "the features are too large: their squares are beyond what float64 holds. Mend: divide "
            "both sets by one number, which divides the distance by its square."
        )
    difference = one.mean(axis=0) - other.mean(axis=0)
    # With Σ = RᵀR, tr (Σ Σ')^½ is the sum of the singular values of R R'ᵀ: nothing is squared, and
    # sets of fewer rows than features lose no digits.
    roots = [
        np.linalg.qr((each - each.mean(axis=0)) / np.sqrt(len(each) - 1), mode="r")
        for each in (one, other)
    ]
    singular_values = np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False)
    squares = sum(np.sum(each**2) for each in (difference, *roots))
    return float(max(squares - 2 * singular_values.sum(), 0.0))


@dataclasses.dataclass(frozen=True)
class AggregatedPosterior:
    """The aggregated posterior q(z) = (1/N) Σ q(z|x_n) of N images, beside the prior; in nats.

    Attributes:
        gap: KL(q(z) ‖ p(z)): how far the codes, taken together, are from the prior.
        information: I(x; z) under q: what a code tells of its image, at most log N.
        rate: The mean KL(q(z|x) ‖ p(z)), their sum: the VAE's KL term.
        standard_error: An upper bound on the Monte Carlo standard error of `gap` and `information`:
            it takes the draws, which are spread evenly over the images, for independent.
    """

    gap: float
    information: float
    rate: float
    standard_error: float


def aggregated_posterior_gap(z_mean, z_log_var, num_samples=2000, *, seed=None):
    """Splits a VAE's mean KL term into what codes tell of images and how far they are from p(z).

        (1/N) Σ KL(q(z|x_n) ‖ p(z)) = I(x; z) + KL(q(z) ‖ p(z)),   q(z) = (1/N) Σ q(z|x_n)

    Where the gap is large, a generator that draws from p(z) asks its decoder for codes where q(z)
    has few. With few images, or many dimensions, q(z) is a sum of separate bumps: the information
    is then log N, its ceiling, and the gap is that of these images, not of their law. Both are at
    least 0; their estimates, means over draws, may be a little below.

    Source: Hoffman and Johnson, "ELBO surgery: yet another way to carve up the variational
    evidence lower bound" (2016).

    Args:
        z_mean, z_log_var: Means and log-variances of q(z|x), `(batch, latent_dim)`.
        num_samples: Draws of z, at least 2.
        seed: Integer seed of the draws; `None` for fresh ones.

    Returns:
        An `AggregatedPosterior`.

    Raises:
        ValueError: If the shapes differ, a value is not finite, or a log-variance is beyond ±700.

    Example:

    >>> aggregated_posterior_gap(*vae.encode(x_test), seed=0).gap
    """
    z_mean, z_log_var = posterior_parameters(z_mean, z_log_var)
    num_samples = _checks.whole_number(num_samples, "num_samples", least=2)
    _checks.seed(seed)
    generator = np.random.default_rng(seed)
    count = len(z_mean)
    turns = -(-num_samples // count)
    rows = np.concatenate([generator.permutation(count) for _ in range(turns)])[:num_samples]
    noise = generator.standard_normal((num_samples, z_mean.shape[1]))
    z = z_mean[rows] + np.exp(0.5 * z_log_var[rows]) * noise
    log_q = log_mixture(z, z_mean, z_log_var)
    # In both log-densities, without ½ d log 2π, which their difference does not have.
    gaps = log_q + 0.5 * np.sum(z**2, axis=1)
    own = -0.5 * np.sum(noise**2 + z_log_var[rows], axis=1)
    informations = own - log_q
    rate = 0.5 * np.mean(np.sum(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=1))
    # The rate is exact: of the two estimates the less noisy gives the other.
    errors = np.std([gaps, informations], axis=1, ddof=1) / np.sqrt(num_samples)
    gap = float(gaps.mean() if errors[0] <= errors[1] else rate - informations.mean())
    return AggregatedPosterior(gap, float(rate - gap), float(rate), float(min(errors)))


def posterior_parameters(z_mean, z_log_var, least=1):
    """Means and log-variances of q(z|x) in float64, checked; of `least` examples at least."""
    if hasattr(z_mean, "encode") and not isinstance(z_mean, str):
        raise ValueError(
            f"z_mean must be an array of means, got a {type(z_mean).__name__}. Mend: what a VAE "
            "gives of x, *vae.encode(x), in the place of both."
        )
    z_mean, z_log_var = (
        _checks.array(each, name, "(batch, latent_dim)", dtype="float64", least=least)
        for each, name in ((z_mean, "z_mean"), (z_log_var, "z_log_var"))
    )
    if z_mean.shape != z_log_var.shape:
        raise ValueError(
            f"z_mean and z_log_var must have one shape, got {z_mean.shape} and {z_log_var.shape}."
        )
    largest = np.abs(z_log_var).max()
    if largest > _LARGEST_LOG_VAR:
        raise ValueError(
            f"z_log_var must be within ±{_LARGEST_LOG_VAR}, where its exponential is a number, got "
            f"{largest:g} in absolute value. Mend: pass log-variances; if they are, train again."
        )
    return z_mean, z_log_var


def log_mixture(z, z_mean, z_log_var, left_out=None):
    """log q(z) of each draw, without the constant -½ d log 2π; in chunks of draws.

    With `left_out`, a row for each draw, the mixture of all the other rows.
    """
    # A dimension's numbers side by side, which is several times faster.
    centres = np.ascontiguousarray(z_mean.T)
    precisions = np.ascontiguousarray(np.exp(-0.5 * z_log_var).T)
    constant = np.sum(z_log_var, axis=1)
    result = np.empty(len(z))
    at_once = max(1, _CHUNK // len(z_mean))
    for start in range(0, len(z), at_once):
        part = z[start : start + at_once]
        squares = np.zeros((len(part), len(z_mean)))
        # Dimension by dimension, (z - μ)² / σ²: expanded into z² - 2zμ + μ², it would lose all its
        # digits where codes are narrow.
        for column, mean, precision in zip(part.T, centres, precisions, strict=True):
            deviations = np.subtract.outer(column, mean)
            deviations *= precision
            squares += np.square(deviations, out=deviations)
        exponents = -0.5 * (squares + constant)
        if left_out is not None:
            exponents[np.arange(len(part)), left_out[start : start + at_once]] = -np.inf
        largest = exponents.max(axis=1)
        sums = np.sum(np.exp(exponents - largest[:, None]), axis=1)
        result[start : start + at_once] = largest + np.log(sums)
    return result - np.log(len(z_mean) - (left_out is not None))
