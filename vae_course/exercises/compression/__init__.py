"""Exercises of chapter 08: measuring a restoration, quantising, and counting bits."""

from vae_course.exercises.compression.ink_probabilities import ink_probabilities
from vae_course.exercises.compression.message_bytes import message_bytes
from vae_course.exercises.compression.psnr import psnr
from vae_course.exercises.compression.step_for_budget import step_for_budget

__all__ = ["psnr", "message_bytes", "step_for_budget", "ink_probabilities"]  # noqa: RUF022  (in the notebook's order)
