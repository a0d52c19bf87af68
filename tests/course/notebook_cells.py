"""The cells of an exercise as a student runs them: from their source, with a notebook's imports."""

import textwrap

import pytest

from vae_course.exercises import find

IMPORTS = """\
import keras
import numpy as np
import tensorflow as tf
from keras import ops
from vae_keras import *

"""


def solution_of(exercise):
    """The solution's function, from the source that a student sees."""
    names = {}
    exec(IMPORTS + exercise.source(), names)
    return names[exercise.name]


def answer_of(exercise, body):
    """The answer of a student who replaced the stub's `return ...` by this body."""
    head = exercise.stub().rpartition("    return ...")[0]
    names = {}
    exec(IMPORTS + head + textwrap.indent(body, "    "), names)
    return names[exercise.name]


def numbered(answers):
    """The cases `(exercise, answer)` of a test, from `{identifier: answers}`."""
    return [
        pytest.param(find(identifier), answer, id=f"{identifier}-{number}")
        for identifier, several in answers.items()
        for number, answer in enumerate(several)
    ]
