"""An exercise: a statement, hints, a solution, and the mistakes it knows by name.

A check looks at what an answer *does*. The same inputs are given to the student's function, to the
solution, and to a wrong implementation for each known mistake: a student who finds what the
solution finds has passed, one who finds what a wrong implementation finds has made that mistake.
"""

import ast
import functools
import inspect
import textwrap
import warnings
from typing import NamedTuple

import keras
import numpy as np

from vae_keras.exercises._answer import Answer, AnswerError, NotAttemptedError, as_array
from vae_keras.exercises._verdict import Note, Verdict, show

_SEED = 20_250  # of every check: the same answer gets the same verdict and the same text


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
            statement=_one_line(statement),
            section=section,
            hints=tuple(map(_one_line, hints)),
            success=_one_line(success),
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
        self.identifier = f"{solution.__module__.rpartition('.')[2]}.{self.name}"
        self.statement, self.section = statement, section
        self.hints, self.success = hints, success
        self.misconceptions = []
        self._solution, self._observe = solution, observe
        self._rtol, self._atol = rtol, atol
        self._hints_given = 0
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
            mistake = Misconception(function, _one_line(message), section or self.section)
            self.misconceptions.append(mistake)
            return mistake

        return decorate

    # ------------------------------------------------------------------ for the student

    def check(self, answer):
        """Judges an answer, shows the verdict and returns it.

        Every check sets the random seeds of Python, NumPy and Keras before and after, so that what
        follows in a notebook does not depend on the answer.

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
        reference = self._reference
        try:
            seen = self._look(answer)
        except NotAttemptedError:
            return self._verdict("not_attempted", None, self._invitation(answer))
        if self._same(seen, reference):
            return self._verdict("passed", None, self.success)
        for mistake in self.misconceptions:
            for wrong in mistake.implementations:
                if self._same(seen, self._look_at_ours(wrong)):
                    text = [mistake.message, self._details(seen, reference)]
                    text += [self._advice(mistake.section)]
                    return self._verdict("failed", mistake.identifier, _paragraphs(text))
        text = [*self._unknown_mistake(seen, reference), self._advice(self.section)]
        return self._verdict("failed", None, _paragraphs(text))

    # ------------------------------------------------------------------ looking

    def _look(self, function):
        """All that is seen of a function; what it raises ends the list."""
        observations, error = [], None
        keras.utils.set_random_seed(_SEED)
        try:
            answer = Answer(function, inspect.signature(self._solution))
            for observation in self._observe(answer):
                array = as_array(observation.value)
                observations.append(observation._replace(value=_keep_truth(observation, array)))
        except AnswerError as stopped:
            error = stopped
        finally:
            keras.utils.set_random_seed(_SEED)
        return _Sight(observations, error)

    @functools.cached_property
    def _reference(self):
        """What is seen of the solution; if it fails, the fault is ours."""
        seen = self._look_at_ours(self._solution)
        if seen.error is not None:
            raise RuntimeError(f"the solution of {self.identifier} fails") from seen.error
        return seen

    def _look_at_ours(self, function):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # overflows are some mistakes' very point
            return self._look(function)

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

    def _first_difference(self, seen, reference):
        for one, other in zip(seen.observations, reference.observations, strict=False):
            if not self._close(one, other):
                return one, other
        return None

    def _details(self, seen, reference):
        """What was tried, what came, what was expected."""
        found = self._first_difference(seen, reference)
        if found is None:
            return seen.error and str(seen.error)
        one, other = found
        return (
            f"    essai   : {one.what}\n"
            f"    obtenu  : {_show_value(one.value)}\n"
            f"    attendu : {_show_value(other.value)}"
        )

    def _unknown_mistake(self, seen, reference):
        found = self._first_difference(seen, reference)
        if found is None:
            return [str(seen.error)]
        pairs = zip(seen.observations, reference.observations, strict=False)
        remark = _remark(*(each.value for each in found), [(a.value, b.value) for a, b in pairs])
        return [remark, self._details(seen, reference)]


class _Sight(NamedTuple):
    observations: list
    error: AnswerError | None


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
            what = ", ".join(f"{name} = {_show_argument(value)}" for name, value in arguments)
            if self._results == 1:
                yield Observation(what, answer.array(*case))
                continue
            for number, value in enumerate(answer.arrays(self._results, *case), start=1):
                yield Observation(f"{what} (résultat {number})", value)


# ---------------------------------------------------------------------- words


def _remark(came, expected, pairs):
    """What can be said of a difference that no known mistake explains."""
    if came.shape != expected.shape:
        if came.ndim == 0:
            return "Un seul nombre, là où l'on en attend un par exemple : sur quels axes sommer ?"
        return (
            f"La forme n'est pas la bonne : {came.shape} au lieu de {expected.shape}. "
            "Quels axes doivent disparaître, lesquels doivent rester ?"
        )
    if came.dtype == bool:
        return "Une propriété attendue n'y est pas."
    if not np.all(np.isfinite(came)):
        return "Le résultat contient `nan` ou une valeur infinie."
    usable = [(a.ravel(), b.ravel()) for a, b in pairs if a.shape == b.shape and a.dtype != bool]
    came, expected = (np.concatenate(each) for each in zip(*usable, strict=True))
    nonzero = np.abs(expected) > 1e-6
    if nonzero.sum() >= 3 and np.allclose(came[~nonzero], 0, atol=1e-5):
        ratios = came[nonzero] / expected[nonzero]
        if np.allclose(ratios, ratios[0], rtol=1e-3) and ratios[0] != 0:
            if np.isclose(ratios[0], -1, rtol=1e-3):
                return "Tout y est, au signe près."
            return f"Vos valeurs valent partout {ratios[0]:.4g} fois celles qu'on attend."
    offsets = came - expected
    if len(offsets) >= 3 and np.allclose(offsets, offsets[0], rtol=1e-3, atol=1e-5):
        return f"Vos valeurs dépassent partout de {offsets[0]:.4g} celles qu'on attend."
    return "La forme est la bonne, les valeurs ne sont pas celles qu'on attend."


def _show_argument(value):
    if callable(value):
        return "une fonction"
    array = np.asarray(value)
    return _show_array(array) if array.size <= 12 else f"un tableau de forme {array.shape}"


def _show_value(value):
    if value.dtype == bool:
        return "oui" if value.all() else "non"
    return f"{_show_array(value)}" + (f", de forme {value.shape}" if value.ndim else "")


def _show_array(array):
    text = np.array2string(
        array, precision=4, suppress_small=True, separator=", ", threshold=12, edgeitems=2
    )
    return " ".join(text.split())


def _keep_truth(observation, array):
    return array.astype(bool) if isinstance(observation.value, (bool, np.bool_)) else array


def _one_line(text):
    return " ".join(text.split())


def _paragraphs(parts):
    return "\n\n".join(part for part in parts if part)
