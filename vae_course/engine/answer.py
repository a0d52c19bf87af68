"""A student's function, called with care: what it raises is told apart from what we raise."""

import inspect
import linecache
import re

import keras
import numpy as np
import tensorflow as tf

_NAMES = {
    "AttributeError": "cet objet n'a pas ce que vous lui demandez",
    "ImportError": "ce module n'a pas pu être importé",
    "IndexError": "un indice sort du tableau",
    "InvalidArgumentError": "les tableaux ne s'accordent pas (formes ou types)",
    "KeyError": "cette clé n'existe pas",
    "LinAlgError": "une matrice ne convient pas (sans ses deux axes, pas carrée, ou sans inverse)",
    "ModuleNotFoundError": "ce module n'est pas installé",
    "NameError": "un nom que Python ne connaît pas (la cellule qui le définit a-t-elle été "
    "exécutée ?)",
    "NotImplementedError": "cette partie reste à écrire",
    "RecursionError": "la fonction s'appelle elle-même sans fin",
    "TypeError": "un argument n'est pas du type attendu, ou il en manque un",
    "UnboundLocalError": "une variable est lue avant d'avoir reçu une valeur",
    "ValueError": "une valeur ou une forme ne convient pas",
    "ZeroDivisionError": "une division par zéro",
}


class NotAttemptedError(Exception):
    """The answer is the placeholder, or returns `...`."""


class AnswerError(Exception):
    """The answer cannot be judged: it raised, or gave something that is not numbers.

    Args:
        message: What happened, in French, for the student.
        kind: A short stable name of it; two answers that fail in the same way have the same.
    """

    def __init__(self, message, kind):
        super().__init__(message)
        self.kind = kind
        self.tried = ""  # what the function was called with, where that is known

    def when(self, tried):
        """The same, of a call with these arguments."""
        self.tried = self.tried or tried
        return self


class NothingReturnedError(AnswerError):
    """The answer does its work, perhaps, and keeps the result to itself."""

    def __init__(self):
        super().__init__(
            "Votre fonction ne rend rien : son résultat est `None`. Il manque un `return` devant "
            "le résultat, à la fin d'une branche peut-être ; `print` l'affiche sans le rendre, et "
            "certaines méthodes, comme `.sort()` ou `.append()`, ne rendent rien.",
            "nothing",
        )


class Answer:
    """A student's function, as the checks call it.

    `answer(x, …)` calls it and returns what it returns. `answer.array(x, …)` and
    `answer.arrays(n, x, …)` also convert the result to one or to `n` NumPy arrays (float64), and
    are for functions of arrays written with NumPy, TensorFlow or Keras: called with NumPy arrays
    first, and with tensors if that raises.

    Args:
        function: The student's function, or the placeholder.
        signature: The signature of the solution.
        numpy_errors: What `np.geterr()` was for the student, whose code is called with it; None
            for code of ours.
    """

    def __init__(self, function, signature, numpy_errors=None):
        if function is None or _is_placeholder(function):
            raise NotAttemptedError
        if not callable(function):
            raise AnswerError(
                f"On attend une fonction, et vous donnez {describe(function)}. Passez la fonction "
                "elle-même, sans parenthèses ni arguments.",
                "not callable",
            )
        self._function, self._numpy_errors = function, numpy_errors
        self._check_signature(signature)

    def __call__(self, *arguments):
        try:
            with np.errstate(**(self._numpy_errors or {})):
                result = self._function(*arguments)
        except KeyboardInterrupt:  # the stop button
            raise
        except SystemExit as error:  # `exit()` in the middle of an answer
            raise AnswerError(
                "Votre fonction arrête le programme : remplacez `exit()` par `return`.", "exit"
            ) from error
        except BaseException as error:
            kind = type(error).__name__
            if isinstance(error, np.linalg.LinAlgError):  # no two axes, not square, no inverse…
                kind += f": {error}"
            raise AnswerError(self._explain(error), kind) from error
        if _is_placeholder(result):
            raise NotAttemptedError
        if result is None:
            raise NothingReturnedError
        return result

    def array(self, *arguments):
        """The result as one NumPy array of float64."""
        return as_array(self._with_arrays_or_tensors(arguments))

    def arrays(self, count, *arguments):
        """The result as a tuple of `count` NumPy arrays of float64."""
        results = unpacked(self._with_arrays_or_tensors(arguments), count)
        return tuple(as_array(each) for each in results)

    def _with_arrays_or_tensors(self, arguments):
        try:
            return self(*map(_copy, arguments))
        except AnswerError as error:
            try:
                return self(*map(_tensor, arguments))
            except AnswerError as second:
                # `x.numpy()` or `x.assign` on an array: written for tensors.
                for_tensors = "numpy.ndarray' object" in str(error)
                raise (second if for_tensors else error) from None

    def _check_signature(self, expected):
        try:
            found = inspect.signature(self._function)
        except (TypeError, ValueError):  # a function written in C has none
            return
        try:
            found.bind(*expected.parameters)
        except TypeError:
            wanted, given = (", ".join(each.parameters) for each in (expected, found))
            count = len(expected.parameters)
            raise AnswerError(
                f"Votre fonction doit pouvoir être appelée avec {count} "
                f"argument{'s' if count > 1 else ''}, `({wanted})`, et elle attend `({given})`.",
                "signature",
            ) from None

    def _explain(self, error):
        """What the student's code raised, and where, without anything that changes by itself."""
        try:
            text = str(error)
        except Exception:
            text = ""
        text = re.sub(r"0x[0-9a-f]+", "0x…", text.strip())
        text = re.sub(r"\{\{.*?\}\} ?| ?\[Op:\w+\].*", "", text)  # TensorFlow's own bearings
        lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
        in_a_graph = lines[0] == "in user code:"  # TensorFlow's traceback; what matters is its end
        text = lines[-1 if in_a_graph else 0][:300]
        name = type(error).__name__
        where = ""
        code = getattr(self._function, "__code__", None)
        frame = error.__traceback__
        while frame is not None:
            if code is not None and frame.tb_frame.f_code.co_filename == code.co_filename:
                line = linecache.getline(code.co_filename, frame.tb_lineno).strip()
                line = line.replace("`", "'")
                where = f" à la ligne {frame.tb_lineno}" + (f" (`{line}`)" if line else "")
            frame = frame.tb_next
        meaning = f" : {_NAMES[name]}" if name in _NAMES else ""
        quoted = f"\n\n    {name}: {text}" if text else f"\n\n    {name}"
        return f"Votre code s'est arrêté{where}{meaning}.{quoted}"


