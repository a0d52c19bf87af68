"""Exercises of chapter 04: the ELBO, its two terms, and what it misses."""

from vae_course.exercises.elbo.best_gaussian import best_gaussian
from vae_course.exercises.elbo.elbo_from_losses import elbo_from_losses
from vae_course.exercises.elbo.evidence_gap import evidence_gap
from vae_course.exercises.elbo.kl_to_prior import kl_to_prior

__all__ = ["kl_to_prior", "evidence_gap", "elbo_from_losses", "best_gaussian"]  # noqa: RUF022  (in the notebook's order)
