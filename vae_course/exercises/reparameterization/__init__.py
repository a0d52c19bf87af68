"""Exercises of chapter 05: reparameterised draws, and the two gradients of an expectation."""

from vae_course.exercises.reparameterization.gradient_estimates import gradient_estimates
from vae_course.exercises.reparameterization.invented_law import invented_law
from vae_course.exercises.reparameterization.sample_laplace import sample_laplace
from vae_course.exercises.reparameterization.sample_z import sample_z

__all__ = ["sample_z", "gradient_estimates", "sample_laplace", "invented_law"]  # noqa: RUF022  (in the notebook's order)
