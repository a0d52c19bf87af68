"""The engine of the exercises, on an exercise made for it."""

import inspect
import math
import os
import re
import subprocess
import sys
import traceback

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from vae_course.engine import Observation, Verdict, exercise
from vae_course.engine.edits import edited

rng = np.random.default_rng(0)
CASES = [
    (np.array([[3.0, 4.0]], "float32"), 1.0),
    (rng.normal(size=(5, 3)).astype("float32"), 2.0),
]


def make_exercise(**changes):
    options = {
        "statement": "Écrivez `norm(x, scale)`.",
        "section": "§ 1.2",
        "hints": ["Un premier indice.", "Un second, avec `np.sqrt`."],
        "success": "C'est une norme.",
        "cases": CASES,
    }

    @exercise(**options | changes)
    def norm(x, scale):
        """La norme de chaque ligne."""
        return scale * np.sqrt(np.sum(np.square(x), axis=-1))

    norm.mistake("no_root", "§ 1.3").says("Il manque la racine.").edits(
        {"np.sqrt": ""}, "return (scale * np.sum(np.square(x), axis=-1)).tolist()"
    )
    return norm


@pytest.fixture
def norm():
    return make_exercise()


@pytest.mark.parametrize(
    "answer",
    [
        lambda x, scale: scale * np.linalg.norm(x, axis=1),
        lambda x, scale: scale * tf.norm(x, axis=-1),
        lambda x, scale: scale * ops.norm(ops.convert_to_tensor(x), axis=-1),
        lambda x, scale: [scale * sum(v**2 for v in row) ** 0.5 for row in x],
        lambda x, scale: scale * np.sqrt(np.sum(x.numpy() ** 2, axis=-1)),  # written for tensors
        lambda x, scale: tf.Variable(scale * tf.norm(x, axis=-1)),
        lambda x, scale: keras.Variable(scale * tf.norm(x, axis=-1)),
        lambda *arguments: arguments[1] * np.linalg.norm(arguments[0], axis=1),
        lambda x, scale=1.0, power=2: scale * np.sum(np.abs(x) ** power, axis=1) ** (1 / power),
        lambda x, scale: np.float16(scale * np.linalg.norm(x, axis=1)),
    ],
)
def test_a_right_answer_written_in_another_way_passes(norm, answer):
    assert norm.judge(answer).passed


def test_an_answer_may_spoil_its_arguments(norm):
    def spoiling(x, scale):
        x *= x
        return scale * np.sqrt(x.sum(axis=1))

    assert norm.judge(spoiling).passed
    assert norm.judge(spoiling).passed


def test_a_known_mistake_is_named_with_what_came_and_what_was_expected(norm):
    verdict = norm.judge(lambda x, scale: scale * np.sum(x**2, axis=-1))
    assert (verdict.status, verdict.misconception) == ("failed", "no_root")
    assert verdict.exercise == "test_engine.norm"
    assert verdict.message == (
        "Il manque la racine.\n\n"
        "    essai   : x = [[3., 4.]], scale = 1.\n"
        "    obtenu  : [25.], de forme (1,)\n"
        "    attendu : [5.], de forme (1,)\n\n"
        "À relire dans le document : § 1.3.\n\n"
        "Un indice : `exercises.norm.hint()`"
    )


def test_edits_make_the_wrong_implementations(norm):
    (mistake,) = norm.misconceptions
    assert [each(*CASES[0]) for each in mistake.implementations] == [np.array([25.0]), [25.0]]
    assert [norm.judge(each).misconception for each in mistake.implementations] == ["no_root"] * 2


def both(x):
    """Le double, x + x, et le carré."""  # x + x: in a comment, not in the code
    double = x + x  # not x * x
    square = x * x
    return double, square, OURS


