"""Images in: TFDS data sets, samples of MNIST and Fashion-MNIST in the package, drawn faces."""

from vae_keras.data.faces import FACE_FACTORS, draw_faces
from vae_keras.data.loading import ImageSplits, load_images
from vae_keras.data.pipeline import image_pipeline

__all__ = ["FACE_FACTORS", "ImageSplits", "draw_faces", "image_pipeline", "load_images"]
