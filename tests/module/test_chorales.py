import collections
import importlib.util
import itertools
import json
import math
import pathlib
import sys

import numpy as np
import pytest
from keras import ops

from vae_keras import VAE, conv1d_decoder, conv1d_encoder, load_chorales
from vae_keras.data import chorales

ROOT = pathlib.Path(__file__).parents[2]
FILE = ROOT / "data" / "chorales" / "chorales.json"


@pytest.fixture(scope="module")
def script():
    """The script that makes the file, as a module."""
    path = ROOT / "data" / "make_chorales.py"
    spec = importlib.util.spec_from_file_location("make_chorales", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_counts_types_and_symbols():
    splits = load_chorales()
    x_train, piece_train, x_test, piece_test = splits
    assert x_train.shape == (1624, 16, 4)
    assert x_test.shape == (410, 16, 4)
    assert {each.dtype for each in splits} == {np.dtype("int32")}
    assert len(piece_train) == 1624
    assert len(np.unique(piece_train)) == 255
    assert len(np.unique(piece_test)) == 64
    for x in (x_train, x_test):
        assert x.min() == 0
        assert x.max() < chorales.NUM_SYMBOLS == 60
        assert (x[:, 0] != chorales.HELD).all()  # a phrase says all of itself
        assert 0.4 < np.mean(x == chorales.HELD) < 0.5


@pytest.fixture(scope="module")
def splits():
    """What the file holds."""
    return json.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def by_name(splits):
    """For the name of each chorale, its split and itself."""
    return {each["name"]: (name, each) for name, part in splits.items() for each in part}


@pytest.mark.parametrize(
    "settings",
    [
        ("64.2", "248.28", "314"),  # Gelobet seist du, with other passing notes
        ("283", "245.15", "245.37"),  # Christus, der uns selig macht, in two forms of the tune
        ("244.54", "244.62", "270", "153.5"),  # O Haupt voll Blut und Wunden, Befiehl du, …
        ("227.1", "81.7", "358"),  # Jesu, meine Freude
        ("119.9", "120.6", "328"),  # parts of the Te Deum
        ("301", "56.5"),  # Du, o schönes Weltgebäude
    ],
)
def test_settings_of_one_hymn_are_in_one_split(by_name, settings):
    assert len({by_name[f"bwv{each}"][0] for each in settings}) == 1


def test_no_title_is_in_both_splits(splits):
    train, test = ({each["title"] for each in splits[name]} - {None} for name in splits)
    assert len(train) + len(test) > 150
    assert not train & test


def rare_runs(piece, count=6):
    """How often each run of so many steps of the melody on beats comes: no alignment, no key."""
    on_grid = np.repeat(piece["voices"][0][::2], piece["voices"][0][1::2])[::2]
    steps = np.diff(on_grid[on_grid > 0])
    steps = steps[steps != 0].tolist()
    return collections.Counter(zip(*(steps[n:] for n in range(count)), strict=False))


def test_no_melody_of_test_is_in_training(splits):
    """By the runs that they have in common, the rare ones counting most: a cosine, 0 to 1."""
    pieces = [*splits["train"], *splits["test"]]
    counts = [rare_runs(each) for each in pieces]
    known = collections.Counter(run for each in counts for run in each)
    vectors = []
    for each in counts:
        weights = {run: n * math.log(len(pieces) / known[run]) for run, n in each.items()}
        length = math.hypot(*weights.values())
        vectors.append({run: weight / length for run, weight in weights.items()})

    def cosine(one, other):
        return sum(weight * other.get(run, 0) for run, weight in one.items())

    train, test = vectors[: len(splits["train"])], vectors[len(splits["train"]) :]
    assert max(cosine(one, other) for one in test for other in train) < 0.4
    # It does tell sisters: each two settings of a melody, all over, are beyond.
    named = [n for n, each in enumerate(pieces) if each["title"] == "Werde munter, mein Gemüte"]
    assert len(named) == 3
    for one, other in itertools.combinations(named, 2):
        assert cosine(vectors[one], vectors[other]) > 0.4


def test_the_file_is_what_the_script_writes(script, splits):
    text = FILE.read_text(encoding="utf-8")
    pieces = sorted(splits["train"] + splits["test"], key=lambda piece: piece["name"])
    assert script.text_of(script.split(pieces)) == text


def test_pieces_are_made_again_from_music21_s_scores(script):
    corpus = pytest.importorskip("music21.corpus")
    paths = {path.stem: path for path in corpus.getComposer("bach")}
    splits = json.loads(FILE.read_text(encoding="utf-8"))
    for piece in (splits["train"][7], splits["test"][33]):
        assert script.read_piece(paths[piece["name"]]) == piece
    assert script.read_piece(paths["bwv1.6"]) is None  # a fifth part, of a horn


def test_phrases_follow_each_other():
    x, piece, _, _ = load_chorales()
    whole = chorales.whole_chorales()["train"][3].frames
    phrases = x[piece == 3]
    assert len(phrases) == len(whole) // 16
    together = chorales.sounding(phrases).reshape(-1, 4)
    np.testing.assert_array_equal(together, chorales.sounding(whole)[: len(together)])
    struck = phrases[:, 1:]
    np.testing.assert_array_equal(struck, whole[: len(together)].reshape(-1, 16, 4)[:, 1:])
    longer, _, _, _ = load_chorales(length=32, stride=8)
    np.testing.assert_array_equal(longer[1][1:], chorales.whole_chorales()["train"][0].frames[9:40])


def test_titles_and_modes(by_name):
    whole = chorales.whole_chorales()
    each = next(piece for piece in whole["train"] if piece.name == "bwv302")
    assert each.title == "Ein’ feste Burg ist unser Gott"
    assert (each.sharps, each.mode) == (2, "major")
    modes = [piece.mode for part in whole.values() for piece in part]
    assert {mode: modes.count(mode) for mode in modes} == {"major": 156, "minor": 163}
    assert by_name["bwv314"][1]["mode"] == "major"  # the file says minor, the notes do not


def test_common_key():
    own, piece, _, _ = load_chorales()
    common, _, _, _ = load_chorales(common_key=True)
    for number, chorale in enumerate(chorales.whole_chorales()["train"]):
        struck = own[piece == number] >= chorales.FIRST_PITCH
        steps = np.unique((common - own)[piece == number][struck])
        assert len(steps) == 1
        assert abs(steps[0]) <= 6
        assert (steps[0] + 7 * chorale.sharps) % 12 == 0
    white = np.isin((common[common >= 2] - 2 + chorales.LOWEST_PITCH) % 12, (0, 2, 4, 5, 7, 9, 11))
    assert white.mean() > 0.9


def test_transpositions_stay_within_the_voices():
    x, _, x_test, _ = load_chorales()
    many, pieces, same_test, _ = load_chorales(transpositions=(0, 2, -12))
    np.testing.assert_array_equal(x_test, same_test)
    np.testing.assert_array_equal(many[: len(x)], x)
    assert len(x) < len(many) == len(pieces) < 3 * len(x)
    struck = x >= 2
    for voice in range(4):
        heard = many[..., voice][many[..., voice] >= 2]
        original = x[..., voice][struck[..., voice]]
        assert original.min() <= heard.min() <= heard.max() <= original.max()
    np.testing.assert_array_equal(chorales.transpose(x, 2)[struck], x[struck] + 2)
    np.testing.assert_array_equal(chorales.transpose(x, 2)[~struck], x[~struck])


def test_sounding():
    x = np.array([[[30, 0], [0, 40], [1, 0], [0, 0]]])
    np.testing.assert_array_equal(chorales.sounding(x), [[[30, 1], [30, 40], [1, 40], [1, 40]]])
    held, phrases = np.array([[59, 0, 1]] + [[0, 0, 0]] * 20), load_chorales().x_test[:3]
    np.testing.assert_array_equal(chorales.sounding(held), [[59, 1, 1]] * 21)
    tensor = chorales.sounding(ops.convert_to_tensor(phrases), ops)
    np.testing.assert_array_equal(tensor, chorales.sounding(phrases))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"length": 0}, "length must be a whole number above 0"),
        ({"length": 10_000}, "length must be that of a phrase"),
        ({"stride": 2.0}, "stride must be a whole number"),
        ({"common_key": "C"}, "common_key must be True or False"),
        ({"transpositions": 3}, "transpositions must be several numbers"),
        ({"transpositions": ()}, "got none. Mend"),
        ({"transpositions": (0, 13)}, "transpositions must be a whole number from -12 to 12"),
    ],
)
def test_what_cannot_be(options, said):
    with pytest.raises(ValueError, match=said):
        load_chorales(**options)


