"""Images in: TFDS data sets, samples of MNIST and Fashion-MNIST in the package; molecules."""

from vae_keras.data.loading import ImageSplits, load_images
from vae_keras.data.molecules import MoleculeSplits, MoleculeVocabulary, load_molecules
from vae_keras.data.pipeline import image_pipeline

__all__ = [
    "ImageSplits",
    "MoleculeSplits",
    "MoleculeVocabulary",
    "image_pipeline",
    "load_images",
    "load_molecules",
]
