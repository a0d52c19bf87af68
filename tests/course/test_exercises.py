"""Every exercise of the course, against every answer a student may give it.

The matrix, exercises times wrong answers: each known mistake is recognised as itself, and taken for
no other.
"""

import ast
import math
import random
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from notebook_cells import solution_of

from vae_course.exercises import CHAPTERS, exercises_of, find

EXERCISES = [exercise for module in CHAPTERS.values() for exercise in exercises_of(module)]
MISTAKES = [
    pytest.param(exercise, mistake, wrong, id=f"{exercise.identifier}-{mistake.identifier}-{n}")
    for exercise in EXERCISES
    for mistake in exercise.misconceptions
    for n, wrong in enumerate(mistake.implementations)
]


@pytest.fixture(params=EXERCISES, ids=lambda exercise: exercise.identifier)
def exercise(request):
    return request.param


@pytest.mark.parametrize("module", CHAPTERS.values())
def test_each_notebook_has_exercises(module):
    least = 1 if module.endswith("_further") else 2  # an annex may have only one
    assert len(exercises_of(module)) >= least


def test_the_stub_is_not_attempted(exercise):
    namespace = {}
    exec(exercise.stub(), namespace)
    verdict = exercise.judge(namespace[exercise.name])
    assert (verdict.status, verdict.misconception) == ("not_attempted", None)
    assert verdict.message.startswith(exercise.statement)


def test_its_texts_have_no_mark_up_but_code(exercise):
    """What a verdict shows would show the asterisks as they are."""
    said = [mistake.message for mistake in exercise.misconceptions]
    texts = [exercise.statement, exercise.success, *exercise.hints, *said]
    for text in texts:
        assert "**" not in re.sub(r"`[^`]*`", "", text)


@pytest.mark.parametrize("placeholder", [..., None])
def test_a_placeholder_is_not_attempted(exercise, placeholder):
    assert exercise.judge(placeholder).status == "not_attempted"


def test_the_solution_passes(exercise):
    """As it is shown to a student: from its source, with a notebook's imports."""
    verdict = exercise.judge(solution_of(exercise))
    assert (verdict.status, verdict.misconception) == ("passed", None)
    assert verdict.passed
    assert verdict.message == exercise.success


@pytest.fixture(scope="module")
def first_verdict():
    """What an exercise says of a wrong answer the first time; it is looked at once."""
    verdicts = {}

    def get(exercise, wrong):
        if (exercise, wrong) not in verdicts:
            verdicts[exercise, wrong] = exercise.judge(wrong)
        return verdicts[exercise, wrong]

    return get


@pytest.mark.parametrize(("exercise", "mistake", "wrong"), MISTAKES)
def test_each_misconception_is_recognised_and_taken_for_no_other(
    exercise, mistake, wrong, first_verdict
):
    verdict = first_verdict(exercise, wrong)
    assert (verdict.status, verdict.misconception) == ("failed", mistake.identifier)
    assert verdict.message.startswith(mistake.message)
    assert mistake.section in verdict.message


@pytest.mark.parametrize(
    "wrong",
    [
        lambda *arguments: 12345.678,
        lambda *arguments: np.full((3, 5, 7), math.pi),
        lambda *arguments: (1.5, -2.5),
        lambda *arguments: float("nan"),
        lambda *arguments: "un texte",
        lambda *arguments: {"a": 1},
        lambda *arguments: keras.Input((3,)),
        lambda *arguments: exit(),
        lambda *arguments: 1 / 0,
        lambda *arguments: not_defined,  # noqa: F821
        lambda: 0,
        lambda one, two, three, four, five, six, seven, eight: 0,
        42,
        np.zeros(3),
    ],
)
def test_an_answer_of_no_known_kind_fails_with_a_message(exercise, wrong):
    verdict = exercise.judge(wrong)
    assert (verdict.status, verdict.misconception) == ("failed", None)
    assert len(verdict.message) > 50
    assert exercise.section in verdict.message


def test_the_same_answer_gets_the_same_text(exercise, first_verdict):
    for mistake in exercise.misconceptions:
        wrong = mistake.implementations[0]
        np.random.seed(None)
        verdict = first_verdict(exercise, wrong)
        keras.utils.set_random_seed(99)
        assert exercise.judge(wrong) == verdict
        assert not re.search(r"0x[0-9a-f]{4}", verdict.message)


def test_what_follows_a_check_depends_on_the_seed_and_not_on_the_answer(exercise):
    def draws_after(answer, seed):
        keras.utils.set_random_seed(seed)
        if answer is not Ellipsis:
            exercise.judge(answer)
        keras_draw = float(keras.random.normal(()))
        return random.random(), np.random.random(), keras_draw, float(tf.random.normal(()))

    after = draws_after(None, 1)
    assert after == draws_after(exercise._solution, 1)
    assert not set(after) & set(draws_after(None, 2))
    assert after[:3] == draws_after(..., 1)[:3]  # as if there had been no check


def test_the_texts_are_french_and_complete(exercise):
    texts = [exercise.statement, exercise.success, *exercise.hints]
    texts += [mistake.message for mistake in exercise.misconceptions]
    assert exercise.name in exercise.statement
    assert re.search(r"§ \d\.\d", exercise.section)
    assert len(exercise.hints) >= 2
    for text in texts:
        assert text[0].isupper() or text[0] in "`«βμσ¹"
        assert re.search(r"[.?!…»)`]$", text)
        assert text.count("`") % 2 == 0
        assert len(text) < 420
    identifiers = [mistake.identifier for mistake in exercise.misconceptions]
    assert len(set(identifiers)) == len(identifiers)
    assert all(re.fullmatch(r"[a-z][a-z_]+", identifier) for identifier in identifiers)


def test_the_solution_has_a_french_docstring_and_is_short(exercise):
    function = ast.parse(exercise.source()).body[0]
    assert ast.get_docstring(function)
    assert len(exercise.source().splitlines()) <= 25


def test_find():
    assert find("elbo.kl_to_prior").name == "kl_to_prior"
    with pytest.raises(ValueError, match=r"no exercise 'nothing' in elbo; known: kl_to_prior"):
        find("elbo.nothing")
    with pytest.raises(ValueError, match=r"no module of exercises 'nothing'; known: "):
        find("nothing.kl_to_prior")
