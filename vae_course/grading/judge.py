"""Judges answers that live in a process we do not trust.

There, `observe` calls the answer and gives back what is seen of it: numbers and conditions. Here,
`Judge` compares them with what is seen of the solution, and names the mistake. What a notebook has
changed of the course in its own process is set aside there, and nothing to us here; and what is
seen depends on a seed that is drawn for each grading.
"""

import base64
import json
import secrets
import threading

import numpy as np
import tensorflow as tf

from vae_course.engine import Observation
from vae_course.engine.answer import AnswerError
from vae_course.exercises import find

# From the best to the worst: of two answers to an exercise, the better one counts.
STATUSES = ("passed", "failed", "stopped", "not_attempted", "missing")
_DRAWS = 2  # of the seed: by chance, one may be unkind to a right answer
# What a notebook has made of the course's modules is set aside, and they are read again.
_OBSERVE = """\
import sys
def take():
    names = [name for name in sys.modules if (name + ".").startswith("vae_course.")]
    return {{name: sys.modules.pop(name) for name in names}}
kept = take()
try:
    from vae_course.grading.judge import observe
    report = observe({!r}, {!r}, kept)
finally:
    take()
    sys.modules.update(kept)
"""


def rank(verdict):
    """The place of a verdict, `(status, misconception)`, from the best one."""
    return STATUSES.index(verdict[0])


def observe(identifier, seed, notebook_s):
    """What is seen of the answers to an exercise in the kernel this runs in, as JSON.

    An answer is the function of the exercise's name, and the one that the notebook gave to `check`
    last.

    Args:
        identifier: The exercise's.
        seed: Of what is drawn.
        notebook_s: `{name: module}` of the course, as the notebook has used them.
    """
    from IPython import get_ipython

    exercise = find(identifier)
    chapter = notebook_s.get(f"vae_course.exercises.{identifier.partition('.')[0]}")
    checked = getattr(chapter, exercise.name, None)
    answers = [checked.last_answer] if getattr(checked, "was_checked", False) else []
    if exercise.name in get_ipython().user_ns:
        answers.insert(0, get_ipython().user_ns[exercise.name])
    return json.dumps([_packed(exercise.reseeded(seed).look(answer)) for answer in answers])


class Judge:
    """Gives the verdicts of one grading.

    Args:
        seeds: Those of the looks at an answer, if the first ones fail; None to draw them.
    """

    def __init__(self, seeds=None):
        self._seeds = seeds or [secrets.randbelow(2**31) for _ in range(_DRAWS)]
        self._exercises = {}
        self._alone = threading.Lock()  # the random generators are everyone's

    def verdict(self, identifier, evaluate):
        """The verdict on the answers to an exercise.

        Args:
            identifier: The exercise's.
            evaluate: A function that evaluates an expression in the kernel, to a string or None.

        Returns:
            `(status, misconception)`, or None if what came back cannot be read.
        """
        verdicts = []
        for seed in self._seeds:
            code = _OBSERVE.format(identifier, seed)
            report = evaluate(f"(lambda names: exec({code!r}, names) or names['report'])({{}})")
            verdicts.append(self._conclude(identifier, seed, report))
            if verdicts[-1] != ("failed", None):
                break
        return min(filter(None, verdicts), key=rank, default=None)

    def _conclude(self, identifier, seed, report):
        try:
            sights = list(map(_unpacked, json.loads(report)))
        except Exception:  # it may hold anything
            return None
        with self._alone, tf.device("CPU"):
            if (identifier, seed) not in self._exercises:
                self._exercises[identifier, seed] = find(identifier).reseeded(seed)
            verdicts = map(self._exercises[identifier, seed].conclude, sights)
            found = [(verdict.status, verdict.misconception) for verdict in verdicts]
        return min(found, key=rank, default=("missing", None))


def _packed(sight):
    """What was seen of an answer, in terms that JSON knows: kinds, shapes and bytes."""
    if sight is None:
        return None
    *seen, end = sight
    if isinstance(end, Observation):  # one that fails
        seen.append(end)
    return {"seen": list(map(_numbers, seen)), "error": getattr(end, "kind", None)}


def _numbers(observation):
    value = observation.value
    data = base64.b64encode(value.astype("<f8").tobytes()).decode()
    return {"truth": value.dtype == bool, "shape": value.shape, "data": data}


def _unpacked(packed):
    """What `_packed` was given, but for the words, from a process that we do not trust."""
    if packed is None:
        return None
    end = None if packed["error"] is None else AnswerError("", str(packed["error"]))
    return [*(_observation(**each) for each in packed["seen"]), end]


def _observation(truth, shape, data):
    value = np.frombuffer(base64.b64decode(data), "<f8").reshape(shape)
    return Observation("", value.astype(bool)[()] if truth else value)
