"""The judge: what is seen of an answer in one process gets, in another, the verdict of `check`."""

import json
import sys
import types

import IPython
import numpy as np
import pytest

from vae_course.exercises import CHAPTERS, exercises_of, find
from vae_course.grading.judge import Judge

KL = find("elbo.kl_to_prior")
FIRST = [exercises_of(module)[0] for module in CHAPTERS.values()]


@pytest.fixture
def names(monkeypatch):
    """The names of a notebook, in this process."""
    names = {}
    monkeypatch.setattr(IPython, "get_ipython", lambda: types.SimpleNamespace(user_ns=names))
    yield names
    KL.was_checked, KL.last_answer = False, None


def verdict(exercise, judge=None):
    return (judge or Judge()).verdict(exercise.identifier, eval)


def right(z_mean, z_log_var):
    return 0.5 * np.sum(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=1)


def half_missing(z_mean, z_log_var):
    return 2 * right(z_mean, z_log_var)


def raises(z_mean, z_log_var):
    return 1 / 0


@pytest.mark.parametrize(
    "exercise", [*FIRST, find("bayes.find_proposal")], ids=lambda each: each.identifier
)
def test_the_verdicts_of_the_notebook(names, exercise):
    """From whatever seed: the solution, a known mistake, the placeholder, nothing."""
    judge = Judge()
    assert verdict(exercise, judge) == ("missing", None)
    mistake = exercise.misconceptions[0]
    for answer, expected in [
        (exercise._solution, ("passed", None)),
        (mistake.implementations[0], ("failed", mistake.identifier)),
        (..., ("not_attempted", None)),
        (lambda: None, ("failed", None)),
    ]:
        names[exercise.name] = answer
        assert verdict(exercise, judge) == expected


@pytest.mark.parametrize(
    ("by_name", "checked", "expected"),
    [
        (right, half_missing, "passed"),
        (half_missing, right, "passed"),
        (..., half_missing, "failed"),
        (raises, ..., "failed"),
    ],
)
def test_the_better_of_two_answers_counts(names, capsys, by_name, checked, expected):
    names[KL.name] = by_name
    KL.check(checked)
    assert verdict(KL)[0] == expected


def test_a_look_is_concluded_as_it_is_judged():
    for answer in (right, half_missing, raises, ...):
        assert KL.conclude(KL.look(answer), answer) == KL.judge(answer)


def test_another_seed_is_another_draw():
    exercise = find("reparameterization.sample_z")
    first, again, other = (
        np.concatenate([np.ravel(each.value) for each in exercise.reseeded(seed).look(z)[:-1]])
        for z in [exercise._solution]
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_each_grading_draws_its_own_seeds(names):
    said = []
    for _ in range(2):
        Judge().verdict(KL.identifier, lambda expression: said.append(expression))
    assert said[0] != said[1]


def test_an_answer_that_fails_by_chance_is_looked_at_again(names):
    names[KL.name] = right
    reports = iter([json.dumps([{"seen": [], "error": "Unlucky"}])])
    found = Judge().verdict(KL.identifier, lambda code: next(reports, None) or eval(code))
    assert found == ("passed", None)


def test_the_course_as_the_notebook_changed_it_is_set_aside(names, monkeypatch):
    names[KL.name] = half_missing
    monkeypatch.setattr("vae_course.grading.judge.observe", lambda *_: "[]")
    modules = {name: module for name, module in sys.modules.items() if "vae_course" in name}
    assert verdict(KL) == ("failed", "half_missing")
    assert modules == {name: module for name, module in sys.modules.items() if "vae_course" in name}
