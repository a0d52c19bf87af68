"""The codecs: every bit back, the bits that were promised, and nothing from a damaged file."""

import itertools
import math
import os
import struct
import subprocess
import sys
import tracemalloc
import zlib

import keras
import numpy as np
import pytest
from scipy.stats import norm

from vae_keras import (
    VAE,
    conv_decoder,
    conv_encoder,
    dense_decoder,
    dense_encoder,
    elbo,
)
from vae_keras.compression import BitsBackCodec, LatentCodec, bits_back

SHAPE = (28, 28, 1)


@pytest.fixture(scope="module")
def binary(digits):
    return (digits.x_test > 0.5).astype("float32")


@pytest.fixture(scope="module")
def trained(digits):
    """A small VAE that has learnt enough for its codes to matter."""
    keras.utils.set_random_seed(0)
    vae = VAE(dense_encoder(SHAPE, 6, (64,)), dense_decoder(SHAPE, 6, (64,)), seed=0)
    vae.compile(keras.optimizers.Adam(5e-3), jit_compile=False)
    x = (digits.x_train > 0.5).astype("float32")
    vae.fit(x, batch_size=100, epochs=5, verbose=0)
    return vae


@pytest.fixture(scope="module")
def codec(trained):
    return BitsBackCodec(trained)


@pytest.fixture(scope="module")
def packed(codec, binary):
    return codec.compress(binary[:300])


# ---------------------------------------------------------------------- bits back


def test_gives_back_every_bit(codec, packed, binary):
    images = codec.decompress(packed)
    assert images.dtype == np.float32
    np.testing.assert_array_equal(images, binary[:300])


@pytest.mark.parametrize("count", [1, 2, 17])
@pytest.mark.parametrize("latent_bits", [1, 4, 12])
def test_gives_back_every_bit_of_few_images_on_any_grid(trained, binary, count, latent_bits):
    codec = BitsBackCodec(trained, latent_bits, seed=3)
    images = binary[40 : 40 + count]
    np.testing.assert_array_equal(codec.decompress(codec.compress(images)), images)


@pytest.mark.parametrize("kind", ["noise", "black", "white"])
def test_gives_back_images_that_the_model_does_not_expect(codec, kind):
    images = np.random.default_rng(0).integers(0, 2, (5, *SHAPE))
    images = {"noise": images, "black": np.ones_like(images), "white": np.zeros_like(images)}[kind]
    np.testing.assert_array_equal(codec.decompress(codec.compress(images)), images)


def test_gives_back_images_whose_codes_are_very_precise(small_vae, binary):
    """Codes so narrow, and so far away, that one bin has all the mass, and pixels that are sure."""
    vae = small_vae()
    for layer in vae.encoder.layers[-2:]:
        kernel, bias = layer.get_weights()
        layer.set_weights([40 * kernel, bias - 20])
    *_, kernel, bias = vae.decoder.get_weights()
    vae.decoder.set_weights([*vae.decoder.get_weights()[:-2], 300 * kernel, bias])
    codec = BitsBackCodec(vae)
    np.testing.assert_array_equal(codec.decompress(codec.compress(binary[:8])), binary[:8])


def test_other_image_types_give_the_same_bytes(codec, binary):
    expected = codec.compress(binary[:4])
    for dtype in ("bool", "uint8", "int64", "float64"):
        assert codec.compress(binary[:4].astype(dtype)) == expected


def test_costs_what_it_promises(trained, codec, packed, binary):
    """Within 2 % of −ELBO, the initial bits and the header included; closer without them."""
    promised = codec.promised_bits(binary[:300], 20, seed=0).mean()
    measured = 8 * len(packed) / 300
    assert abs(measured / promised - 1) < 0.02
    own = 8 * 35 + codec.initial_bits(packed)  # the header, and what tells nothing of images
    noise = 5 * _one_draw_noise(trained, binary[:300]) + 64 / 300
    assert abs(measured - own / 300 - promised) < noise


