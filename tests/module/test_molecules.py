"""load_molecules, its vocabulary, and the script that makes the embedded sample."""

import gzip
import hashlib
import importlib
import re
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from vae_keras import load_molecules
from vae_keras.data import MoleculeVocabulary

pytest.importorskip("selfies")
Chem = pytest.importorskip("rdkit.Chem")

REPOSITORY = Path(__file__).resolve().parents[2]
FEW = ["CCO", "c1ccccc1", "CC(=O)O", "CCN", "C1CC1", "OCC", "CCS", "CCCl", "BrC", "C#N", "CC=O"]


@pytest.fixture(scope="module")
def moses_mini():
    return load_molecules()


def a_file(folder, lines, name="some.smi"):
    path = folder / name
    text = "\n".join(lines) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def canonical(smiles):
    return Chem.MolToSmiles(Chem.MolFromSmiles(smiles))


class TestMosesMini:
    def test_shapes_and_types(self, moses_mini):
        x_train, smiles_train, x_test, smiles_test, vocabulary = moses_mini
        assert x_train.shape == (10_000, vocabulary.length)
        assert x_test.shape == (2_000, vocabulary.length)
        assert x_train.dtype == x_test.dtype == np.int32
        assert (len(smiles_train), len(smiles_test)) == (10_000, 2_000)
        assert 0 <= x_train.min() < x_train.max() < len(vocabulary)
        assert max((x_train > 0).sum(axis=1).max(), (x_test > 0).sum(axis=1).max()) == len(
            x_train[0]
        )

    def test_no_molecule_twice(self, moses_mini):
        everything = [*moses_mini.smiles_train, *moses_mini.smiles_test]
        assert len(set(everything)) == 12_000

    def test_there_and_back(self, moses_mini):
        smiles = moses_mini.smiles_test[:300]
        back = moses_mini.vocabulary.decode(moses_mini.x_test[:300])
        assert list(map(canonical, back)) == smiles  # which are canonical, then
        np.testing.assert_array_equal(moses_mini.vocabulary.encode(smiles), moses_mini.x_test[:300])

    def test_symbols_end_with_zeros(self, moses_mini):
        ended = np.cumsum(moses_mini.x_test == 0, axis=1) > 0
        assert not np.any(moses_mini.x_test[ended])

    def test_characters(self, moses_mini):
        x_train, _, x_test, smiles_test, vocabulary = load_molecules(symbols="smiles", length=60)
        assert x_train.shape[1] == x_test.shape[1] == vocabulary.length == 60
        assert smiles_test == moses_mini.smiles_test == vocabulary.decode(x_test)
        assert all(len(symbol) == 1 for symbol in vocabulary.symbols[1:])

    def test_digests_are_those_told(self):
        text = (REPOSITORY / "data" / "README.md").read_text(encoding="utf-8")
        for split in ("train", "test"):
            contents = (REPOSITORY / "data" / "moses_mini" / f"{split}.smi").read_bytes()
            assert hashlib.sha256(contents).hexdigest() in text

    def test_damaged(self, monkeypatch, tmp_path):
        folder = tmp_path / "embedded" / "moses_mini"
        folder.mkdir(parents=True)
        for split in ("train", "test"):
            a_file(folder, FEW, f"{split}.smi")
        monkeypatch.setattr("vae_keras.data.places._PACKAGE", tmp_path)
        with pytest.raises(OSError, match=r"damaged: .* 10,000 and 2,000 .* 11 and 11.*Mend"):
            load_molecules()

    def test_missing(self, monkeypatch, tmp_path):
        monkeypatch.setattr("vae_keras.data.places._PACKAGE", tmp_path / "a" / "b")
        with pytest.raises(FileNotFoundError, match="install vae-keras again"):
            load_molecules()


def test_every_sequence_of_selfies_is_a_molecule(moses_mini):
    vocabulary = moses_mini.vocabulary
    x = np.random.default_rng(0).integers(0, len(vocabulary), (200, vocabulary.length))
    assert all(Chem.MolFromSmiles(each) is not None for each in vocabulary.decode(x))


