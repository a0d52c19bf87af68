"""What a model asks of x, at every door: array, data set, generator, batch by hand.

A *target* is what the decoder is compared with: x itself, unless a pair (x, target) is given. Only
targets must lie in the likelihood's support; an input with noise on it may leave it.
"""

import collections
import contextlib
import dataclasses
import json
import re
import types

import keras
import numpy as np
import tensorflow as tf

from vae_keras import _checks
from vae_keras.support import Support

# Marks the message of a failed check inside TensorFlow's own, much longer one.
_MARK, _MARK_START, _MARK_END = "vae_keras_", "<vae_keras>", "</vae_keras>"

# Farther from [0, 1] than this, an input is not noisy but on another scale: Gaussian noise of a
# standard deviation of 2 stays within, scikit-learn's digits, from 0 to 16, do not.
_NOISE = 12.0
STREAMS = keras.utils.PyDataset | types.GeneratorType | tf.distribute.DistributedDataset
_RESCALING = (keras.layers.Rescaling, keras.layers.Normalization)


Words = collections.namedtuple("Words", "one many value")  # what a message calls x
IMAGES, EXAMPLES = Words("image", "images", "pixel"), Words("example", "examples", "value")


class Input:
    """The checks of one model's input.

    Args:
        encoder: The encoder.
        support: The `Support` of a target.
    """

    def __init__(self, encoder, support):
        self.shape = tuple(encoder.inputs[0].shape[1:])
        self.words = IMAGES if len(self.shape) == 3 else EXAMPLES
        self.dtype = tf.as_dtype(encoder.inputs[0].dtype)
        self.target_dtype = tf.int32 if support.whole else self.dtype
        if support.whole and support.high is None:  # in 32 bits larger ones would wrap
            support = dataclasses.replace(support, high=_checks.LARGEST_INT32)
        self.support = dataclasses.replace(support, value=self.words.value)
        self._noisy = Support(value=self.words.value)  # of an input that is no target
        if support.whole:  # it may hold more, a token for what is masked for instance
            self._noisy = self._whole_input(encoder)
        elif support.low is not None and not any(
            isinstance(each, _RESCALING) for each in encoder.layers
        ):
            why = f"{support.why}, or near it if noise was added"
            self._noisy = dataclasses.replace(self.support, why=why, margin=_NOISE)

    def _whole_input(self, encoder):
        """Where whole numbers must lie that are encoded: the encoder embeds so many, if it does."""
        counts = [
            each.input_dim
            for each in encoder._flatten_layers(include_self=False)
            if isinstance(each, keras.layers.Embedding) and _is_fed(each, encoder.inputs[0])
        ]
        if counts:
            why = f"an encoder that embeds {min(counts)} categories"
            return dataclasses.replace(self.support, high=min(counts) - 1, why=why)
        if self.support.high == _checks.LARGEST_INT32:
            return self.support
        why = f"{self.support.why}, and one more for what is masked"
        return dataclasses.replace(self.support, high=self.support.high + 1, why=why)

    @property
    def batch_shape(self):
        """`(batch, …)` in words."""
        return "(" + ", ".join(map(str, ("batch", *self.shape))) + ("" if self.shape else ",") + ")"

    # ------------------------------------------------------------------ arrays

    def array(self, x, name="x", support=None):
        """Returns `x`, an array or a tensor, or raises a ValueError unless the model can take it.

        Args:
            x: Anything that is an array or is read as one.
            name: What the message calls it.
            support: Where its values must lie; by default as a target's.
        """
        check_outside_of_graphs()
        many, batch_shape = self.words.many, self.batch_shape
        if isinstance(x, list | tuple):
            raise ValueError(
                f"{name} must be one array of {many}, of shape {batch_shape}, got a "
                f"{type(x).__name__} of {len(x)} elements. Mend: np.stack(...) of the {many}."
            )
        x = _checks.unmasked(x)
        if not isinstance(x, tf.Tensor) and hasattr(x, "__array__"):
            x = _checks.as_array(x, name)
        if not isinstance(x, tf.Tensor | np.ndarray):
            raise ValueError(
                f"{name} must be an array of {many}, of shape {batch_shape}, or a "
                f"tf.data.Dataset of such batches, got {type(x).__name__}."
            )
        self.check_shape(x.shape, name)
        if x.shape[0] == 0:
            raise ValueError(
                f"{name} is empty (shape {tuple(x.shape)}), and must hold at least one "
                f"{self.words.one}."
            )
        self.check_dtype(x.dtype, name, largest=lambda: np.max(x))
        return (support or self.support).check(x, name)

    def take(self, x, y=None, name="x", with_targets=True):
        """`x` and `y` after the checks; a stream comes back with a check on each batch.

        Without `y`, x is the target; without targets, x is encoded and compared with nothing.
        """
        if isinstance(x, tf.data.Dataset):
            return self.dataset(x, name, with_targets), y
        if isinstance(x, STREAMS):
            return self.stream(x, name, with_targets), y
        return self.pair(x, y, name, with_targets)

    def pair(self, x, y=None, name="x", with_targets=True):
        """`take` for arrays alone."""
        if y is None:
            return self.array(x, name, None if with_targets else self._noisy), None
        x = self.array(x, name, self._noisy)
        y = self.array(y, f"the target of {name}")
        if len(y) != len(x):
            raise ValueError(
                f"{name} and its target must be of one length, got {len(x)} and {len(y)} "
                f"{self.words.many}."
            )
        return x, y

    def target(self, x, name="x"):
        """An array that is x and its own target, checked."""
        return self.array(x, name)

    def alone(self, x, name="x"):
        """`x` that is encoded, and compared with nothing: an array, or a stream of batches."""
        return self.take(x, None, name, with_targets=False)[0]

    def batch(self, data, name="x", with_targets=True):
        """A batch as a generator yields it or a hand gives it: `(x,)` or `(x, target)`, checked."""
        x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
        self._refuse_weights(weights)
        x, y = self.pair(x, y if with_targets else None, name, with_targets)
        return (x,) if y is None else (x, y)

    def _refuse_weights(self, weights):
        if weights is not None:
            raise ValueError(
                f"Weights are not supported: every {self.words.one} counts the same in the ELBO."
            )

    # ------------------------------------------------------------------ streams

    def stream(self, x, name="x", with_targets=True):
        """A generator or a `PyDataset` with a check on each batch, as it comes by."""
        if isinstance(x, keras.utils.PyDataset):
            return _CheckedPyDataset(x, self, name, with_targets)
        if isinstance(x, types.GeneratorType):
            return (
                self.streamed(batch, name, index, with_targets) for index, batch in enumerate(x)
            )
        return x  # a distributed data set: shape and type are checked when the step is traced

    def streamed(self, batch, name, index, with_targets):
        """A batch of a stream, checked; its error is marked, as TensorFlow may wrap it."""
        with _marked():
            return self.batch(batch, f"{name} (batch {index})", with_targets)

    def dataset(self, dataset, name="x", with_targets=True):
        """A `tf.data.Dataset` with a check on each batch, as it streams by.

        Without targets, only the inputs of its batches come back.
        """
        many = self.words.many
        if dataset.cardinality() == 0:
            raise ValueError(f"{name} is an empty data set: at least one batch is needed.")
        spec = dataset.element_spec
        specs = spec if isinstance(spec, tuple) else (spec,)
        parts = self._parts(len(specs), name, with_targets)
        for element, (rules, _, element_name) in zip(specs, parts, strict=False):
            if not isinstance(element, tf.TensorSpec):
                raise ValueError(
                    f"The data set must yield batches of {many}, or pairs ({many}, target "
                    f"{many}), got elements of the structure {spec}."
                )
            if element.shape == tf.TensorShape(rules.shape):
                raise ValueError(
                    f"The data set must yield batches of shape {rules.batch_shape}, got single "
                    f"{rules.words.many} of shape {tuple(element.shape)}. Mend: dataset.batch(100)."
                )
            rules.check_shape(element.shape, element_name)
            rules.check_dtype(element.dtype, element_name)

        @tf.autograph.experimental.do_not_convert
        def check_batch(index, *batch):
            batch = batch[0] if len(batch) == 1 and isinstance(batch[0], tuple) else batch
            checked = [
                _checked_in_graph(
                    tf.ensure_shape(each, (None, *rules.shape)), *how, rules.words.one, index
                )
                for each, (rules, *how) in zip(batch, parts, strict=False)
            ]
            return index + 1, self._packed(checked, with_targets)

        # `scan` and not `enumerate`, which `tf.distribute` could not share among workers; the next
        # batch is checked while the model learns from this one.
        dataset = dataset.scan(np.int64(0), check_batch)
        return dataset.prefetch(1)

    def _parts(self, count, name, with_targets):
        """For each element of a batch that is kept: its rules, where it must lie, its name."""
        many = self.words.many
        if count > 2:
            raise ValueError(
                f"The data set must yield {many}, or pairs ({many}, target {many}), got "
                f"{count} elements: weights of {many} are not supported."
            )
        if not with_targets:
            return [(self, self._noisy, name)]
        if count == 1:
            return [(self, self.support, name)]
        target_name = f"the target of {name}"
        return [(self, self._noisy, name), (self, self.support, target_name)]

    def _packed(self, elements, with_targets):
        """The checked elements of a batch, as Keras takes them."""
        return tuple(elements) if len(elements) > 1 else elements[0]

    # ------------------------------------------------------------------ shape and type

    def as_tensors(self, data):
        """The x and the target of a batch inside a step, in the types that the step computes in."""
        x, target, _ = keras.utils.unpack_x_y_sample_weight(data)
        target, target_name = (x, "x") if target is None else (target, "the target of x")
        for each, name in ((x, "x"), (target, target_name)):
            self.check_shape(each.shape, name)
            self.check_dtype(each.dtype, name)
        return tf.cast(x, self.dtype), tf.cast(target, self.target_dtype)

    def check_shape(self, shape, name):
        if tf.TensorShape(shape).is_compatible_with((None, *self.shape)):
            return
        shape = tuple(shape)
        raise ValueError(
            f"{name} must have the shape {self.batch_shape}, got {shape}: the {self.words.many} "
            f"must have the shape that the encoder was built for.{self._mend_shape(shape, name)}"
        )

    def _mend_shape(self, shape, name):
        if self.shape and shape[1:] == self.shape[:-1] and self.shape[-1] == 1:
            return f" Mend: {name}[..., np.newaxis] adds the channel axis."
        if shape == self.shape:
            return f" Mend: {name}[np.newaxis] makes a batch of one {self.words.one}."
        if len(shape) == 1:
            return " Mend: leave the labels out, x alone or dataset.map(lambda x, y: x)."
        return ""

    def check_dtype(self, dtype, name, largest=None):
        dtype = getattr(dtype, "name", str(dtype))  # NumPy's, TensorFlow's, or another library's
        is_integer = dtype.startswith(("int", "uint"))
        values = f"{self.words.value}s"
        if self.support.whole:
            if is_integer:
                return
            raise ValueError(
                f"{name} must hold whole numbers for {self.support.why}, got {dtype}. "
                f"Mend: {name}.astype('int32')."
            )
        if "float" in dtype or dtype == "bool":
            return
        if is_integer:
            is_binary = largest is not None and largest() <= 1
            scale = "" if is_binary or self.support.high != 1 else " / 255"
            example = ", such as the 0 to 255 of an image file" if self.words is IMAGES else ""
            raise ValueError(
                f"{name} must hold floating-point {values}, got integers ({dtype}){example}. "
                f"Mend: {name}.astype('float32'){scale}."
            )
        raise ValueError(f"{name} must hold floating-point {values}, got {dtype}.")


