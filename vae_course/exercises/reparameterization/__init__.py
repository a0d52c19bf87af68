"""Exercises of chapter 05: reparameterised draws and their gradient."""

from vae_course.exercises.reparameterization.pathwise_gradient import pathwise_gradient
from vae_course.exercises.reparameterization.sample_laplace import sample_laplace
from vae_course.exercises.reparameterization.sample_z import sample_z

__all__ = ["sample_z", "pathwise_gradient", "sample_laplace"]  # noqa: RUF022  (in the notebook's order)