def test_a_damaged_and_a_missing_file(tmp_path, monkeypatch):
    folder = tmp_path / "data" / "chorales"
    folder.mkdir(parents=True)
    monkeypatch.setattr("vae_keras.data.places._PACKAGE", tmp_path / "one" / "two")
    chorales._file.cache_clear()
    try:
        with pytest.raises(OSError, match=r"must be in .*Mend: install vae-keras again"):
            load_chorales()
        (folder / "chorales.json").write_bytes(FILE.read_bytes()[:-2])
        with pytest.raises(OSError, match="must be the one that vae-keras came with"):
            load_chorales()
    finally:
        chorales._file.cache_clear()


def test_music21_is_not_needed(monkeypatch):
    monkeypatch.setitem(sys.modules, "music21", None)
    chorales._file.cache_clear()
    assert len(load_chorales().x_test) == 410


def test_a_categorical_vae_takes_them():
    x = load_chorales().x_test[:8]
    shape = {"x_shape": (16, 4), "latent_dim": 3, "num_categories": 60}
    vae = VAE(conv1d_encoder(**shape), conv1d_decoder(**shape), "categorical")
    vae.compile("adam", jit_compile=False)
    assert 100 < vae.evaluate(x, verbose=0, return_dict=True)["loss"] < 500
