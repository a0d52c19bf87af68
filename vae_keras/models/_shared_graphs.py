"""Compiled functions that models of one kind share: of ten seeds, nine compile nothing.

A function is compiled for one model and called, for another of the same kind, on that one's
variables. Two models are of a kind where nothing but variables could tell their steps apart:
networks, likelihood, optimizer and options are the same by their configurations, and all of them
are of Keras or of this module, whose configurations say everything.
"""

import collections
import json
import threading
import types

import keras

_MOST_KEPT = 16
_LARGEST = 3_000_000  # numbers in the variables of a model, which may outlive it here
_OWN = "keras.", "vae_keras."
_FUNCTIONS = types.FunctionType, types.MethodType
_VARIABLE_OPTIONS = "beta", "learning_rate", "name", "seed"

_functions = collections.OrderedDict()
_lock = threading.RLock()  # a function is of one model at a time


def shared(model, key, build):
    """`build()`, or the same function of another model of this kind on this one's variables.

    Args:
        model: A `LatentModel`, whose variables are all there.
        key: What else the function depends on, its argument's shapes for instance; hashable.
        build: Returns a concrete function, of tensors and of the model's variables.
    """
    kind = _kind(model)
    if kind is None:
        return build()
    own = model.step_variables
    with _lock:
        if (kind, key) not in _functions:
            concrete = build()
            places = {id(variable.handle): place for place, variable in enumerate(own)}
            captured = [places.get(id(handle)) for handle in concrete.captured_inputs]
            if None in captured:
                return concrete
            _functions[kind, key] = concrete, captured
            while len(_functions) > _MOST_KEPT:
                _functions.popitem(last=False)
        _functions.move_to_end((kind, key))
        concrete, captured = _functions[kind, key]
    handles = [own[place].handle for place in captured]

    def function(*arguments):
        with _lock:
            concrete.set_external_captures(handles)
            return concrete(*arguments)

    return function


def _kind(model):
    """What two models must have in common to share a function, a string; None to share none."""
    parts = [*model._flatten_layers(), *model.optimizers]
    if not all(_is_known(part) for part in parts):
        return None
    if sum(variable.shape.num_elements() for variable in model.step_variables) > _LARGEST:
        return None
    names = {}
    for layer in parts:
        names.setdefault(layer.name, f"#{len(names)}")
    config = [model.get_config(), *map(keras.saving.serialize_keras_object, model.optimizers)]
    variables = [(v.shape.as_list(), v.dtype.name, v.trainable) for v in model.step_variables]
    trained = [variable.trainable for variable in model.variables]
    kind = [type(model).__name__, model._compile_options["auto_scale_loss"], variables, trained]
    return json.dumps([*kind, _anonymous(config, names)], default=repr)


def _is_known(part):
    """Whether a layer or an optimizer, and all that it calls, is of Keras or of this module."""
    if isinstance(part, keras.layers.Lambda) or not _is_own(type(part)):
        return False
    functions = [each for each in vars(part).values() if isinstance(each, _FUNCTIONS)]
    objects = [each for each in vars(part).values() if callable(each) and each not in functions]
    if isinstance(part, keras.Model):  # its layers come by, too; the rest is Keras's machinery
        objects = []
    return all(map(_is_own, functions)) and all(_is_own(type(each)) for each in objects)


def _is_own(value):
    return value.__module__.startswith(_OWN)


def _anonymous(config, names):
    """A configuration without what variables hold, and with numbers for names."""
    if isinstance(config, dict):
        return {
            key: _anonymous(value, names)
            for key, value in config.items()
            if key not in _VARIABLE_OPTIONS or isinstance(value, dict)
        }
    if isinstance(config, list | tuple):
        return [_anonymous(value, names) for value in config]
    return names.get(config, config) if isinstance(config, str) else config
