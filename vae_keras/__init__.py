"""Variational autoencoders in Keras 3: layers, losses, networks, models, data and figures.

The code of a course on variational autoencoders, and a small module for whoever needs one.
"""

import importlib
import os
import sys

__version__ = "0.1.0"

_MODULES = {
    "callbacks": ("BetaWarmup", "CyclicalBeta"),
    "data": (
        "ChoraleSplits",
        "ImageSplits",
        "MoleculeSplits",
        "MoleculeVocabulary",
        "image_pipeline",
        "load_chorales",
        "load_images",
        "load_molecules",
    ),
    "evaluation": (
        "active_units",
        "aggregated_posterior_gap",
        "elbo",
        "find_collapse",
        "frechet_distance",
        "importance_weighted_bound",
        "laplacian_variance",
        "mutual_information",
        "mutual_information_gap",
        "nearest_distances",
        "precision_recall",
        "sharpness_ratio",
        "spectral_slope",
    ),
    "layers": ("Sampling", "VectorQuantizer"),
    "likelihoods": ("Bernoulli", "Categorical", "Gaussian"),
    "losses": (
        "bernoulli_log_likelihood",
        "categorical_log_likelihood",
        "gaussian_log_likelihood",
        "kl_between_gaussians",
        "kl_divergence",
    ),
    "models": (
        "IWAE",
        "VAE",
        "Autoencoder",
        "AutoregressiveVAE",
        "ConditionalVAE",
        "HierarchicalVAE",
        "LinearGaussianModel",
        "VAEGAN",
        "VQVAE",
    ),
    "networks": (
        "causal_transformer",
        "conv1d_decoder",
        "conv1d_encoder",
        "conv_decoder",
        "conv_discriminator",
        "conv_encoder",
        "dense_decoder",
        "dense_discriminator",
        "dense_encoder",
        "dense_ladder",
        "recurrent_decoder",
        "recurrent_encoder",
    ),
    "paths": ("attribute_direction", "interpolate", "traverse"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted(_HOMES)


def __getattr__(name):
    """A public name, from its module: TFDS and scikit-learn are loaded for those who use them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})


def _is_command_line():
    """Whether Python runs `vae-keras`, which needs no TensorFlow to tell its options."""
    program = sys.argv[0] if sys.argv else ""
    if program == "-m":  # what is run is not known yet, but as it was typed
        return f"{__name__}.cli" in sys.orig_argv
    return os.path.basename(program).partition(".")[0] == "vae-keras"


if not _is_command_line():
    # TensorFlow first and at once: a later `import tensorflow` would write its noise below a
    # notebook's cell. And the models, without which a saved one could not be loaded by its name.
    from vae_keras import _tensorflow, models  # noqa: F401
