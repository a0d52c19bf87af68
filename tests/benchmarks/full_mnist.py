"""What the models beyond the plain VAE reach on all of MNIST: 60,000 digits, minutes for each.

    python tests/benchmarks/full_mnist.py [cvae hvae vqvae vaegan]

MNIST is read by TensorFlow Datasets (TFDS_DATA_DIR). All figures are of the test images, which
training does not see; the seconds are of the processor, all cores together.

    cvae    which share of the digits drawn of a class a classifier reads as that class
    hvae    importance-weighted bound, two layers less one of as many weights, over three seeds
    vqvae   share of the codes in use; its file of codes beside what its prior promises
    vaegan  sharpness beside real digits and Frechet distance, and those of a VAE alike
"""

import argparse
import time

import numpy as np

import vae_keras as vk
from vae_course.contest import Contest
from vae_keras._tensorflow import keras
from vae_keras.callbacks import BetaWarmup
from vae_keras.compression import VQCodec
from vae_keras.evaluation.samples import student_interval

SEEDS = (0, 1, 2)
SHAPE = (28, 28, 1)
BATCH = 200


def fit(model, x, epochs, rate=2e-3, callbacks=()):
    """Trains by Adam, whose rate falls to 0 along a cosine; says how many seconds it took."""
    start = time.process_time()
    steps = epochs * -(-60_000 // BATCH)
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps)))
    model.fit(*x, batch_size=BATCH, epochs=epochs, callbacks=list(callbacks), verbose=0)
    print(f"  {epochs} epochs, {time.process_time() - start:.0f} s of the processor", flush=True)
    return model


def dense(latent_dim, widths, **options):
    return (
        vk.dense_encoder(SHAPE, latent_dim, widths, **options),
        vk.dense_decoder(SHAPE, latent_dim, widths[::-1], **options),
    )


def cvae(images, contest):
    """A thousand digits of each class, by each seed: a z of N(0, I), whatever the class."""
    asked = np.repeat(np.arange(10), 1000)
    right = contest.read(images.x_test)[1].argmax(axis=1) == images.y_test
    print(f"  the judge reads {right.mean():.2%} of the test digits")
    for beta in (1.0, 3.0):
        shares = []
        for seed in SEEDS:
            keras.utils.set_random_seed(seed)
            networks = dense(16, (512, 256), condition_dim=10)
            model = vk.ConditionalVAE(*networks, num_classes=10, beta=beta, seed=seed)
            fit(model, (images.x_train, images.y_train), 10)
            drawn = model.generate(len(asked), asked, seed=seed)
            hits = contest.read(drawn)[1].argmax(axis=1) == asked
            shares.append(hits.mean())
            print(f"  beta {beta:g}, seed {seed}:", hits.reshape(10, -1).mean(axis=1), flush=True)
        found = student_interval(np.array(shares))
        print(f"  beta {beta:g}, share of the class asked: {found}")


def hvae(images, contest):
    """Black where a pixel is above one half, white elsewhere; 2,000 test images, 200 draws."""
    black, test = (1.0 * (x > 0.5) for x in (images.x_train, images.x_test[:2000]))
    differences = []
    for seed in SEEDS:
        keras.utils.set_random_seed(seed)
        one = vk.VAE(*dense(40, (214,)), seed=seed)
        two = vk.HierarchicalVAE(*vk.dense_ladder(SHAPE, (30, 10), (200, 100)), seed=seed)
        bounds = []
        for model in (one, two):
            fit(model, (black,), 20, callbacks=[BetaWarmup(epochs=10)])
            estimate = vk.importance_weighted_bound(model, test, 200, seed=seed)
            bounds.append(estimate.mean)
            weights = f"{model.count_params():,} weights"
            print(f"  seed {seed}, {weights}: {estimate.mean:.2f} nats", flush=True)
        differences.append(bounds[1] - bounds[0])
    print(f"  two layers less one, in nats: {student_interval(np.array(differences))}")


def vqvae(images, contest):
    keras.utils.set_random_seed(0)
    encoder = vk.conv_encoder(SHAPE, 16, (32, 64), grid=True)
    decoder = vk.conv_decoder(SHAPE, 16, (64, 32), grid=True)
    model = fit(vk.VQVAE(encoder, decoder, num_codes=256, seed=0), (images.x_train,), 4)
    logs = model.evaluate(images.x_test, verbose=0, return_dict=True)
    used, perplexity = logs["codes_used"], logs["perplexity"]
    print(f"  of 256 codes, {used:.1%} in use; perplexity {perplexity:.0f}")
    start = time.process_time()
    prior = vk.causal_transformer(int(np.prod(model.grid_shape)), 256, width=64, depth=1)
    model.fit_prior(
        images.x_train, prior, optimizer=keras.optimizers.Adam(3e-3), epochs=3, verbose=0
    )
    print(f"  prior: {time.process_time() - start:.0f} s of the processor")
    codec = VQCodec(model)
    written = 8 * len(codec.compress(images.x_test))
    promised = codec.promised_bits(images.x_test).sum()
    print(
        f"  file of 10,000 images: {written / 1e4:.2f} bits an image, promised "
        f"{promised / 1e4:.2f} ({written / promised - 1:+.2%}); uniform codes 392"
    )
    measured = contest.add("VQ-VAE", model.generate(contest.count, seed=0), 0)
    print("  drawn:", {name: round(float(value), 2) for name, value in measured.items()})


def vaegan(images, contest):
    """A VAE and a VAE-GAN of the same encoder and decoder, a measure each epoch."""

    def conv():
        keras.utils.set_random_seed(0)
        return vk.conv_encoder(SHAPE, 16), vk.conv_decoder(SHAPE, 16)

    vae = fit(vk.VAE(*conv(), seed=0), (images.x_train,), 4)
    contest.add("VAE", vae.generate(contest.count, seed=0), 0)
    model = vk.VAEGAN(*conv(), vk.conv_discriminator(SHAPE), beta=0.02, seed=0)
    model.compile(*(keras.optimizers.Adam(rate, beta_1=0.5) for rate in (1e-3, 2e-4)))
    start = time.process_time()
    for epoch in range(1, 5):
        model.fit(images.x_train, batch_size=BATCH, verbose=0)
        contest.add(f"VAE-GAN, {epoch}", model.generate(contest.count, seed=0), 0)
        print(f"  {epoch} epochs, {time.process_time() - start:.0f} s", flush=True)
    print(contest.table())


def main():
    models = {each.__name__: each for each in (cvae, hvae, vqvae, vaegan)}
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("models", nargs="*", default=list(models), choices=list(models))
    asked = parser.parse_args().models
    images = vk.load_images("mnist")
    contest = Contest(images.x_train, images.y_train, images.x_test[:4000])
    for name in asked:
        print(name, flush=True)
        models[name](images, contest)


if __name__ == "__main__":
    main()