def _one_draw_noise(vae, images):
    """The standard error of the mean of −ELBO with one draw an image, in bits."""
    many = np.stack([elbo(vae, images, 1, seed=seed).values for seed in range(8)])
    return np.sqrt(many.var(axis=0, ddof=1).sum()) / len(images) / math.log(2)


def test_the_promise_tends_to_the_elbo_when_the_grid_is_finer(trained, binary):
    continuous = elbo(trained, binary[:100], 400, seed=0)
    expected = -continuous.mean / math.log(2)
    promised = {
        bits: BitsBackCodec(trained, bits).promised_bits(binary[:100], 400, seed=1).mean()
        for bits in (2, 5, 12)
    }
    assert promised[2] > promised[5] > expected - 0.2
    tolerance = 6 * continuous.standard_error / math.log(2)
    assert promised[12] == pytest.approx(expected, abs=max(tolerance, 0.05))


def test_the_promise_does_not_depend_on_the_memory_it_takes(codec, binary, monkeypatch):
    expected = codec.promised_bits(binary[:12], 5, seed=3)
    monkeypatch.setattr(bits_back, "_AT_ONCE", 4 * 784)  # of 784 pixels, 4 images
    sizes = []
    decoder = codec.vae.decoder
    monkeypatch.setattr(codec.vae, "decoder", lambda z: sizes.append(len(z)) or decoder(z))
    found = codec.promised_bits(binary[:12], 5, seed=3)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert max(sizes) == 4


def test_masses_keep_their_digits():
    """Against SciPy's, from the nearer tail, and never below 2^-40."""
    scores = np.array([-np.inf, -40.0, -9.0, -1.0, 0.0, 0.5, 3.0, 7.0, np.inf])
    expected = np.where(
        scores[:-1] >= 0,
        norm.sf(scores[:-1]) - norm.sf(scores[1:]),
        norm.cdf(scores[1:]) - norm.cdf(scores[:-1]),
    )
    found = bits_back._masses(scores)
    np.testing.assert_allclose(found, np.maximum(expected, 2.0**-40), rtol=1e-12)


def test_an_image_without_enough_bits_is_the_last_one_tried(codec, binary, monkeypatch):
    tried = []
    monkeypatch.setattr(codec, "_push", lambda coder, x: tried.append(x))
    assert codec._push_all(binary[:5].reshape(5, -1), 3) is None
    assert len(tried) == 1


def test_the_promise_is_the_sum_over_the_grid(trained, binary):
    """One image, two dimensions' worth of sums written out with SciPy, no draws."""
    keras.utils.set_random_seed(1)
    vae = VAE(dense_encoder(SHAPE, 2, (8,)), dense_decoder(SHAPE, 2, (8,)))
    x = binary[:1]
    edges = norm.ppf(np.linspace(0, 1, 9))
    z_mean, z_log_var = (each[0].astype("float64") for each in vae.encode(x))
    mass = np.diff(norm.cdf((edges[:, None] - z_mean) / np.exp(z_log_var / 2)), axis=0)
    centres = norm.ppf((np.arange(8) + 0.5) / 8)
    expected = 0.0
    for i, j in itertools.product(range(8), repeat=2):
        p = vae.decode(np.array([[centres[i], centres[j]]])).astype("float64")
        pixels = -np.log2(np.where(x == 1, p, 1 - p)).sum()
        q = mass[i, 0] * mass[j, 1]
        expected += q * (np.log2(q) + 6 + pixels)
    found = BitsBackCodec(vae, 3).promised_bits(x, 20_000, seed=0)
    assert found == pytest.approx([expected], abs=0.15)


def test_the_same_bytes_each_time_and_initial_bits_of_the_seed(trained, codec, packed, binary):
    assert BitsBackCodec(trained).compress(binary[:300]) == packed
    other = BitsBackCodec(trained, seed=1).compress(binary[:300])
    assert other != packed
    np.testing.assert_array_equal(codec.decompress(other), binary[:300])
    assert codec.initial_bits(packed) % 32 == 0
    assert 6 * 5 < codec.initial_bits(packed) <= 32 * (2 + 3)


