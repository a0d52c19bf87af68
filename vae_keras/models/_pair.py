"""Whether an encoder and a decoder fit each other and their model."""

import keras
import numpy as np

from vae_keras.support import Support

# What leaves the range of values as it is.
_PASSING = (
    keras.layers.Identity,
    keras.layers.Dropout,
    keras.layers.GaussianNoise,
    keras.layers.ActivityRegularization,
    keras.layers.UpSampling1D,
    keras.layers.UpSampling2D,
    keras.layers.UpSampling3D,
    keras.layers.Reshape,
    keras.layers.Flatten,
    keras.layers.Permute,
    keras.layers.Cropping1D,
    keras.layers.Cropping2D,
    keras.layers.Cropping3D,
    keras.layers.ZeroPadding1D,
    keras.layers.ZeroPadding2D,
    keras.layers.ZeroPadding3D,
)


def check_pair(
    encoder,
    decoder,
    number_of_outputs,
    likelihood=None,
    conditional=False,
    autoregressive=False,
    grid=False,
):
    """Raises a ValueError unless the decoder takes what the encoder gives, and gives it back.

    Args:
        encoder, decoder: The networks.
        number_of_outputs: The encoder's: 1 (z) or 2 (z_mean and z_log_var).
        likelihood: What takes the decoder's output, if not x itself.
        conditional: Whether both take a condition as well, their second input.
        autoregressive: Whether the decoder takes x as well, its second input.
        grid: Whether z may have more axes, `(batch, height, width, latent_dim)` for instance.
    """
    for network, role in ((encoder, "encoder"), (decoder, "decoder")):
        _check_network(network, role)
        if not (autoregressive and network is decoder):
            _check_inputs(network, role, conditional)
    if autoregressive:
        _check_sees_x(encoder, decoder)
    if conditional and encoder.inputs[1].shape[1:] != decoder.inputs[1].shape[1:]:
        raise ValueError(
            "The encoder and the decoder must take conditions of one size, got "
            f"{encoder.inputs[1].shape} and {decoder.inputs[1].shape}. Mend: build both with the "
            "same condition_dim."
        )
    _check_encoder(encoder, number_of_outputs, grid=grid)
    latent_shape = encoder.outputs[0].shape
    if tuple(decoder.inputs[0].shape[1:]) != tuple(latent_shape[1:]):
        raise ValueError(
            f"The encoder and the decoder do not fit together: the encoder gives z of shape "
            f"{tuple(latent_shape)}, the decoder takes {decoder.inputs[0].shape}. Mend: build both "
            "with the same latent_dim."
        )
    _check_output(encoder, decoder, likelihood)
    check_apart(encoder=encoder, decoder=decoder)
    takes_floats = "float" in str(encoder.inputs[0].dtype)
    if not takes_floats and not (likelihood is not None and likelihood.takes_whole_numbers):
        raise ValueError(
            f"The encoder must take floating-point numbers, got an input of type "
            f"{encoder.inputs[0].dtype}, which would round values between 0 and 1 to 0. Mend: "
            "keras.Input(shape), which is float32."
        )


def _check_sees_x(encoder, decoder):
    shapes, x = decoder.input_shape, encoder.inputs[0]
    is_pair = isinstance(shapes, list | tuple) and [isinstance(each, tuple) for each in shapes]
    if is_pair != [True, True] or len(shapes[0]) != 2 or shapes[1] != tuple(x.shape):
        raise ValueError(
            f"The decoder of an autoregressive model must take the list [z, x], x of the shape "
            f"{tuple(x.shape)} as the encoder takes it, got inputs of shape {shapes}. Mend: "
            "recurrent_decoder(..., autoregressive=True), or a VAE."
        )


def check_is_causal(decoder, dtype):
    """Raises a ValueError unless a decoder of `[z, x]` tells each place from those before it."""
    z, x = decoder.inputs
    code = np.random.default_rng(0).standard_normal((1, z.shape[1])).astype("float32")

    def say(x):
        return decoder([np.repeat(code, len(x), axis=0), x.astype(dtype)], training=False)

    place = place_seen_ahead(decoder, say, np.zeros(x.shape[1:]), np.ones(x.shape[1:]))
    if place is not None:
        raise ValueError(
            "The decoder must tell each place of x from those before it alone, got one which says "
            f"another thing of place {place} when that place or a later one changes. Mend: "
            "recurrent_decoder(..., autoregressive=True), which shifts x by a place."
        )


