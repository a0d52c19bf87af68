"""Exercises of chapter 14: two layers of codes, a codebook and its gradients, p(codes)."""

from vae_course.exercises.beyond.code_probabilities import code_probabilities
from vae_course.exercises.beyond.codebook_losses import codebook_losses
from vae_course.exercises.beyond.nearest_codes import nearest_codes
from vae_course.exercises.beyond.perplexity import perplexity
from vae_course.exercises.beyond.straight_through import straight_through
from vae_course.exercises.beyond.two_layer_kl import two_layer_kl

__all__ = [  # noqa: RUF022  (in the notebook's order)
    "two_layer_kl",
    "nearest_codes",
    "straight_through",
    "codebook_losses",
    "perplexity",
    "code_probabilities",
]
