"""A wrong implementation, stated as edits of the solution's text."""

import ast
import inspect
import io
import linecache
import re
import textwrap
import tokenize


def source_parts(function):
    """A function's source, in two: its signature and docstring, and the code below.

    Args:
        function: A function with a docstring. What is above its `def` is left out.

    Returns:
        Two texts.
    """
    text = textwrap.dedent(inspect.getsource(function))
    definition = ast.parse(text).body[0]
    lines, docstring = text.splitlines(keepends=True), definition.body[0]
    head, body = lines[definition.lineno - 1 : docstring.end_lineno], lines[docstring.end_lineno :]
    return "".join(head), "".join(body)


def edited(function, edits, name):
    """What a function becomes when its text is edited.

    The signature and the docstring stay as they are, and comments are no code: none of them is
    edited, nor in the way of an edit. The names of the function's module are those of the new one.

    Args:
        function: A function with a docstring.
        edits: `{text: replacement}`; each text is found once in the code. Or a text, which takes
            the place of all the code.
        name: What an error and a traceback call the new function.

    Returns:
        A function.

    Raises:
        ValueError: A text is not found once.
    """
    head, body = source_parts(function)
    if isinstance(edits, str):
        code = textwrap.indent(edits, "    ")
    else:
        lines = _without_comments(head + body)
        code = _replaced("".join(lines[head.count("\n") :]), edits, name)
    source, names = head + code, {}
    linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
    exec(compile(source, name, "exec"), function.__globals__, names)
    return names[function.__name__]


def _replaced(code, edits, name):
    for text in edits:
        if (count := code.count(text)) != 1:
            raise ValueError(
                f"{name}: a text to edit must be found once in the solution's code, got {text!r}, "
                f"found {count} times. Mend: copy it from below the docstring, without comments, "
                "and long enough to be found there only."
            )
    code, count = re.subn("|".join(map(re.escape, edits)), lambda found: edits[found[0]], code)
    if count < len(edits):
        raise ValueError(
            f"{name}: the texts to edit must be apart from each other, got {[*edits]}. Mend: make "
            "one of those that overlap."
        )
    return code


def _without_comments(source):
    """Its lines, as many as there were."""
    lines = source.splitlines(keepends=True)
    for token in list(tokenize.generate_tokens(io.StringIO(source).readline)):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip() + "\n"
    return lines
