"""The contenders of the training benchmark: one network, trained in four ways.

Run as a program, `python contenders.py CONTENDER NETWORK IMAGES BATCH_SIZE`, it trains one epoch
for each line it reads and answers with the seconds taken: each contender in a process of its own,
so that no library's threads disturb another's.
"""

import sys
import time

import numpy as np

IMAGE_SHAPE = (28, 28, 1)
LATENT_DIM = {"dense": 20, "conv": 2}
REQUIRED = {"ours": "keras", "keras-style": "keras", "pytorch": "torch", "jax": "jax"}


def random_digits(count):
    """Blobs in [0, 1], as sparse as digits are: speed does not depend on what they show."""
    generator = np.random.default_rng(0)
    x = generator.random((count, *IMAGE_SHAPE), dtype="float32")
    return np.where(x > 0.8, x, 0).astype("float32")


def ours(network, x, batch_size):
    """The module as a user gets it, with its defaults."""
    import vae_keras

    latent_dim = LATENT_DIM[network]
    encoder = getattr(vae_keras, f"{network}_encoder")(IMAGE_SHAPE, latent_dim)
    decoder = getattr(vae_keras, f"{network}_decoder")(IMAGE_SHAPE, latent_dim)
    vae = vae_keras.VAE(encoder, decoder)
    vae.compile("adam")
    return lambda: vae.fit(x, batch_size=batch_size, verbose=0)


def keras_style(network, x, batch_size):
    """A subclass as Keras's documentation teaches it: sigmoid output, three means, default fit."""
    import vae_keras
    from vae_keras._tensorflow import keras, tf

    class PlainVAE(keras.Model):
        def __init__(self, encoder, decoder):
            super().__init__()
            self.encoder, self.decoder = encoder, decoder
            self.seeds = keras.random.SeedGenerator(0)
            self.trackers = [keras.metrics.Mean(name=name) for name in ("loss", "nll", "kl")]

        @property
        def metrics(self):
            return self.trackers

        def train_step(self, x):
            with tf.GradientTape() as tape:
                mean, log_var = self.encoder(x)
                noise = keras.random.normal(tf.shape(mean), seed=self.seeds)
                decoded = tf.sigmoid(self.decoder(mean + tf.exp(0.5 * log_var) * noise))
                crossed = keras.losses.binary_crossentropy(x, decoded)
                nll = tf.reduce_mean(tf.reduce_sum(crossed, axis=(1, 2)))
                kl = -0.5 * (1 + log_var - tf.square(mean) - tf.exp(log_var))
                kl = tf.reduce_mean(tf.reduce_sum(kl, axis=1))
                loss = nll + kl
            gradients = tape.gradient(loss, self.trainable_weights)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
            for tracker, value in zip(self.trackers, (loss, nll, kl), strict=True):
                tracker.update_state(value)
            return {tracker.name: tracker.result() for tracker in self.trackers}

    latent_dim = LATENT_DIM[network]
    vae = PlainVAE(
        getattr(vae_keras, f"{network}_encoder")(IMAGE_SHAPE, latent_dim),
        getattr(vae_keras, f"{network}_decoder")(IMAGE_SHAPE, latent_dim),
    )
    vae.compile(optimizer=keras.optimizers.Adam())
    return lambda: vae.fit(x, batch_size=batch_size, verbose=0)


