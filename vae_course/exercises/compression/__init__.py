"""Exercises of chapter 09: the length of a message, a quantiser's step, a model of the pixels."""

from vae_course.exercises.compression.ink_probabilities import ink_probabilities
from vae_course.exercises.compression.message_bytes import message_bytes
from vae_course.exercises.compression.step_for_budget import step_for_budget

__all__ = ["message_bytes", "step_for_budget", "ink_probabilities"]  # noqa: RUF022  (in the notebook's order)