def test_more_initial_bits_are_taken_where_codes_need_them(small_vae, binary):
    vae = small_vae(latent_dim=12)
    *_, bias = vae.encoder.get_weights()
    weights = vae.encoder.get_weights()
    vae.encoder.set_weights([*weights[:-1], bias + 6])  # σ = 20: all the mass in the two end bins
    codec = BitsBackCodec(vae, 16)
    data = codec.compress(binary[:3])
    np.testing.assert_array_equal(codec.decompress(data), binary[:3])


def test_another_process_reads_the_files_with_other_threads_and_kernels(trained, binary, tmp_path):
    keras.utils.set_random_seed(0)
    conv = VAE(conv_encoder(SHAPE, 6), conv_decoder(SHAPE, 6))
    for name, vae in (("dense", trained), ("conv", conv)):
        vae.save(tmp_path / f"{name}.keras")
        BitsBackCodec(vae).write(binary[:40], tmp_path / f"{name}.vbb")
    program = (
        "import keras, numpy as np, tensorflow as tf\n"
        "tf.config.threading.set_intra_op_parallelism_threads(1)\n"
        "from vae_keras.compression import BitsBackCodec\n"
        "for name in ('dense', 'conv'):\n"
        "    vae = keras.models.load_model(f'{name}.keras')\n"
        "    np.save(f'{name}.npy', BitsBackCodec(vae).read(f'{name}.vbb'))"
    )
    settings = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": "0"}
    subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=settings, check=True, capture_output=True
    )
    for name in ("dense", "conv"):
        np.testing.assert_array_equal(np.load(tmp_path / f"{name}.npy"), binary[:40])


def test_the_networks_of_the_codec_are_those_of_now(small_vae, binary):
    """Built once, they take the weights that the model has when a file is written."""
    vae = small_vae()
    codec = BitsBackCodec(vae)
    before = codec.compress(binary[:3])
    vae.set_weights([2 * weight for weight in vae.get_weights()])
    after = codec.compress(binary[:3])
    assert after == BitsBackCodec(vae).compress(binary[:3]) != before


def test_building_a_codec_leaves_the_seeds_alone(small_vae):
    vae = small_vae()
    keras.utils.set_random_seed(5)
    expected = dense_decoder(SHAPE, 2, (4,)).get_weights()[0]
    keras.utils.set_random_seed(5)
    BitsBackCodec(vae)
    np.testing.assert_array_equal(dense_decoder(SHAPE, 2, (4,)).get_weights()[0], expected)


def vae_with(layer):
    """A VAE whose networks have a layer of the caller's in the middle."""
    keras.utils.set_random_seed(0)
    x, z = keras.Input(SHAPE), keras.Input((2,))
    h = layer()(keras.layers.Dense(4)(keras.layers.Flatten()(x)))
    pixels = keras.layers.Dense(784)(layer()(z))
    encoder = keras.Model(x, [keras.layers.Dense(2)(h), keras.layers.Dense(2)(h)])
    return VAE(encoder, keras.Model(z, keras.layers.Reshape(SHAPE)(pixels)))


@keras.saving.register_keras_serializable(package="test_compression")
class Shift(keras.layers.Layer):
    """A layer as the course's readers write them."""

    def build(self, shape):
        self.shift = self.add_weight(shape=shape[-1:], initializer="ones")

    def call(self, x):
        return x + self.shift


class InHalf(keras.layers.Layer):
    """A layer of a type of its own."""

    def call(self, x):
        return keras.ops.cast(x, "float16") * keras.ops.ones((1,), "float16")


LAYERS = {
    "own": Shift,
    "nested": lambda: keras.Sequential([keras.layers.Dense(3, keras.layers.LeakyReLU())]),
    "mixed": lambda: keras.layers.Dense(3, dtype="mixed_bfloat16"),
    "normalized": lambda: keras.layers.BatchNormalization(),
}


