import sys

import numpy as np
import pytest

from vae_course import chorales
from vae_keras import AutoregressiveVAE, load_chorales
from vae_keras.data.chorales import NUM_SYMBOLS, transpose, whole_chorales

X = load_chorales().x_test
HELD = [0, 0, 0, 0]


def chords(*pitches):
    """Music of these chords, all struck, one a frame."""
    return np.array(pitches) - 28


def test_notes():
    frames = np.array([[44, 1, 32, 20], HELD, [0, 40, 33, 0], [46, 0, 0, 1]])
    assert chorales.notes_of(frames) == [
        (0, 0, 3, 72),
        (0, 3, 1, 74),
        (1, 2, 2, 68),
        (2, 0, 2, 60),
        (2, 2, 2, 61),
        (3, 0, 3, 48),
    ]
    pitch = chorales.pitch_of(frames)
    np.testing.assert_array_equal(pitch[:, 0], [72, 72, 72, 74])
    np.testing.assert_array_equal(np.isnan(pitch[:, 1]), [True, True, False, False])


@pytest.mark.parametrize("wrong", [np.zeros((3, 5)), np.full((3, 4), 60), np.full((3, 4), 2.5)])
def test_what_is_no_music(wrong):
    with pytest.raises(ValueError, match="frames must"):
        chorales.notes_of(wrong)


def test_midi_there_and_back(tmp_path):
    path = tmp_path / "phrase.mid"
    for frames in (X[0], X[17], X[np.argmax((X == 1).sum((1, 2)))]):
        chorales.write_midi(frames, path, tempo=60)
        np.testing.assert_array_equal(chorales.read_midi(path), frames)


def test_midi_s_times_are_those_of_the_score(tmp_path):
    mido = pytest.importorskip("mido")
    path = tmp_path / "phrase.mid"
    chorales.write_midi(X[3], path, tempo=60)
    file = mido.MidiFile(path)
    assert file.length == pytest.approx(16 * 0.5)  # sixteen eighth notes of half a second
    assert [track.name for track in file.tracks] == ["soprano", "alto", "tenor", "bass"]


def test_midi_that_is_not_four_voices(tmp_path):
    mido = pytest.importorskip("mido")
    file = mido.MidiFile()
    file.tracks.append(mido.MidiTrack())
    file.save(tmp_path / "empty.mid")
    with pytest.raises(ValueError, match="must hold four tracks of notes, got 0"):
        chorales.read_midi(tmp_path / "empty.mid")


def test_without_mido(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mido", None)
    for call in (
        lambda: chorales.write_midi(X[0], tmp_path / "a.mid"),
        lambda: chorales.read_midi("a"),
    ):
        with pytest.raises(ImportError, match=r'mido.*pip install "vae-keras\[notebooks\]"'):
            call()


def test_the_sound_has_its_notes_where_the_score_has_them():
    rate = 8000
    frames = np.zeros((8, 4), int)
    frames[0] = [44, 37, 32, 20]
    frames[4] = [46, 1, 34, 22]
    sound = chorales.synthesize(frames, rate=rate, tempo=60)
    assert sound.dtype == np.float32
    assert np.abs(sound).max() == pytest.approx(1)
    assert len(sound) == pytest.approx(8 * 0.5 * rate, abs=2)

    def loudness(part, pitch):
        power = np.abs(np.fft.rfft(part * np.hanning(len(part)), 4 * rate)) ** 2
        return power[round(4 * 440 * 2 ** ((pitch - 69) / 12))]

    for part, pitches, absent in (
        (sound[: 2 * rate], (72, 65, 60, 48), (74, 62, 50, 63)),
        (sound[2 * rate :], (74, 62, 50), (65, 60, 48)),
    ):
        loudest_absent = max(loudness(part, pitch) for pitch in absent)
        assert min(loudness(part, pitch) for pitch in pitches) > 20 * loudest_absent


RANGES = np.full(4, 36), np.full(4, 81)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        (chords([72, 67, 60, 48], [74, 67, 60, 48]), {}),  # one voice moves
        (chords([76, 67, 60, 48], [77, 69, 60, 50]), {"fifths": 1}),  # sol over do, la over ré
        (chords([72, 67, 64, 48], [74, 69, 65, 50]), {"fifths": 1, "octaves": 1}),
        (chords([76, 67, 64, 60], [79, 67, 64, 48]), {}),  # contrary
        (chords([64, 67, 60, 48]), {"crossing": 1}),
        (chords([83, 67, 64, 48]), {"range": 1, "dissonance": 1}),  # a seventh
        (chords([72, 67, 64, 48], [72, 71, 65, 48]), {}),  # dissonant between two beats
    ],
)
def test_rules(frames, expected):
    counts = chorales.broken_rules(frames[None], RANGES)
    assert {name: int(count[0]) for name, count in counts.items() if count[0]} == expected


def test_held_fifths_are_no_fault():
    frames = np.array([chords([79, 76, 67, 60])[0], HELD, HELD])
    assert chorales.broken_rules(frames[None], RANGES)["fifths"][0] == 0


def test_bach_breaks_rules_less_than_shuffled_voices():
    rng = np.random.default_rng(0)
    mixed = np.stack([X[rng.permutation(len(X)), :, voice] for voice in range(4)], axis=-1)
    ranges = chorales.ranges_of(X)
    bach, other = (chorales.broken_rules(x, ranges) for x in (X, mixed))
    for rule in ("fifths", "octaves", "crossing", "dissonance"):
        assert bach[rule].mean() < 0.5 * other[rule].mean()
    assert bach["range"].sum() == 0


