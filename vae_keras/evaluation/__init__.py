"""How good a trained VAE is: bounds on log p(x), what its codes hold, what it generates.

- `elbo`, `importance_weighted_bound`: bounds on log p(x), in nats.
- `active_units`, `aggregated_posterior_gap`: what the codes hold, and how far from the prior.
- `frechet_distance`: how far generated images are from real ones, on given features.
- `mutual_information_gap`, `factor_correlations`: whether a dimension is a factor.
"""

from vae_keras.evaluation.bounds import (
    BoundEstimate,
    active_units,
    elbo,
    importance_weighted_bound,
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
    "active_units",
    "aggregated_posterior_gap",
    "elbo",
    "factor_correlations",
    "frechet_distance",
    "importance_weighted_bound",
    "mutual_information_gap",
]
