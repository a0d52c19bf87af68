"""Whether each latent dimension is one of the factors that made the images."""

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import mutual_info_score

from vae_keras import _checks


def mutual_information_gap(z, factors, num_bins=20):
    """The mutual information gap (MIG): whether one dimension, and one only, knows each factor.

    For each factor v_k, the information of the dimension that knows most of it, less that of the
    second, over the factor's entropy:

        MIG_k = [I(z_j*; v_k) - max_{j ≠ j*} I(z_j; v_k)] / H(v_k)

    1: the factor is in one dimension; 0: it is in none, or in two as much. Codes and factors are
    cut into bins of equal widths, but for a factor with no more values than bins. The estimate
    depends on the number of bins and, upwards, on having few images.

    Source: Chen and others, "Isolating Sources of Disentanglement in Variational Autoencoders"
    (2018), section 4.1; the binned estimate is that of Locatello and others (2019).

    Args:
        z: Codes, `(batch, latent_dim)`, two dimensions at least: draws of q(z|x) as in the paper,
            or `z_mean`.
        factors: What made the images, `(batch, num_factors)`.
        num_bins: Number of bins.

    Returns:
        NumPy array `(num_factors,)`; its mean is the score of the model.

    Raises:
        ValueError: If the shapes do not suit, a value is not finite, or a factor never varies.

    Example:

    >>> mutual_information_gap(z, factors).mean()
    """
    z, factors = _checked(z, factors)
    num_bins = _checks.whole_number(num_bins, "num_bins", least=2)
    if z.shape[1] < 2:
        raise ValueError("z must have two dimensions at least: the gap is between two of them.")
    codes = [_bins(column, num_bins) for column in z.T]
    gaps = []
    for factor in factors.T:
        values, known = np.unique(factor, return_inverse=True)
        known = known if len(values) <= num_bins else _bins(factor, num_bins)
        informations = np.sort([mutual_info_score(known, code) for code in codes])
        gaps.append((informations[-1] - informations[-2]) / mutual_info_score(known, known))
    return np.array(gaps)


def factor_correlations(z, factors):
    """Spearman's correlation of each factor with each latent dimension: 1 if it only increases.

    Takes `z` and `factors` as `mutual_information_gap` does.

    Returns:
        NumPy array `(num_factors, latent_dim)`, in [-1, 1]; 0 for a dimension that never varies.
    """
    z, factors = _checked(z, factors)
    ranks = rankdata(np.column_stack([factors, z]), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):  # NaN for a dimension that never varies
        correlations = np.corrcoef(ranks, rowvar=False)
    count = factors.shape[1]
    return np.nan_to_num(correlations[:count, count:])


def _bins(values, num_bins):
    """The bin of each value, of equal widths from the smallest to the largest."""
    edges = np.linspace(values.min(), values.max(), num_bins + 1)
    return np.digitize(values, edges[1:-1])


def _checked(z, factors):
    z = _checks.array(z, "z", "(batch, latent_dim)", dtype="float64", least=2)
    factors = _checks.array(factors, "factors", "(batch, num_factors)", dtype="float64", least=2)
    _checks.same_length(z, "z", "factors", len(factors))
    still = np.flatnonzero(np.ptp(factors, axis=0) == 0)
    if len(still):
        raise ValueError(f"factor {still[0]} never varies: there is nothing to know of it.")
    return z, factors
