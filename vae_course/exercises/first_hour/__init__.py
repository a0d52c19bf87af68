"""Exercises of chapter 00: the loss of a batch, and the path from one code to another."""

from vae_course.exercises.first_hour.path_between import path_between
from vae_course.exercises.first_hour.vae_loss import vae_loss

__all__ = ["vae_loss", "path_between"]  # noqa: RUF022  (in the notebook's order)
