"""Files of a VQ-VAE's codes: the same codes, the bytes that were promised, nothing from damage."""

import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest

from vae_keras import VAE, VQVAE, causal_transformer, conv_decoder, conv_encoder
from vae_keras.compression import LatentCodec, VQCodec, vq_codes

pytestmark = pytest.mark.usefixtures("without_xla")
SHAPE, K = (28, 28, 1), 16


@pytest.fixture(scope="module")
def vqvae(digits):
    """Grids of 4 × 4 codes, and a prior that has learnt something of them."""
    keras.utils.set_random_seed(0)
    networks = (conv(SHAPE, 4, (8, 16, 16), grid=True) for conv in (conv_encoder, conv_decoder))
    vqvae = VQVAE(*networks, num_codes=K, seed=0)
    vqvae.compile(keras.optimizers.Adam(3e-3))
    x = digits.x_train[:1000]
    vqvae.fit(x, batch_size=50, epochs=3, verbose=0)
    prior = causal_transformer(16, K, width=16, depth=1)
    vqvae.fit_prior(x, prior, optimizer=keras.optimizers.Adam(1e-2), epochs=3, verbose=0)
    return vqvae


@pytest.fixture(scope="module")
def codec(vqvae):
    return VQCodec(vqvae)


@pytest.fixture(scope="module")
def packed(codec, digits):
    return codec.compress(digits.x_test)


def test_gives_back_the_codes_and_their_images(codec, packed, vqvae, digits):
    codes = vqvae.encode(digits.x_test)
    np.testing.assert_array_equal(codec.decompress_codes(packed), codes)
    np.testing.assert_array_equal(codec.decompress(packed), vqvae.decode(codes))
    np.testing.assert_allclose(
        codec.decompress(packed), vqvae.reconstruct(digits.x_test), atol=1e-6
    )
    assert codec.compress_codes(codes) == packed


def test_costs_what_the_prior_promises_within_one_percent(codec, packed, vqvae, digits):
    """Of 4,000 images, the header included; without it, to the coder's last words."""
    promised = codec.promised_bits(digits.x_test)
    log_prob = vqvae.code_log_prob(vqvae.encode(digits.x_test))
    np.testing.assert_allclose(promised, -log_prob / np.log(2))
    assert len(packed) - 26 == pytest.approx(promised.sum() / 8, rel=1e-3, abs=8)
    assert len(packed) < 0.8 * 1000 * 16 * 4 / 8  # of codes written as they are, four bits each
    many = codec.compress(digits.x_train)
    assert 8 * len(many) == pytest.approx(codec.promised_bits(digits.x_train).sum(), rel=0.01)


@pytest.mark.parametrize("count", [1, 2, 129])
def test_any_number_of_any_codes(codec, count):
    """Codes that the prior does not expect, and blocks that are not whole."""
    codes = np.random.default_rng(count).integers(0, K, (count, 4, 4))
    np.testing.assert_array_equal(codec.decompress_codes(codec.compress_codes(codes)), codes)


def test_blocks_do_not_matter_to_the_size(codec, packed, digits, monkeypatch):
    monkeypatch.setattr(vq_codes, "_AT_ONCE", 1000)
    assert len(codec.compress(digits.x_test)) == pytest.approx(len(packed), abs=8)


def test_another_process_reads_the_file_with_other_threads_and_kernels(vqvae, digits, tmp_path):
    """And generates the same images from the prior."""
    vqvae.save(tmp_path / "vqvae.keras")
    size = VQCodec(vqvae).write(digits.x_test[:150], tmp_path / "codes.vqc")
    assert size == (tmp_path / "codes.vqc").stat().st_size
    program = (
        "import keras, numpy as np, tensorflow as tf\n"
        "tf.config.threading.set_intra_op_parallelism_threads(1)\n"
        "from vae_keras.compression import VQCodec\n"
        "vqvae = keras.saving.load_model('vqvae.keras')\n"
        "codes = VQCodec(vqvae).decompress_codes(open('codes.vqc', 'rb').read())\n"
        "drawn, images = vqvae.sample_prior(20, seed=5), vqvae.generate(20, seed=5)\n"
        "np.savez('found.npz', codes, drawn, images)"
    )
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_ENABLE_ONEDNN_OPTS": "0"}
    root = str(pathlib.Path(__file__).parents[2])
    environment["PYTHONPATH"] = os.pathsep.join([root, environment.get("PYTHONPATH", "")])
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True)
    codes, drawn, images = np.load(tmp_path / "found.npz").values()
    np.testing.assert_array_equal(codes, vqvae.encode(digits.x_test[:150]))
    np.testing.assert_array_equal(drawn, vqvae.sample_prior(20, seed=5))
    np.testing.assert_allclose(images, vqvae.generate(20, seed=5), atol=1e-5)


def test_the_prior_of_the_codec_is_that_of_now(vqvae, digits, tmp_path):
    vqvae.save(tmp_path / "copy.keras")
    copy = keras.saving.load_model(tmp_path / "copy.keras")
    codec, x = VQCodec(copy), digits.x_test[:20]
    before = codec.compress(x)
    copy.fit_prior(x, causal_transformer(16, K, width=8, depth=1), epochs=1, verbose=0)
    after = codec.compress(x)
    assert after != before
    np.testing.assert_array_equal(codec.decompress_codes(after), copy.encode(x))
    with pytest.raises(ValueError, match="written with another model"):
        codec.decompress(before)


def test_damaged_and_foreign_files_are_refused(codec, packed, digits):
    for bad in (packed[:-1], packed[:30], packed[:50] + b"\0" + packed[51:]):
        with pytest.raises(ValueError, match="damaged"):
            codec.decompress(bad)
    with pytest.raises(ValueError, match="not a file of VQCodec"):
        codec.decompress(b"VLC2" + packed[4:])
    with pytest.raises(ValueError, match="must be bytes"):
        codec.decompress("codes.vqc")
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        codec.compress(255 * digits.x_test)
    with pytest.raises(ValueError, match=r"codes must lie in \{0, …, 15\}"):
        codec.compress_codes(np.full((1, 4, 4), K))


def test_other_models_are_refused(vqvae, small_vae):
    with pytest.raises(ValueError, match="vae must be a VQVAE, got VAE"):
        VQCodec(small_vae())
    with pytest.raises(ValueError, match="vae must be a VAE, got VQVAE"):
        LatentCodec(vqvae, 0.1)
    networks = (conv(SHAPE, 4, (8,), grid=True) for conv in (conv_encoder, conv_decoder))
    with pytest.raises(ValueError, match="must have a prior"):
        VQCodec(VQVAE(*networks, num_codes=K))
    assert not issubclass(VQVAE, VAE)
