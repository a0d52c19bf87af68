"""Exercises of chapter 06: training a VAE, drawing images from it, and telling what ails it."""

from vae_course.exercises.training.diagnose import diagnose
from vae_course.exercises.training.draw_new_images import draw_new_images
from vae_course.exercises.training.reconstruction_terms import reconstruction_terms
from vae_course.exercises.training.vae_train_step import vae_train_step

__all__ = ["reconstruction_terms", "vae_train_step", "draw_new_images", "diagnose"]  # noqa: RUF022  (in the notebook's order)
