"""Images in: TFDS data sets, samples of MNIST and Fashion-MNIST in the package."""

from vae_keras.data.loading import ImageSplits, load_images
from vae_keras.data.pipeline import image_pipeline

__all__ = ["ImageSplits", "image_pipeline", "load_images"]
