"""What a marker's own answers to the exercises of chapters 05, 05b and 06 are told."""

import pytest
from answers_of_05_and_06 import RIGHT, WRONG
from notebook_cells import answer_of, numbered


@pytest.mark.parametrize(("exercise", "answer"), numbered(WRONG))
def test_a_wrong_answer_is_refused_and_given_its_own_name_or_none(exercise, answer):
    body, misconception = answer
    verdict = exercise.judge(answer_of(exercise, body))
    assert (verdict.status, verdict.misconception) == ("failed", misconception)


@pytest.mark.parametrize(("exercise", "body"), numbered(RIGHT))
def test_a_right_answer_written_otherwise_passes(exercise, body):
    verdict = exercise.judge(answer_of(exercise, body))
    assert verdict.status == "passed", verdict.message