@pytest.mark.parametrize("name", LAYERS)
def test_networks_of_any_layers_are_rebuilt_in_64_bits(name, binary, tmp_path):
    vae = vae_with(LAYERS[name])
    codec = BitsBackCodec(vae)
    assert {each.dtype for each in codec._encoder._twin.outputs} == {"float64"}
    data = codec.compress(binary[:3])
    vae.save(tmp_path / "vae.keras")
    again = keras.models.load_model(tmp_path / "vae.keras")
    np.testing.assert_array_equal(BitsBackCodec(again).decompress(data), binary[:3])


def test_how_a_network_was_trained_does_not_matter(small_vae, binary):
    def own_loss(x, y):
        return 0.0

    data = BitsBackCodec(small_vae()).compress(binary[:1])
    vae = small_vae()
    vae.decoder.compile(loss=own_loss)
    vae.decoder.trainable = False
    np.testing.assert_array_equal(BitsBackCodec(vae).decompress(data), binary[:1])


def test_networks_that_cannot_be_rebuilt_are_refused():
    for layer in (InHalf, lambda: keras.layers.Lambda(lambda x: 2 * x)):
        with pytest.raises(ValueError, match=r"The encoder cannot be rebuilt in 64 bits.*Mend"):
            BitsBackCodec(vae_with(layer))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.full((2, *SHAPE), 0.5, "float32"), "must be binary images.*images > 0.5"),
        (np.full((2, *SHAPE), np.nan, "float32"), "binary images"),
        (np.full((2, *SHAPE), 255, "uint8"), "binary images"),
        (np.zeros((2, 28, 28)), r"must have the shape .*np.newaxis"),
        (np.zeros((0, *SHAPE)), "images must have 1 entry at least"),
        (np.full((2, 28, 28), 0.5), "must have the shape"),
        (np.full((2, *SHAPE), "1"), "images must be an array of numbers"),
        ([np.zeros(SHAPE), np.zeros((3, 3, 1))], "images must be an array of numbers"),
    ],
)
def test_refuses_what_it_cannot_code(codec, images, message):
    for function in (codec.compress, codec.promised_bits):
        with pytest.raises(ValueError, match=message):
            function(images)


def test_refuses_a_gaussian_vae_and_bad_arguments(small_vae):
    with pytest.raises(ValueError, match="likelihood='bernoulli'"):
        BitsBackCodec(small_vae(likelihood="gaussian"))
    with pytest.raises(ValueError, match="vae must be a VAE"):
        BitsBackCodec("vae.keras")
    for wrong in (0, 17, 2.5, True):
        with pytest.raises(ValueError, match="latent_bits"):
            BitsBackCodec(small_vae(), wrong)
    with pytest.raises(ValueError, match="seed"):
        BitsBackCodec(small_vae(), seed=-1)
    with pytest.raises(
        ValueError, match="seed must be a whole number from 0 to 4294967295, or None"
    ):
        BitsBackCodec(small_vae(), seed=2**32)
    assert BitsBackCodec(small_vae(), seed=None).seed == 0
    for wrong in (0, -1, math.inf, 1e39, 1e-46, "fine"):
        with pytest.raises(ValueError, match="step"):
            LatentCodec(small_vae(), wrong)
    long = (1, 2**16, 1)
    with pytest.raises(ValueError, match="at most 65535, got"):
        LatentCodec(VAE(dense_encoder(long, 1, ()), dense_decoder(long, 1, ())), 1)


def test_refuses_a_network_that_gives_nan(small_vae, binary):
    vae = small_vae()
    vae.decoder.set_weights([np.full_like(each, np.nan) for each in vae.decoder.get_weights()])
    with pytest.raises(ValueError, match="NaN"):
        BitsBackCodec(vae).compress(binary[:1])


# ---------------------------------------------------------------------- files


@pytest.mark.parametrize("position", [0, 5, 20, 30, 60, -1])
def test_one_damaged_bit_is_noticed(codec, packed, position):
    damaged = bytearray(packed)
    damaged[position] ^= 4
    with pytest.raises(ValueError, match=r"damaged|not a file of BitsBackCodec"):
        codec.decompress(bytes(damaged))


