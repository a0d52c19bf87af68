"""Exercises of chapter 11: AUC by hand, trained on synthetic images, copies, a detector."""

from vae_course.exercises.medical.area_under_curve import area_under_curve
from vae_course.exercises.medical.detector import detector
from vae_course.exercises.medical.share_nearer_to_training import share_nearer_to_training
from vae_course.exercises.medical.train_on_synthetic import train_on_synthetic

__all__ = ["area_under_curve", "train_on_synthetic", "share_nearer_to_training", "detector"]  # noqa: RUF022  (in the notebook's order)