class _CheckedPyDataset(keras.utils.PyDataset):
    """A `PyDataset` whose batches are checked."""

    def __init__(self, inner, rules, name, with_targets):
        super().__init__(
            workers=inner.workers,
            use_multiprocessing=inner.use_multiprocessing,
            max_queue_size=inner.max_queue_size,
        )
        self._inner, self._rules, self._options = inner, rules, (name, with_targets)

    @property
    def num_batches(self):
        return self._inner.num_batches

    def __getitem__(self, index):
        name, with_targets = self._options
        return self._rules.streamed(self._inner[index], name, index, with_targets)

    def on_epoch_begin(self):
        self._inner.on_epoch_begin()

    def on_epoch_end(self):
        self._inner.on_epoch_end()


def _checked_in_graph(x, support, name, one, index):
    """`x` as it is; if it leaves its support, an error of which `readable_errors` makes an array's.

    `name` and `one` are what the message calls x, and one example of it. The ends alone are looked
    at, in a third of the time.
    """
    values = tf.cast(x, "uint8") if x.dtype.is_bool else x
    smallest, largest = (tf.cast(end(values), "float64") for end in (tf.reduce_min, tf.reduce_max))
    holds = support.holds(smallest, largest, x.dtype.is_floating)
    holds &= smallest <= largest  # of no example they are crossed
    told = _MARK + json.dumps([dataclasses.asdict(support), name, one]).encode().hex()
    # Not `tf.debugging.Assert`, whose two branches take longer than what they check.
    check = tf.raw_ops.Assert(condition=holds, data=[told, index, smallest, largest])
    with tf.control_dependencies([check]):
        return tf.identity(x)


