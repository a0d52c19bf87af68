"""The models, each in a file of its own, and the exact `LinearGaussianModel`."""

from vae_keras.models.autoencoder import Autoencoder
from vae_keras.models.autoregressive_vae import AutoregressiveVAE
from vae_keras.models.conditional_vae import ConditionalVAE
from vae_keras.models.hierarchical_vae import HierarchicalVAE
from vae_keras.models.iwae import IWAE
from vae_keras.models.linear_gaussian import LinearGaussianModel
from vae_keras.models.vae import VAE
from vae_keras.models.vae_gan import VAEGAN
from vae_keras.models.vq_vae import VQVAE

__all__ = [
    "IWAE",
    "VAE",
    "VAEGAN",
    "VQVAE",
    "Autoencoder",
    "AutoregressiveVAE",
    "ConditionalVAE",
    "HierarchicalVAE",
    "LinearGaussianModel",
]
