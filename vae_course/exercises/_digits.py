"""Digits, and small autoencoders of them made by linear algebra, for the exercises.

No training: least squares make them in a fraction of a second, the same on every machine.
"""

import functools

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from vae_keras.data import load_images

SHAPE = (28, 28, 1)


@functools.cache
def images():
    """Training images and validation images, 300 of each, in float32."""
    x = load_images("mnist_mini")[0]
    return x[:300], x[300:600]


@functools.cache
def _principal_axes():
    """The mean image, the axes as rows, and the deviation of the digits along each."""
    x = images()[0].reshape(-1, 784).astype("float64")
    mean = x.mean(axis=0)
    _, values, axes = np.linalg.svd(x - mean, full_matrices=False)
    largest = np.argmax(np.abs(axes), axis=1)
    axes *= np.sign(axes[np.arange(len(axes)), largest])[:, None]  # the same on every machine
    return mean, axes, values / np.sqrt(len(x))


def coordinates(latent_dim):
    """An encoder: the standardised coordinates along the first principal axes."""
    mean, axes, scales = _principal_axes()
    weights = (axes[:latent_dim] / scales[:latent_dim, None]).T.astype("float32")
    mean = mean.astype("float32")

    def encode(x):
        return ops.matmul(ops.reshape(x, (-1, 784)) - mean, weights)

    return for_arrays_and_tensors(encode, SHAPE, "l'encodeur")


def linear_decoder(latent_dim, clip=False):
    """The decoder of `coordinates`, that of principal component analysis."""
    mean, axes, scales = _principal_axes()
    weights = (axes[:latent_dim] * scales[:latent_dim, None]).astype("float32")
    mean = mean.astype("float32")

    def decode(z):
        x = ops.matmul(z, weights) + mean
        return ops.reshape(ops.clip(x, 0, 1) if clip else x, (-1, *SHAPE))

    return as_decoder(decode, latent_dim)


def fitted_decoder(latent_dim, features, penalty):
    """A decoder that is linear in some features of a code, fitted to the training images.

    Args:
        latent_dim: The codes are those of `coordinates`.
        features: A function of a tensor of codes.
        penalty: Of the weights squared, in the least squares.
    """
    x = images()[0]
    phi = np.asarray(features(ops.convert_to_tensor(coordinates(latent_dim)(x))), "float64")
    gram = phi.T @ phi + penalty * np.eye(phi.shape[1])
    weights = np.linalg.solve(gram, phi.T @ x.reshape(-1, 784)).astype("float32")

    def decode(z):
        return ops.reshape(ops.clip(ops.matmul(features(z), weights), 0, 1), (-1, *SHAPE))

    return as_decoder(decode, latent_dim)


def as_decoder(function, latent_dim):
    """The function of a batch of codes, which tells a student of codes of another shape."""
    return for_arrays_and_tensors(function, (latent_dim,), "le décodeur")


def for_arrays_and_tensors(function, shape, name):
    """The function, which answers an array to an array and a tensor to a tensor.

    Args:
        function: A function of a batch of tensors, float32.
        shape: Of one example.
        name: In French, for the message to a student who gives another shape.
    """

    def call(values):
        found = tuple(values.shape) if hasattr(values, "shape") else np.shape(values)
        if found[1:] != shape:
            expected = ", ".join(["n", *map(str, shape)])
            raise ValueError(f"{name} attend un lot de forme ({expected}) et reçoit {found}")
        result = function(ops.cast(ops.convert_to_tensor(values), "float32"))
        if isinstance(values, (tf.Tensor, tf.Variable, keras.Variable)):
            return result
        return ops.convert_to_numpy(result)

    return call


def nearest_distances(points, others):
    """The distance ‖p − o‖ of each point to the nearest of the others, in float64."""
    p, o = (np.reshape(each, (len(each), -1)).astype("float64") for each in (points, others))
    squared = np.sum(p**2, axis=1)[:, None] + np.sum(o**2, axis=1) - 2 * p @ o.T
    return np.sqrt(np.maximum(squared.min(axis=1), 0))


def as_example(array, shape):
    """The array as one example of that shape, whatever axes of size one it has; else None."""
    one = tuple(n for n in array.shape if n != 1)
    return array.reshape(shape) if one == tuple(n for n in shape if n != 1) else None