def unpacked(result, count):
    """The results of a function that returns several: a tuple, a list or one array of them.

    Raises:
        AnswerError: It does not unpack into `count` results.
    """
    several = isinstance(result, (tuple, list)) or (
        isinstance(result, (np.ndarray, tf.Tensor)) and result.ndim > 0
    )
    if not several or len(result) != count:
        found = describe(result)
        if several:
            found = f"{len(result)} valeur{'s' if len(result) > 1 else ''}"
        raise AnswerError(
            f"On attend {count} résultats, séparés par une virgule après `return` ; votre "
            f"fonction renvoie {found}.",
            "number of results",
        )
    return tuple(result)


def as_array(value):
    """A result as a NumPy array of float64.

    Raises:
        NotAttemptedError: It is `...`.
        AnswerError: It is not numbers.
    """
    if _is_placeholder(value):
        raise NotAttemptedError
    if isinstance(value, keras.KerasTensor):
        raise AnswerError(
            "Votre réponse est un tenseur symbolique, sans valeurs : on attend des nombres.",
            "symbolic",
        )
    if isinstance(value, (keras.Variable, tf.Variable)):
        value = keras.ops.convert_to_numpy(value)
    try:
        if value is None or np.ma.is_masked(value):
            raise TypeError
        array = np.asarray(value)
        if array.dtype.kind in "cmMSU":
            raise TypeError
        return array.astype("float64")
    except Exception:
        raise AnswerError(
            f"On attend un nombre ou un tableau de nombres, et vous donnez {describe(value)}.",
            "not numbers",
        ) from None


def describe(value):
    """What a value is, in a few French words."""
    if value is None or isinstance(value, bool):
        return f"`{value}`"
    if isinstance(value, str):
        return "un texte"
    if isinstance(value, (int, float)):
        return f"le nombre `{value}`"
    if isinstance(value, dict):
        return "un dictionnaire"
    if isinstance(value, (list, tuple)):
        return f"une suite de {len(value)} élément{'s' if len(value) > 1 else ''}"
    if inspect.isgenerator(value):
        return "un générateur (`yield` ; on attend `return`)"
    if isinstance(value, (np.ndarray, tf.Tensor)):
        return f"un tableau de forme {tuple(value.shape)}"
    return f"un objet de type `{type(value).__name__}`"


def _is_placeholder(value):
    if isinstance(value, (tuple, list)):
        return any(each is ... for each in value)
    return value is ...


def _copy(argument):
    return argument.copy() if isinstance(argument, np.ndarray) else argument


def _tensor(argument):
    return tf.convert_to_tensor(argument) if isinstance(argument, np.ndarray) else argument
