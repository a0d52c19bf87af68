"""The models: `Autoencoder` and `VAE`."""

from vae_keras.models.autoencoder import Autoencoder
from vae_keras.models.vae import VAE

__all__ = ["VAE", "Autoencoder"]
