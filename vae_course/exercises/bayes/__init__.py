"""Exercises of chapter 03: the posterior, the evidence, and where to draw to find them."""

from vae_course.exercises.bayes.discrete_posterior import discrete_posterior
from vae_course.exercises.bayes.find_proposal import find_proposal
from vae_course.exercises.bayes.log_evidence import log_evidence
from vae_course.exercises.bayes.normalized_weights import normalized_weights

__all__ = ["discrete_posterior", "log_evidence", "normalized_weights", "find_proposal"]  # noqa: RUF022  (in the notebook's order)
