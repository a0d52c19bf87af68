"""How good a trained VAE is: bounds on log p(x), what its codes hold, what it generates."""

from vae_keras.evaluation.bounds import BoundEstimate, active_units, elbo, importance_weighted_bound
from vae_keras.evaluation.collapse import (
    Collapse,
    MutualInformation,
    find_collapse,
    mutual_information,
)
from vae_keras.evaluation.factors import factor_correlations, mutual_information_gap
from vae_keras.evaluation.generation import (
    AggregatedPosterior,
    aggregated_posterior_gap,
    frechet_distance,
)

__all__ = [
    "AggregatedPosterior",
    "BoundEstimate",
    "Collapse",
    "MutualInformation",
    "active_units",
    "aggregated_posterior_gap",
    "elbo",
    "factor_correlations",
    "find_collapse",
    "frechet_distance",
    "importance_weighted_bound",
    "mutual_information",
    "mutual_information_gap",
]
