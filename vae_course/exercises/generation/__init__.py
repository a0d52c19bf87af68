"""Exercises of chapter 07: paths, grids and directions in the latent space, and a sampler."""

from vae_course.exercises.generation.clean_direction import clean_direction
from vae_course.exercises.generation.prior_grid import prior_grid
from vae_course.exercises.generation.sample_like import sample_like
from vae_course.exercises.generation.slerp import slerp

__all__ = ["prior_grid", "slerp", "clean_direction", "sample_like"]  # noqa: RUF022  (in the notebook's order)