def _is_fed(layer, tensor):
    """Whether a layer is given a tensor of a network itself."""
    try:
        return layer.input is tensor
    except (AttributeError, ValueError):  # called more than once, or by a layer of the user's own
        return False


def check_outside_of_graphs():
    """Raises a ValueError inside a `tf.function`, where what gives NumPy arrays has no values."""
    if not tf.executing_eagerly():
        raise ValueError(
            "A model's methods must be called outside of a tf.function, got a call inside of one, "
            "where nothing has a value yet. Mend: model(x), model.encoder(x) and model.decoder(z) "
            "give tensors there."
        )


def check_end(x, name="x", steps=None, option=None):
    """Raises a ValueError if a stream is known to have no end, and no number of steps is given."""
    if isinstance(x, tf.data.Dataset):
        is_endless = x.cardinality() == tf.data.INFINITE_CARDINALITY
    elif isinstance(x, keras.utils.PyDataset):
        is_endless = x.num_batches is None
    else:  # of a generator nobody knows
        is_endless = isinstance(x, types.GeneratorType) and option is None
    if is_endless and steps is None:
        mend = f"{option}=100" if option else "arrays, or dataset.take(100)"
        raise ValueError(
            f"{name} must have an end, got an endless data set or a generator. Mend: {mend}."
        )


