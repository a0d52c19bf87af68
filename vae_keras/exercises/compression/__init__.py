"""Exercises of chapter 08: measuring a restoration, quantising, and counting bits."""

from vae_keras.exercises.compression.ink_probabilities import ink_probabilities
from vae_keras.exercises.compression.message_bytes import message_bytes
from vae_keras.exercises.compression.psnr import psnr
from vae_keras.exercises.compression.step_for_budget import step_for_budget

__all__ = ["psnr", "message_bytes", "step_for_budget", "ink_probabilities"]  # noqa: RUF022  (in the notebook's order)
