"""Exercises of annex 05b: the score's gradient, categories, and laws of one's own."""

from vae_course.exercises.reparameterization_further.gradient_estimates import gradient_estimates
from vae_course.exercises.reparameterization_further.invented_law import invented_law

__all__ = ["gradient_estimates", "invented_law"]
