"""An exercise: a statement, hints, a solution, and the mistakes it knows by name.

A check looks at what an answer *does*. The same inputs are given to the student's function, to the
solution, and to a wrong implementation for each known mistake: a student who finds what the
solution finds has passed, one who finds what a wrong implementation finds has made that mistake.
"""

import contextlib
import copy
import functools
import inspect
import random
import warnings
from typing import NamedTuple

import keras
import numpy as np

from vae_course.engine.answer import Answer, AnswerError, NotAttemptedError, as_array
from vae_course.engine.edits import edited, source_parts
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
        value: A number or an array, to be compared with the solution's; or True or False, a
            property that the solution has: an answer that lacks it is looked at no further.
        atol, rtol: How far from the solution's value it may be; None for the exercise's own.
    """

    what: str
    value: object
    atol: float | None = None
    rtol: float | None = None

    @property
    def fails(self):
        """Whether it is a property that the answer lacks."""
        return isinstance(self.value, (bool, np.bool_)) and not self.value


class Misconception:
    """A known mistake: its name, the message that says it, and wrong implementations that make it.

    Made by `Exercise.mistake`:

        norm.mistake("no_root").says("Il manque la racine.").edits({"np.sqrt": ""})

    Where edits of the solution cannot say it, `norm.mistake(…).says(…)` decorates a function.

    Attributes:
        identifier: Stable: it is the `misconception` of verdicts.
        section: Where to read again.
        message: Which mistake it is, in French.
    """

    def __init__(self, exercise, identifier, section):
        self.identifier, self.section, self.message = identifier, section, None
        self._exercise, self._ways = exercise, []

    def says(self, message):
        """Gives the message: in French; kind, short and exact."""
        self.message = one_line(message)
        return self

    def edits(self, *ways):
        """States wrong implementations as edits of the solution.

        Args:
            *ways: One for each way to make the mistake: `{text: replacement}`, where each text is
                found once in the solution, below its docstring and outside of its comments; or
                the text that replaces all that is below the docstring.
        """
        self._ways += ways
        return self

    def __call__(self, function):
        """Decorator of a function that makes the mistake."""
        self._ways.append(function)
        return self

    @functools.cached_property
    def implementations(self):
        """The functions that make the mistake; from the edits, when they are first needed."""
        name = f"{self._exercise.identifier}, {self.identifier}"
        return [
            way if callable(way) else edited(self._exercise._solution, way, f"<{name}, {number}>")
            for number, way in enumerate(self._ways)
        ]


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
            what it sees, `(what, value)` or an `Observation` at a time. The first property that
            the answer lacks ends it.
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
        self._hints_given, self._seed = 0, _SEED
        self._known = {}  # of the wrong implementations, what was seen
        self.was_checked, self.last_answer = False, None

    def __repr__(self):
        return f"Exercice {self.identifier} : {self.statement}"

    def mistake(self, identifier, section=None):
        """A known mistake of this exercise.

        Args:
            identifier: A name that stays: the verdicts bear it.
            section: Where to read again, if not where the exercise says.

        Returns:
            A `Misconception`, to be told what it says and what makes it.
        """
        mistake = Misconception(self, identifier, section or self.section)
        self.misconceptions.append(mistake)
        return mistake

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
        return "".join(source_parts(self._solution)).rstrip("\n")

    def stub(self):
        """The cell a student starts from: the same signature and docstring, and nothing else."""
        return f"{source_parts(self._solution)[0]}    return ...  # votre code ici"

    def judge(self, answer):
        """The verdict of `check`, not shown."""
        return self.conclude(self.look(answer), answer)

    def look(self, answer):
        """What is seen of an answer: all that `conclude` needs of it, wherever that is called.

        Returns:
            A list of `Observation`, ended by None or by an `AnswerError`; None and no list if the
            answer is the placeholder.
        """
        student_s = np.geterr()
        with _quietly():
            try:
                return list(self._look(answer, student_s))
            except NotAttemptedError:
                return None

    def conclude(self, seen, answer=None):
        """The verdict on an answer of which `look` has seen that."""
        with _quietly():
            return self._conclude(seen, answer)

    def reseeded(self, seed):
        """The same exercise, whose looks draw from another seed."""
        other = copy.copy(self)
        other._seed, other._known = seed, {}
        other.__dict__.pop("_reference", None)
        return other

    def _conclude(self, seen, answer):
        reference = self._reference
        if seen is None:
            return self._verdict("not_attempted", None, self._invitation(answer))
        if self._agree(seen, reference):
            return self._verdict("passed", None, self.success)
        for mistake in self.misconceptions:
            if any(self._commits(wrong, seen) for wrong in mistake.implementations):
                said, details = self._difference(seen, reference)
                raised = said if said == str(seen[-1]) else ""  # where the answer raised
                text = [mistake.message, raised, details, self._advice(mistake.section)]
                return self._verdict("failed", mistake.identifier, paragraphs(text))
        text = [*self._difference(seen, reference), self._advice(self.section)]
        return self._verdict("failed", None, paragraphs(text))

    # ------------------------------------------------------------------ looking

    def _look(self, function, numpy_errors=None):
        """Yields what is seen of a function, observations then None.

        A property that it lacks comes last, since what would follow says nothing more; and so does
        an `AnswerError`, what it raises.
        """
        keras.utils.set_random_seed(self._seed)
        try:
            answer = Answer(function, inspect.signature(self._solution), numpy_errors)
            for each in self._observe(answer):
                observation = Observation(*each)
                yield observation._replace(value=_as_compared(observation.value))
                if observation.fails:
                    return
            yield None
        except AnswerError as error:
            yield error

    @functools.cached_property
    def _reference(self):
        """What is seen of the solution; if it fails, the fault is ours."""
        *_, end = seen = list(self._look(self._solution))
        if end is not None:
            cause = end if isinstance(end, AnswerError) else None
            raise RuntimeError(f"the solution of {self.identifier} fails: {end}") from cause
        return seen

    def _commits(self, wrong, seen):
        """Whether a wrong implementation does all that was seen of an answer.

        It is looked at until it differs, and what was seen of it is kept, for it always does the
        same: where that differs from the next answer too, it need not run again.
        """
        known = self._known.get(wrong, [])
        if len(known) < len(seen) and self._agree(seen, known):
            known = self._known[wrong] = []
            for one, other in zip(seen, self._look(wrong), strict=False):
                known.append(other)
                if not self._alike(one, other):
                    break
        return self._agree(seen, known)

    def _agree(self, seen, other):
        """Whether two looks are alike, as far as they both go."""
        return all(map(self._alike, seen, other))

    def _alike(self, one, other):
        """Whether two things seen at the same place are alike."""
        if not (isinstance(one, Observation) and isinstance(other, Observation)):
            kinds = [getattr(each, "kind", type(each)) for each in (one, other)]
            return kinds[0] == kinds[1]
        return one.value.shape == other.value.shape and np.allclose(
            one.value.astype("float64"),
            other.value.astype("float64"),
            rtol=self._rtol if other.rtol is None else other.rtol,
            atol=self._atol if other.atol is None else other.atol,
            equal_nan=True,
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
        pairs = list(zip(seen, reference, strict=False))
        one, other = next(pair for pair in pairs if not self._alike(*pair))
        if isinstance(one, AnswerError):
            return str(one), f"    essai : {one.tried}" if one.tried else ""
        if one is None or other is None:
            return "", _STOPS_EARLY
        if one.fails:
            return "", f"Condition qui n'est pas remplie : {one.what}."
        observed = [pair for pair in pairs if all(isinstance(each, Observation) for each in pair)]
        values = [(each.value, expected.value) for each, expected in observed]
        details = (
            f"    essai   : {one.what}\n"
            f"    obtenu  : {show_value(one.value)}\n"
            f"    attendu : {show_value(other.value)}"
        )
        return remark(one.value, other.value, values), details


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
            try:
                if self._results == 1:
                    values = {what: answer.array(*case)}
                else:
                    found = enumerate(answer.arrays(self._results, *case), start=1)
                    values = {f"{what} (résultat {number})": value for number, value in found}
            except AnswerError as error:
                raise error.when(what) from error.__cause__
            yield from values.items()


@contextlib.contextmanager
def _quietly():
    """Without our own warnings, and without a trace in the random generators."""
    with _randomness_given_back(), np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the answer is called with the student's own
        yield


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


def _as_compared(value):
    return np.bool_(value) if isinstance(value, (bool, np.bool_)) else as_array(value)
