"""The figures that the course draws and the command line does not.

As those of `vae_keras.plotting`: they take arrays, train nothing, speak the language of
`plotting.set_style`, and return a figure that a notebook shows exactly once.
"""

from vae_course.figures.bounds import plot_evidence_split, plot_gaussian_ellipses, plot_jensen_gap
from vae_course.figures.correlations import plot_correlations
from vae_course.figures.course_map import plot_course_map
from vae_course.figures.coverage import plot_coverage
from vae_course.figures.curves import plot_curves
from vae_course.figures.densities import plot_densities, plot_density_plane
from vae_course.figures.detection import plot_roc, plot_score_histograms
from vae_course.figures.estimates import plot_estimates
from vae_course.figures.image_rows import plot_image_rows
from vae_course.figures.named_points import plot_named_points
from vae_course.figures.panels import plot_panels
from vae_course.figures.piano_roll import plot_piano_roll
from vae_course.figures.rate_distortion import plot_rate_distortion
from vae_course.figures.reparameterized_draws import plot_reparameterized_draws
from vae_course.figures.schematics import plot_autoencoder_diagram, plot_gradient_paths

__all__ = [
    "plot_autoencoder_diagram",
    "plot_correlations",
    "plot_course_map",
    "plot_coverage",
    "plot_curves",
    "plot_densities",
    "plot_density_plane",
    "plot_estimates",
    "plot_evidence_split",
    "plot_gaussian_ellipses",
    "plot_gradient_paths",
    "plot_image_rows",
    "plot_jensen_gap",
    "plot_named_points",
    "plot_panels",
    "plot_piano_roll",
    "plot_rate_distortion",
    "plot_reparameterized_draws",
    "plot_roc",
    "plot_score_histograms",
]
