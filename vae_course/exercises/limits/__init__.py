"""Exercises of chapter 02: the limits of the autoencoder."""

from vae_course.exercises.limits.distance_to_codes import distance_to_codes
from vae_course.exercises.limits.failing_code import failing_code
from vae_course.exercises.limits.generalization_gap import generalization_gap

__all__ = ["distance_to_codes", "generalization_gap", "failing_code"]  # noqa: RUF022  (in the notebook's order)
