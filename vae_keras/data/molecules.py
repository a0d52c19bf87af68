"""Molecules in: files of SMILES, as arrays of symbols, and the way back."""

import gzip
import os
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vae_keras import _checks
from vae_keras.data import places

EMBEDDED = "moses_mini"
SYMBOLS = ("selfies", "smiles")
_HELD_OUT = 10  # one molecule in so many is kept for the test


class MoleculeVocabulary:
    """The symbols that molecules are written in: from SMILES to whole numbers, and back.

    Symbol 0 is nothing: it fills what is left of the length after the end, and is skipped wherever
    it stands. In SELFIES every sequence of symbols is a molecule: one that asks for too many bonds
    is read as if it did not. In SMILES, whose symbols are characters here, most are none.

    Source: Krenn and others, "Self-referencing embedded strings (SELFIES): A 100% robust molecular
    string representation" (2020); Weininger, "SMILES, a chemical language and information system"
    (1988).

    Args:
        symbols: The symbols but for nothing, in their order.
        kind: `"selfies"` or `"smiles"`.
        length: Number of places of an array's row, at least 1.

    Raises:
        ValueError: If a symbol is no string, empty or there twice, or another argument not valid.

    Attributes:
        symbols: A tuple of strings; the first, nothing, is empty.
        kind, length: As given.
    """

    def __init__(self, symbols, kind, length):
        self.kind = _checks.choice(kind, "kind", SYMBOLS)
        symbols = list(symbols) if hasattr(symbols, "__iter__") else [symbols]
        for symbol in symbols:
            if not isinstance(symbol, str) or not symbol or symbols.count(symbol) > 1:
                raise ValueError(
                    f"symbols must be strings, none empty, each one once, got {symbol!r}. Mend: "
                    "sorted(set(symbols))."
                )
        self.symbols = ("", *symbols)
        self.length = _checks.whole_number(length, "length")
        self._number = {symbol: number for number, symbol in enumerate(self.symbols)}

    def __len__(self):
        return len(self.symbols)

    def split(self, smiles):
        """The symbols of one molecule, given in SMILES: a list of strings.

        Raises:
            ValueError: If it is no SMILES that can be written in these symbols.
            ImportError: If the package `selfies` is needed and missing.
        """
        return _split(smiles, self.kind)

    def encode(self, smiles):
        """Writes molecules in numbers.

        Args:
            smiles: A list of SMILES.

        Returns:
            NumPy array `(count, length)` of int32.

        Raises:
            ValueError: If one is no SMILES, is too long, or has a symbol that is not here; the
                message tells its place in the list, from 0.
        """
        if isinstance(smiles, str) or not hasattr(smiles, "__len__"):
            raise ValueError(
                f"smiles must be a list of SMILES, got {smiles!r}. Mend: a list of it."
            )
        x = np.zeros((len(smiles), self.length), "int32")
        for row, each in enumerate(smiles):
            try:
                self._write(x[row], self.split(each))
            except ValueError as error:
                raise ValueError(f"molecule {row} of smiles: {error}") from None
        return x

    def decode(self, x):
        """Reads molecules: a list of SMILES, each as its symbols say, zeros left out.

        Of `"smiles"` symbols it is their characters, a molecule or not; of `"selfies"` always a
        molecule's, the empty one `""` among them. No SMILES is canonical: RDKit makes them so.

        Args:
            x: Array of whole numbers `(count, length)`, of any length.

        Raises:
            ValueError: If it has another shape, or holds what is no number of a symbol.
        """
        x = _checks.array(x, "x", "(count, length)", least=0)
        if np.any((x < 0) | (x >= len(self)) | (x != np.floor(x))):
            raise ValueError(f"x must hold whole numbers from 0 to {len(self) - 1}, got others.")
        strings = ("".join(self.symbols[number] for number in row) for row in x.astype("int64"))
        if self.kind == "smiles":
            return list(strings)
        decoder = _selfies().decoder
        return [decoder(string) for string in strings]

    def _write(self, row, symbols):
        if len(symbols) > self.length:
            raise ValueError(f"it must have {self.length} symbols at most, got {len(symbols)}.")
        unknown = [symbol for symbol in symbols if symbol not in self._number]
        if unknown:
            raise ValueError(
                f"its symbols must be of the vocabulary, got {unknown[0]!r}. Mend: make the "
                "vocabulary from data that have it."
            )
        row[: len(symbols)] = [self._number[symbol] for symbol in symbols]


class MoleculeSplits(NamedTuple):
    """Training and test molecules.

    Attributes:
        x_train, x_test: Their symbols, `(count, length)`, int32, 0 after the end.
        smiles_train, smiles_test: The same in SMILES, lists of strings, as the files have them.
        vocabulary: The `MoleculeVocabulary` that goes from one to the other.
    """

    x_train: np.ndarray
    smiles_train: list
    x_test: np.ndarray
    smiles_test: list
    vocabulary: MoleculeVocabulary


