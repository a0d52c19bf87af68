"""Exercises of chapter 13: what is said of the weaknesses of VAEs, measured."""

from vae_course.exercises.weaknesses.batch_information import batch_information
from vae_course.exercises.weaknesses.collapsed_dimensions import collapsed_dimensions
from vae_course.exercises.weaknesses.complete_faces import complete_faces
from vae_course.exercises.weaknesses.free_bits_cost import free_bits_cost
from vae_course.exercises.weaknesses.gan_losses import gan_losses
from vae_course.exercises.weaknesses.image_sharpness import image_sharpness

__all__ = [  # noqa: RUF022  (in the notebook's order)
    "image_sharpness",
    "gan_losses",
    "batch_information",
    "collapsed_dimensions",
    "free_bits_cost",
    "complete_faces",
]
