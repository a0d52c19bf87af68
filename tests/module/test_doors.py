"""Every door × every kind of bad value: refused at once, with a message that names it and the mend.

The table is generated. `DOORS` are the ways in, each with what it takes: a *target* is compared
with what the decoder gives and must lie in [0, 1]; an *input* is encoded only, so that noise may
take it out of there; an *array* is a target that is no stream; *bits* are 0 or 1; a *picture* is
drawn; a *code* is a point of the latent space. `KINDS` are the values, each with what is said of
it, or `TAKEN`.
"""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from vae_keras import (
    VAE,
    Autoencoder,
    active_units,
    commands,
    dense_decoder,
    dense_encoder,
    elbo,
    importance_weighted_bound,
    interpolate,
    plotting,
    traverse,
)
from vae_keras.cli import main
from vae_keras.compression import BitsBackCodec, LatentCodec
from vae_keras.data import ImageSplits

SHAPE = (6, 5, 1)
rng = np.random.default_rng(0)
X = rng.random((48, *SHAPE)).astype("float32")
TAKEN = None


@pytest.fixture(scope="module")
def vae():
    vae = VAE(dense_encoder(SHAPE, 2, (8,)), dense_decoder(SHAPE, 2, (8,)))
    vae.compile("adam", jit_compile=False)
    return vae


@pytest.fixture(scope="module")
def codecs(vae):
    return BitsBackCodec(vae, 4), LatentCodec(vae, 1.0)