def pytorch(network, x, batch_size):
    """The same network in PyTorch, eager, with shuffled batches and its own Adam."""
    import torch
    from torch import nn

    latent_dim = LATENT_DIM[network]
    if network == "dense":
        body = nn.Sequential(nn.Flatten(), nn.Linear(784, 400), nn.ReLU())
        width = 400
        decoder = nn.Sequential(nn.Linear(latent_dim, 400), nn.ReLU(), nn.Linear(400, 784))
    else:
        body = nn.Sequential(
            nn.Conv2d(1, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
        )
        width = 7 * 7 * 64
        decoder = nn.Sequential(
            nn.Linear(latent_dim, width),
            nn.ReLU(),
            nn.Unflatten(1, (64, 7, 7)),
            nn.ConvTranspose2d(64, 64, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(64, 32, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 1, 3, padding=1),
        )
    heads = nn.ModuleList([nn.Linear(width, latent_dim), nn.Linear(width, latent_dim)])
    parameters = [*body.parameters(), *heads.parameters(), *decoder.parameters()]
    optimizer = torch.optim.Adam(parameters)
    images = torch.from_numpy(x).permute(0, 3, 1, 2).contiguous()

    def one_epoch():
        order = torch.randperm(len(images))
        for first in range(0, len(images), batch_size):
            batch = images[order[first : first + batch_size]]
            hidden = body(batch)
            mean, log_var = heads[0](hidden), heads[1](hidden)
            z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
            logits = decoder(z).reshape(batch.shape)
            nll = nn.functional.binary_cross_entropy_with_logits(logits, batch, reduction="sum")
            kl = 0.5 * torch.sum(log_var.exp() + mean**2 - 1 - log_var)
            loss = (nll + kl) / len(batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return one_epoch


def jax_scan(network, x, batch_size):
    """The same network in JAX: one jitted call an epoch, which scans over its batches."""
    import jax
    from jax import lax
    from jax import numpy as jnp

    latent_dim, dense = LATENT_DIM[network], network == "dense"
    keys = iter(jax.random.split(jax.random.key(0), 16))
    glorot, images = jax.nn.initializers.glorot_uniform(), jnp.asarray(x)

    def layer(*shape):
        return glorot(next(keys), shape), jnp.zeros(shape[-1])

    width = 400 if dense else 7 * 7 * 64
    kernels = [(3, 3, 1, 32), (3, 3, 32, 64)], [(3, 3, 64, 64), (3, 3, 64, 32), (3, 3, 32, 1)]
    weights = {
        "body": [layer(784, 400)] if dense else [layer(*each) for each in kernels[0]],
        "heads": [layer(width, latent_dim), layer(width, latent_dim)],
        "first": layer(latent_dim, width),
        "rest": [layer(400, 784)] if dense else [layer(*each) for each in kernels[1]],
    }
    layout = ("NHWC", "HWIO", "NHWC")

    def affine(h, weight):
        return h @ weight[0] + weight[1]

    def encode(weights, h):
        if dense:
            h = jax.nn.relu(affine(h.reshape(len(h), -1), weights["body"][0]))
        else:
            for kernel, bias in weights["body"]:
                h = lax.conv_general_dilated(h, kernel, (2, 2), "SAME", dimension_numbers=layout)
                h = jax.nn.relu(h + bias)
            h = h.reshape(len(h), -1)
        return [affine(h, head) for head in weights["heads"]]

    def decode(weights, z):
        h = jax.nn.relu(affine(z, weights["first"]))
        if dense:
            return affine(h, weights["rest"][0]).reshape(-1, *IMAGE_SHAPE)
        h = h.reshape(-1, 7, 7, 64)
        for kernel, bias in weights["rest"][:-1]:
            h = lax.conv_transpose(h, kernel, (2, 2), "SAME", dimension_numbers=layout)
            h = jax.nn.relu(h + bias)
        kernel, bias = weights["rest"][-1]
        return lax.conv_general_dilated(h, kernel, (1, 1), "SAME", dimension_numbers=layout) + bias

    def loss(weights, batch, key):
        mean, log_var = encode(weights, batch)
        z = mean + jnp.exp(0.5 * log_var) * jax.random.normal(key, mean.shape)
        logits = decode(weights, z)
        nll = jnp.sum(jax.nn.softplus(logits) - batch * logits)
        kl = 0.5 * jnp.sum(jnp.exp(log_var) + mean**2 - 1 - log_var)
        return (nll + kl) / len(batch)

    def step(state, rows):
        weights, first, second, count, key = state
        key, noise = jax.random.split(key)
        value, gradient = jax.value_and_grad(loss)(weights, images[rows], noise)
        count += 1
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
        rate = 1e-3 * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
        weights = jax.tree.map(
            lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-7), weights, first, second
        )
        return (weights, first, second, count, key), value

    zeros = jax.tree.map(jnp.zeros_like, weights)
    state = weights, zeros, zeros, jnp.zeros(()), jax.random.key(1)
    scan, last_step = jax.jit(lambda *args: lax.scan(step, *args)), jax.jit(step)
    shuffled = np.random.default_rng(0)

    def one_epoch():
        nonlocal state
        order = shuffled.permutation(len(x))
        whole = len(x) // batch_size * batch_size
        state, _ = scan(state, order[:whole].reshape(-1, batch_size))
        if whole < len(x):
            state, _ = last_step(state, order[whole:])
        jax.block_until_ready(state)

    return one_epoch


def main(contender, network, images, batch_size):
    train = {"ours": ours, "keras-style": keras_style, "pytorch": pytorch, "jax": jax_scan}[
        contender
    ]
    one_epoch = train(network, random_digits(int(images)), int(batch_size))
    one_epoch()  # compiles and warms up
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        one_epoch()
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