def test_attributes():
    do, re = [72, 67, 64, 48], [74, 65, 62, 50]
    x = np.stack([[*chords(do, do), HELD, HELD], [*chords(re, re), HELD, [1, 0, 0, 0]]])
    np.testing.assert_array_equal(chorales.density(x), [8, 8])
    np.testing.assert_allclose(chorales.height(x), [np.mean(do), (4 * sum(re) - 74) / 15])
    majorness = chorales.majorness(x)  # a chord of C major; D minor
    assert majorness[0] > 0 > majorness[1]
    np.testing.assert_allclose(chorales.majorness(transpose(x, 3)), majorness)


def test_majorness_agrees_with_the_scores_more_often_than_not():
    pieces = load_chorales().piece_test
    major = np.array([each.mode == "major" for each in whole_chorales()["test"]])[pieces]
    score = chorales.majorness(X)
    assert 0.7 < np.mean(score[major][:, None] > score[~major]) < 0.9


@pytest.mark.parametrize("name", chorales.counting_models())
def test_counted_probabilities_sum_to_one(name):
    """Of music of one voice: over all that may come last, they are that of what came before."""
    model = chorales.counting_models()[name]
    x = X[..., 2:3]
    model.fit(x[:300], np.arange(300))
    for phrase in x[300:303]:
        every = np.repeat(phrase[None], NUM_SYMBOLS, axis=0)
        every[:, -1, 0] = np.arange(NUM_SYMBOLS)
        before = model.log_prob(phrase[None, :-1])
        assert np.exp(model.log_prob(every) - before).sum() == pytest.approx(1)


def test_voices_in_turn_sum_to_one():
    """Over all that two voices may sing last, whatever the first of them does."""
    model = chorales.VoicesInTurn()
    x = X[..., 2:]
    model.fit(x[:100], np.arange(100))
    phrase = x[101, :6]
    every = np.repeat(phrase[None], NUM_SYMBOLS**2, axis=0)
    every[:, -1] = np.stack(np.divmod(np.arange(NUM_SYMBOLS**2), NUM_SYMBOLS), axis=1)
    before = model.log_prob(phrase[None, :-1])
    assert np.exp(model.log_prob(every) - before).sum() == pytest.approx(1)


def test_voices_in_turn_hear_each_other():
    train, test = X[:300], X[300:]
    pieces = np.arange(300)
    alone = chorales.CountingModel(looks_back=True, whole_chords=False).fit(train, pieces)
    together = chorales.VoicesInTurn().fit(train, pieces)
    assert together.log_prob(test).mean() > alone.log_prob(test).mean() + 5  # nats a phrase


def test_counting_by_hand():
    x = np.array([[[40], [0], [40], [0]], [[40], [42], [40], [0]]])
    model = chorales.CountingModel(looks_back=True, whole_chords=False)
    model.fit(x, np.array([0, 1]))
    model.strengths = [1.0, 1.0]
    # Off the beat 0 came thrice in four, and after 40 thrice in four, too.
    lower = (3 + 1 / 60) / (4 + 1)
    expected = np.log((3 + lower) / (4 + 1))
    one, two = model.log_prob(x[:1]), model.log_prob(x[:1, :3])
    assert one - two == pytest.approx(expected)


@pytest.fixture(scope="module")
def vae():
    encoder = chorales.phrase_encoder(6, 3, (8,))
    decoder = chorales.phrase_decoder(6, 3, memory=2, hidden_units=(8, 8))
    return AutoregressiveVAE(encoder, decoder, seed=0)


def test_the_decoder_sees_what_is_before_and_nothing_else(vae):
    x = X[:1, :6].reshape(1, -1)
    z = np.zeros((1, 3), "float32")
    logits = np.array(vae.decoder([z, x]))
    assert logits.shape == (1, 24, NUM_SYMBOLS)
    for place in (0, 5, 10, 23):
        other = x.copy()
        other[0, place] = 35 if x[0, place] != 35 else 36
        moved = np.abs(np.array(vae.decoder([z, other])) - logits).max(axis=-1)[0] > 0
        assert not moved[: place + 1].any()
        assert moved[place + 1 : place + 4].any() or place % 4 == 3


def test_what_it_hears_are_intervals():
    x = X[:3].reshape(3, -1)
    layer = chorales.phrase_networks.Surroundings(memory=4)
    origin, heard = (np.array(each) for each in layer(x))
    higher_origin, higher = (np.array(each) for each in layer(transpose(x, 2)))
    np.testing.assert_array_equal(heard[:, 5:], higher[:, 5:])
    np.testing.assert_array_equal(origin[:, 1:] + 2, higher_origin[:, 1:])
    assert heard.shape == (3, 16, 4, 20)
    assert 0 <= heard.min() < heard.max() < chorales.phrase_networks._INTERVALS


def test_it_trains_writes_and_is_saved(vae, tmp_path):
    import keras

    x = X[:, :6].reshape(len(X), -1)
    vae.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    before = vae.evaluate(x, verbose=0, return_dict=True)["loss"]
    vae.fit(x, epochs=2, batch_size=64, verbose=0)
    assert vae.evaluate(x, verbose=0, return_dict=True)["loss"] < 0.8 * before
    written = vae.generate(5, seed=1)
    assert written.shape == (5, 24)
    assert written.min() >= 0
    assert written.max() < NUM_SYMBOLS
    vae.save(tmp_path / "vae.keras")
    again = keras.models.load_model(tmp_path / "vae.keras")
    np.testing.assert_array_equal(again.generate(5, seed=1), written)
