"""Texts from a class, which may have any name, made harmless for terminals and spreadsheets."""

import unicodedata

_BEGIN_FORMULAS = tuple("=+-@\N{MINUS SIGN}")


def one_line(text):
    """The text on one line, with what a terminal obeys, hides or cannot encode as escapes."""
    return "".join(map(_visible, " ".join(text.split())))


def spreadsheet_cell(text):
    """The text on one line, which a spreadsheet shows and does not compute."""
    text = one_line(text)
    begins = unicodedata.normalize("NFKC", text).lstrip()  # full-width signs are signs too
    return f"'{text}" if begins.startswith(_BEGIN_FORMULAS) else text


def _visible(character):
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a name that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if unicodedata.category(character).startswith("C"):  # control, format, surrogate, unassigned
        return character.encode("unicode_escape").decode()
    return character