OURS = "of the module"


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ({"x + x": "2 * x"}, (6, 9, OURS)),  # the docstring and the comments do not count
        ({"double, square": "square, double"}, (9, 6, OURS)),
        ({"x + x": "x * x", "x * x": "x + x"}, (9, 6, OURS)),  # all at once
        ({"square = ": "x = -x\n    square = ", ", OURS": ""}, (6, 9)),
        ("y = 4 * x\nreturn y", 12),
    ],
)
def test_edits_of_the_text(edits, expected):
    function = edited(both, edits, "<both>")
    assert function(3) == expected
    assert inspect.signature(function) == inspect.signature(both)
    assert function.__doc__ == both.__doc__


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        (
            {"le carré": ""},
            "<both>: a text to edit must be found once in the solution's code, got 'le carré', "
            "found 0 times. Mend: copy it from below the docstring",
        ),
        ({"not": ""}, "found 0 times"),
        ({"double": ""}, "got 'double', found 2 times"),
        (
            {"x + x": "", "+ x": ""},
            r"<both>: the texts to edit must be apart from each other, got ['x + x', '+ x']. Mend: "
            "make one of those that overlap",
        ),
    ],
)
def test_edits_that_do_not_apply_once_are_refused(edits, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        edited(both, edits, "<both>")


def test_an_edit_is_made_when_it_is_needed_and_named_when_it_is_wrong(norm):
    norm.mistake("never", "§ 1.3").says("Jamais.").edits({"np.log": "np.exp"})
    assert norm.judge(lambda x, scale: scale * np.sum(x**2, axis=-1)).misconception == "no_root"
    message = "<test_engine.norm, never, 0>: a text to edit must be found once"
    with pytest.raises(ValueError, match=re.escape(message)):
        norm.judge(lambda x, scale: 5.0)


def test_an_edited_function_shows_its_lines_in_a_traceback():
    wrong = edited(both, {"x * x": "x / 0"}, "<both>")
    with pytest.raises(ZeroDivisionError) as error:
        wrong(3)
    assert "    square = x / 0\n" in "".join(traceback.format_exception(error.value))


def test_a_function_may_make_a_mistake(norm):
    @norm.mistake("mean").says("Une moyenne.")
    def mean(x, scale):
        return scale * np.mean(np.abs(x), axis=-1)

    verdict = norm.judge(lambda x, scale: [scale * sum(map(abs, v)) / len(v) for v in x])
    assert verdict.misconception == "mean"
    assert verdict.message.startswith("Une moyenne.\n\n")
    assert "§ 1.2" in verdict.message  # the exercise's own


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x, scale: 5.0, "Un seul nombre"),
        (lambda x, scale: np.linalg.norm(x, axis=1)[:, None], "(1, 1) au lieu de (1,)"),
        (lambda x, scale: -scale * np.linalg.norm(x, axis=1), "au signe près"),
        (lambda x, scale: 3 * scale * np.linalg.norm(x, axis=1), "3 fois"),
        (lambda x, scale: 7 + scale * np.linalg.norm(x, axis=1), "dépassent partout de 7"),
        (lambda x, scale: np.log(-scale * np.linalg.norm(x, axis=1)), "`nan`"),
        (lambda x, scale: np.abs(x).sum(axis=1), "les valeurs ne sont pas"),
        (lambda x, scale: [[1, 2], [3]], "On attend un nombre ou un tableau de nombres"),
        (lambda x, scale: "cinq", "vous donnez un texte"),
        (lambda x, scale: {}, "vous donnez un dictionnaire"),
        (lambda x, scale: np.ndarray, "un objet de type `type`"),
        (lambda x, scale: (yield), "un générateur"),
        (lambda x, scale: scale * np.linalg.norm(x, axis=1) + 5j, "On attend un nombre"),
        (lambda x, scale: ["5.0"], "une suite de 1 élément"),
        (lambda x, scale: np.ma.masked_array([5.0], mask=True), "On attend un nombre"),
        (lambda x, scale: keras.Input((2,)), "tenseur symbolique"),
        (lambda x, scale: sys.exit(), "remplacez `exit()`"),
        (lambda x: 0, "2 arguments, `(x, scale)`, et elle attend `(x)`"),
        (5.0, "On attend une fonction, et vous donnez le nombre `5.0`"),
    ],
)
def test_an_unknown_mistake_gets_a_useful_message(norm, answer, words):
    verdict = norm.judge(answer)
    assert (verdict.status, verdict.misconception) == ("failed", None)
    assert words in verdict.message
    assert "§ 1.2" in verdict.message


def test_an_exception_of_the_answer_is_told_with_its_line(norm):
    def wrong(x, scale):
        total = x @ x
        return total

    verdict = norm.judge(wrong)
    assert verdict.status == "failed"
    assert "(`total = x @ x`) : une valeur ou une forme ne convient pas" in verdict.message
    assert "\n\n    ValueError: " in verdict.message
    assert "\n\n    essai : x = [[3., 4.]], scale = 1.\n\n" in verdict.message


def test_shapes_that_do_not_fit_are_told_without_tensorflow_s_own_words(norm):
    message = norm.judge(lambda x, scale: tf.constant([1.0, 2.0, 3.0]) + x).message
    assert "Incompatible shapes: [3] vs. [1,2]\n" in message
    assert "node" not in message


class Unprintable(BaseException):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize("error", [Unprintable, GeneratorExit, MemoryError, RecursionError])
def test_whatever_an_answer_raises_is_a_verdict(norm, error):
    def wrong(x, scale):
        raise error

    assert error.__name__ in norm.judge(wrong).message


