"""The models: `Autoencoder`, `VAE`, and the exact `LinearGaussianModel`."""

from vae_keras.models.autoencoder import Autoencoder
from vae_keras.models.linear_gaussian import LinearGaussianModel
from vae_keras.models.vae import VAE

__all__ = ["VAE", "Autoencoder", "LinearGaussianModel"]
