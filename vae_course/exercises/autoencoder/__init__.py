"""Exercises of chapter 01: the reconstruction error, what it costs, and what it detects."""

from vae_course.exercises.autoencoder.compression_ratio import compression_ratio
from vae_course.exercises.autoencoder.errors_per_image import errors_per_image
from vae_course.exercises.autoencoder.raise_alarms import raise_alarms
from vae_course.exercises.autoencoder.unnoticed_intruder import unnoticed_intruder

__all__ = ["errors_per_image", "compression_ratio", "raise_alarms", "unnoticed_intruder"]  # noqa: RUF022  (in the notebook's order)
