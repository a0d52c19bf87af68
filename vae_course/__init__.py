"""The course on variational autoencoders: its exercises, their checks, and its figures.

In a notebook, `from vae_course import elbo as exercises`, then
`exercises.kl_to_prior.check(my_function)`: one module of exercises a chapter. The texts are French,
as the course is. What a chapter teaches comes from `vae_keras`, which knows nothing of the course.
"""

import importlib

import vae_keras  # noqa: F401  (first: imports TensorFlow without its noise)
from vae_course.exercises import CHAPTERS

__all__ = list(CHAPTERS.values())


def __getattr__(name):
    if name in __all__:
        return importlib.import_module(f"vae_course.exercises.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return [*globals(), *__all__]
