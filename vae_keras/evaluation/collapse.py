"""What the codes of a VAE still say of x, all together and dimension by dimension."""

import dataclasses

import keras
import numpy as np

from vae_keras import _checks
from vae_keras.evaluation.generation import log_mixture, posterior_parameters
from vae_keras.losses import kl_per_dimension
from vae_keras.models import HierarchicalVAE

_LARGEST_LOG_RATIO = 600.0  # its exponential is a float64, and so are products with it


@dataclasses.dataclass(frozen=True)
class MutualInformation:
    """An estimate of I(x; z) = E[log q(z|x) / q(z)] from N examples, in nats.

    Attributes:
        lower: Its expectation is at most I(x; z), and at most log N.
        upper: Its expectation is at least I(x; z): `upper - lower` is the most that the bias of
            `lower` can be. Close to each other, the two tell I(x; z); far apart, that N examples
            are too few to know more than `lower`.
        standard_error: Of `lower`, over other examples and other draws.
        upper_standard_error: Of `upper`.
        ceiling: log N, which `lower` cannot pass whatever the information is.
    """

    lower: float
    upper: float
    standard_error: float
    upper_standard_error: float
    ceiling: float


def mutual_information(z_mean, z_log_var, num_samples=1, *, seed=None):
    """How many nats a code z ~ q(z|x) tells of its x: I(x; z) under q, for x of the data's law.

        I(x; z) = E_x E_q(z|x) [log q(z|x) / q(z)],   q(z) = E_x q(z|x)

    0 where the codes have collapsed onto the prior. It is a part of the KL term, the rest being how
    far q(z) is from p(z): `aggregated_posterior_gap` computes both for the given examples alone, as
    if there were no others; here q(z) is that of all x, of which N examples are a sample.

    The q(z) of the examples holds the one that z was drawn from, once in N: too often, so the
    estimate is too low. Without that one it is too high. Both are given.

    Sources: Hoffman and Johnson, "ELBO surgery" (2016), section 2; Poole and others, "On
    Variational Bounds of Mutual Information" (2019), section 2.5, for the two bounds.

    Args:
        z_mean, z_log_var: Means and log-variances of q(z|x), `(N, latent_dim)`, two rows at least.
        num_samples: Draws of z an example, at least 1. The time goes with `num_samples` · N².
        seed: Integer seed of the draws; `None` for fresh ones.

    Returns:
        A `MutualInformation`.

    Raises:
        ValueError: If the shapes differ, a value is not finite, or a log-variance is beyond ±700.

    Example:

    >>> information = mutual_information(*vae.encode(x_test), seed=0)
    >>> print(f"{information.lower:.2f} to {information.upper:.2f} nats")
    """
    z_mean, z_log_var = posterior_parameters(z_mean, z_log_var, least=2)
    num_samples = _checks.whole_number(num_samples, "num_samples")
    generator = np.random.default_rng(_checks.seed(seed))
    rows, values = np.arange(len(z_mean)), np.zeros((2, len(z_mean)))
    for _ in range(num_samples):
        noise = generator.standard_normal(z_mean.shape)
        z = z_mean + np.exp(0.5 * z_log_var) * noise
        own = -0.5 * np.sum(noise**2 + z_log_var, axis=1)  # as log_mixture, less ½ d log 2π
        others = log_mixture(z, z_mean, z_log_var, left_out=rows)
        values += [own - _with_own(own, others), own - others]
    return _of_values(values / num_samples)


def ladder_information(hvae, x, *, seed=None):
    """What `mutual_information` and `aggregated_posterior_gap` say, of a `HierarchicalVAE`.

    Its q(z|x) is no Gaussian of independent dimensions: that of a layer follows the codes drawn
    above it. What `encode` returns has those at their means; information and gap of that are of
    another q(z|x), which may tell much less of x. Here each code that is drawn is looked up in the
    q(z|x) of every x. The time goes with N².

    Args:
        hvae: A `HierarchicalVAE`.
        x: Examples `(N, …)`, two at least.
        seed: Integer seed of the draws, one an example; `None` for fresh ones.

    Returns:
        A `MutualInformation`; and of the same draws KL(q(z) ‖ p(z)), q(z) being that of the given
        examples alone, with its Monte Carlo standard error: two floats, in nats.

    Raises:
        ValueError: If `hvae` is no `HierarchicalVAE`, or x does not suit it.
    """
    if not isinstance(hvae, HierarchicalVAE):
        raise ValueError(f"hvae must be a HierarchicalVAE, got {type(hvae).__name__}.")
    evidence = [np.asarray(each, "float64") for each in hvae.evidence(x)]
    posterior_parameters(*evidence, least=2)
    generator = np.random.default_rng(_checks.seed(seed))
    noise = generator.standard_normal(evidence[0].shape)
    draw = hvae.draw(*(keras.ops.cast(each, "float32") for each in (*evidence, noise)))
    codes, _, log_var = (keras.ops.convert_to_numpy(each).astype("float64") for each in draw)
    foreseen = [np.asarray(each, "float64") for each in hvae.foreseen(codes)]
    own = -0.5 * np.sum(noise**2 + log_var, axis=1)
    others = _log_ladder_mixture(codes, foreseen, evidence)
    whole = _with_own(own, others)
    gaps = whole + 0.5 * np.sum(codes**2, axis=1)
    error = gaps.std(ddof=1) / np.sqrt(len(gaps))
    return _of_values(np.array([own - whole, own - others])), float(gaps.mean()), float(error)


