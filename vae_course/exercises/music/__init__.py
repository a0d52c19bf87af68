"""Exercises of chapter 12: held notes, nats a frame, parallel fifths, a model of a melody."""

from vae_course.exercises.music.nats_per_frame import nats_per_frame
from vae_course.exercises.music.parallel_fifths import parallel_fifths
from vae_course.exercises.music.soprano_probabilities import soprano_probabilities
from vae_course.exercises.music.sounding_symbols import sounding_symbols

__all__ = ["sounding_symbols", "nats_per_frame", "parallel_fifths", "soprano_probabilities"]  # noqa: RUF022  (in the notebook's order)
