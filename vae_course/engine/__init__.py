"""The engine: what an exercise is, how an answer is looked at, what is said of it."""

from vae_course.engine.exercise import Exercise, Misconception, Observation, exercise
from vae_course.engine.verdict import Verdict

__all__ = ["Exercise", "Misconception", "Observation", "Verdict", "exercise"]