@pytest.mark.parametrize("length", [0, 3, 4, 20, 34, 100, -1])
def test_a_file_cut_short_is_noticed(codec, packed, length):
    with pytest.raises(ValueError, match=r"damaged|not a file of BitsBackCodec"):
        codec.decompress(packed[:length])


def test_foreign_files_are_told_apart(trained, codec, packed, binary, small_vae):
    lossy = LatentCodec(trained, 0.5)
    with pytest.raises(ValueError, match="written by LatentCodec"):
        codec.decompress(lossy.compress(binary[:3]))
    with pytest.raises(ValueError, match="written by BitsBackCodec"):
        lossy.decompress(packed)
    with pytest.raises(ValueError, match="not a file of BitsBackCodec"):
        codec.decompress(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(ValueError, match="data must be bytes"):
        codec.decompress("digits.vbb")
    with pytest.raises(ValueError, match="another model"):
        BitsBackCodec(small_vae(latent_dim=6)).decompress(packed)
    with pytest.raises(ValueError, match="latent_bits=10"):
        BitsBackCodec(trained, 11).decompress(packed)


def test_a_model_trained_further_is_another_model(trained, binary):
    twin = VAE(dense_encoder(SHAPE, 6, (64,)), dense_decoder(SHAPE, 6, (64,)))
    twin.set_weights(trained.get_weights())
    codec = BitsBackCodec(twin)
    data = codec.compress(binary[:2])
    np.testing.assert_array_equal(BitsBackCodec(trained).decompress(data), binary[:2])
    first, *others = twin.decoder.get_weights()
    twin.decoder.set_weights([first + 1e-6, *others])
    with pytest.raises(ValueError, match="another model"):
        codec.decompress(data)


@pytest.mark.parametrize("codec", [lambda vae: BitsBackCodec(vae), lambda vae: LatentCodec(vae, 1)])
def test_other_layers_of_the_same_weights_are_another_model(codec, binary):
    models = [
        vae_with(lambda activation=activation: keras.layers.Activation(activation))
        for activation in ("relu", "tanh", "relu")
    ]
    data = codec(models[0]).compress(binary[:2])
    for other in models[1:]:
        other.set_weights(models[0].get_weights())
    with pytest.raises(ValueError, match="another model"):
        codec(models[1]).decompress(data)
    assert codec(models[2]).decompress(data).shape == (2, *SHAPE)  # names do not matter


def test_another_likelihood_is_another_model(small_vae, binary):
    data = LatentCodec(small_vae(), 1).compress(binary[:2])
    with pytest.raises(ValueError, match="another model"):
        LatentCodec(small_vae(likelihood="gaussian"), 1).decompress(data)


def test_other_digits_of_the_networks_are_noticed(trained, codec, packed, monkeypatch):
    """As on another machine: the file is whole, and decodes to something else."""
    true = BitsBackCodec._pixels
    monkeypatch.setattr(BitsBackCodec, "_pixels", lambda self, z: true(self, z) * (1 - 1e-4))
    with pytest.raises(ValueError, match="the machine, and with the versions of TensorFlow"):
        codec.decompress(packed)


def test_files_are_written_whole_or_not_at_all(codec, packed, binary, tmp_path, monkeypatch):
    path = tmp_path / "digits.vbb"
    assert codec.write(binary[:300], path) == len(packed)
    assert path.read_bytes() == packed
    np.testing.assert_array_equal(codec.read(path), binary[:300])

    with pytest.raises(ValueError, match="binary"):
        codec.write(binary[:3] / 2, path)
    assert path.read_bytes() == packed

    def full_disk(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        codec.write(binary[:3], path)
    assert path.read_bytes() == packed
    assert list(tmp_path.iterdir()) == [path]


def test_a_path_that_cannot_be_written_is_told_before_the_work(codec, tmp_path, monkeypatch):
    monkeypatch.setattr(codec, "compress", lambda images: pytest.fail("it worked"))
    path = tmp_path / "missing" / "digits.vbb"
    with pytest.raises(FileNotFoundError, match="no such folder: make it") as raised:
        codec.write(None, path)
    assert raised.value.filename == str(path)
    with pytest.raises(IsADirectoryError, match="name a file"):
        codec.write(None, tmp_path)
    for wrong in (None, 5, b"x", "", "a\0b"):
        for go in (codec.read, lambda path: codec.write(None, path)):
            with pytest.raises(ValueError, match="path must be the path of a file, as a text, got"):
                go(wrong)


def test_a_disk_s_refusal_names_the_path_that_was_asked(codec, tmp_path, monkeypatch):
    monkeypatch.setattr(codec, "compress", lambda images: b"")

    def full_disk(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space") as raised:
        codec.write(None, tmp_path / "digits.vbb")
    assert raised.value.filename == str(tmp_path / "digits.vbb")


def test_several_codecs_are_made_without_a_warning(small_vae, binary, caplog):
    vae = small_vae()
    for latent_bits in range(1, 8):
        BitsBackCodec(vae, latent_bits).compress(binary[:1])
    assert not caplog.records  # TensorFlow's, that a function is traced again and again


def test_the_check_of_the_pixels_takes_little_memory(codec):
    images = np.zeros((3000, *SHAPE), "uint8")
    tracemalloc.start()
    codec._binary(images)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * images.nbytes


def made_up(data, position, value):
    """A file whose checksum is right and whose bytes at a position are others."""
    body = bytearray(data[:-4])
    body[position : position + len(value)] = value
    return bytes(body) + zlib.crc32(body).to_bytes(4, "little")


@pytest.mark.parametrize(
    ("position", "value", "message"),
    [
        (4, bytes(4), "damaged"),  # no image
        (4, b"\xff\xff\0\0", "not what was written"),  # more than there are
        (19, b"\xff\xff\xff\xff", "not what was written"),  # initial words
        (-8, bytes(4), "damaged"),  # a last word of 0
        (10**6, b"ab", "damaged"),  # half a word
    ],
)
def test_made_up_data_is_refused(codec, packed, position, value, message):
    with pytest.raises(ValueError, match=message):
        codec.decompress(made_up(packed, position if position > 0 else len(packed) - 8, value))


@pytest.mark.parametrize(
    ("position", "value"),
    [
        (18, struct.pack("<f", math.nan)),  # the step
        (22, struct.pack("<ii", 3, 3)),  # the smallest and largest symbols
        (34, struct.pack("<f", math.inf)),  # a mean
        (34 + 4 * 6, struct.pack("<f", -1)),  # a deviation
    ],
)
def test_a_made_up_lossy_file_is_damaged(trained, x_small, position, value):
    codec = LatentCodec(trained, 1)
    with pytest.raises(ValueError, match="damaged"):
        codec.decompress(made_up(codec.compress(x_small[:5]), position, value))
    short = made_up(codec.compress(x_small[:5])[:54], 0, b"")  # the table is not whole
    with pytest.raises(ValueError, match="damaged"):
        codec.decompress(short)


# ---------------------------------------------------------------------- lossy


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("step", [0.05, 0.5, 3])
def test_lossy_gives_the_images_of_the_rounded_codes(small_vae, x_small, likelihood, step):
    vae = small_vae(likelihood=likelihood)
    codec = LatentCodec(vae, step)
    z_mean, _ = vae.encode(x_small)
    expected = vae.decode(np.round(z_mean.astype("float64") / codec.step) * codec.step)
    found = codec.decompress(codec.compress(x_small))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_other_digits_of_the_coder_are_noticed(trained, x_small, monkeypatch):
    codec = LatentCodec(trained, 0.1)
    data = codec.compress(x_small)
    model = LatentCodec._model

    def elsewhere(*arguments):
        family, means, deviations = model(*arguments)
        return family, means, deviations * (1 + 1e-4)

    monkeypatch.setattr(LatentCodec, "_model", staticmethod(elsewhere))
    with pytest.raises(ValueError, match="not what was written"):
        codec.decompress(data)


def test_the_header_of_a_lossy_file(trained, x_small):
    """38 bytes, the last 4 at the end, then 8 a dimension and the words."""
    codec = LatentCodec(trained, 100)
    data = codec.compress(x_small)
    assert len(data) == 38 + 8 * 6
    checksum = zlib.crc32(codec.quantise(x_small).astype("<i4").tobytes())
    assert int.from_bytes(data[30:34], "little") == checksum


def test_the_error_of_a_code_is_half_a_step_at_most(trained, x_small):
    codec = LatentCodec(trained, 0.7)
    z_mean, _ = trained.encode(x_small)
    assert np.abs(codec.quantise(x_small) * codec.step - z_mean).max() <= 0.35 + 1e-6


def test_lossy_bytes_are_near_the_entropy_of_the_symbols(trained, digits):
    codec = LatentCodec(trained, 0.25)
    symbols = codec.quantise(digits.x_train)
    shares = [np.unique(each, return_counts=True)[1] / len(symbols) for each in symbols.T]
    entropy = sum(-np.sum(share * np.log2(share)) for share in shares)
    bits = 8 * len(codec.compress(digits.x_train)) / len(symbols)
    assert entropy - 0.5 < bits < 1.06 * entropy + 0.5


def test_a_larger_step_takes_fewer_bytes(trained, x_small):
    sizes = [len(LatentCodec(trained, step).compress(x_small)) for step in (0.1, 0.4, 1.6, 6.4)]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 4


def test_lossy_files(trained, x_small, tmp_path, small_vae):
    codec = LatentCodec(trained, 0.5)
    path = tmp_path / "digits.vlc"
    size = codec.write(x_small, path)
    assert size == path.stat().st_size
    other_step = LatentCodec(trained, 2).read(path)  # the step of the file is the one used
    np.testing.assert_array_equal(other_step, codec.read(path))
    damaged = bytearray(path.read_bytes())
    damaged[40] ^= 1
    with pytest.raises(ValueError, match="damaged"):
        codec.decompress(bytes(damaged))
    with pytest.raises(ValueError, match="another model"):
        LatentCodec(small_vae(), 0.5).read(path)


def test_lossy_takes_one_image_and_refuses_what_the_model_refuses(trained, x_small):
    codec = LatentCodec(trained, 0.5)
    assert codec.decompress(codec.compress(x_small[:1])).shape == (1, *SHAPE)
    for wrong, message in [
        (x_small[:0], "empty"),
        (x_small[:2] * 255, r"\[0, 1\]"),
        (x_small[:2, :, :14], "shape"),
    ]:
        with pytest.raises(ValueError, match=f"images .*{message}"):
            codec.compress(wrong)
    with pytest.raises(ValueError, match="too fine"):
        LatentCodec(trained, 1e-8).compress(x_small[:2])


def test_colour_images(colour_images):
    shape = colour_images.shape[1:]
    keras.utils.set_random_seed(0)
    vae = VAE(dense_encoder(shape, 2, (8,)), dense_decoder(shape, 2, (8,)))
    lossy = LatentCodec(vae, 0.5)
    assert lossy.decompress(lossy.compress(colour_images)).shape == colour_images.shape
    codec = BitsBackCodec(vae)
    binary = colour_images > 0.5
    np.testing.assert_array_equal(codec.decompress(codec.compress(binary)), binary)


def test_the_decoder_s_size_is_that_of_its_weights(trained):
    assert LatentCodec(trained, 1).decoder_bytes == 4 * (6 * 64 + 64 + 64 * 784 + 784)
    assert BitsBackCodec(trained).decoder_bytes == LatentCodec(trained, 1).decoder_bytes


def test_the_checksum_is_at_the_end_as_documented(packed):
    assert packed[:4] == b"VBB2"
    assert int.from_bytes(packed[-4:], "little") == zlib.crc32(packed[:-4])
