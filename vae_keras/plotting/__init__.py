"""The course's figures: training, images, latent space, detection, schematics.

Every function takes arrays or callables, trains nothing, and returns a `matplotlib.figure.Figure`
that a notebook shows exactly once. `set_style` chooses the language, `save_figure` writes a PNG.
"""

from vae_keras.plotting.bounds import (
    plot_evidence_split,
    plot_gaussian_ellipses,
    plot_jensen_gap,
    plot_rate_distortion,
)
from vae_keras.plotting.codes import plot_coverage, plot_named_points
from vae_keras.plotting.curves import plot_curves, plot_history, plot_roc, plot_score_histograms
from vae_keras.plotting.densities import plot_densities, plot_density_plane
from vae_keras.plotting.diagram import plot_autoencoder_diagram
from vae_keras.plotting.figures import save_figure
from vae_keras.plotting.gradients import plot_estimates, plot_gradient_paths
from vae_keras.plotting.images import plot_images, plot_reconstructions
from vae_keras.plotting.latent_plane import (
    plot_decoded_grid,
    plot_latent_plane,
    prior_quantiles,
    prior_radius,
)
from vae_keras.plotting.matrix import plot_correlations
from vae_keras.plotting.panels import plot_panels
from vae_keras.plotting.rows import plot_image_rows
from vae_keras.plotting.style import set_style

__all__ = [
    "plot_autoencoder_diagram",
    "plot_correlations",
    "plot_coverage",
    "plot_curves",
    "plot_decoded_grid",
    "plot_densities",
    "plot_density_plane",
    "plot_estimates",
    "plot_evidence_split",
    "plot_gaussian_ellipses",
    "plot_gradient_paths",
    "plot_history",
    "plot_image_rows",
    "plot_images",
    "plot_jensen_gap",
    "plot_latent_plane",
    "plot_named_points",
    "plot_panels",
    "plot_rate_distortion",
    "plot_reconstructions",
    "plot_roc",
    "plot_score_histograms",
    "prior_quantiles",
    "prior_radius",
    "save_figure",
    "set_style",
]
