"""Checks of the images that reach a model: what was expected, what came, how to mend it."""

import numbers
import re

import numpy as np
import tensorflow as tf

# Marks the message of a failed check inside TensorFlow's own, much longer one.
_MARK_START, _MARK_END = "<vae_keras>", "</vae_keras>"


def check_images(x, image_shape, *, unit_interval, name="x"):
    """Returns `x`, an array or a tensor, or raises a ValueError unless the model can take it.

    Args:
        x: NumPy array or eager tensor of shape `(batch,) + image_shape`.
        image_shape: `(height, width, channels)`.
        unit_interval: Why values must lie in [0, 1] ("the Bernoulli likelihood"), or `None`.
        name: What the message calls `x`.
    """
    if isinstance(x, (list, tuple)):
        raise ValueError(
            f"{name} must be one array of images, of shape {_batch_of(image_shape)}, got a "
            f"{type(x).__name__} of {len(x)} elements. Mend: np.stack(...) of the images."
        )
    if not isinstance(x, tf.Tensor) and hasattr(x, "__array__"):
        x = np.asarray(x)
    if not isinstance(x, (tf.Tensor, np.ndarray)):
        raise ValueError(
            f"{name} must be an array of images, of shape {_batch_of(image_shape)}, or a "
            f"tf.data.Dataset of such batches, got {type(x).__name__}."
        )
    check_shape(x.shape, image_shape, name)
    if x.shape[0] == 0:
        raise ValueError(f"{name} is empty (shape {tuple(x.shape)}): at least one image is needed.")
    check_dtype(x.dtype, name, largest=lambda: np.max(x))
    if np.dtype(_numpy_dtype(x.dtype)).kind == "b":
        return x
    smallest, largest = float(np.min(x)), float(np.max(x))  # NaN if any pixel is NaN.
    if not (np.isfinite(smallest) and np.isfinite(largest)):
        raise ValueError(
            f"{name} holds NaN or infinite values: every pixel must be finite. "
            f"Find them with np.argwhere(~np.isfinite({name}))."
        )
    if unit_interval and (smallest < 0.0 or largest > 1.0):
        raise ValueError(
            f"{name} must lie in [0, 1] for {unit_interval}, got values from {smallest:.4g} to "
            f"{largest:.4g}. " + _mend_range(smallest, largest, name)
        )
    return x


def check_dataset(dataset, image_shape, *, unit_interval, name="x", targets=True):
    """Returns `dataset` with every batch checked as `check_images` does, as it streams by.

    Without `targets`, only the images of its batches come back.
    """
    if dataset.cardinality() == 0:
        raise ValueError(f"{name} is an empty data set: at least one batch of images is needed.")
    spec = dataset.element_spec
    names = (name, "the target")
    specs = spec if isinstance(spec, tuple) else (spec,)
    if len(specs) > 2:
        raise ValueError(
            f"The data set must yield images, or pairs (images, target images), got {len(specs)} "
            "elements: weights of images are not supported."
        )
    checked = 2 if targets else 1
    for element, element_name in zip(specs[:checked], names, strict=False):
        if not isinstance(element, tf.TensorSpec):
            raise ValueError(
                "The data set must yield batches of images, or pairs (images, target images), "
                f"got elements of the structure {spec}."
            )
        if element.shape == tf.TensorShape(image_shape):
            raise ValueError(
                f"The data set must yield batches of shape {_batch_of(image_shape)}, got single "
                f"images of shape {tuple(element.shape)}. Mend: dataset.batch(100)."
            )
        check_shape(element.shape, image_shape, element_name)
        check_dtype(element.dtype, element_name)

    def check_batch(*batch):
        images = [tf.ensure_shape(each, (None, *image_shape)) for each in batch[:checked]]
        for each, batch_name in zip(images, names, strict=False):
            if each.dtype.is_floating:
                _assert_values(each, unit_interval, batch_name)
        return tuple(images) if len(images) > 1 else images[0]

    return dataset.map(check_batch)


