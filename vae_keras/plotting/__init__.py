"""Figures: training, images, latent space.

Every function takes arrays or callables, trains nothing, and returns a `matplotlib.figure.Figure`
that a notebook shows exactly once. `set_style` chooses the language, `save_figure` writes a PNG.
"""

from vae_keras.plotting.decoded_grid import plot_decoded_grid, prior_quantiles
from vae_keras.plotting.history import plot_history
from vae_keras.plotting.image_grids import plot_images, plot_reconstructions
from vae_keras.plotting.latent_plane import plot_latent_plane, prior_radius
from vae_keras.plotting.notebook_figure import save_figure
from vae_keras.plotting.style import set_style

__all__ = [
    "plot_decoded_grid",
    "plot_history",
    "plot_images",
    "plot_latent_plane",
    "plot_reconstructions",
    "prior_quantiles",
    "prior_radius",
    "save_figure",
    "set_style",
]
