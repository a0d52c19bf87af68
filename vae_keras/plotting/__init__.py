"""The course's figures: training, images, latent space, detection, schematics.

Every function takes arrays or callables, trains nothing, and returns a `matplotlib.figure.Figure`
that a notebook shows exactly once. `set_style` chooses the language, `save_figure` writes a PNG.
"""

from vae_keras.plotting.curves import plot_curves, plot_history, plot_roc, plot_score_histograms
from vae_keras.plotting.diagram import plot_autoencoder_diagram
from vae_keras.plotting.figures import save_figure
from vae_keras.plotting.images import plot_images, plot_reconstructions
from vae_keras.plotting.latent import (
    plot_decoded_grid,
    plot_latent_plane,
    prior_quantiles,
    prior_radius,
)
from vae_keras.plotting.style import set_style

__all__ = [
    "plot_autoencoder_diagram",
    "plot_curves",
    "plot_decoded_grid",
    "plot_history",
    "plot_images",
    "plot_latent_plane",
    "plot_reconstructions",
    "plot_roc",
    "plot_score_histograms",
    "prior_quantiles",
    "prior_radius",
    "save_figure",
    "set_style",
]
