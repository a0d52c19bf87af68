"""Exercises of chapter 10: the scores of samples, faithful strings, a search under constraint."""

from vae_course.exercises.molecules.reconstruction_shares import reconstruction_shares
from vae_course.exercises.molecules.sample_scores import sample_scores
from vae_course.exercises.molecules.search_nearby import search_nearby

__all__ = ["sample_scores", "reconstruction_shares", "search_nearby"]  # noqa: RUF022  (in the notebook's order)