@pytest.fixture(scope="module")
def saved(vae, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "vae.keras"
    vae.save(path)
    return str(path)


@pytest.fixture
def ways(vae, codecs, saved, tmp_path, monkeypatch, capsys):
    """What the doors need, in one object."""

    def command_line(x, *arguments):
        """A command on test images that a data set would hold."""
        splits = ImageSplits(X, np.zeros(len(X)), x, np.zeros(len(x)))
        monkeypatch.setattr(commands, "load_images", lambda *_, **__: splits)
        name, *rest = arguments
        status = main([name, saved, *rest])
        errors = capsys.readouterr().err
        if status:
            assert (status, errors.count("\n")) == (2, 1), errors
            raise ValueError(errors.removeprefix("vae-keras: error: "))

    class Ways:
        bits_back, lossy = codecs
        model, cli, picture = vae, staticmethod(command_line), str(tmp_path / "beside.png")

    return Ways


class Batches(keras.utils.PyDataset):
    """Batches of sixteen, as pairs or alone."""

    def __init__(self, *arrays):
        super().__init__()
        self.arrays = arrays

    def __len__(self):
        first = self.arrays[0]
        return max(1, len(first) // 16) if isinstance(first, np.ndarray | list) else 1

    def __getitem__(self, index):
        rows = slice(16 * index, 16 * (index + 1))
        are_rows = isinstance(self.arrays[0], np.ndarray | list)
        return tuple(each[rows] if are_rows else each for each in self.arrays)


def generator(*arrays):
    batches = Batches(*arrays)
    return (batches[index] for index in range(len(batches)))


def dataset(*arrays):
    return tf.data.Dataset.from_tensor_slices(arrays if len(arrays) > 1 else arrays[0]).batch(16)


WITH_TARGETS = {
    "fit": lambda m, *x: m.fit(*x, verbose=0),
    "fit on a data set": lambda m, *x: m.fit(dataset(*x), verbose=0),
    "fit on a PyDataset": lambda m, *x: m.fit(Batches(*x), verbose=0),
    "fit on a generator": lambda m, *x: m.fit(generator(*x), verbose=0),
    "validation": lambda m, *x: m.fit(X, validation_data=x, verbose=0),
    "validation on a data set": lambda m, *x: m.fit(X, validation_data=dataset(*x), verbose=0),
    "evaluate": lambda m, *x: m.evaluate(*x, verbose=0),
    "evaluate on a data set": lambda m, *x: m.evaluate(dataset(*x), verbose=0),
    "evaluate on a PyDataset": lambda m, *x: m.evaluate(Batches(*x), verbose=0),
    "evaluate on a generator": lambda m, *x: m.evaluate(generator(*x), verbose=0),
    "train_on_batch": lambda m, *x: m.train_on_batch(*x),
    "test_on_batch": lambda m, *x: m.test_on_batch(*x),
}
ALONE = {
    "predict": lambda m, x: m.predict(x, verbose=0),
    "predict on a data set": lambda m, x: m.predict(dataset(x), verbose=0),
    "predict on a PyDataset": lambda m, x: m.predict(Batches(x), verbose=0),
    "predict on a generator": lambda m, x: m.predict(generator(x), verbose=0),
    "predict_on_batch": lambda m, x: m.predict_on_batch(x),
    "encode": lambda m, x: m.encode(x),
    "encode a data set": lambda m, x: m.encode(dataset(x)),
    "encode a PyDataset": lambda m, x: m.encode(Batches(x)),
    "reconstruct": lambda m, x: m.reconstruct(x),
    "reconstruct a PyDataset": lambda m, x: m.reconstruct(Batches(x)),
}
ARRAYS = {
    "elbo": lambda w, x: elbo(w.model, x, 2),
    "importance_weighted_bound": lambda w, x: importance_weighted_bound(w.model, x, 2),
    "active_units": lambda w, x: active_units(w.model, x),
    "LatentCodec": lambda w, x: w.lossy.compress(x),
    "LatentCodec.write": lambda w, x: w.lossy.write(x, w.picture),
    "vae-keras evaluate": lambda w, x: w.cli(x, "evaluate"),
    "vae-keras evaluate, log p(x)": lambda w, x: w.cli(x, "evaluate", "--importance-samples", "2"),
}
BITS = {
    "BitsBackCodec": lambda w, x: w.bits_back.compress(x),
    "BitsBackCodec.promised_bits": lambda w, x: w.bits_back.promised_bits(x, 2),
}
PICTURES = {
    "plot_images": lambda w, x: plotting.plot_images(x),
    "plot_reconstructions": lambda w, x: plotting.plot_reconstructions(x, x),
    "plot_decoded_grid": lambda w, x: plotting.plot_decoded_grid(lambda z: x, rows=6, columns=8),
}
CODES = {
    "decode": lambda w, z: w.model.decode(z),
    "interpolate": lambda w, z: interpolate(z, z),
    "traverse": lambda w, z: traverse(z[0] if np.ndim(z) > 1 and len(z) else z, 0, [0.0, 1.0]),
    "plot_latent_plane": lambda w, z: plotting.plot_latent_plane(z),
}
DOORS = (
    {f"{name}": ("target", lambda w, x, f=f: f(w.model, x)) for name, f in WITH_TARGETS.items()}
    | {name: ("input", lambda w, x, f=f: f(w.model, x)) for name, f in ALONE.items()}
    | {"vae-keras reconstruct": (
        "input", lambda w, x: w.cli(x, "reconstruct", "--output", w.picture)
    )}
    | {name: ("array", f) for name, f in ARRAYS.items()}
    | {name: ("bits", f) for name, f in BITS.items()}
    | {name: ("picture", f) for name, f in PICTURES.items()}
)  # fmt: skip

# What is said of values that no image model takes; of pictures and of bits where it is otherwise.
INTERVAL = r"must lie in \[0, 1\].*got values between .* Mend: "
FINITE = "NaN or infinite"
FLOATS = "must hold floating-point pixels, got "
NUMBERS = "must be an array of numbers, got "
NO_ARRAY = "must be an array of images, of shape .* got "
SIZE = r"must have the shape \(batch, 6, 5, 1\), got .*the encoder was built for"
ONE_SCALE = {"picture": r"must be in \[0, 1\], got values from .*Mend", "bits": "must be binary"}
NOT_FINITE = {"": FINITE, "picture": "must be finite, got", "bits": "must be binary"}
ANY_SIZE = {"": SIZE, "picture": TAKEN, "bits": SIZE}


def with_some(value, dtype="float32"):
    return np.where(X > 0.9, value, X).astype(dtype)


def numbers_of(text):
    return {"": FLOATS + text, "picture": NUMBERS, "bits": NUMBERS}


# A kind: the values, then what is said of them by what a door takes; "" for all others.
KINDS = {
    "255 x": (X * 255, {"": INTERVAL + "x / 255", **ONE_SCALE}),
    "16 x": (X * 16, {"": INTERVAL + "x / 16 if", **ONE_SCALE}),
    "65535 x": (X * 65535, {"": INTERVAL + "x / 65535 if", **ONE_SCALE}),
    "from -1 to 1": (
        2 * X - 1,
        {"": INTERVAL + r"\(x \+ 1\) / 2", "input": TAKEN, "picture": TAKEN, "bits": "binary"},
    ),
    "negative": (-X, {"": INTERVAL, "input": TAKEN, "picture": TAKEN, "bits": "binary"}),
    "a little outside": (
        X * 1.04,
        {"": INTERVAL + r"np\.clip", "input": TAKEN, "picture": TAKEN, "bits": "binary"},
    ),
    "a rounding error outside": (
        with_some(np.nextafter(np.float32(1), np.float32(2))), {"": TAKEN, "bits": "binary"}
    ),
    "NaN": (with_some(np.nan), NOT_FINITE),
    "infinite": (with_some(np.inf), NOT_FINITE),
    "minus infinite": (with_some(-np.inf), NOT_FINITE),
    "masked": (np.ma.masked_greater(X, 0.9), NOT_FINITE),
    "bytes of a file": (
        (X * 255).astype("uint8"),
        {"": r"floating-point pixels, got integers \(uint8\).*astype\('float32'\) / 255"}
        | ONE_SCALE,
    ),
    "whole numbers 0 and 1": (
        (X > 0.5).astype("int64"),
        {"": r"got integers \(int64\).*astype\('float32'\)", "picture": TAKEN, "bits": TAKEN},
    ),
    "complex": (X.astype("complex64"), numbers_of("complex64")),
    "strings": (X.astype(str), numbers_of("str")),
    "strings of bytes": (X.astype("S"), numbers_of("(bytes|string)")),
    "dates": (np.full(X.shape, np.datetime64("2026-01-01")), numbers_of("datetime64")),
    "objects": (X.astype(object), {"": FLOATS + "object", "picture": TAKEN, "bits": "binary"}),
    "another size": (X[:, :3], ANY_SIZE),
    "channels first": (np.moveaxis(X, -1, 1), {**ANY_SIZE, "picture": r"must have 1 \(grey\)"}),
    "five channels": (X.repeat(5, -1), {**ANY_SIZE, "picture": r"must have 1 \(grey\)"}),
    "no channels": (
        X[..., 0],
        {"": "must have the shape .*newaxis", "picture": r"must have the shape \(n, height"},
    ),
    "one image alone": (X[0], {"": "must have the shape", "picture": "for one image pass"}),
    "flat": (X.reshape(48, -1), {"": "must have the shape"}),
    "labels": (np.arange(48), {"": "must have the shape"}),
    "empty": (
        X[:0],
        {"": "is empty|is an empty", "picture": "1 entry at least", "bits": "1 entry at least"},
    ),
    "nothing": (None, {"": NO_ARRAY + "NoneType", "picture": NUMBERS, "bits": NUMBERS}),
    "a number": (0.5, {"": NO_ARRAY + "float", "picture": "must have the shape", "bits": "shape"}),
    "a text": ("x.npy", {"": NO_ARRAY + "str", "picture": NUMBERS, "bits": NUMBERS}),
    "a dict": ({"x": X}, {"": NO_ARRAY + "dict", "picture": NUMBERS, "bits": NUMBERS}),
    "a list of images": (
        list(X),
        {"": r"must be one array of images.*got a list of \d+ .*np\.stack", "picture": TAKEN,
         "bits": "binary"},
    ),
}  # fmt: skip

# What a data set of TensorFlow cannot hold, or makes something else of; what no image file is.
IN_NO_DATA_SET = "masked", "objects", "dates", "nothing", "a number", "a text", "a dict"
IN_NO_DATA_SET += ("a list of images",)
NO_IMAGES = "nothing", "a number", "a text", "a dict", "a list of images"


def cases():
    for door, (takes, _) in DOORS.items():
        for kind, (_, said) in KINDS.items():
            if ("data set" in door and kind in IN_NO_DATA_SET) or (
                door.startswith("vae-keras") and kind in NO_IMAGES
            ):
                continue
            yield pytest.param(door, kind, said.get(takes, said[""]), id=f"{door}-{kind}")


def refused(door, message, x, ways):
    """A bad value is refused in our words; returns whether anything was learnt before."""
    weights = [each.numpy() for each in ways.model.trainable_weights]
    with pytest.raises(ValueError, match=message) as error:
        door(ways, x)
    text = str(error.value)
    assert re.search(r"\b(must|holds|is empty|is an empty)\b", text), text
    assert len(text) < 500, text
    assert not re.search("tensorflow|keras.src|Node|Traceback|vae_keras>", text), text
    now = ways.model.trainable_weights
    return any(np.any(old != new.numpy()) for old, new in zip(weights, now, strict=True))


@pytest.mark.parametrize(("door", "kind", "said"), [*cases()])
def test_every_door_and_every_kind_of_value(ways, door, kind, said):
    (_, function), (x, _) = DOORS[door], KINDS[kind]
    if said is TAKEN:
        function(ways, x)
    else:
        # Of what streams past after an epoch of training, nothing is known before it.
        assert not refused(function, said, x, ways) or door == "validation on a data set"


Z = rng.normal(size=(48, 2))
SHAPED = r"must have the shape \("
CODE_KINDS = {
    "NaN": (np.where(Z[0] == Z, np.nan, Z), "must be finite, got"),
    "infinite": (np.full_like(Z, np.inf), "must be finite, got"),
    "masked": (np.ma.masked_less(Z, 9), "must be finite, got"),
    "complex": (Z.astype("complex128"), NUMBERS),
    "strings": (Z.astype(str), NUMBERS),
    "dates": (np.full(Z.shape, np.datetime64("2026-01-01")), NUMBERS),
    "objects": (np.full(Z.shape, None), NUMBERS),
    "nothing": (None, NUMBERS),
    "a text": ("z.npy", NUMBERS),
    "a dict": ({"z": Z}, NUMBERS),
    "a number": (0.5, SHAPED),
    "empty": (Z[:0], "must have (1 entry at least|the shape)"),
    "four axes": (Z.reshape(2, 4, 3, 2, 2), SHAPED),
}


@pytest.mark.parametrize("door", CODES)
@pytest.mark.parametrize("kind", CODE_KINDS)
def test_every_door_of_codes_and_every_kind(ways, door, kind):
    z, said = CODE_KINDS[kind]
    refused(CODES[door], said, z, ways)


def test_codes_of_another_size_are_refused(vae):
    with pytest.raises(ValueError, match=r"z must have the shape \(batch, 2\), got \(48, 3\)"):
        vae.decode(np.ones((48, 3)))
    with pytest.raises(ValueError, match=r"z must have the shape .*Mend: z\[np\.newaxis\]"):
        vae.decode(Z[0])
    with pytest.raises(ValueError, match="z must be an array of numbers, got list"):
        vae.decode([[1, 2], [3]])


@pytest.mark.parametrize("door", WITH_TARGETS)
def test_a_target_must_lie_where_an_input_need_not(vae, door):
    """Of a pair, the input may be noisy, and no more than that: `encode` takes what `fit` took."""
    noisy = X + rng.normal(0, 0.4, X.shape).astype("float32")
    with pytest.raises(ValueError, match=r"target.* must lie in \[0, 1\]"):
        WITH_TARGETS[door](vae, X, noisy)
    with pytest.raises(ValueError, match=r"x.* must lie in \[0, 1\].*if noise was added"):
        WITH_TARGETS[door](vae, 255 * X, X)
    WITH_TARGETS[door](vae, noisy, X)


@pytest.mark.parametrize("door", [*WITH_TARGETS, *ALONE])
def test_the_decoder_s_range_is_that_of_an_autoencoder(door):
    model = Autoencoder(
        dense_encoder(SHAPE, 2, (8,), variational=False),
        dense_decoder(SHAPE, 2, (8,), output_activation=tf.nn.sigmoid),
    )
    model.compile("adam", jit_compile=False)
    for bad, said in (255 * X, r"must lie in \[0, 1\].*sigmoid"), (with_some(np.nan), FINITE):
        with pytest.raises(ValueError, match=said):
            (WITH_TARGETS | ALONE)[door](model, bad)


@pytest.fixture(scope="module")
def of_symbols():
    """A model of four symbols whose encoder embeds a fifth, for what is masked."""
    x = keras.Input((6,), dtype="int32")
    h = keras.layers.Flatten()(keras.layers.Embedding(5, 3)(x))
    encoder = keras.Model(x, [keras.layers.Dense(2)(h), keras.layers.Dense(2)(h)])
    model = VAE(encoder, dense_decoder((6, 4), 2, (8,)), "categorical")
    model.compile("adam", jit_compile=False)
    return model


@pytest.mark.parametrize("door", [d for d in WITH_TARGETS | ALONE if "validation" not in d])
def test_a_symbol_that_there_is_not_is_refused(of_symbols, door):
    """As a pixel out of range is; 2^33 is 0 in the 32 bits that a model computes with."""
    x, go = rng.integers(0, 4, (48, 6)), (WITH_TARGETS | ALONE)[door]
    for bad in (5, -1, 2**33):
        wrong = np.where(x == 3, bad, x)
        with pytest.raises(
            ValueError, match=r"x.* must lie in \{0, …, 4\} for an encoder that emb"
        ):
            go(of_symbols, wrong, *([x] if door in WITH_TARGETS else []))
    masked = np.where(x == 3, 4, x)
    if door in ALONE:
        go(of_symbols, masked)
        return
    with pytest.raises(ValueError, match=r"target.* must lie in \{0, …, 3\} for the categorical"):
        go(of_symbols, x, masked)
    go(of_symbols, masked, x)


@pytest.mark.parametrize(
    "door",
    ["fit on a data set", "fit on a PyDataset", "fit on a generator", "predict on a PyDataset"],
)
def test_the_batch_is_named(vae, door):
    x = X.copy()
    x[40] = 255
    with pytest.raises(ValueError, match=r"x \(batch 2\) must lie in"):
        (WITH_TARGETS | ALONE)[door](vae, x)


class EndlessBatches(Batches):
    num_batches = None


ENDS = {
    "fit": lambda m, x: m.fit(x, verbose=0),
    "validation": lambda m, x: m.fit(X, validation_data=x, verbose=0),
    "evaluate": lambda m, x: m.evaluate(x, verbose=0),
    "predict": lambda m, x: m.predict(x, verbose=0),
    "encode": lambda m, x: m.encode(x),
    "reconstruct": lambda m, x: m.reconstruct(x),
}


@pytest.mark.parametrize("door", ENDS)
@pytest.mark.parametrize("endless", [EndlessBatches(X), dataset(X).repeat()], ids=type)
def test_a_stream_without_an_end_is_refused_where_nothing_ends_it(vae, door, endless):
    with pytest.raises(ValueError, match=r"must have an end, got .*Mend"):
        ENDS[door](vae, endless)


@pytest.mark.parametrize("door", ["fit", "validation", "evaluate"])
def test_an_empty_stream_is_no_training(vae, door):
    with pytest.raises(ValueError, match="is an empty data set"):
        ENDS[door](vae, dataset(X).filter(lambda x: False))


@pytest.mark.parametrize("door", ["fit", "validation", "evaluate", "encode", "reconstruct"])
def test_a_batch_of_no_image_is_refused(vae, door):
    """As an array of none is; a loss of no image would be 0, the best of all."""
    first = dataset(X).take(1)
    none = first.concatenate(first.map(lambda x: x[:0]))
    with pytest.raises(
        ValueError, match=r"x \(batch 1\) is empty, and must hold at least one image"
    ):
        ENDS[door](vae, none)


@pytest.mark.parametrize("door", ["fit", "validation"])
def test_a_generator_is_read_once(vae, door):
    fit = {
        "fit": lambda **options: vae.fit(generator(X), verbose=0, **options),
        "validation": lambda **options: vae.fit(
            X, validation_data=generator(X), verbose=0, **options
        ),
    }[door]
    with pytest.raises(ValueError, match=r"x must be read 3 times, .* Mend: "):
        fit(epochs=3)
    assert len(fit(epochs=3, initial_epoch=2).epoch) == 1
    steps = {"fit": "steps_per_epoch", "validation": "validation_steps"}[door]
    assert len(fit(epochs=2, **{steps: 1}).epoch) == 2


def test_a_table_of_doors_is_large():
    assert len([*cases()]) > 700


# ---------------------------------------------------------------------- Keras's readers of folders


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    for name in ("one", "two"):
        (folder / name).mkdir()
        for number, image in enumerate(X[:16]):
            keras.utils.save_img(folder / name / f"{number}.png", image)
    return folder


def from_directory(folder, label_mode, scale):
    read = keras.utils.image_dataset_from_directory(
        folder, label_mode=label_mode, image_size=SHAPE[:2], color_mode="grayscale",
        batch_size=16, verbose=False,
    )  # fmt: skip
    if label_mode is None:
        return read.map(lambda x: x * scale)
    return read.map(lambda x, y: (x * scale, y))


def from_generator(folder, label_mode, scale):
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    return ImageDataGenerator(rescale=scale).flow_from_directory(
        folder, target_size=SHAPE[:2], color_mode="grayscale", class_mode=label_mode, batch_size=16
    )


@pytest.mark.parametrize("read", [from_directory, from_generator])
def test_images_of_a_folder(vae, folder, read):
    whole = None if read is from_directory else "input"
    assert np.isfinite(vae.fit(read(folder, whole, 1 / 255), verbose=0).history["loss"]).all()
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        vae.fit(read(folder, whole, 1.0), verbose=0)
    for labels in ("binary", "categorical"):
        with pytest.raises(ValueError, match=r"target of x.* must have the shape"):
            vae.fit(read(folder, labels, 1 / 255), verbose=0)
