"""Images in: TFDS data sets, a sample of MNIST that travels with the package, drawn faces."""

from vae_keras.data.faces import FACE_FACTORS, draw_faces
from vae_keras.data.loading import ImageSplits, load_images
from vae_keras.data.pipeline import image_pipeline

__all__ = [
    "FACE_FACTORS",
    "ImageSplits",
    "draw_faces",
    "image_pipeline",
    "load_images",
]