def place_seen_ahead(network, say, first, other):
    """A place of which a network says another thing when it, or a later one, changes; or None.

    Args:
        network: The network.
        say: What it says, `(batch, length, …)`, of sequences `(batch, length, …)`.
        first, other: Two sequences that differ at every place. Tried are those which are `first`
            before a place, and `other` from there on.
    """
    length = len(first)
    places = np.unique(np.linspace(0, length - 1, 16).astype(int))
    changed = [np.concatenate([first[:place], other[place:]]) for place in places]
    sequences = np.stack([first, *changed])

    def tell():
        said = keras.ops.convert_to_numpy(say(sequences))
        return said.reshape((len(sequences), length, -1)).astype("float64")

    said, weights = tell(), network.get_weights()
    if np.ptp(said) == 0:  # it starts from zeros, which would hide what it sees
        generator = np.random.default_rng(0)
        noises = [0.1 * generator.standard_normal(np.shape(each)) for each in weights]
        try:
            network.set_weights([w + noise for w, noise in zip(weights, noises, strict=True)])
            said = tell()
        finally:
            network.set_weights(weights)
    errors = np.abs(said[0, places] - said[1 + np.arange(len(places)), places]).max(axis=1)
    if np.all(errors <= 1e-3 * np.abs(said[0]).max()):
        return None
    return places[errors.argmax()]


def check_ladder(encoder, decoder, priors):
    """The sizes of a ladder's layers of codes, the first first; a ValueError unless all fit."""
    if not isinstance(priors, list | tuple):
        raise ValueError(
            "priors must be a list of keras.Model, one from z_2 to [mean, log_var] of z_1, and so "
            f"on, got {type(priors).__name__}. Mend: HierarchicalVAE(*dense_ladder(...))."
        )
    networks = {"encoder": encoder, "decoder": decoder}
    networks |= {f"network priors[{number}]": prior for number, prior in enumerate(priors)}
    for role, network in networks.items():
        _check_network(network, role)
        _check_inputs(network, role, conditional=False)
        if role != "decoder":
            _check_encoder(network, 2, role)
        if role != "encoder" and (len(network.input_shape) != 2 or not network.input_shape[1]):
            raise ValueError(
                f"The {role} must take codes of the shape (batch, size), got {network.input_shape}."
            )
    sizes = tuple(network.input_shape[1] for network in (decoder, *priors))
    for number, (prior, size) in enumerate(zip(priors, sizes, strict=False)):
        found = prior.outputs[0].shape[1]
        if found != size:
            below = f"network priors[{number - 1}]" if number else "decoder"
            raise ValueError(
                f"The network priors[{number}] must return means and log-variances of the {size} "
                f"codes that the {below} takes, got {found}. Mend: latent_dim={size}."
            )
    found = encoder.outputs[0].shape[1]
    if found != sum(sizes):
        raise ValueError(
            f"The encoder must return means and log-variances of the codes of all layers, {sizes} "
            f"and so {sum(sizes)}, got {found}. Mend: latent_dim={sum(sizes)}, or dense_ladder."
        )
    check_apart(**networks)
    return sizes


def check_discriminator(discriminator, encoder, decoder):
    """Raises a ValueError unless it takes x and returns `[features, logit]`."""
    _check_network(discriminator, "discriminator")
    _check_inputs(discriminator, "discriminator", conditional=False)
    x_shape, found = tuple(encoder.inputs[0].shape[1:]), discriminator.input_shape
    if found[1:] != x_shape:
        raise ValueError(
            f"The discriminator must take x of the shape {(None, *x_shape)}, as the encoder does, "
            f"got {found}. Mend: build both with the same shape."
        )
    outputs = [tuple(output.shape) for output in discriminator.outputs]
    is_pair = isinstance(_output(discriminator), list | tuple) and len(outputs) == 2
    if not is_pair or len(outputs[0]) < 2 or outputs[1] != (None, 1):
        raise ValueError(
            "The discriminator must return [features, logit], the logit of shape (batch, 1), got "
            f"{outputs}. Mend: keras.Model(inputs, [hidden, layers.Dense(1)(hidden)])."
        )
    if found := output_range(keras.Model(discriminator.inputs, discriminator.outputs[1])):
        what = found.why.removeprefix("a decoder that ")
        raise ValueError(
            f"The discriminator must return a logit, any number, and this one {what}. Mend: remove "
            "its last activation, the model applies its own."
        )
    check_apart(encoder=encoder, decoder=decoder, discriminator=discriminator)


