"""An exercise: a statement, hints, a solution, and the mistakes it knows by name.

A check looks at what an answer *does*. The same inputs are given to the student's function, to the
solution, and to a wrong implementation for each known mistake: a student who finds what the
solution finds has passed, one who finds what a wrong implementation finds has made that mistake.
"""

import ast
import contextlib
import functools
import inspect
import random
import textwrap
import warnings
from typing import NamedTuple

import keras
import numpy as np

from vae_course.engine.answer import Answer, AnswerError, NotAttemptedError, as_array
from vae_course.engine.verdict import Note, Verdict, show
from vae_course.engine.wording import (
    one_line,
    paragraphs,
    remark,
    show_argument,
    show_value,
)

_SEED = 20_250  # of every check: the same answer gets the same verdict and the same text
_STOPS_EARLY = (
    "Votre résultat s'arrête avant la fin de l'essai : ce qui précède est juste, la suite manque."
)


class Observation(NamedTuple):
    """One thing seen of an answer.

    Attributes:
        what: What was tried or measured, in French, on one line.
        value: A number, an array, or True or False.
        atol, rtol: How far from the solution's value it may be; None for the exercise's own.
    """

    what: str
    value: object
    atol: float | None = None
    rtol: float | None = None


class Misconception:
    """A known mistake: its identifier, the message that names it, and functions that commit it."""

    def __init__(self, function, message, section):
        self.identifier = function.__name__.strip("_")
        self.message = message
        self.section = section
        self.implementations = [function]

    def variant(self, function):
        """Decorator: another way to make the same mistake."""
        self.implementations.append(function)
        return self


def exercise(
    *,
    statement,
    section,
    hints,
    success,
    cases=None,
    observe=None,
    results=1,
    rtol=1e-3,
    atol=1e-5,
):
    """Decorator: makes an `Exercise` of its solution, the function below it.

    All texts are French; code between backticks.

    Args:
        statement: What is asked, in one or two sentences.
        section: Where the course document speaks of it, `"§ 2.5"` for instance.
        hints: From a question to nearly the answer.
        success: One sentence on what a right answer has just shown.
        cases: A list of tuples of arguments, for an answer that is a function of arrays: the
            simplest first, since the message shows the first one that goes wrong. Not values the
            notebook shows.
        observe: Instead of `cases`: a generator function of an `Answer`, that calls it and yields
            an `Observation` at a time.
        results: With `cases`, the number of results of the function.
        rtol, atol: The tolerance of the comparison with the solution.

    Returns:
        A decorator of functions.
    """

    def decorate(solution):
        return Exercise(
            solution,
            statement=one_line(statement),
            section=section,
            hints=tuple(map(one_line, hints)),
            success=one_line(success),
            observe=observe or _Cases(cases, results, inspect.signature(solution)),
            rtol=rtol,
            atol=atol,
        )

    return decorate