def check_latents(z, latent_dim):
    """`z` as a float32 NumPy array, or a ValueError unless its shape is `(batch, latent_dim)`."""
    z = np.asarray(z, dtype="float32")
    if z.ndim != 2 or z.shape[1] != latent_dim or z.shape[0] == 0:
        mend = " Mend: z[np.newaxis] makes a batch of one vector." if z.ndim == 1 else ""
        raise ValueError(
            f"z must have the shape (batch, {latent_dim}), with at least one vector, got "
            f"{z.shape}.{mend}"
        )
    if not np.all(np.isfinite(z)):
        raise ValueError("z holds NaN or infinite values: every coordinate must be finite.")
    return z


def check_seed(seed):
    """Raises a ValueError unless `seed` is None or a whole number, at least 0."""
    whole = isinstance(seed, numbers.Integral) and not isinstance(seed, bool) and seed >= 0
    if seed is not None and not whole:
        raise ValueError(f"seed must be a whole number, at least 0, or None, got {seed!r}.")


def readable_error(error):
    """The ValueError for a check that failed inside a data set, or None for any other error."""
    found = re.search(f"{_MARK_START}(.*?){_MARK_END}", str(error), re.DOTALL)
    if found:
        return ValueError(found.group(1))
    shape = r"(\[[?\d,]*\])"
    found = re.search(f"{shape} is not compatible with expected shape {shape}", str(error))
    if found:
        return ValueError(f"The data set must yield batches of shape {found[2]}, got {found[1]}.")
    return None


def check_shape(shape, image_shape, name):
    if tf.TensorShape(shape).is_compatible_with((None, *image_shape)):
        return
    shape = tuple(shape)
    mend = ""
    if shape[1:] == tuple(image_shape[:-1]) and image_shape[-1] == 1:
        mend = f" Mend: {name}[..., np.newaxis] adds the channel axis."
    elif shape == tuple(image_shape):
        mend = f" Mend: {name}[np.newaxis] makes a batch of one image."
    elif len(shape) == 1:
        mend = " Mend: leave the labels out, x alone or dataset.map(lambda x, y: x)."
    raise ValueError(
        f"{name} must have the shape {_batch_of(image_shape)}, got {shape}: the images must have "
        f"the shape that the encoder was built for.{mend}"
    )


def check_dtype(dtype, name, largest=None):
    kind = np.dtype(_numpy_dtype(dtype)).kind
    if kind in "fb" or "float" in str(dtype):
        return
    if kind in "iu":
        is_binary = largest is not None and largest() <= 1
        mend = "astype('float32')" if is_binary else "astype('float32') / 255"
        raise ValueError(
            f"{name} must hold floating-point pixels, got integers ({_dtype_name(dtype)}), such as "
            f"the 0 to 255 of an image file. Mend: {name}.{mend}."
        )
    raise ValueError(f"{name} must hold floating-point pixels, got {_dtype_name(dtype)}.")


def _assert_values(images, unit_interval, name):
    def check(condition, message):
        tf.debugging.Assert(condition, [f"{_MARK_START}{message}{_MARK_END}"])

    check(
        tf.reduce_all(tf.math.is_finite(images)),
        f"{name} holds NaN or infinite values: every pixel must be finite.",
    )
    if unit_interval:
        check(
            tf.reduce_all((images >= 0) & (images <= 1)),
            f"{name} must lie in [0, 1] for {unit_interval}; a batch of the data set does not. "
            "Mend: divide pixels of 0 to 255 by 255 in the data set's map.",
        )


def _mend_range(smallest, largest, name):
    if smallest >= 0.0 and 1.0 < largest <= 255.0:
        return f"Mend: {name} / 255 if the pixels go from 0 to 255."
    if smallest >= -1.0 and largest <= 1.0:
        return f"Mend: ({name} + 1) / 2 if the pixels go from -1 to 1."
    return "Mend: rescale them, or use likelihood='gaussian' and a decoder without sigmoid."


def _batch_of(image_shape):
    return "(batch, " + ", ".join(str(size) for size in image_shape) + ")"


def _numpy_dtype(dtype):
    return getattr(dtype, "as_numpy_dtype", dtype)


def _dtype_name(dtype):
    return getattr(dtype, "name", str(dtype))
