"""How good a trained VAE is: bounds on log p(x), what its codes hold, what it generates."""

from vae_keras.evaluation.bounds import BoundEstimate, active_units, elbo, importance_weighted_bound
from vae_keras.evaluation.collapse import (
    Collapse,
    MutualInformation,
    find_collapse,
    ladder_information,
    mutual_information,
)
from vae_keras.evaluation.factors import factor_correlations, mutual_information_gap
from vae_keras.evaluation.generation import (
    AggregatedPosterior,
    aggregated_posterior_gap,
    frechet_distance,
)
from vae_keras.evaluation.samples import (
    Interval,
    PrecisionRecall,
    laplacian_variance,
    nearest_distances,
    precision_recall,
    sharpness_ratio,
    spectral_slope,
)

__all__ = [
    "AggregatedPosterior",
    "BoundEstimate",
    "Collapse",
    "Interval",
    "MutualInformation",
    "PrecisionRecall",
    "active_units",
    "aggregated_posterior_gap",
    "elbo",
    "factor_correlations",
    "find_collapse",
    "frechet_distance",
    "importance_weighted_bound",
    "ladder_information",
    "laplacian_variance",
    "mutual_information",
    "mutual_information_gap",
    "nearest_distances",
    "precision_recall",
    "sharpness_ratio",
    "spectral_slope",
]
