"""The models that test_models.py holds to its contract, small and of dense networks.

Each builder returns an untrained model; `DATA` tells the arguments of its `fit`. As a program it
is another process, over two CPU devices, that reads the saved models and trains them anew:

    python model_builders.py FOLDER

Prints, of each model, what it generates from its file, and the weights that training on two devices
gives.
"""

import json
import sys

import numpy as np

from vae_keras import (
    IWAE,
    VAE,
    VAEGAN,
    VQVAE,
    Autoencoder,
    AutoregressiveVAE,
    ConditionalVAE,
    Gaussian,
    HierarchicalVAE,
    causal_transformer,
    dense_decoder,
    dense_discriminator,
    dense_encoder,
    dense_ladder,
)
from vae_keras._tensorflow import keras, tf

rng = np.random.default_rng(0)  # three whole batches of 16: each other size is traced anew
X = rng.random((48, 6)).astype("float32")
CLASSES = rng.integers(0, 3, 48)
PROPERTIES = rng.normal(size=(48, 2)).astype("float32")
SYMBOLS = (rng.integers(0, 3, (48, 1)) + np.arange(6)) % 5  # each the next of the one before


def networks(condition_dim=None, **of_decoder):
    options = {"x_shape": (6,), "latent_dim": 2, "hidden_units": (8,)}
    variational = not of_decoder
    return (
        dense_encoder(**options, condition_dim=condition_dim, variational=variational),
        dense_decoder(**options, condition_dim=condition_dim, **of_decoder),
    )


def grid_networks():
    """Networks of three vectors of two numbers."""
    encoder = dense_encoder((6,), 6, (8,), variational=False)
    x, z = keras.Input((6,)), keras.Input((3, 2))
    decoder = dense_decoder((6,), 6, (8,))
    return (
        keras.Model(x, keras.layers.Reshape((3, 2))(encoder(x))),
        keras.Model(z, decoder(keras.layers.Flatten()(z))),
    )


def causal_networks():
    """Networks of sequences of six symbols, of which the decoder's sees those before a place."""
    layers = keras.layers
    x, z, before = (
        keras.Input((6,), dtype="int32"),
        keras.Input((2,)),
        keras.Input((6,), dtype="int32"),
    )
    encoder = dense_encoder((24,), 2, (8,))
    seen = layers.Cropping1D((0, 1))(layers.ZeroPadding1D((1, 0))(layers.Embedding(5, 4)(before)))
    places = layers.Concatenate()([seen, layers.RepeatVector(6)(z)])
    logits = layers.Dense(5, dtype="float32")(layers.Dense(8, "relu")(places))
    return (
        keras.Model(x, encoder(layers.Flatten()(layers.Embedding(5, 4)(x)))),
        keras.Model([z, before], logits),
    )


# A new model joins with a line here, and one in DATA if it is fed more than x.
OF_EACH_KIND = {
    "autoencoder": lambda: Autoencoder(*networks(output_activation="sigmoid")),
    "vae-free-bits": lambda: VAE(*networks(), Gaussian("learned"), free_bits=0.3, seed=0),
    "iwae-doubly": lambda: IWAE(
        *networks(), num_samples=3, gradient="doubly_reparameterized", seed=0
    ),
    "cvae-classes": lambda: ConditionalVAE(*networks(3), num_classes=3, beta=0.5, seed=0),
    "hvae": lambda: HierarchicalVAE(*dense_ladder((6,), (3, 2), (8, 5)), beta=0.5, seed=0),
    "autoregressive": lambda: AutoregressiveVAE(*causal_networks(), free_bits=0.1, seed=0),
    "vae-gan": lambda: VAEGAN(*networks(), dense_discriminator((6,), (8,)), seed=0),
    "vqvae": lambda: VQVAE(*grid_networks(), num_codes=5, seed=0),
    "vqvae-by-loss": lambda: VQVAE(
        *grid_networks(), num_codes=5, likelihood=Gaussian("learned"), decay=None, seed=0
    ),
}
MODELS = OF_EACH_KIND | {  # and whose steps are executed as those of one of their class above
    "vae": lambda: VAE(*networks(), seed=0),
    "iwae": lambda: IWAE(*networks(), num_samples=3, seed=0),
    "cvae-properties": lambda: ConditionalVAE(*networks(2), seed=0),
}
DATA = {
    "cvae-classes": (X, CLASSES),
    "cvae-properties": (X, PROPERTIES),
    "autoregressive": (SYMBOLS,),
}


def data_of(name):
    return DATA.get(name, (X,))


def build(name, jit_compile=False):
    """The model, compiled, of seeded weights; without XLA, which takes longer to compile."""
    keras.utils.set_random_seed(1)
    model = MODELS[name]()
    model.compile(keras.optimizers.Adam(1e-2), jit_compile=jit_compile)
    return model


def train(name, data=None, model=None, prior=False, **options):
    """The model trained on its data, and the history; `vqvae`'s prior after it, if asked."""
    model = model or build(name)
    data = data_of(name) if data is None else data
    options = {"epochs": 4, "shuffle": False, "verbose": 0} | options
    if isinstance(data, tuple):
        options.setdefault("batch_size", 16)
    data = data if isinstance(data, tuple) else (data,)
    history = model.fit(*data, **options).history
    if prior and name == "vqvae":
        keras.utils.set_random_seed(2)
        with model.distribute_strategy.scope():
            prior = causal_transformer(3, 5, width=8, depth=1)
        model.fit_prior(X, prior, batch_size=16, epochs=1, shuffle=False, verbose=0)
    return model, history


def generated(name, model):
    """New x, the same from the same model."""
    if isinstance(model, VQVAE):
        return model.decode(np.array([[0, 1, 2], [4, 3, 3]]))  # a checkpoint has no prior yet
    z = np.array([[0.3, -1.0, 0.5, 1.1, -0.4], [1.5, 0.2, -0.7, 0.9, 2.0]], "float32")
    return model.decode(z[:, : model.latent_dim], *(each[:2] for each in data_of(name)[1:]))


def main(folder):
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    # Graphs of a few steps: to optimize them takes longer than to run them.
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    answers = {"generated": {}, "weights": {}}
    for name in MODELS:
        loaded = keras.saving.load_model(f"{folder}/{name}.keras")
        answers["generated"][name] = generated(name, loaded).tolist()
    for name in OF_EACH_KIND:
        with strategy.scope():
            mirrored = build(name)
        # All steps in one epoch: of each, two devices make iterators anew.
        four_times = tuple(np.concatenate([each] * 4) for each in data_of(name))
        train(name, four_times, mirrored, prior=True, epochs=1)
        answers["weights"][name] = [np.ravel(each).tolist() for each in mirrored.get_weights()]
    print(json.dumps(answers))


if __name__ == "__main__":
    main(sys.argv[1])
