"""What a marker's own answers to the exercises of chapters 05, 05b and 06 are told."""

import textwrap

import numpy as np
import pytest
import tensorflow as tf
from answers_of_05_and_06 import RIGHT, WRONG

from vae_course.exercises import find


def function(exercise, body):
    """An answer, as a student's cell makes it."""
    head = exercise.stub().rpartition("    return ...")[0]
    names = {"np": np, "tf": tf}
    exec(head + textwrap.indent(body, "    "), names)
    return names[exercise.name]


def each(answers):
    return [
        pytest.param(name, answer, id=f"{name}-{number}")
        for name, several in answers.items()
        for number, answer in enumerate(several)
    ]


@pytest.mark.parametrize(("name", "answer"), each(WRONG))
def test_a_wrong_answer_is_refused_and_given_its_own_name_or_none(name, answer):
    body, misconception = answer
    verdict = find(name).judge(function(find(name), body))
    assert (verdict.status, verdict.misconception) == ("failed", misconception)


@pytest.mark.parametrize(("name", "answer"), each(RIGHT))
def test_a_right_answer_written_otherwise_passes(name, answer):
    verdict = find(name).judge(function(find(name), answer))
    assert verdict.status == "passed", verdict.message
