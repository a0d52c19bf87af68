"""How a model's steps are executed: with XLA or without, one by one or many in one call.

Nothing here changes a result: whichever way is taken, the losses, the weights and the calls of
callbacks are those of Keras's own loop; with XLA and without, to the rounding of float32.
"""

import contextlib
import functools
import itertools
import math
import types

import keras
import numpy as np
import tensorflow as tf

from vae_keras import _checks
from vae_keras.models._shared_graphs import shared

# Steps in one call where the data are in memory: a dense step takes some milliseconds, of which the
# way in and out of XLA is a good part. More steps gain little, and the progress bar would stand.
_STEPS_IN_ONE_CALL = 32
_OPERATIONS_IN_ONE_CALL = 3e9  # of examples times weights

# What XLA slows down on a CPU; a recurrent layer also takes it half a minute to compile.
_CONVOLUTIONS = tuple(vars(keras.layers)[name] for name in dir(keras.layers) if "Conv" in name)
_SLOWED_DOWN = (*_CONVOLUTIONS, keras.layers.RNN, keras.layers.Bidirectional)


class Execution:
    """The part of a `LatentModel` that compiles its steps and calls them."""

    _examples = None  # while `fit` runs many steps in one call: x, and the targets
    _steps_taken = 0

    def compile(
        self,
        optimizer="adam",
        *,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        auto_scale_loss=True,
        **unsupported,
    ):
        """Sets the optimizer; the loss is the model's own.

        Args:
            optimizer: Keras optimizer or its name.
            run_eagerly: Whether to run without graph, for debugging.
            steps_per_execution: Training steps run by one call of the compiled function, as in
                `keras.Model.compile`. There is no need of it for speed: with examples in memory
                and XLA, many steps are run in one call anyway, unseen.
            jit_compile: Whether to compile with XLA. `"auto"` takes the faster of the two: on a
                CPU, XLA for training dense networks, and no XLA for convolutions and recurrent
                layers, which it slows down, for those that it cannot compile, nor to evaluate; on a
                GPU, Keras's own choice.
            auto_scale_loss: Whether to scale the loss under the `mixed_float16` policy.
            **unsupported: `loss` and `metrics` are refused.

        Raises:
            ValueError: If a loss or a metric is given, an option that there is not, or one that is
                out of its range.
        """
        asked = {
            "optimizer": optimizer,
            "run_eagerly": _checks.choice(run_eagerly, "run_eagerly", (True, False)),
            "steps_per_execution": _checks.whole_number(steps_per_execution, "steps_per_execution"),
            "jit_compile": _checks.choice(jit_compile, "jit_compile", ("auto", True, False)),
            "auto_scale_loss": _checks.choice(auto_scale_loss, "auto_scale_loss", (True, False)),
        }
        check_optimizer(optimizer)
        for name, value in unsupported.items():
            if name not in ("loss", "loss_weights", "metrics", "weighted_metrics"):
                _checks.choice(name, "each option of compile", tuple(asked))
            if value is not None:
                raise ValueError(
                    f"{type(self).__name__}.compile() takes no {name!r}: it has its "
                    "own loss and reports its terms. Mend: compile(optimizer='adam')."
                )
        self._compile_options = asked
        if jit_compile == "auto" and not run_eagerly:
            jit_compile = self._resolve_jit_compile()
        # Dicts of the model's own would be saved with it.
        self._compiled = types.SimpleNamespace(blocks={}, graphs={})
        super().compile(**{**asked, "jit_compile": jit_compile})

    def _resolve_jit_compile(self):
        if not self._is_on_one_cpu():
            return "auto"
        return all(
            layer.supports_jit and not isinstance(layer, _SLOWED_DOWN)
            for layer in self._flatten_layers()
        )

    def _is_on_one_cpu(self):
        devices = {device.device_type for device in tf.config.get_visible_devices()}
        return devices == {"CPU"} and self.distribute_strategy.num_replicas_in_sync == 1

    def get_compile_config(self):
        # What was asked for, not what it became here: another machine resolves "auto" its own way.
        return keras.saving.serialize_keras_object(self._compile_options) if self.compiled else None

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))
        self._build_optimizers()

    @property
    def optimizers(self):
        return [self.optimizer]

    @property
    def step_variables(self):
        """The TensorFlow variables that a step reads or writes."""
        variables = [*self.variables, *self.metrics_variables]
        for optimizer in self.optimizers:
            variables += optimizer.variables
        return list({id(each): each.value for each in variables}.values())

    def _build_optimizers(self):
        with self.distribute_strategy.scope():
            self.optimizer.build(self.trainable_variables)

    # ------------------------------------------------------------------ step by step

    def make_train_function(self, force=False):
        self._make("train", super().make_train_function, force)

    def make_test_function(self, force=False):
        self._make("test", super().make_test_function, force)

    def make_predict_function(self, force=False):
        self._make("predict", super().make_predict_function, force)

    def _make(self, kind, make, force):
        """Keras's function, which does without XLA where XLA was our choice and cannot compile.

        A first batch is taken out of the iterator, so that a second try has it, too.
        """
        attribute = f"{kind}_function"
        if getattr(self, attribute) is not None and not force:
            return
        ours = self.compiled and self._compile_options["jit_compile"] == "auto"
        chosen = self.jit_compile
        if ours and kind != "train" and self._is_on_one_cpu():
            self.jit_compile = False  # compiling would take longer than what it gains, if anything
        if kind == "train" and self.compiled and _is_ours(self, "train_step"):
            self._build_optimizers()  # a step that made their variables would be traced twice
        make(force)
        function, is_compiled = getattr(self, attribute), self.jit_compile is True
        self.jit_compile = chosen
        is_proven = not (is_compiled and ours and self._compile_options["steps_per_execution"] == 1)
        graph_of, by_batch = self._shared_steps(kind, is_compiled), False

        def call(data, batches):
            graph = graph_of(batches[0])
            if graph is not None:
                return graph(batches[0])
            return function(batches if isinstance(data, list) else iter(batches))

        def trying(data):  # `predict` gives a list of batches, the others an iterator
            nonlocal function, is_proven, graph_of, by_batch
            if is_proven and not by_batch and isinstance(data, tf.data.Iterator):
                result = (graph_of(data) or function)(data)
            else:
                batches = data if isinstance(data, list) else [next(iter(data))]
                try:
                    with _no_word_of_tracing():
                        result = call(data, batches)
                except tf.errors.OpError as error:
                    if is_proven or not _is_of_xla(error):
                        raise
                    self.jit_compile = False
                    make(force=True)
                    function = getattr(self, attribute)
                    setattr(self, attribute, trying)
                    graph_of = self._shared_steps(kind, False)
                    result = call(data, batches)
                if not is_proven:  # what is compiled for a batch need not be so for an iterator
                    by_batch = self.jit_compile is True and graph_of(batches[0]) is not None
                is_proven = True
            self._steps_taken += kind != "predict"  # a StopIteration is no step
            return result

        setattr(self, attribute, trying)

    def _shared_steps(self, kind, jit_compile):
        """A function that finds the graph of a step, which all models of a kind share.

        It is given a batch, or an iterator of batches, and returns what is to be called with it;
        None where Keras's own function serves. The graphs are those of Keras's, node by node.
        """
        if (
            not self.compiled
            or self.run_eagerly
            or tf.config.functions_run_eagerly()
            or self.steps_per_execution != 1
            or not self._is_on_one_cpu()
            or tf.distribute.has_strategy()
            or self.distribute_strategy is not tf.distribute.get_strategy()
        ):
            return lambda data: None
        step, graphs = getattr(self, f"{kind}_step"), {}
        found = None, None  # of an iterator's spec, which is the same object at each step

        def graph_of(data):
            nonlocal found
            is_stream = isinstance(data, tf.data.Iterator)
            spec = data.element_spec if is_stream else data
            if spec is found[0]:
                return found[1]
            leaves = [each for each in keras.tree.flatten(spec) if each is not None]
            expected = tf.TensorSpec if is_stream else tf.Tensor | np.ndarray
            if not all(isinstance(x, expected) and tf.TensorShape(x.shape).rank for x in leaves):
                return None
            given = keras.tree.map_structure(lambda each: each is not None, spec)
            # As `tf.function` has it: one for the first size of batches, and then one for any.
            any_size = tuple(
                tf.TensorSpec((None, *x.shape[1:]), tf.as_dtype(x.dtype)) for x in leaves
            )
            of_sizes = graphs.setdefault((is_stream, repr(given), any_size), {})
            sizes = tuple(x.shape[0] for x in leaves)
            if of_sizes and sizes not in of_sizes:
                sizes = (None,) * len(leaves)
            if sizes not in of_sizes:
                pairs = zip(sizes, any_size, strict=True)
                specs = [tf.TensorSpec((size, *x.shape[1:]), x.dtype) for size, x in pairs]
                build = functools.partial(_graph, step, jit_compile, given, specs, is_stream)
                key = kind, jit_compile, is_stream, repr(given), *specs
                of_sizes[sizes] = shared(self, key, build, alone=lambda: None)
            graph = of_sizes[sizes]
            call = _on_stream if is_stream else _on_batch
            graph = graph and functools.partial(call, graph)
            if is_stream:
                found = spec, graph
            return graph

        return graph_of

    @contextlib.contextmanager
    def _steps_apart(self, callbacks):
        """Steps one by one, whatever was compiled, for a callback that sets something for each."""
        steps = self.steps_per_execution
        needed = any(getattr(each, "needs_every_step", False) for each in flat(callbacks))
        if steps == 1 or not needed:
            yield
            return
        self.steps_per_execution, self.train_function, self.test_function = 1, None, None
        try:
            yield
        finally:
            self.steps_per_execution, self.train_function, self.test_function = steps, None, None

    def _traced(self, network, batch):
        """A network as a graph, which spares TensorFlow a call a layer; kept, to the same bit."""
        apply = functools.partial(network, training=False)
        if not self.compiled or self.run_eagerly or not isinstance(network, keras.Model):
            return apply
        specs = keras.tree.map_structure(
            lambda each: tf.TensorSpec((None, *each.shape[1:]), each.dtype), batch
        )
        graphs = self._compiled.graphs
        key = network, *keras.tree.flatten(specs)
        if key not in graphs:
            graphs[key] = tf.function(apply, input_signature=[specs], autograph=False)
        return graphs[key]

    # ------------------------------------------------------------------ many steps in one call

    def _fit(self, x, y, **options):
        """Keras's `fit`; over the rows of x, where their batches are gathered inside XLA."""
        if not self._may_run_many_steps(x, options):
            steps_apart = self._steps_apart(options.get("callbacks"))
            with self._one_step_an_execution(), steps_apart:
                return super().fit(x, y, **options)
        x, y, options = _without_validation_split(x, y, options)
        self._examples = [_in_memory(each) for each in (x, y) if each is not None]
        many_steps = self._many_steps()
        self._step_by_step, self.train_function = self.train_function, many_steps
        self.steps_per_execution = self._steps_in_one_call(options.get("batch_size") or 32)
        try:
            return super().fit(np.arange(len(x)), None, **options)
        finally:
            self._examples = None
            self.steps_per_execution = self._compile_options["steps_per_execution"]
            if self.train_function is many_steps:  # and no callback has compiled anew
                self.train_function = self._step_by_step

    def _may_run_many_steps(self, x, options):
        return (
            isinstance(x, np.ndarray | tf.Tensor)
            and self.compiled
            and self._is_on_one_cpu()
            and self.jit_compile is True
            and not self.run_eagerly
            and self._compile_options["steps_per_execution"] == 1
            and self._examples is None  # a callback may call `fit`
            # A step of the user's own may return what it likes, and Keras calls it one by one.
            and _is_ours(self, "train_step", "report", "get_metrics_result")
            and not options.get("steps_per_epoch")
            and options.get("shuffle") != "batch"
            and not any(map(_looks_at_batches, flat(options.get("callbacks"))))
        )

    def _steps_in_one_call(self, batch_size):
        """As many as take a fraction of a second: the progress bar is to move."""
        per_step = batch_size * sum(int(np.prod(v.shape)) for v in self.trainable_variables)
        return int(np.clip(_OPERATIONS_IN_ONE_CALL // max(per_step, 1), 1, _STEPS_IN_ONE_CALL))

    def _many_steps(self):
        """A function of an iterator over rows that takes many steps in one XLA call."""

        def function(iterator):
            for batches in _blocks(iterator, self.steps_per_execution):
                logs = self._block(np.stack(batches).astype("int32"))
                self._steps_taken += len(batches)
            return logs

        return function

    def _block(self, rows):
        """The steps on batches of rows `(steps, batch)`; the logs after the last one."""
        if self.jit_compile is True:
            try:
                return self._compiled_block(rows)
            except tf.errors.OpError as error:
                if not _is_of_xla(error):
                    raise
        with self._one_step_an_execution():  # which does without XLA, if that is what lacks
            self.make_train_function()
            for batch in rows:
                examples = tuple(tf.gather(each, batch) for each in self._examples)
                logs = self.train_function(iter([examples]))
        return logs

    def _compiled_block(self, rows):
        # Of one shape whatever the number of steps: XLA compiles for each shape anew.
        padded = np.zeros((self.steps_per_execution, rows.shape[1]), "int32")
        padded[: len(rows)] = rows
        specs = [tf.TensorSpec(each.shape, each.dtype) for each in self._examples]
        key = (padded.shape, *((*each.shape, each.dtype) for each in specs))
        blocks = self._compiled.blocks  # kept for the next `fit`
        if key not in blocks:
            specs = [tf.TensorSpec(padded.shape, "int32"), tf.TensorSpec((), "int32"), *specs]
            compiled = tf.function(self._steps, jit_compile=True, autograph=False)
            self._build_optimizers()  # their variables are asked for, too
            blocks[key] = shared(self, key, lambda: compiled.get_concrete_function(*specs))
        return blocks[key](*map(tf.convert_to_tensor, (padded, len(rows), *self._examples)))

    def _steps(self, rows, count, *examples):
        def step(index):
            self.train_step(tuple(tf.gather(each, rows[index]) for each in examples))
            return (index + 1,)

        tf.while_loop(lambda index: index < count, step, (0,))
        return self.get_metrics_result()

    @contextlib.contextmanager
    def _one_step_an_execution(self):
        """What a callback does while `fit` runs many steps in one call is done step by step."""
        if self._examples is None:
            yield
            return
        many = self.train_function, self.steps_per_execution
        self.train_function, self.steps_per_execution = self._step_by_step, 1
        if getattr(self, "_eval_epoch_iterator", None) is not None:  # `fit` has made it by then
            self._eval_epoch_iterator.steps_per_execution = 1
        try:
            yield
        finally:
            self._step_by_step = self.train_function
            self.train_function, self.steps_per_execution = many


def check_optimizer(optimizer):
    """Raises a ValueError for none; what else is no optimizer Keras refuses itself."""
    if optimizer is None:
        raise ValueError(
            "optimizer must be a Keras optimizer or its name, got None. Mend: optimizer='adam'."
        )


def _graph(step, jit_compile, given, specs, is_stream):
    """A step on batches of such tensors, or on an iterator of them, as a concrete function.

    `given` is the structure of a batch, True for a tensor and False for None.
    """
    step = tf.function(step, jit_compile=jit_compile, autograph=False)

    def in_structure(leaves):
        leaves = iter(leaves)
        return keras.tree.map_structure(lambda each: next(leaves) if each else None, given)

    def on_leaves(*leaves):
        return step(in_structure(leaves))

    def on_iterator(iterator):
        return tf.experimental.Optional.from_value(step(iterator.get_next()))

    if is_stream:
        iterator = tf.data.IteratorSpec(in_structure(specs))
        return tf.function(on_iterator, autograph=False).get_concrete_function(iterator)
    return tf.function(on_leaves, autograph=False).get_concrete_function(*specs)


def _on_stream(graph, iterator):
    result = graph(iterator)
    if not result.has_value():
        raise StopIteration
    return result.get_value()


def _on_batch(graph, batch):
    return graph(*(tf.convert_to_tensor(x) for x in keras.tree.flatten(batch) if x is not None))


def _is_ours(model, *names):
    """Whether these methods are the module's, and not written anew in a class of the user's."""
    return all(getattr(type(model), name).__module__.startswith("vae_keras.") for name in names)


@contextlib.contextmanager
def _no_word_of_tracing():
    """The first calls of five models are five traces, of which TensorFlow would warn."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(level)


def _blocks(iterator, most):
    """The next batches of an iterator, at most so many, in lists of batches of one size.

    Raises:
        StopIteration: There is none.
    """
    batches = [np.asarray(next(iterator)), *map(np.asarray, itertools.islice(iterator, most - 1))]
    return [[*same] for _, same in itertools.groupby(batches, key=len)]  # the last one is smaller


def _in_memory(x):
    """An array as a tensor; float64, which a model of float32 does not use, in half the memory."""
    return tf.convert_to_tensor(x, keras.config.floatx() if x.dtype == "float64" else None)


def _without_validation_split(x, y, options):
    """x, y and the options with the validation data split off, as Keras would."""
    split = options.pop("validation_split", 0.0)
    if not split or options.get("validation_data") is not None:
        return x, y, options
    count = math.floor(len(x) * (1 - split))
    if not 0 < count < len(x):
        raise ValueError(
            f"validation_split must leave examples on both sides, got {split:g} of {len(x)}."
        )
    rest = (x[count:],) if y is None else (x[count:], y[count:])
    return x[:count], None if y is None else y[:count], {**options, "validation_data": rest}


def flat(callbacks):
    """Callbacks as `fit` takes them, in a list."""
    return keras.tree.flatten(getattr(callbacks, "callbacks", callbacks or []))


def _looks_at_batches(callback):
    """Whether a callback does something at each training batch."""
    is_keras_own = type(callback).__module__.startswith("keras.")
    if getattr(callback, "save_freq", None) == "epoch" and is_keras_own:
        return False  # it is called and does nothing
    names = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
    ignored = keras.callbacks.Callback
    return any(
        getattr(type(callback), name, None) is not getattr(ignored, name)
        or name in vars(callback)  # LambdaCallback
        for name in names
    )


def _is_of_xla(error):
    return "XLA" in str(error) and "compil" in str(error)
