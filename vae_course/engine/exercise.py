"""An exercise: a statement, hints, a solution, and the mistakes it knows by name.

A check looks at what an answer *does*. The same inputs are given to the student's function, to the
solution, and to a wrong implementation for each known mistake: a student who finds what the
solution finds has passed, one who finds what a wrong implementation finds has made that mistake.
"""

import contextlib
import functools
import inspect
import itertools
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
    """A known mistake: the message that names it, and what commits it.

    Made by `Exercise.misconception`, and stated by edits of the solution, or by the function below
    it.

    Attributes:
        identifier: Stable; `Verdict.misconception` of an answer that commits the mistake.
        message: Which mistake it is, in French.
        section: Where to read again.
    """

    def __init__(self, exercise, message, section):
        self.identifier, self.message, self.section = None, message, section
        self._exercise, self._edits, self._functions = exercise, [], []

    def edits(self, identifier, *edits):
        """States the mistake as edits of the solution's text.

        Args:
            identifier: Of the mistake.
            *edits: One for each way to make it: `{text: replacement}`, where each text is found
                once in the solution, below its docstring and outside of its comments; or the text
                that stands for all that is below the docstring.

        Returns:
            The misconception.
        """
        self.identifier, self._edits = identifier, edits
        return self

    def __call__(self, function):
        """Decorator of a function that commits it: its name, less underscores, identifies it."""
        self.identifier = function.__name__.strip("_")
        return self.variant(function)

    def variant(self, function):
        """Decorator of another function that commits the same mistake."""
        self._functions.append(function)
        return self

    @functools.cached_property
    def implementations(self):
        """The functions that commit it; those that are edits of the solution are made here."""
        name = f"{self._exercise.identifier}, {self.identifier}"
        made = [
            edited(self._exercise._solution, edits, f"<{name}, {number}>")
            for number, edits in enumerate(self._edits)
        ]
        return made + self._functions


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
        self._sights = {}  # of the wrong implementations
        self.was_checked, self.last_answer = False, None

    def __repr__(self):
        return f"Exercice {self.identifier} : {self.statement}"

    def misconception(self, message, *, section=None):
        """A known mistake, which edits of the solution or a decorated function then commit.

        Args:
            message: Which mistake it is, in French; kind, short and exact.
            section: Where to read again, if not where the exercise says.

        Returns:
            A `Misconception`.
        """
        mistake = Misconception(self, one_line(message), section or self.section)
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
        student_s = np.geterr()
        with _randomness_given_back(), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ours; the answer is called with the student's own
            return self._judge(answer, student_s)

    def _judge(self, answer, numpy_errors):
        reference = self._reference
        try:
            seen = list(self._look(answer, numpy_errors))
        except NotAttemptedError:
            return self._verdict("not_attempted", None, self._invitation(answer))
        if self._same(seen, reference):
            return self._verdict("passed", None, self.success)
        for mistake in self.misconceptions:
            if any(self._same(seen, self._known(wrong)) for wrong in mistake.implementations):
                _, details = self._difference(seen, reference)
                text = [mistake.message, details, self._advice(mistake.section)]
                return self._verdict("failed", mistake.identifier, paragraphs(text))
        text = [*self._difference(seen, reference), self._advice(self.section)]
        return self._verdict("failed", None, paragraphs(text))

    # ------------------------------------------------------------------ looking

    def _look(self, function, numpy_errors=None):
        """Yields what is seen of a function; what it raises, an `AnswerError`, comes last.

        A property that it lacks comes last too: what would follow says nothing more.
        """
        keras.utils.set_random_seed(_SEED)
        try:
            answer = Answer(function, inspect.signature(self._solution), numpy_errors)
            for observation in self._observe(answer):
                yield observation._replace(value=_as_compared(observation.value))
                if observation.fails:
                    return
        except AnswerError as error:
            yield error

    @functools.cached_property
    def _reference(self):
        """What is seen of the solution; if it fails, the fault is ours."""
        *_, last = seen = list(self._look(self._solution))
        if isinstance(last, AnswerError):
            raise RuntimeError(f"the solution of {self.identifier} fails") from last
        if last.fails:
            raise RuntimeError(f"the solution of {self.identifier} fails: {last.what}")
        return seen

    def _known(self, wrong):
        """What is seen of a wrong implementation, which always does the same."""
        if wrong not in self._sights:
            self._sights[wrong] = list(self._look(wrong))
        return self._sights[wrong]

    def _same(self, seen, other):
        return all(itertools.starmap(self._alike, itertools.zip_longest(seen, other)))

    def _alike(self, one, other):
        """Whether two things seen are alike; one is None where the other look has ended."""
        if isinstance(one, AnswerError) and isinstance(other, AnswerError):
            return one.kind == other.kind
        if not (isinstance(one, Observation) and isinstance(other, Observation)):
            return False
        if one.value.shape != other.value.shape:
            return False
        return np.allclose(
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
        error = next((each for each in seen if isinstance(each, AnswerError)), None)
        pairs = [pair for pair in zip(seen, reference, strict=False) if pair[0] is not error]
        found = next((pair for pair in pairs if not self._alike(*pair)), None)
        if found is None:
            return "", str(error or _STOPS_EARLY)
        one, other = found
        if one.fails:
            return "", f"Condition qui n'est pas remplie : {one.what}."
        values = [(each.value, expected.value) for each, expected in pairs]
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


def _as_compared(value):
    return np.bool_(value) if isinstance(value, (bool, np.bool_)) else as_array(value)
