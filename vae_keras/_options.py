"""What command lines share: one line an error, exit statuses, the types of options."""

import argparse
import math
import os
import re
import sys

from vae_keras import _checks


class Parser(argparse.ArgumentParser):
    """A parser whose usage errors are one line, with exit status 2."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        # What argparse takes for a value and not for an option: -5, and -1e5 and -inf as well.
        self._negative_number_matcher = re.compile(r"-(\d|\.\d|inf|nan)", re.IGNORECASE)

    def error(self, message):
        self.exit(2, f"{self.prog}: error: {_one_line(message)} (see {self.prog} --help)\n")


def run(parser, arguments=None):
    """Parses the arguments and calls their `run`; returns the exit status.

    What a command is given wrong (ValueError) ends with 2, what the machine refuses (OSError,
    MemoryError) with 1, an interruption with 130, after the line that its `interrupted` returns, if
    it has one.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # no console fails on a name
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, OSError) as error:
        status, message = 2 if isinstance(error, ValueError) else 1, error
    except MemoryError as error:
        status, message = 1, f"not enough memory: {error}"
    except KeyboardInterrupt:
        print(f"\n{parser.prog}: interrupted", file=sys.stderr)
        if hasattr(options, "interrupted"):
            print(options.interrupted(options), file=sys.stderr)
        return 130
    else:
        return 0
    print(f"{parser.prog}: error: {_one_line(message)}", file=sys.stderr)
    return status


def _one_line(message):
    return " ".join(str(message).split())


def number(kind, check, **limits):
    """The type of an option that is an int or a float and passes a check of `_checks`."""

    def convert(text):
        try:
            value = kind(text)
        except ValueError:
            value = text  # which the check then names
        if isinstance(value, float) and not math.isfinite(value):
            value = text
        try:
            return check(value, "it", **limits)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error).rstrip(".")) from None

    return convert


whole_number = number(int, _checks.whole_number, most=_checks.LARGEST_INT32)


def whole_numbers(text):
    """Whole numbers with commas between them: the type of each of several values."""
    try:
        return [whole_number(each) for each in text.split(",")]
    except argparse.ArgumentTypeError as error:
        where = f" in {text!r}" if "," in text else ""
        raise argparse.ArgumentTypeError(f"{error}{where}") from None


def name(text):
    if not text.strip() or "\0" in text:
        raise argparse.ArgumentTypeError(f"it must not be empty, got {text!r}")
    return text


def file(text):
    """The path of a file to write."""
    if os.path.isdir(name(text)) or not os.path.basename(text):
        raise argparse.ArgumentTypeError(f"it must be a file, got the folder {text!r}")
    return text
