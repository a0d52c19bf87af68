"""Moving in the latent space: interpolation, traversals, attribute directions."""

import numpy as np

from vae_keras import _checks


def interpolate(z_start, z_end, num_steps=10, method="linear"):
    """Codes along a path from one code to another.

    The linear path is z(t) = (1 - t) z_start + t z_end. In high dimension it passes through
    lengths that the prior N(0, I) almost never draws: √(d/2) and not √d halfway between two
    independent draws. The spherical path turns instead,

        z(t) = [sin((1 - t) ω) z_start + sin(t ω) z_end] / sin ω,

    where ω is the angle between the two codes. Between codes of one length it keeps that length
    and turns at a constant pace; between others, neither, and near opposite codes it may go far.

    Source: Shoemake, "Animating Rotation with Quaternion Curves" (1985); White, "Sampling
    Generative Networks" (2016), for latent spaces.

    Args:
        z_start, z_end: Codes `(latent_dim,)` or `(batch, latent_dim)`, of one shape.
        num_steps: Number of codes on the path, the two ends included; at least 2.
        method: `"linear"` or `"spherical"`.

    Returns:
        NumPy array `([batch,] num_steps, latent_dim)`, in the codes' precision.

    Raises:
        ValueError: If the shapes differ, a code is not finite, `num_steps` or `method` is not
            valid, or a spherical path is not defined: a code is zero, or the two are opposite.

    Example:

    >>> images = vae.decode(interpolate(z_mean[0], z_mean[1], num_steps=10))
    """
    shapes = ("(latent_dim,)", "(batch, latent_dim)")
    start, end = _checks.array(z_start, "z_start", shapes), _checks.array(z_end, "z_end", shapes)
    if start.shape != end.shape:
        raise ValueError(
            f"z_start and z_end must have the same shape, got {start.shape} and {end.shape}."
        )
    num_steps = _checks.whole_number(num_steps, "num_steps", least=2)
    _checks.choice(method, "method", ("linear", "spherical"))
    t = np.linspace(0, 1, num_steps)[:, None]
    start, end = start[..., None, :], end[..., None, :]
    weights = (1 - t, t) if method == "linear" else _spherical_weights(start, end, t)
    path = weights[0] * start + weights[1] * end
    return path.astype(np.result_type(start, end))


def _spherical_weights(start, end, t):
    ends = np.stack([start, end]).astype("float64")
    # By the largest coordinate first: the squares of very small or large ones are not numbers.
    largest = np.abs(ends).max(axis=-1, keepdims=True)
    if largest.min() == 0:
        raise ValueError("a spherical path has no direction at a code of length 0: use 'linear'.")
    ends /= largest
    one, other = ends / np.linalg.norm(ends, axis=-1, keepdims=True)
    # The angle from the chord and its complement: exact near 0 and near π, where arccos is not.
    chord = np.linalg.norm(one - other, axis=-1, keepdims=True)
    complement = np.linalg.norm(one + other, axis=-1, keepdims=True)
    if complement.min() < 1e-7:
        raise ValueError(
            "a spherical path between opposite codes is not defined: all the ways around are as "
            "short. Use 'linear', or go through a third code."
        )
    angle = 2 * np.arctan2(chord, complement)
    same = angle < 1e-7  # there the linear path, its limit
    sine = np.where(same, 1, np.sin(angle))
    return [np.where(same, each, np.sin(each * angle) / sine) for each in (1 - t, t)]


def traverse(z, dimension, values):
    """Codes `(count, latent_dim)` that differ from one in a single dimension.

    Args:
        z: Code `(latent_dim,)`.
        dimension: Which one, from 0; negative counts from the end.
        values: What it takes in turn, `(count,)`: -3 to 3 spans what the prior draws.

    Raises:
        ValueError: If there is no such dimension, or the shapes are others.

    Example:

    >>> images = vae.decode(traverse(z_mean[0], 3, np.linspace(-3, 3, 11)))
    """
    z = _checks.array(z, "z", "(latent_dim,)")
    values = _checks.array(values, "values", "(count,)")
    dimension = _checks.whole_number(dimension, "dimension", -len(z), len(z) - 1)
    path = np.repeat(z[None], len(values), axis=0)
    path[:, dimension] = values
    return path


def attribute_direction(z, attribute, controls=None):
    """The direction along which an attribute changes, in latent space.

    The direction v of the least-squares fit z ≈ a + v · attribute + C · controls: what one unit
    more of the attribute adds to the mean code, all controls being equal. An attribute that comes
    with another in the data (smiles with wide faces) drags that one along, unless it is a control.
    For an attribute of 0 and 1 and without controls, it is the attribute vector of the field: the
    mean code of the images that have it, less that of those that have not.

    Source: Larsen and others, "Autoencoding beyond pixels using a learned similarity metric"
    (2016), section 4.2, for the difference of means; the controls are multiple regression.

    Args:
        z: Codes, `(batch, latent_dim)`.
        attribute: Its value for each, `(batch,)`: numbers or truths.
        controls: Other attributes to hold equal, `(batch,)` or `(batch, count)`; None for none.

    Returns:
        NumPy array `(latent_dim,)`, in the codes' precision: add `amount · direction` to a code for
        `amount` units more of the attribute.

    Raises:
        ValueError: If the shapes differ, a value is not finite, or the attribute is the same for
            all images, or a linear combination of the controls.

    Example:

    >>> smiling = attribute_direction(z_mean, smile)
    >>> images = vae.decode(z_mean[:10] + 0.5 * smiling)
    """
    z = _checks.array(z, "z", "(batch, latent_dim)")
    attribute = _checks.array(attribute, "attribute", "(batch,)")
    if controls is None:
        controls = np.empty((len(z), 0))
    else:
        controls = _checks.array(controls, "controls", ("(batch,)", "(batch, count)"))
        controls = controls[:, None] if controls.ndim == 1 else controls
    _checks.same_length(attribute, "attribute", "z", len(z))
    _checks.same_length(controls, "controls", "z", len(z))
    value, unit = _standardized(attribute)
    others, _ = _standardized(controls)  # a date, large and varying little, weighs as the others
    # The attribute's own part: what the constant and the controls do not explain (Frisch-Waugh).
    own = value - others @ np.linalg.lstsq(others, value, rcond=None)[0]
    if np.linalg.norm(own) <= 1e-6 * np.linalg.norm(value):
        raise ValueError(
            "the attribute must vary, and not only as its controls do: there is nothing to "
            "tell its direction from."
        )
    direction = own @ z.astype("float64") / (own @ own) / unit
    return direction.astype(z.dtype)


def _standardized(values):
    """Deviations from the mean over the first axis, by the largest one, which comes with them."""
    values = values.astype("float64")
    varies = np.any(values != values[0], axis=0)  # a mean of equal numbers may be beside them
    deviations = np.where(varies, values - values.mean(axis=0), 0.0)
    largest = np.where(varies, np.abs(deviations).max(axis=0), 1.0)
    return deviations / largest, largest
