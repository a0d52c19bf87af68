"""Variational autoencoders in Keras 3: layers, losses, networks, models, data and figures.

The code of a course on variational autoencoders, and a small module for whoever needs one.
"""

from vae_keras import _tensorflow  # noqa: F401  (first: imports TensorFlow without its noise)
from vae_keras.data import ImageSplits, draw_faces, image_pipeline, load_images
from vae_keras.evaluation import (
    active_units,
    aggregated_posterior_gap,
    elbo,
    frechet_distance,
    importance_weighted_bound,
    mutual_information_gap,
)
from vae_keras.layers import Sampling
from vae_keras.losses import (
    bernoulli_log_likelihood,
    gaussian_log_likelihood,
    kl_between_gaussians,
    kl_divergence,
)
from vae_keras.models import VAE, Autoencoder, LinearGaussianModel
from vae_keras.networks import conv_decoder, conv_encoder, dense_decoder, dense_encoder
from vae_keras.paths import attribute_direction, interpolate, traverse

__version__ = "0.1.0"

__all__ = [
    "VAE",
    "Autoencoder",
    "ImageSplits",
    "LinearGaussianModel",
    "Sampling",
    "active_units",
    "aggregated_posterior_gap",
    "attribute_direction",
    "bernoulli_log_likelihood",
    "conv_decoder",
    "conv_encoder",
    "dense_decoder",
    "dense_encoder",
    "draw_faces",
    "elbo",
    "frechet_distance",
    "gaussian_log_likelihood",
    "image_pipeline",
    "importance_weighted_bound",
    "interpolate",
    "kl_between_gaussians",
    "kl_divergence",
    "load_images",
    "mutual_information_gap",
    "traverse",
]
