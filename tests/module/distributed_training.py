"""Trains a small VAE under a distribution strategy; run by test_distribution.py as a program.

    python distributed_training.py FOLDER mirrored|pipeline|none|multi-worker...

Prints, for each strategy, the history and the weights as a line of JSON. 257 images in batches of
64: the last batch holds one image, which two replicas cannot share. For the pipeline, under the
strategy of before, the loss of a Keras model and how many examples the replicas were given.
"""

import json
import sys

import numpy as np

from vae_keras import VAE, dense_decoder, dense_encoder
from vae_keras._tensorflow import keras, tf

SHAPE = (8, 8, 1)


def make_strategy(name):
    if name == "mirrored":
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * 2
        )
        return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    if name == "multi-worker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    return tf.distribute.get_strategy()


def share(strategy):
    from vae_keras.data import image_pipeline  # slow to import, and of no use to the others

    with strategy.scope():
        model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10)])
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    dataset = image_pipeline(split="train[:250]", batch_size=100, labels=True, seed=0)
    loss = model.fit(dataset, verbose=0).history["loss"][0]
    given = strategy.experimental_distribute_dataset(dataset)
    parts = [part for _, y in given for part in strategy.experimental_local_results(y)]
    print(json.dumps({"loss": loss, "examples": [len(part) for part in parts]}))


def train(folder, name, strategy):
    keras.utils.set_random_seed(0)
    x, x_val = np.split(np.random.default_rng(0).random((322, *SHAPE), dtype="float32") / 2, [257])
    x[-1] = x_val[-1] = 1  # the image alone in its batch: one loss too many would be seen
    with strategy.scope():
        vae = VAE(dense_encoder(SHAPE, 2, (16,)), dense_decoder(SHAPE, 2, (16,)), seed=0)
        vae.compile(keras.optimizers.Adam(1e-2), jit_compile=False)  # as strategies do
    history = vae.fit(
        x,
        batch_size=64,
        epochs=2,
        shuffle=False,
        validation_data=x_val,
        validation_batch_size=64,
        verbose=0,
    )
    evaluated = vae.evaluate(x_val, batch_size=64, verbose=0, return_dict=True)
    if name != "multi-worker" or strategy.cluster_resolver.task_id == 0:
        vae.save(f"{folder}/{name}.keras")
    weights = np.concatenate([np.ravel(weight) for weight in vae.get_weights()])
    print(
        json.dumps(
            {
                "replicas": strategy.num_replicas_in_sync,
                "history": history.history,
                "evaluated": evaluated,
                "weights": weights.tolist(),
                "beta": vae.beta,
            }
        )
    )


if __name__ == "__main__":
    for name in sys.argv[2:]:
        if name != "pipeline":
            strategy = make_strategy(name)
            train(sys.argv[1], name, strategy)
        else:
            share(strategy)