def check_passes(x, passes, name, steps, option):
    """Raises a ValueError if a generator, which can be read once, is to be read several times."""
    if isinstance(x, types.GeneratorType) and passes > 1 and steps is None:
        raise ValueError(
            f"{name} must be read {passes} times, and a generator can be read once. Mend: {option} "
            "if it never ends, a keras.utils.PyDataset or a tf.data.Dataset if it does."
        )


@contextlib.contextmanager
def _marked():
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{_MARK_START}{error}{_MARK_END}") from None


@contextlib.contextmanager
def readable_errors():
    """Turns a check that failed inside a stream into the ValueError it stands for."""
    try:
        yield
    except (tf.errors.OpError, ValueError) as error:
        text, shape = str(error), r"(\[[?\d,]*\])"
        if found := re.search(f"{_MARK_START}(.*?){_MARK_END}", text, re.DOTALL):
            raise ValueError(found[1]) from None
        if found := re.search(rf"\[{_MARK}(\w+)\] \[(\d+)\] \[(\S+)\] \[(\S+)\]", text):
            support, name, one = json.loads(bytes.fromhex(found[1]))
            ends, name = (float(found[3]), float(found[4])), f"{name} (batch {found[2]})"
            if ends[0] > ends[1]:
                raise ValueError(f"{name} is empty, and must hold at least one {one}.") from None
            raise Support(**support).error(*ends, name) from None
        if found := re.search(f"{shape} is not compatible with expected shape {shape}", text):
            raise ValueError(
                f"The data set must yield batches of shape {found[2]}, got {found[1]}."
            ) from None
        raise