def test_the_student_s_settings_change_neither_the_verdict_nor_the_text(norm):
    def huge(x, scale):
        return np.full(len(x), 1e308)

    usual = norm.judge(huge)
    with np.errstate(all="raise"), np.printoptions(formatter={"float": lambda x: "F"}):
        assert norm.judge(huge) == usual
        strict = norm.judge(lambda x, scale: np.float64(0) / 0)  # as the student has asked for
    assert "\n    FloatingPointError: " in strict.message


def test_addresses_are_hidden(norm):
    def wrong(x, scale):
        raise RuntimeError(f"strange {object()}")

    assert "object at 0x…>" in norm.judge(wrong).message


@pytest.mark.parametrize(
    "answer", [..., None, lambda x, scale: ..., lambda x, scale: [...], lambda x, scale: (1, ...)]
)
def test_not_attempted(norm, answer):
    verdict = norm.judge(answer)
    assert verdict.status == "not_attempted"
    assert verdict.message.startswith("Écrivez `norm(x, scale)`.")


def prints(x, scale):
    print(scale * np.linalg.norm(x, axis=1))


def forgets_a_branch(x, scale):
    if scale > 1:
        return scale * np.linalg.norm(x, axis=1)


@pytest.mark.parametrize("answer", [prints, forgets_a_branch, lambda x, scale: [].sort()])
def test_a_body_that_returns_nothing_is_told_so_and_is_an_attempt(norm, answer):
    verdict = norm.judge(answer)
    assert (verdict.status, verdict.misconception) == ("failed", None)
    assert verdict.message.startswith("Votre fonction ne rend rien : son résultat est `None`. ")
    assert "\n\n    essai : x = [[3., 4.]], scale = 1.\n\n" in verdict.message


def test_interrupting_a_check_interrupts_it(norm):
    def endless(x, scale):
        raise KeyboardInterrupt  # as the stop button does

    with pytest.raises(KeyboardInterrupt):
        norm.judge(endless)


def test_a_fault_of_ours_is_never_the_student_s():
    def observe(answer):
        yield Observation("essai", answer.array(CASES[0][0], 1.0))
        raise KeyError("ours")

    with pytest.raises(KeyError, match="ours"):
        make_exercise(observe=observe).judge(np.linalg.norm)

    @exercise(statement="É", section="§", hints=["a", "b"], success="s", cases=[(1.0,)])
    def broken(x):
        """Faux."""
        raise ValueError("ours")

    with pytest.raises(RuntimeError, match=r"the solution of test_engine\.broken fails.*ours"):
        broken.judge(lambda x: 1.0)

    @exercise(
        statement="É",
        section="§",
        hints=["a", "b"],
        success="s",
        observe=lambda answer: [("un résultat négatif", answer.array(2.0) < 0)],
    )
    def without_its_property(x):
        """Pas négatif."""
        return x

    with pytest.raises(RuntimeError, match=r"property fails.*un résultat négatif"):
        without_its_property.judge(lambda x: x)


def test_several_results():
    @exercise(statement="É", section="§", hints=["a", "b"], success="s", cases=[(2.0,)], results=2)
    def both(x):
        """Le double et le carré."""
        return 2 * x, x**2

    assert both.judge(lambda x: [x + x, x * x]).passed
    assert both.judge(lambda x: np.array([x + x, x * x])).passed
    assert both.judge(lambda x: tf.stack([x + x, x * x])).passed
    assert both.judge(lambda x: (x**2, x**3)).message.count("(résultat 2)") == 1
    assert "renvoie 3 valeurs" in both.judge(lambda x: (1, 2, 3)).message
    assert "renvoie 3 valeurs" in both.judge(lambda x: np.ones(3)).message
    assert "renvoie le nombre `4.0`" in both.judge(lambda x: 2 * x).message
    assert "renvoie un tableau de forme ()" in both.judge(lambda x: np.array(4.0)).message
    assert both.judge(lambda x: (..., 3.0)).status == "not_attempted"
    assert "vous donnez `None`" in both.judge(lambda x: (None, 3.0)).message


def test_a_truth_is_shown_as_a_condition():
    def observe(answer):
        yield Observation("plus grand que son argument", answer.array(2.0) > 2)

    @exercise(statement="É", section="§", hints=["a", "b"], success="s", observe=observe)
    def more(x):
        """Davantage."""
        return x + 1

    assert more.judge(lambda x: 100 * x).passed
    message = more.judge(lambda x: x).message
    assert message.startswith("Condition qui n'est pas remplie : plus grand que son argument.")
    assert "obtenu" not in message