def check_apart(**networks):
    """Raises a ValueError if two networks have a layer in common."""
    homes = {}
    for role, network in networks.items():
        for layer in network._flatten_layers(include_self=False):
            if layer.weights and homes.setdefault(id(layer), role) != role:
                raise ValueError(
                    f"The {homes[id(layer)]} and the {role} must not share a layer, got "
                    f"{layer.name!r} in both: Keras could not load the saved model again. Mend: a "
                    "layer of its own for each."
                )


def _check_network(network, role):
    if not isinstance(network, keras.Model) or not hasattr(network, "input_shape"):
        raise ValueError(
            f"The {role} must be a keras.Model with known shapes (functional, or a "
            f"Sequential that starts with keras.Input), got {network!r}. Mend: wrap it, "
            "inputs = keras.Input(shape); keras.Model(inputs, network(inputs))."
        )


def _check_inputs(network, role, conditional):
    if not conditional and not isinstance(network.input_shape, tuple):
        raise ValueError(f"The {role} must have one input, got {network.input_shape}.")
    if not conditional:
        return
    shapes = network.input_shape
    is_pair = isinstance(shapes, list | tuple) and [isinstance(each, tuple) for each in shapes]
    if is_pair != [True, True] or len(shapes[1]) != 2:
        first = "x" if role == "encoder" else "z"
        raise ValueError(
            f"The {role} of a conditional model must take the list [{first}, condition], the "
            f"condition of shape (batch, condition_dim), got inputs of shape {shapes}. Mend: "
            f"dense_{role}(..., condition_dim=10)."
        )


def _output(network):
    """What a network returns; a Sequential has one output, which Keras tells once it is called."""
    return network.outputs[0] if isinstance(network, keras.Sequential) else network.output


def _check_encoder(encoder, number_of_outputs, role="encoder", grid=False):
    expected = "[z_mean, z_log_var]" if number_of_outputs == 2 else "one tensor z"
    outputs, output = encoder.output_shape, _output(encoder)
    if isinstance(output, dict):
        names = ", ".join(f"outputs[{name!r}]" for name in output)
        raise ValueError(
            f"The {role} must return {expected}, got a dict of {list(output)}. Mend: "
            f"keras.Model(inputs, [{names}]), in that order."
        )
    outputs = outputs if isinstance(outputs, list) else [outputs]
    if len(outputs) != number_of_outputs:
        mend = f"dense_encoder(..., variational={number_of_outputs == 2})."
        if number_of_outputs == 2 and len(outputs) == 3:
            mend = "leave z out, keras.Model(inputs, [z_mean, z_log_var]): the VAE draws it itself."
        raise ValueError(
            f"The {role} must return {expected}, got {len(outputs)} output(s) of shape {outputs}. "
            f"Mend: {mend}"
        )
    fits = [(len(s) == 2 or (grid and len(s) > 2)) and None not in s[1:] for s in outputs]
    if not all(fits) or len(set(outputs)) != 1:
        wanted = "(batch, …, code_dim), of known sizes" if grid else "(batch, latent_dim)"
        raise ValueError(f"The {role}'s outputs must have one shape {wanted}, got {outputs}.")
    if None in encoder.inputs[0].shape[1:]:
        raise ValueError(
            f"The {role} must take examples of one shape, got {encoder.inputs[0].shape}: a "
            "decoder gives back as much each time. Mend: give keras.Input every size."
        )


