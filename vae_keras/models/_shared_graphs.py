"""Functions that models of one kind share: of ten seeds, nine trace and compile nothing.

A function is traced, and compiled, for one model and called, for another of the same kind, on that
one's variables. Two models are of a kind where nothing but variables could tell their steps apart:
networks, likelihood, optimizer and options are the same by their configurations, and all of them
are of Keras or of this module, and hold nothing that their configurations do not say.
"""

import collections
import json
import threading
import types

import keras
import tensorflow as tf

_MOST_KEPT = 64
_LARGEST = 3_000_000  # numbers in the variables of a model, which may outlive it here
_MOST_NUMBERS = 48_000_000  # in those of all models together
_OWN = "keras.", "vae_keras.", "contextlib"
_FUNCTIONS = types.FunctionType, types.MethodType
_NOT_SAID = keras.layers.Lambda, getattr(keras.optimizers, "MultiOptimizer", ())
# What an optimizer does with some variables alone, told by their names or their identity.
_EXCLUDED = (
    "_exclude_from_weight_decay",
    "_exclude_from_weight_decay_pattern",
    "exclude_embeddings",
    "exclude_layers",
)

_functions = collections.OrderedDict()
_lock = threading.RLock()


def shared(model, key, build, alone=None):
    """`build()`, or the same function of another model of this kind on this one's variables.

    Args:
        model: A `LatentModel`, whose variables are all there.
        key: What else the function depends on, its argument's shapes for instance; hashable.
        build: Returns a concrete function, of tensors and of the model's variables.
        alone: What to return instead, called, for a model that shares with none.
    """
    kind = _kind(model)
    if kind is None:
        return (alone or build)()
    own = model.step_variables
    with _lock:
        if (kind, key) not in _functions:
            concrete = build()
            places = {id(variable.handle): place for place, variable in enumerate(own)}
            captured = [places.get(id(handle)) for handle in concrete.captured_inputs]
            if None in captured:
                return concrete
            _functions[kind, key] = concrete, captured, threading.RLock(), _numbers(model)
            while len(_functions) > _MOST_KEPT or _numbers_kept() > _MOST_NUMBERS:
                _functions.popitem(last=False)
        _functions.move_to_end((kind, key))
        concrete, captured, lock, _ = _functions[kind, key]
    handles = [own[place].handle for place in captured]

    def function(*arguments):
        with lock:  # it is of one model at a time
            concrete.set_external_captures(handles)
            return concrete(*arguments)

    return function


def _kind(model):
    """What two models must have in common to share a function, a string; None to share none."""
    optimizers = [part for each in model.optimizers for part in _with_inner(each)]
    parts = [*_operations(model), *optimizers]
    if not all(_is_known(part) for part in parts):
        return None
    if _numbers(model) > _LARGEST:
        return None
    rules = [each for v in model.variables for each in (v.constraint, v.regularizer)]
    if not all(each is None or _is_own(type(each)) for each in rules):
        return None
    names = {}
    for part in parts:
        names.setdefault(part.name, f"#{len(names)}")
    serialize = keras.saving.serialize_keras_object
    config = [
        _anonymous({**model.get_config(), "beta": None}, names),
        _anonymous([serialize(each) for each in model.optimizers], names, ("learning_rate",)),
        [each and serialize(each) for each in rules],
    ]
    variables = [(v.shape.as_list(), v.dtype.name, v.trainable) for v in model.step_variables]
    trained = [variable.trainable for variable in model.variables]
    casts = [getattr(part, "autocast", None) for part in parts]
    kind = [type(model).__name__, model._compile_options["auto_scale_loss"], variables, trained]
    return json.dumps([*kind, casts, config], default=repr)


def _operations(model):
    """The layers of a model, and what its functional networks call that is none: `ops.log`."""
    for layer in model._flatten_layers():
        yield layer
        for each in getattr(layer, "operations", ()):
            if not isinstance(each, keras.Layer):
                yield each


def _numbers(model):
    return sum(variable.shape.num_elements() for variable in model.step_variables)


def _numbers_kept():
    return sum(numbers for *_, numbers in _functions.values())


def _with_inner(optimizer):
    while optimizer is not None:
        yield optimizer
        optimizer = getattr(optimizer, "inner_optimizer", None)


def _is_known(part):
    """Whether a part of a model is Keras's or ours, and its configuration says all of it."""
    if isinstance(part, _NOT_SAID) or not _is_own(type(part)):
        return False
    if any(getattr(part, name, None) for name in _EXCLUDED):
        return False
    values = [*vars(part).values()]
    for each in type(part).__mro__:  # a method of ours may have been replaced
        if each.__module__.startswith("vae_keras."):
            values += [value for value in vars(each).values() if isinstance(value, _FUNCTIONS)]
    if any(isinstance(value, tf.Tensor) for value in values):  # of an adapted Normalization
        return False
    return all(
        _is_own(value if isinstance(value, _FUNCTIONS) else type(value))
        for value in values
        if callable(value)
    )


def _is_own(value):
    """Whether a class, or the code of a function, is of Keras or of this module."""
    if isinstance(value, type):
        module = value.__module__
    else:  # its __module__ may be that of the function it wraps
        module = getattr(value, "__globals__", {}).get("__name__")
    return str(module).startswith(_OWN)


def _anonymous(config, names, of_variables=()):
    """A configuration with numbers for names, and without what variables hold."""
    if isinstance(config, dict):
        return {
            key: names.get(value, value)
            if key == "name"
            else _anonymous(value, names, of_variables)
            for key, value in config.items()
            if key not in ("seed", *of_variables) or isinstance(value, dict)
        }
    if isinstance(config, list | tuple):
        if len(config) == 3 and isinstance(config[0], str):  # a layer's name, a node, a tensor
            return [names.get(config[0], config[0]), *config[1:]]
        return [_anonymous(value, names, of_variables) for value in config]
    return config