class TestFiles:
    def test_each_tenth_is_for_the_test(self, tmp_path):
        splits = load_molecules(a_file(tmp_path, FEW))
        assert splits.smiles_test == [FEW[9]]
        assert splits.smiles_train == [*FEW[:9], FEW[10]]
        assert list(map(canonical, splits.vocabulary.decode(splits.x_test))) == ["C#N"]

    @pytest.mark.parametrize("name", ["some.csv.gz", "some.csv"])
    def test_headings_columns_and_empty_lines(self, tmp_path, name):
        lines = ["SMILES,split", "", *(f"{each},train" for each in FEW[:4])]
        train = a_file(tmp_path, lines, name)
        splits = load_molecules(train, test=a_file(tmp_path, ["CCO\tethanol"]), symbols="smiles")
        assert splits.smiles_train == FEW[:4]
        assert splits.smiles_test == ["CCO"]
        assert splits.x_train.shape == (4, 8)

    @pytest.mark.parametrize("symbols", ["selfies", "smiles"])
    @pytest.mark.parametrize("bad", ["C1CC", "CC(C)(C)(C)C", "hello"])
    def test_a_bad_line_is_named_by_its_number(self, tmp_path, symbols, bad):
        path = a_file(tmp_path, ["smiles", "CCO", "", bad, *FEW])
        with pytest.raises(ValueError, match=rf"^line 4 of {re.escape(str(path))}: .*Mend"):
            load_molecules(path, symbols=symbols)

    def test_too_few(self, tmp_path):
        with pytest.raises(ValueError, match="must hold 10 molecules at least"):
            load_molecules(a_file(tmp_path, FEW[:9]))

    def test_length(self, tmp_path):
        path = a_file(tmp_path, FEW)
        assert load_molecules(path, length=20).x_train.shape == (10, 20)
        with pytest.raises(ValueError, match=r"length must be at least 8, .* line 2 of .* got 4"):
            load_molecules(path, length=4)

    def test_no_text(self, tmp_path):
        path = tmp_path / "some.smi"
        path.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(ValueError, match="must be a text file in UTF-8"):
            load_molecules(path)

    @pytest.mark.parametrize(("name", "found"), [("none.smi", "no file"), ("", "a folder")])
    def test_no_file(self, tmp_path, name, found):
        with pytest.raises(FileNotFoundError, match=f"must be a file, .*got {found}.*Mend"):
            load_molecules(tmp_path / name)

    @pytest.mark.parametrize("name", ["some.smi.gz", "SOME.SMI.GZ"])
    @pytest.mark.parametrize("cut", [lambda packed: packed[:-12], lambda packed: b"CCO"])
    def test_not_packed_as_a_whole(self, tmp_path, name, cut):
        path = tmp_path / name
        path.write_bytes(gzip.compress("\n".join(FEW).encode()))
        assert len(load_molecules(path).smiles_train) == 10
        path.write_bytes(cut(path.read_bytes()))
        with pytest.raises(ValueError, match=r"must be a whole file packed by gzip.*Mend"):
            load_molecules(path)

    def test_an_empty_test_file_is_named(self, tmp_path):
        empty = a_file(tmp_path, [], "empty.smi")
        with pytest.raises(ValueError, match=r"empty.smi must hold 1 molecule at least"):
            load_molecules(a_file(tmp_path, FEW), test=empty)

    @pytest.mark.parametrize("test", [3, ""])
    def test_a_bad_path_of_the_test(self, tmp_path, test):
        with pytest.raises(ValueError, match="test must be the path of a file, or None, got"):
            load_molecules(a_file(tmp_path, FEW), test=test)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": 3}, "name must be 'moses_mini' or the path of a file, got 3"),
        ({"name": ""}, "name must be"),
        ({"symbols": "inchi"}, "symbols must be one of"),
        ({"length": 0}, "length must be a whole number"),
        ({"length": 10}, "length must be at least"),
        ({"test": "x.smi"}, "test must be None for 'moses_mini'"),
    ],
)
def test_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        load_molecules(**arguments)


