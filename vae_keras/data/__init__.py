"""Data in: images, of TFDS and in the package; molecules; chorales."""

from vae_keras.data.chorales import ChoraleSplits, load_chorales
from vae_keras.data.loading import ImageSplits, load_images
from vae_keras.data.molecules import MoleculeSplits, MoleculeVocabulary, load_molecules
from vae_keras.data.pipeline import image_pipeline

__all__ = [
    "ChoraleSplits",
    "ImageSplits",
    "MoleculeSplits",
    "MoleculeVocabulary",
    "image_pipeline",
    "load_chorales",
    "load_images",
    "load_molecules",
]
