"""What command lines share: one line an error, exit statuses, the types of numbers."""

import argparse
import sys


class Parser(argparse.ArgumentParser):
    """A parser whose usage errors are one line, with exit status 2."""

    def error(self, message):
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def run(parser, arguments=None):
    """Parses the arguments and calls their `run`; returns the exit status.

    What a command is given wrong (ValueError) ends with 2, what the machine refuses (OSError) with
    1, an interruption with 130, after the line that its `interrupted` returns, if it has one.
    """
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except ValueError as error:
        return _fail(parser, 2, error)
    except OSError as error:
        return _fail(parser, 1, error)
    except KeyboardInterrupt:
        print(f"\n{parser.prog}: interrupted", file=sys.stderr)
        if hasattr(options, "interrupted"):
            print(options.interrupted(options), file=sys.stderr)
        return 130
    return 0


def _fail(parser, status, error):
    message = " ".join(str(error).split())
    print(f"{parser.prog}: error: {message}", file=sys.stderr)
    return status


def whole_number(text):
    value = _parse(text, int, "a whole number above 0")
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number above 0, got {text}")
    return value


def seed(text):
    value = _parse(text, int, "a whole number from 0")
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 2^32 - 1, got {text}")
    return value


def number_from_zero(text):
    value = _parse(text, float, "a number, at least 0")
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number, at least 0, got {text}")
    return value


def positive_number(text):
    value = _parse(text, float, "a number above 0")
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number above 0, got {text}")
    return value


def _parse(text, kind, expected):
    try:
        return kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be {expected}, got {text!r}") from None
