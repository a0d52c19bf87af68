"""Laws of one variable, for the exercises that look for a q near them."""

import numpy as np
from keras import ops


def skewed(center, scale):
    """The log-density of a skewed law: (z − center) / scale is the logarithm of an exponential."""

    def log_density(z, xp):
        u = (z - center) / scale
        return u - xp.exp(u) - np.log(scale)

    return log_density


def log_joint_of(log_density, log_p_x):
    """log p(x, z), a function of a number, an array or a tensor.

    Args:
        log_density: log p(z|x), a function of z and of NumPy or `keras.ops`.
        log_p_x: log p(x).
    """

    def log_joint(z):
        if isinstance(z, (np.ndarray, np.generic, float, int, list)):
            return log_density(np.asarray(z, "float64"), np) + log_p_x
        return log_density(z, ops) + log_p_x

    return log_joint


def mode_and_width(log_joint):
    """Where log p(x, z) is largest, and the deviation that its curvature there gives."""
    grid = np.linspace(-12, 12, 24_001)
    mode, h = grid[np.argmax(log_joint(grid))], 1e-2
    left, middle, right = log_joint(mode + np.array([-h, 0, h]))
    return mode, h / np.sqrt(2 * middle - left - right)