def test_the_first_property_that_fails_ends_the_look():
    def observe(answer):
        result = answer.array(2.0)
        yield "le résultat est un nombre", result.ndim == 0
        yield "le résultat est positif", result > 0
        yield Observation("son logarithme", math.log(result), atol=0.1)

    @exercise(statement="É", section="§", hints=["a", "b"], success="s", observe=observe)
    def more(x):
        """Davantage."""
        return x + 1

    more.mistake("negative").says("Négatif.").edits("return -x")
    more.mistake("logarithm").says("Un logarithme.").edits({"x + 1": "np.exp(x)"})
    assert more.judge(lambda x: x + 1.1).passed
    assert more.judge(lambda x: -5.0).misconception == "negative"  # however negative
    assert more.judge(lambda x: math.exp(2)).misconception == "logarithm"
    message = more.judge(lambda x: [3.0, 4.0]).message
    assert message.startswith("Condition qui n'est pas remplie : le résultat est un nombre.")


def test_an_answer_that_stops_a_check_early_is_told_so():
    def observe(answer):
        result = answer.array(2.0)
        yield Observation("un nombre positif", bool(np.all(result > 0)))
        if result.ndim == 0:
            yield Observation("sa valeur", result)

    @exercise(statement="É", section="§", hints=["a", "b"], success="s", observe=observe)
    def more(x):
        """Davantage."""
        return x + 1

    verdict = more.judge(lambda x: [x + 1])
    assert (verdict.status, verdict.misconception) == ("failed", None)
    assert verdict.message.startswith("Votre résultat s'arrête avant la fin de l'essai")
    assert "None" not in verdict.message


def test_an_exercise_without_cases_is_refused():
    with pytest.raises(ValueError, match="needs cases"):
        make_exercise(cases=None)


def test_hints_come_in_order_and_the_last_one_stays(norm, capsys):
    for expected in ("Indice 1 sur 2. Un premier", "Indice 2 sur 2. Un second", "Indice 2 sur 2."):
        norm.hint()
        text = capsys.readouterr().out
        assert text.startswith(expected)
    assert "`exercises.norm.solution()`" in text


def test_the_solution_is_shown_without_what_is_around_it(norm, capsys):
    norm.solution()
    text = capsys.readouterr().out
    assert text.startswith(
        'Une solution. C\'est une norme.\n\ndef norm(x, scale):\n    """La norme'
    )
    assert text.rstrip().endswith("axis=-1))")


def test_the_stub_has_the_solution_s_signature(norm):
    assert norm.stub() == (
        'def norm(x, scale):\n    """La norme de chaque ligne."""\n    return ...  # votre code ici'
    )


def test_check_shows_the_verdict_and_returns_it(norm, capsys):
    verdict = norm.check(lambda x, scale: x @ x)
    assert capsys.readouterr().out == f"{verdict}\n"
    assert str(verdict).startswith("✗ Pas encore. ")
    assert str(norm.check(...)).startswith("✎ À vous de jouer. ")
    assert str(norm.check(lambda x, scale: scale * np.linalg.norm(x, axis=1))) == (
        "✓ Réussi. C'est une norme."
    )
    assert repr(norm) == "Exercice test_engine.norm : Écrivez `norm(x, scale)`."


def test_a_console_without_notebook_or_signs_shows_the_verdict_all_the_same():
    """The command line and a server have no use for IPython."""
    code = (
        "import sys; sys.modules['IPython'] = None\n"
        "from vae_course import elbo\n"
        "elbo.kl_to_prior.check(...)"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment)
    assert answer.stdout.decode("cp1252").startswith("? À vous de jouer"), answer.stderr


def test_html_is_escaped_and_keeps_code(norm):
    def wrong(x, scale):
        raise ValueError("<script> & `x`")

    assert "<code>a % b</code>\u00a0: c" in Verdict("", "failed", None, "`a % b` : c")._repr_html_()
    html = norm.judge(wrong)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt; &amp;" in html
    assert "<code>exercises.norm.hint()</code>" in html
    assert html.count("<div") == html.count("</div>") == 1


def test_a_notebook_shows_the_verdict_once(tmp_path):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    sources = [
        "from vae_course import elbo as exercises",
        "exercises.kl_to_prior.check(...)",
        "verdict = exercises.kl_to_prior.check(...)",
        "verdict",
    ]
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, sources)))
    nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    for cell in notebook.cells[1:]:
        (output,) = [each for each in cell.outputs if each.output_type == "display_data"]
        assert len(cell.outputs) == 1
        assert output.data["text/plain"].startswith("✎ À vous de jouer")
        assert output.data["text/html"].startswith("<div")
