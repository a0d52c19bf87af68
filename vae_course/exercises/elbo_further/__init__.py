"""Exercises of annex 04b: what a diagonal law leaves, and a tighter bound."""

from vae_course.exercises.elbo_further.best_diagonal import best_diagonal
from vae_course.exercises.elbo_further.grouped_bound import grouped_bound

__all__ = ["best_diagonal", "grouped_bound"]  # (in the notebook's order)