def load_molecules(name=EMBEDDED, *, test=None, symbols="selfies", length=None):
    """Loads molecules as arrays of symbols, for the categorical likelihood.

    `"moses_mini"`, 10,000 training and 2,000 test molecules of MOSES, travels with the package.
    Any other name is the path of a text file, one SMILES a line, first on its line if more follows
    (a name, the next columns of a table); ended by `.gz` it is unpacked. A first line `SMILES` is a
    heading; empty lines count for nothing.

    Source: Polykovskiy and others, "Molecular Sets (MOSES): A Benchmarking Platform for Molecular
    Generation Models" (2020), for the data.

    Args:
        name: `"moses_mini"` or the path of a file.
        test: Path of a file of test molecules; None keeps each tenth molecule of the first file
            for the test. Not for `"moses_mini"`, which has its own.
        symbols: `"selfies"`, of which every sequence is a molecule, or `"smiles"`, characters.
        length: Number of places of a row; None for the longest molecule's.

    Returns:
        `MoleculeSplits(x_train, smiles_train, x_test, smiles_test, vocabulary)`; the vocabulary
        holds the symbols of both splits.

    Raises:
        ValueError: If an argument is not valid, or a line is not that of a molecule or longer than
            `length`; the message names the file and the line's number, from 1.
        FileNotFoundError: If there is no such file.
        PermissionError: If it may not be read.
        OSError: If the embedded files are damaged.
        ImportError: If the packages rdkit (to check the lines of a file) or selfies (to write them
            in SELFIES) are missing.

    Example:

    >>> x_train, smiles_train, x_test, smiles_test, vocabulary = load_molecules()
    >>> x_train.shape, len(vocabulary)
    ((10000, 49), 27)
    >>> vocabulary.decode(x_train[:1])
    """
    symbols = _checks.choice(symbols, "symbols", SYMBOLS)
    if length is not None:
        length = _checks.whole_number(length, "length")
    _check_path(name, "name", f"{EMBEDDED!r} or the path of a file")
    if name == EMBEDDED:
        if test is not None:
            raise ValueError(f"test must be None for {EMBEDDED!r}, which has one, got {test!r}.")
        folder = places.embedded(EMBEDDED)
        files = [_lines(folder / f"{split}.smi", symbols) for split in ("train", "test")]
        if [len(lines) for lines in files] != [10_000, 2_000]:
            raise OSError(
                f"The data set {EMBEDDED!r} in {folder} is damaged: it must hold 10,000 and 2,000 "
                f"molecules, got {len(files[0])} and {len(files[1])}. Mend: install vae-keras "
                "again."
            )
    else:
        if test is not None:
            _check_path(test, "test", "the path of a file, or None")
        files = [_lines(path, symbols, check=True) for path in (name, test) if path is not None]
        if test is None:
            lines = files[0]
            train = [line for n, line in enumerate(lines) if n % _HELD_OUT != _HELD_OUT - 1]
            files = [train, lines[_HELD_OUT - 1 :: _HELD_OUT]]
        for path, lines in zip((name, test or name), files, strict=True):
            if not lines:
                least = _HELD_OUT if test is None else 1
                raise ValueError(
                    f"{path} must hold {least} molecule{'s' * (least > 1)} at least, got fewer."
                )
    everything = [line for lines in files for line in lines]
    longest = max(everything, key=lambda line: len(line.symbols))
    if length is not None and len(longest.symbols) > length:
        raise ValueError(
            f"length must be at least {len(longest.symbols)}, the symbols of line {longest.number} "
            f"of {longest.path}, got {length}."
        )
    found = sorted({symbol for line in everything for symbol in line.symbols})
    vocabulary = MoleculeVocabulary(found, symbols, length or len(longest.symbols))
    parts = []
    for lines in files:
        x = np.zeros((len(lines), vocabulary.length), "int32")
        for row, line in zip(x, lines, strict=True):
            vocabulary._write(row, line.symbols)
        parts += [x, [line.smiles for line in lines]]
    return MoleculeSplits(*parts, vocabulary)


def _check_path(value, name, wanted):
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise ValueError(f"{name} must be {wanted}, got {value!r}.")


class _Line(NamedTuple):
    path: Path
    number: int
    smiles: str
    symbols: list


def _lines(path, kind, check=False):
    """The molecules of a file, with the numbers of their lines."""
    path = Path(path).expanduser()
    if not path.is_file():
        found = "a folder" if path.is_dir() else "no file"
        raise FileNotFoundError(
            f"{path} must be a file, one SMILES a line, got {found}. Mend: its path; {EMBEDDED!r} "
            "comes with the package."
        )
    read = path.read_bytes()
    try:
        if path.suffix.lower() == ".gz":
            read = gzip.decompress(read)
        text = read.decode("utf-8-sig")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(
            f"{path} must be a whole file packed by gzip: {error}. Mend: take it again, or take "
            ".gz from its name if it is not packed."
        ) from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} must be a text file in UTF-8: {error}.") from None
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.replace(",", " ").split()
        if not fields or (number == 1 and fields[0].lower() == "smiles"):
            continue
        smiles = fields[0]
        try:
            if check:
                _check_molecule(smiles)
            found.append(_Line(path, number, smiles, _split(smiles, kind)))
        except ValueError as error:
            raise ValueError(f"line {number} of {path}: {error} Mend: take it out.") from None
    return found


def _split(smiles, kind):
    if not isinstance(smiles, str):
        raise ValueError(f"it must be a SMILES, a string, got {smiles!r}.")
    if kind == "smiles":
        return list(smiles)
    selfies = _selfies()
    try:
        return list(selfies.split_selfies(selfies.encoder(smiles)))
    except selfies.EncoderError as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise ValueError(
            f"it must be a SMILES that SELFIES can write, got {smiles!r} ({reason})."
        ) from None


def _check_molecule(smiles):
    chem, log = _rdkit()
    with log:
        if chem.MolFromSmiles(smiles) is None:
            raise ValueError(f"it must be the SMILES of a molecule, got {smiles!r}.")


def _selfies():
    try:
        import selfies
    except ImportError:
        raise _missing("selfies", "to write molecules in SELFIES") from None
    return selfies


def _rdkit():
    try:
        from rdkit import Chem
        from rdkit.rdBase import BlockLogs
    except ImportError:
        raise _missing("rdkit", "to check that the lines of a file are molecules") from None
    return Chem, BlockLogs()


def _missing(package, what_for):
    return ImportError(
        f"The package {package} must be installed {what_for}. Mend: "
        f'pip install {package}, or pip install "vae-keras[notebooks]".'
    )