class Exercise:
    """What a student is asked to write, and what is needed to say whether it is right.

    Made by the decorator `exercise`. A student uses `check`, `hint` and `solution`.

    Attributes:
        identifier: `"<module>.<name>"`, for instance `"elbo.kl_to_prior"`.
        name: The name of the function to write.
        statement, section, hints, success: As given.
        misconceptions: A list of `Misconception`.
        was_checked, last_answer: Whether `check` was called, and what it was given last.
    """

    def __init__(self, solution, *, statement, section, hints, success, observe, rtol, atol):
        self.name = solution.__name__
        module = solution.__module__.removeprefix("vae_course.exercises.").partition(".")[0]
        self.identifier = f"{module}.{self.name}"
        self.statement, self.section = statement, section
        self.hints, self.success = hints, success
        self.misconceptions = []
        self._solution, self._observe = solution, observe
        self._rtol, self._atol = rtol, atol
        self._hints_given = 0
        self._sights = {}  # of the wrong implementations, as far as they were looked at
        self.was_checked, self.last_answer = False, None

    def __repr__(self):
        return f"Exercice {self.identifier} : {self.statement}"

    def misconception(self, message, *, section=None):
        """Decorator of a wrong implementation: its name, less underscores, is the identifier.

        Args:
            message: Which mistake it is, in French; kind, short and exact.
            section: Where to read again, if not where the exercise says.
        """

        def decorate(function):
            mistake = Misconception(function, one_line(message), section or self.section)
            self.misconceptions.append(mistake)
            return mistake

        return decorate

    # ------------------------------------------------------------------ for the student

    def check(self, answer):
        """Judges an answer, shows the verdict and returns it.

        What follows in a notebook does not depend on the answer: Python's and NumPy's random states
        are given back as they were, and TensorFlow's, which cannot be read, is set from them.

        Args:
            answer: The student's function.

        Returns:
            A `Verdict`. A mistake of the student is never an exception.
        """
        self.was_checked, self.last_answer = True, answer
        verdict = self.judge(answer)
        verdict._show()
        return verdict

    def hint(self):
        """Shows a hint, then at each call the next one."""
        index = min(self._hints_given, len(self.hints) - 1)
        self._hints_given += 1
        text = self.hints[index]
        if index == len(self.hints) - 1:
            text += (
                f"\n\nC'était le dernier indice. La solution : `exercises.{self.name}.solution()`"
            )
        show(Note(f"Indice {index + 1} sur {len(self.hints)}", text))

    def solution(self):
        """Shows the solution."""
        show(Note("Une solution", self.success, code=self.source()))

    # ------------------------------------------------------------------ for programs

    def source(self):
        """The solution's code, as a cell of a notebook would hold it."""
        lines, function = self._parsed()
        return "\n".join(lines[function.lineno - 1 :])  # from `def`: after the decorator

    def stub(self):
        """The cell a student starts from: the same signature and docstring, and nothing else."""
        lines, function = self._parsed()
        docstring = function.body[0]
        head = "\n".join(lines[function.lineno - 1 : docstring.end_lineno])
        return f"{head}\n    return ...  # votre code ici"

    def _parsed(self):
        text = textwrap.dedent(inspect.getsource(self._solution))
        return text.splitlines(), ast.parse(text).body[0]

    def judge(self, answer):
        """The verdict of `check`, not shown."""
        student_s = np.geterr()
        with _randomness_given_back(), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ours; the answer is called with the student's own
            return self._judge(answer, student_s)

    def _judge(self, answer, numpy_errors):
        reference = self._reference
        try:
            seen = self._look(answer, numpy_errors=numpy_errors)
        except NotAttemptedError:
            return self._verdict("not_attempted", None, self._invitation(answer))
        if self._same(seen, reference):
            return self._verdict("passed", None, self.success)
        for mistake in self.misconceptions:
            for wrong in mistake.implementations:
                if self._commits(wrong, seen):
                    _, details = self._difference(seen, reference)
                    text = [mistake.message, details, self._advice(mistake.section)]
                    return self._verdict("failed", mistake.identifier, paragraphs(text))
        text = [*self._difference(seen, reference), self._advice(self.section)]
        return self._verdict("failed", None, paragraphs(text))

    # ------------------------------------------------------------------ looking

    def _look(self, function, like=None, numpy_errors=None):
        """All that is seen of a function; what it raises ends the list.

        With `like`, another sight, the first difference from it ends the list too.
        """
        observations, error, complete = [], None, True
        keras.utils.set_random_seed(_SEED)
        try:
            answer = Answer(function, inspect.signature(self._solution), numpy_errors)
            for observation in self._observe(answer):
                array = as_array(observation.value)
                observations.append(observation._replace(value=_keep_truth(observation, array)))
                if like is not None and not self._goes_on_like(like, observations):
                    complete = False
                    break
        except AnswerError as stopped:
            error = stopped
        return _Sight(observations, error, complete)

    @functools.cached_property
    def _reference(self):
        """What is seen of the solution; if it fails, the fault is ours."""
        seen = self._look(self._solution)
        if seen.error is not None:
            raise RuntimeError(f"the solution of {self.identifier} fails") from seen.error
        return seen

    def _commits(self, wrong, seen):
        """Whether what was seen of an answer is what a wrong implementation does.

        The latter always does the same: what is known of it is enough where it differs.
        """
        known = self._sights.get(wrong)
        if known is None or not (known.complete or self._differs(known, seen)):
            known = self._sights[wrong] = self._look(wrong, like=seen)
        return known.complete and self._same(seen, known)

    def _differs(self, known, seen):
        pairs = zip(known.observations, seen.observations, strict=False)
        return len(known.observations) > len(seen.observations) or not all(
            self._close(*pair) for pair in pairs
        )

    def _goes_on_like(self, like, observations):
        """Whether the last observation is, at the same place, also in another sight."""
        place = len(observations) - 1
        return place < len(like.observations) and self._close(
            observations[place], like.observations[place]
        )

    def _close(self, one, other):
        if one.value.shape != other.value.shape:
            return False
        return np.allclose(
            one.value.astype("float64"),
            other.value.astype("float64"),
            rtol=self._rtol if other.rtol is None else other.rtol,
            atol=self._atol if other.atol is None else other.atol,
            equal_nan=True,
        )

    def _same(self, seen, other):
        kinds = [sight.error and sight.error.kind for sight in (seen, other)]
        return (
            kinds[0] == kinds[1]
            and len(seen.observations) == len(other.observations)
            and all(map(self._close, seen.observations, other.observations))
        )

    # ------------------------------------------------------------------ saying

    def _verdict(self, status, misconception, message):
        return Verdict(self.identifier, status, misconception, message)

    def _invitation(self, answer):
        text = self.statement
        if not (answer is ... or answer is None):
            text += " Votre fonction ne renvoie encore rien : remplacez `...` après `return`."
        return f"{text}\n\nUn indice : `exercises.{self.name}.hint()`"

    def _advice(self, section):
        return (
            f"À relire dans le document : {section}.\n\nUn indice : `exercises.{self.name}.hint()`"
        )

    def _difference(self, seen, reference):
        """The first difference: what can be said of it, and what was tried, came, was expected."""
        pairs = list(zip(seen.observations, reference.observations, strict=False))
        found = next((pair for pair in pairs if not self._close(*pair)), None)
        if found is None:
            return "", str(seen.error or _STOPS_EARLY)
        one, other = found
        if _is_condition(one):
            return "", f"Condition qui n'est pas remplie : {one.what}."
        values = [(each.value, expected.value) for each, expected in pairs]
        details = (
            f"    essai   : {one.what}\n"
            f"    obtenu  : {show_value(one.value)}\n"
            f"    attendu : {show_value(other.value)}"
        )
        return remark(one.value, other.value, values), details


class _Sight(NamedTuple):
    observations: list
    error: AnswerError | None
    complete: bool


class _Cases:
    """Observes a function of arrays on given arguments."""

    def __init__(self, cases, results, signature):
        if not cases:
            raise ValueError("an exercise needs cases, or a function that observes")
        self._cases, self._results = cases, results
        self._names = list(signature.parameters)

    def __call__(self, answer):
        for case in self._cases:
            arguments = zip(self._names, case, strict=True)
            what = ", ".join(f"{name} = {show_argument(value)}" for name, value in arguments)
            if self._results == 1:
                yield Observation(what, answer.array(*case))
                continue
            for number, value in enumerate(answer.arrays(self._results, *case), start=1):
                yield Observation(f"{what} (résultat {number})", value)


@contextlib.contextmanager
def _randomness_given_back():
    states = random.getstate(), np.random.get_state()
    seed = random.getrandbits(31)
    try:
        yield
    finally:
        keras.utils.set_random_seed(seed)
        random.setstate(states[0])
        np.random.set_state(states[1])


def _is_condition(observation):
    return observation.value.dtype == bool and observation.value.ndim == 0


def _keep_truth(observation, array):
    return array.astype(bool) if isinstance(observation.value, (bool, np.bool_)) else array
