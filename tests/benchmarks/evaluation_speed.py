"""What evaluation, generation and lossless coding reach of the machine's own limit, in one run.

    python tests/benchmarks/evaluation_speed.py [--images 2000] [--rounds 5]

The limit of a passage through the networks is the time that its multiplications take at the speed
of a product of two large matrices, measured in turn with the rest; bits back is compared with its
own networks, which run on one image at a time in 64 bits. Figures are medians over rounds.
"""

import argparse
import statistics
import time

import numpy as np
from contenders import IMAGE_SHAPE, LATENT_DIM, random_digits

import vae_keras
from vae_keras import evaluation
from vae_keras._tensorflow import keras, tf
from vae_keras.compression import BitsBackCodec

SIDE = 2048
SAMPLES = 50


def operations(network):
    """Multiplications and additions of a network on one example."""
    total = 0
    for layer in network.layers:
        transposed = isinstance(layer, keras.layers.Conv2DTranspose)
        if transposed or isinstance(layer, keras.layers.Dense | keras.layers.Conv2D):
            shape = layer.input.shape if transposed else layer.output.shape
            positions = int(np.prod(shape[1:-1]))  # 1 for a dense layer
            total += 2 * int(np.prod(layer.kernel.shape)) * positions
    return total


def passages(network, images):
    """`{what: (function, operations or None, units)}` for a VAE that is not trained."""
    latent_dim = LATENT_DIM[network]
    vae = vae_keras.VAE(
        getattr(vae_keras, f"{network}_encoder")(IMAGE_SHAPE, latent_dim),
        getattr(vae_keras, f"{network}_decoder")(IMAGE_SHAPE, latent_dim),
    )
    vae.compile()
    x, few = random_digits(images), random_digits(50) > 0.5
    z = np.random.default_rng(0).standard_normal((images, latent_dim)).astype("float32")
    encoding, decoding = operations(vae.encoder), operations(vae.decoder)
    codec = BitsBackCodec(vae)

    def networks_alone():
        for image in few.astype("float64"):
            codec._decoder(codec._encoder(image)[0])

    bound = evaluation.importance_weighted_bound
    return {
        "encode": (lambda: vae.encode(x), encoding, images),
        "decode": (lambda: vae.decode(z), decoding, images),
        "generate": (lambda: vae.generate(images, seed=0), decoding, images),
        "elbo": (lambda: evaluation.elbo(vae, x, seed=0), encoding + decoding, images),
        f"bound, {SAMPLES} samples": (
            lambda: bound(vae, x[: images // 10], SAMPLES, seed=0),
            decoding,
            images // 10 * SAMPLES,
        ),
        "bits back, bytes": (lambda: codec.compress(few), None, few.size // 8),
        "its networks alone": (networks_alone, None, few.size // 8),
    }


def matrix_product():
    matrix = tf.random.stateless_uniform((SIDE, SIDE), seed=(0, 0))
    return lambda: tf.matmul(matrix, matrix).numpy()


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    product = matrix_product()
    print(f"{'network':<8}{'what':<24}{'a second':>12}{'GFLOP/s':>10}{'of limit':>10}")
    for network in LATENT_DIM:
        rows = passages(network, options.images)
        for function, *_ in rows.values():
            function()  # compiles and warms up
        times, limits = {what: [] for what in rows}, []
        for _ in range(options.rounds):
            limits.append(2 * SIDE**3 / seconds(product) / 1e9)
            for what, (function, *_) in rows.items():
                times[what].append(seconds(function))
        for what, (_, each, units) in rows.items():
            speed = units / statistics.median(times[what])
            reached = f"{speed * each / 1e9:>10.1f}" if each else " " * 10
            shares = [
                units * (each or 0) / taken / 1e9 / limit
                for taken, limit in zip(times[what], limits, strict=True)
            ]
            share = f"{statistics.median(shares):>10.0%}" if each else ""
            print(f"{network:<8}{what:<24}{speed:>12,.0f}{reached}{share}", flush=True)
        print(f"{'':<8}{'matrix product':<24}{'':>12}{statistics.median(limits):>10.1f}")


if __name__ == "__main__":
    main()