def _check_output(encoder, decoder, likelihood):
    x_shape, found = encoder.inputs[0].shape[1:], decoder.output_shape
    expected, given_back = x_shape, "the decoder gives"
    if likelihood is not None and isinstance(found, tuple):
        expected = likelihood.decoded_shape(x_shape, found[1:])
        if expected != x_shape:
            given_back = f"the decoder must give (batch, {', '.join(map(str, x_shape))}, K), gives"
    if not isinstance(found, tuple) or tuple(found[1:]) != tuple(expected):
        kind, shape = ("images", "image_shape") if len(x_shape) == 3 else ("x", "x_shape")
        raise ValueError(
            f"The encoder and the decoder do not fit together: the encoder takes {kind} of shape "
            f"{encoder.inputs[0].shape}, {given_back} {found}. Mend: build both with the same "
            f"{shape}."
        )


def output_range(decoder, bounded=False):
    """The `Support` that a decoder's last activation cannot leave, whatever z; None if none.

    With `bounded`, only an interval that has two ends.

    Told from its structure where that is enough, a last layer with weights and without activation,
    or a sum, and else from what it gives far from the origin, where logits and means go far.
    """
    last = _last_operation(decoder)
    activation = getattr(last, "activation", None)
    is_linear = activation is None or activation is keras.activations.linear
    if _has_several_inputs(last) or (is_linear and getattr(last, "weights", [])):
        return None
    name = getattr(activation, "__name__", None) or last.name
    if activation is keras.activations.sigmoid:
        return Support(0, 1, "a decoder that ends in a sigmoid")
    generator = np.random.default_rng(0)
    inputs = [1e3 * generator.standard_normal((64, *each.shape[1:])) for each in decoder.inputs]
    inputs = [  # whole numbers of x, which an autoregressive decoder takes, have a range
        each.astype("float32") if "float" in str(given.dtype) else np.zeros_like(each, "int32")
        for each, given in zip(inputs, decoder.inputs, strict=True)
    ]
    try:
        decoded = decoder(inputs if len(inputs) > 1 else inputs[0])
        far = np.asarray(keras.ops.convert_to_numpy(decoded), "float64")
    except Exception:  # a layer that runs only inside a graph, or on a whole batch of its own
        return None
    far = far[np.isfinite(far)]
    if far.size == 0 or far.min() == far.max():
        return None  # one and the same number tells nothing
    ranges = [(0.0, 1.0), (-1.0, 1.0), (0.0, np.inf), (-np.inf, 0.0)]
    for low, high in ranges[:2] if bounded else ranges:
        if low <= far.min() and far.max() <= high:
            return Support(low, high, f"a decoder that ends in {name!r}")
    return None


def support_of(decoder, likelihood):
    """Where x must lie; a ValueError if the decoder does not give what the likelihood takes."""
    support = likelihood.support_of(decoder.output_shape[1:])
    if likelihood.takes_logits:
        check_logits(decoder, likelihood)
        return support
    return output_range(decoder, bounded=True) or support


def check_logits(decoder, likelihood):
    """Raises a ValueError if a decoder gives probabilities, or the like, instead of logits."""
    found = output_range(decoder)
    if found is None or (found.high == 0 and likelihood.takes_log_probabilities):
        return
    what = found.why.removeprefix("a decoder that ")
    raise ValueError(
        f"Under the {type(likelihood).__name__} likelihood the decoder must return logits, any "
        f"numbers, and this one {what}: its output never leaves {found.interval}. Mend: remove its "
        "last activation (the model applies its own), or use likelihood='gaussian'."
    )


def _last_operation(decoder):
    """The layer, or Keras's operation, that makes the decoder's values what they are."""
    tensor = decoder.outputs[0]
    while True:
        operation = tensor._keras_history.operation
        if isinstance(operation, keras.layers.TimeDistributed):
            operation = operation.layer
        if isinstance(operation, keras.Model) and hasattr(operation, "outputs"):
            return _last_operation(operation)
        is_idle = getattr(operation, "activation", None) is keras.activations.linear
        passes = isinstance(operation, _PASSING) or (is_idle and not operation.weights)
        if not passes or _has_several_inputs(operation):
            return operation
        tensor = operation.input


def _has_several_inputs(operation):
    try:
        return isinstance(operation.input, list | tuple | dict)
    except (AttributeError, ValueError):  # inside a wrapper, or called more than once
        return False
