"""Fully connected networks, for x of any shape."""

import math

import keras
from keras import layers

from vae_keras import _checks
from vae_keras.networks._parts import discriminator, given, latent_head, output_dtype, sizes


def dense_encoder(
    x_shape,
    latent_dim,
    hidden_units=(400,),
    *,
    activation="relu",
    variational=True,
    condition_dim=None,
):
    """Fully connected encoder: x → `[z_mean, z_log_var]`.

    Args:
        x_shape: Shape of one example: `(height, width, channels)`, `(features,)`, any.
        latent_dim: Number of latent dimensions, at least 1.
        hidden_units: Widths of the hidden layers, from x to the latent space. `()` makes the
            network linear.
        activation: Activation of the hidden layers.
        variational: Whether the output is `[z_mean, z_log_var]` (for a `VAE`), or one vector `z`
            (for an `Autoencoder`).
        condition_dim: For a `ConditionalVAE`, the size of its conditions, the network's second
            input, which is appended to the values of x; `None` for no such input.

    Returns:
        A `keras.Model` from `(batch, …)` to two tensors (or one) of shape `(batch, latent_dim)`.

    Raises:
        ValueError: If a size is not a whole number above 0.

    Example:

    >>> encoder = dense_encoder((28, 28, 1), latent_dim=2)
    >>> z_mean, z_log_var = encoder(np.zeros((5, 28, 28, 1)))
    """
    x_shape = sizes(x_shape, "x_shape")
    hidden_units = sizes(hidden_units, "hidden_units", least=0)

    inputs = keras.Input(x_shape, name="x")
    inputs, x = given(condition_dim, inputs, layers.Flatten()(inputs))
    for units in hidden_units:
        x = layers.Dense(units, activation=activation)(x)
    return keras.Model(inputs, latent_head(x, latent_dim, variational), name="encoder")


def dense_decoder(
    x_shape,
    latent_dim,
    hidden_units=(400,),
    *,
    activation="relu",
    output_activation=None,
    condition_dim=None,
):
    """Fully connected decoder: z → logits or means in x's shape.

    Args:
        x_shape: Shape of one example: `(height, width, channels)`, `(features,)`, any; for the
            categorical likelihood with a last axis of categories, `(length, K)`.
        latent_dim, activation: As for `dense_encoder`.
        hidden_units: Widths of the hidden layers, from the latent space to x. `()` makes the
            network linear.
        output_activation: `None` for logits (Bernoulli, Categorical) or unbounded means (Gaussian);
            `"sigmoid"` for means in [0, 1], as an `Autoencoder` wants.
        condition_dim: As for `dense_encoder`; the condition is appended to z.

    Returns:
        A `keras.Model` from `(batch, latent_dim)` to `(batch, …)`.

    Raises:
        ValueError: If a size is not a whole number above 0.
    """
    x_shape = sizes(x_shape, "x_shape")
    hidden_units = sizes(hidden_units, "hidden_units", least=0)

    inputs = keras.Input((_checks.whole_number(latent_dim, "latent_dim"),), name="z")
    inputs, x = given(condition_dim, inputs, inputs)
    for units in hidden_units:
        x = layers.Dense(units, activation=activation)(x)
    x = layers.Dense(math.prod(x_shape), activation=output_activation, dtype=output_dtype())(x)
    x = layers.Reshape(x_shape, dtype=output_dtype(), name="x")(x)
    return keras.Model(inputs, x, name="decoder")


def dense_ladder(x_shape, latent_dims, hidden_units, *, activation="relu"):
    """Fully connected networks of a `HierarchicalVAE`: its encoder, decoder and priors.

    Upwards x → d_1 → d_2 → …, a hidden layer for each layer of codes, which is encoded from d_l:
    the higher layers see the deeper features. Downwards a network with one hidden layer for each
    step, z_2 → z_1 and z_1 → x among them.

    Args:
        x_shape, activation: As for `dense_encoder`, and `dense_decoder`.
        latent_dims: Number of latent dimensions of each layer, the first being nearest to x.
        hidden_units: Width of the hidden layer between x and z_1, between z_1 and z_2, and so on.

    Returns:
        `(encoder, decoder, priors)`, as `HierarchicalVAE` takes them.

    Raises:
        ValueError: If a size is not a whole number above 0, or the two tuples differ in length.

    Example:

    >>> hvae = HierarchicalVAE(*dense_ladder((28, 28, 1), (32, 8), (400, 200)))
    """
    x_shape = sizes(x_shape, "x_shape")
    latent_dims = sizes(latent_dims, "latent_dims")
    hidden_units = sizes(hidden_units, "hidden_units")
    _checks.same_length(hidden_units, "hidden_units", "latent_dims", len(latent_dims))

    inputs = keras.Input(x_shape, name="x")
    features, heads = layers.Flatten()(inputs), []
    for number, (size, units) in enumerate(zip(latent_dims, hidden_units, strict=True), start=1):
        features = layers.Dense(units, activation=activation)(features)
        heads.append(latent_head(features, size, variational=True, suffix=f"_{number}"))
    outputs = heads[0]
    if len(heads) > 1:  # side by side
        join = layers.Concatenate(dtype=output_dtype())
        outputs = [join([*parts]) for parts in zip(*heads, strict=True)]
    decoder = dense_decoder(x_shape, latent_dims[0], hidden_units[:1], activation=activation)
    priors = [
        dense_encoder((above,), size, (units,), activation=activation)
        for above, size, units in zip(
            latent_dims[1:], latent_dims[:-1], hidden_units[1:], strict=True
        )
    ]
    return keras.Model(inputs, outputs, name="encoder"), decoder, priors


def dense_discriminator(x_shape, hidden_units=(400,), *, activation="leaky_relu"):
    """Fully connected discriminator of a `VAEGAN`: x → `[features, logit]`.

    Args:
        x_shape, hidden_units: As for `dense_encoder`, one hidden layer at least: the features are
            what the last one gives.
        activation: Activation of the hidden layers.

    Returns:
        A `keras.Model` from `(batch, …)` to the features `(batch, units)` and the logit of the
        probability that x is real, `(batch, 1)`.

    Raises:
        ValueError: If a size is not a whole number above 0.
    """
    inputs = keras.Input(sizes(x_shape, "x_shape"), name="x")
    features = layers.Flatten()(inputs)
    for units in sizes(hidden_units, "hidden_units"):
        features = layers.Dense(units, activation=activation)(features)
    return discriminator(inputs, features)