class TestVocabulary:
    vocabulary = MoleculeVocabulary(["C", "O", "N"], "smiles", 4)

    @pytest.mark.parametrize(
        ("smiles", "message"),
        [
            (["C", "CCCCO"], "molecule 1 of smiles: it must have 4 symbols at most, got 5"),
            (["CS"], "molecule 0 of smiles: its symbols must be of the vocabulary, got 'S'"),
            ([3], "molecule 0 of smiles: it must be a SMILES, a string, got 3"),
            ("CCO", "smiles must be a list"),
            (None, "smiles must be a list"),
            (iter(["C"]), "smiles must be a list"),
        ],
    )
    def test_encode(self, smiles, message):
        with pytest.raises(ValueError, match=message):
            self.vocabulary.encode(smiles)

    @pytest.mark.parametrize("x", [[[4, 0]], [[-1, 0]], [[0.5, 0]], [1, 2], [[np.nan, 1]]])
    def test_decode(self, x):
        with pytest.raises(ValueError, match=r"^x must"):
            self.vocabulary.decode(x)

    def test_zeros_are_nothing(self):
        x = [[1, 2, 0, 3], [0, 0, 0, 0], [3, 3, 3, 3]]
        assert self.vocabulary.decode(x) == ["CON", "", "NNNN"]

    @pytest.mark.parametrize("symbols", [["C", "C"], ["C", ""], [1], None])
    def test_symbols(self, symbols):
        with pytest.raises(ValueError, match="symbols must be strings, none empty, each one once"):
            MoleculeVocabulary(symbols, "smiles", 4)

    def test_kind(self):
        with pytest.raises(ValueError, match="kind must be one of"):
            MoleculeVocabulary(["C"], "inchi", 4)


class TestWithoutAPackage:
    def test_selfies(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "selfies", None)
        with pytest.raises(ImportError, match=r"selfies must be installed .*Mend: pip install"):
            load_molecules()
        assert load_molecules(symbols="smiles").x_train.shape[0] == 10_000

    def test_rdkit(self, monkeypatch, tmp_path):
        monkeypatch.setitem(sys.modules, "rdkit", None)
        with pytest.raises(ImportError, match=r"rdkit must be installed .*vae-keras\[notebooks\]"):
            load_molecules(a_file(tmp_path, FEW))


class TestScript:
    @pytest.fixture
    def script(self, monkeypatch):
        monkeypatch.syspath_prepend(REPOSITORY / "data")
        return importlib.import_module("make_moses_mini")

    @pytest.fixture
    def wheel(self, script, monkeypatch, tmp_path):
        monkeypatch.setattr(script, "SPLITS", {"train": 3, "test": 2})
        path = tmp_path / "some.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for split in script.SPLITS:
                text = "\n".join(["SMILES", *FEW])
                archive.writestr(f"{script._FOLDER}/{split}.csv.gz", gzip.compress(text.encode()))
            archive.writestr(script._LICENSE, "as they please")
        return path

    def run(self, script, monkeypatch, *arguments):
        monkeypatch.setattr(sys, "argv", ["make_moses_mini.py", *map(str, arguments)])
        return script.main()

    def test_makes_the_same_again_and_sees_a_change(
        self, script, wheel, monkeypatch, tmp_path, capsys
    ):
        where = "--wheel", wheel, "--output", tmp_path
        assert self.run(script, monkeypatch, *where, "--check") == 1  # nothing there
        assert self.run(script, monkeypatch, *where) == 0
        assert self.run(script, monkeypatch, *where, "--check") == 0
        lines = (tmp_path / "moses_mini" / "train.smi").read_text().split()
        assert len(lines) == 3
        assert lines == sorted(lines, key=lambda each: script.digest(each.encode()))
        (tmp_path / "moses_mini" / "test.smi").write_text("C\nCC\n")
        capsys.readouterr()
        assert self.run(script, monkeypatch, *where, "--check") == 1
        assert "test.smi is not what this script makes" in capsys.readouterr().err

    def test_the_choice_does_not_depend_on_the_order(self, script):
        assert script.chosen(FEW, 4) == script.chosen(FEW[::-1], 4)