def _log_ladder_mixture(codes, foreseen, evidence):
    """log of the mean of q(code|x) over all x but its own, each code, without -½ d log 2π."""
    (p_mean, p_log_var), (mean, log_var) = foreseen, evidence
    count, result = len(codes), np.empty(len(codes))
    at_once = max(1, 2**17 // count)
    for start in range(0, count, at_once):
        rows = np.arange(start, min(start + at_once, count))
        exponents = np.zeros((len(rows), count))
        for j, u in enumerate(codes[rows].T):
            if j < p_mean.shape[1]:  # in the unit of p, as `HierarchicalVAE.top_down` merges
                ratio = np.subtract.outer(p_log_var[rows, j], log_var[:, j])
                ratio = np.exp(np.minimum(ratio, _LARGEST_LOG_RATIO))  # σ_p² / σ̂²
                said = np.subtract.outer(p_mean[rows, j], mean[:, j])
                said *= -np.exp(-0.5 * p_log_var[rows, j])[:, None]
                precision, center = 1 + ratio, ratio / (1 + ratio) * said
            else:
                precision, center = np.exp(-log_var[:, j]), mean[:, j]
            exponents += 0.5 * (np.log(precision) - precision * (u[:, None] - center) ** 2)
        exponents[np.arange(len(rows)), rows] = -np.inf
        result[rows] = np.logaddexp.reduce(exponents, axis=1)
    return result - np.log(count - 1)


def _with_own(own, others):
    """log of the mean of q(code|x) over all x, from that of its own x and those of the others."""
    return np.logaddexp(own, np.log(len(own) - 1) + others) - np.log(len(own))


def _of_values(values):
    """The `MutualInformation` of what each example gives, lower and upper, `(2, N)`."""
    errors = values.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
    return MutualInformation(*map(float, (*values.mean(axis=1), *errors, np.log(values.shape[1]))))


@dataclasses.dataclass(frozen=True, eq=False)
class Collapse:
    """Three measures of what each latent dimension is used for, arrays `(latent_dim,)`.

    Attributes:
        kl: Mean KL(q(z_j|x) ‖ N(0, 1)), in nats: what the dimension costs.
        variance_of_means: Variance over examples of μ_j(x): Burda's measure of activity.
        information: I(x; z_j), in nats, the lower estimate of `mutual_information`, alone. It is at
            most the KL: a dimension can cost and say nothing, as free bits allow it to.
        thresholds: For each measure, below what it holds a dimension for collapsed.
    """

    kl: np.ndarray
    variance_of_means: np.ndarray
    information: np.ndarray
    thresholds: dict

    @property
    def collapsed_by(self):
        """For each measure, which dimensions it holds for collapsed: arrays of booleans."""
        return {name: getattr(self, name) < limit for name, limit in self.thresholds.items()}

    @property
    def collapsed(self):
        """Which dimensions say nothing of x, whatever they cost: those without information."""
        return self.collapsed_by["information"]

    def __str__(self):
        by = self.collapsed_by
        lines = ["dimension     KL   Var μ   I(x; z)   collapsed by"]
        for j in range(len(self.kl)):
            said = ", ".join(name.replace("_", " ") for name in by if by[name][j]) or "-"
            lines.append(
                f"{j:9d} {self.kl[j]:6.3f} {self.variance_of_means[j]:7.3f} "
                f"{self.information[j]:9.3f}   {said}"
            )
        return "\n".join(lines)


def find_collapse(z_mean, z_log_var, *, kl=0.01, variance_of_means=0.01, information=0.01, seed=0):
    """Says which latent dimensions have collapsed onto the prior, and by which measure.

    A dimension that has costs no KL, its mean does not move, and it tells nothing of x. The three
    measures agree on it; where they do not, they say why: a KL without information is paid for
    nothing (a mean or a variance beside the prior's, the same for all x); `print` shows the table.

    Sources: Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders" (2016), section 5,
    for the variance of means and its threshold; Hoffman and Johnson (2016) for the information.

    Args:
        z_mean, z_log_var: Means and log-variances of q(z|x), `(N, latent_dim)`, two rows at least:
            a thousand examples tell the information to some hundredths of a nat.
        kl, variance_of_means, information: The thresholds, numbers above 0, in nats but for the
            variance.
        seed: Integer seed of the draws that the information takes; `None` for fresh ones.

    Returns:
        A `Collapse`.

    Raises:
        ValueError: As `mutual_information` does, or if a threshold is not above 0.

    Example:

    >>> collapse = find_collapse(*vae.encode(x_test))
    >>> print(collapse)
    >>> collapse.collapsed.sum()    # dimensions that say nothing
    """
    limits = {"kl": kl, "variance_of_means": variance_of_means, "information": information}
    limits = {name: _checks.number(limit, name, above=0) for name, limit in limits.items()}
    z_mean, z_log_var = posterior_parameters(z_mean, z_log_var, least=2)
    informations = [
        mutual_information(mean[:, None], log_var[:, None], seed=seed).lower
        for mean, log_var in zip(z_mean.T, z_log_var.T, strict=True)
    ]
    kls = keras.ops.convert_to_numpy(kl_per_dimension(z_mean, z_log_var)).mean(axis=0)
    return Collapse(kls, z_mean.var(axis=0), np.array(informations), limits)
