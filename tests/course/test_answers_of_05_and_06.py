"""What a marker's own answers to the exercises of chapters 05, 05b and 06 are told."""

import pytest
from answers_of_05_and_06 import RIGHT, WRONG
from notebook_cells import answer_of, numbered

from vae_course.exercises import find


@pytest.mark.parametrize(("exercise", "answer"), numbered(WRONG))
def test_a_wrong_answer_is_refused_and_given_its_own_name_or_none(exercise, answer):
    body, misconception = answer
    verdict = exercise.judge(answer_of(exercise, body))
    assert (verdict.status, verdict.misconception) == ("failed", misconception)


@pytest.mark.parametrize(("exercise", "body"), numbered(RIGHT))
def test_a_right_answer_written_otherwise_passes(exercise, body):
    verdict = exercise.judge(answer_of(exercise, body))
    assert verdict.status == "passed", verdict.message


def test_a_shape_written_once_for_all_is_told_of_as_a_shape_not_as_a_type():
    exercise = find("reparameterization.sample_z")
    body = "return z_mean + tf.exp(0.5 * z_log_var) * tf.random.normal((100, 20))"
    verdict = exercise.judge(answer_of(exercise, body))
    assert verdict.status == "failed"
    assert "ncompatible shapes" in verdict.message
