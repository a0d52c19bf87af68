"""Exercises of chapter 08: measuring a restoration, filling a hole, a likelihood for a damage."""

from vae_course.exercises.denoising.fill_hole import fill_hole
from vae_course.exercises.denoising.psnr import psnr
from vae_course.exercises.denoising.speckled_log_likelihood import speckled_log_likelihood

__all__ = ["psnr", "fill_hole", "speckled_log_likelihood"]  # noqa: RUF022  (in the notebook's order)
