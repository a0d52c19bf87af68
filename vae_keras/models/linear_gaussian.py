"""The linear-Gaussian model: a generative model in which every quantity of the course is exact."""

import math

import numpy as np
import tensorflow as tf
from keras import ops

from vae_keras import _checks
from vae_keras.likelihoods import Gaussian
from vae_keras.losses import float64, kl_divergence
from vae_keras.models.vae import VAE


class LinearGaussianModel:
    """A latent-variable model small enough for p(x), p(z|x) and the ELBO to have closed forms.

        p(z) = N(0, I),   p(x|z) = N(W z + b, s² I)

    It is a VAE's generative story with a linear decoder, also known as probabilistic PCA. As
    x = W z + b + noise, everything stays Gaussian:

        p(x)   = N(b, W Wᵀ + s² I)
        p(z|x) = N(M⁻¹ Wᵀ (x - b), s² M⁻¹),   M = Wᵀ W + s² I

    so it tells whether an estimate, a bound or a gradient is right. All is computed in float64 and
    in nats, with Keras operations: gradients flow to `x`, `z` and the parameters of q. Matrices of
    `latent_dim` × `latent_dim` alone are factorised, so hundreds of pixels are no obstacle.

    Source: Tipping and Bishop, "Probabilistic Principal Component Analysis" (1999), section 3.

    Args:
        weights: W, shape `(data_dim, latent_dim)`.
        bias: b, shape `(data_dim,)`; `None` for zeros.
        variance: s², the variance of each coordinate of x given z, a number above 0.

    Raises:
        ValueError: If a shape does not fit, a value is not finite, or `variance` is not above 0.

    Example:

    >>> model = LinearGaussianModel([[1.0], [0.5]], variance=0.25)
    >>> x = [[1.0, 0.0]]
    >>> mean, covariance = model.posterior(x)
    >>> model.log_marginal(x) >= model.elbo(x, z_mean=[[0.0]], z_log_var=[[0.0]])
    """

    def __init__(self, weights, bias=None, variance=0.5):
        # Copies: the model does not change with them.
        weights = _checks.array(weights, "weights", "(data_dim, latent_dim)", dtype="float64")
        bias = np.zeros(len(weights)) if bias is None else bias
        bias = _checks.array(bias, "bias", f"({len(weights)},)", dtype="float64")
        variance = _checks.number(variance, "variance", above=0)
        self._weights, self._bias, self._variance = weights, bias, variance
        for parameter in (weights, bias):
            parameter.setflags(write=False)  # what follows is computed from them once
        # M of the class's docstring.
        with np.errstate(over="ignore", invalid="ignore"):
            m = weights.T @ weights + self.variance * np.eye(self.latent_dim)
        if not np.isfinite(m).all():
            raise ValueError("weights are too large: their products overflow. Mend: rescale them.")
        self._log_determinant_m = np.linalg.slogdet(m)[1]
        self._to_mean = np.linalg.solve(m, weights.T)  # M⁻¹ Wᵀ
        self._precision = m / self.variance
        self._covariance = self.variance * np.linalg.inv(m)  # of the posterior, whatever x

    @property
    def weights(self):
        """W, NumPy array `(data_dim, latent_dim)`."""
        return self._weights

    @property
    def bias(self):
        """b, NumPy array `(data_dim,)`."""
        return self._bias

    @property
    def variance(self):
        """s², a number above 0."""
        return self._variance

    @property
    def data_dim(self):
        """Number of coordinates of x."""
        return self._weights.shape[0]

    @property
    def latent_dim(self):
        """Number of latent dimensions."""
        return self._weights.shape[1]

    @classmethod
    def fit(cls, x, latent_dim):
        """The model that makes data most likely, in closed form.

        Source: Tipping and Bishop (1999), section 3.2.

        Args:
            x: Data, shape `(n, data_dim)`; images are to be flattened first.
            latent_dim: Number of latent dimensions, below n and `data_dim`.

        Returns:
            A `LinearGaussianModel`; the columns of its weights are the principal directions, and
            its variance is the mean of the data's variance in the directions left over.

        Raises:
            ValueError: If the shape does not fit, or if no variance is left for the noise.
        """
        x = _checks.array(x, "x", "(n, data_dim)", dtype="float64", least=2)
        latent_dim = _checks.whole_number(latent_dim, "latent_dim", most=min(x.shape) - 1)
        mean = x.mean(axis=0)
        # Not scikit-learn's PCA: its variances are over n - 1, and with fewer examples than
        # coordinates its noise leaves out the directions in which the data do not vary.
        _, singular_values, directions = np.linalg.svd(x - mean, full_matrices=False)
        eigenvalues = singular_values**2 / len(x)
        variance = eigenvalues[latent_dim:].sum() / (x.shape[1] - latent_dim)
        if not variance > 1e-12 * eigenvalues[0]:
            raise ValueError(
                f"{latent_dim} dimensions explain all of x: no variance is left for the noise. "
                "Mend: a smaller latent_dim."
            )
        scales = np.sqrt(np.maximum(eigenvalues[:latent_dim] - variance, 0.0))
        return cls(directions[:latent_dim].T * scales, mean, float(variance))

    @classmethod
    def from_vae(cls, vae):
        """The generative model of a VAE whose decoder is linear, for vectors of its flat x.

        Args:
            vae: A `VAE` with the Gaussian likelihood and a decoder z ↦ W z + b, for instance
                `dense_decoder(x_shape, latent_dim, hidden_units=())`.

        Returns:
            A `LinearGaussianModel` of which `data_dim` is the number of values of x.

        Raises:
            ValueError: If the likelihood is not Gaussian or the decoder not linear.
        """
        if not isinstance(vae, VAE):
            raise ValueError(f"from_vae needs a vae_keras.VAE, got {type(vae).__name__}.")
        if not isinstance(vae.likelihood, Gaussian):
            raise ValueError(
                "from_vae needs the Gaussian likelihood, got a VAE with "
                f"{type(vae.likelihood).__name__}."
            )
        directions = np.eye(vae.latent_dim)
        probe = np.random.default_rng(0).normal(size=(4, vae.latent_dim))
        z = np.concatenate([np.zeros((1, vae.latent_dim)), directions, probe])
        images = vae.decode(z).reshape(len(z), -1).astype("float64")
        bias, weights = images[0], (images[1 : 1 + vae.latent_dim] - images[0]).T
        expected = probe @ weights.T + bias
        # float32 rounds what z adds to the bias, which may be large, at the bias's own scale.
        tolerance = 1e-4 * np.abs(images - bias).max() + 1e-6 * np.abs(bias).max()
        if np.abs(images[-len(probe) :] - expected).max() > tolerance:
            raise ValueError(
                "from_vae needs a linear decoder, z to W z + b, and this VAE's is not. Mend: "
                "dense_decoder(x_shape, latent_dim, hidden_units=())."
            )
        return cls(weights, bias, vae.likelihood.variance)

    # ------------------------------------------------------------------ the generative story

    def sample(self, n, seed=None):
        """Draws n pairs (z, x): z ~ p(z), then x ~ p(x|z).

        Args:
            n: Number of pairs, at least 1.
            seed: Integer seed; `None` for fresh draws.

        Returns:
            `(z, x)`, NumPy arrays of shapes `(n, latent_dim)` and `(n, data_dim)`.
        """
        n = _checks.whole_number(n, "n")
        generator = np.random.default_rng(_checks.seed(seed))
        z = generator.standard_normal((n, self.latent_dim))
        noise = generator.standard_normal((n, self.data_dim))
        return z, z @ self.weights.T + self.bias + math.sqrt(self.variance) * noise

    def log_prior(self, z):
        """log p(z), shape `(...)`, of z `(..., latent_dim)`."""
        z = self._vectors(z, "z", self.latent_dim)
        return -0.5 * ops.sum(ops.square(z), axis=-1) - 0.5 * self.latent_dim * _LOG_2_PI

    def log_likelihood(self, x, z):
        """log p(x|z) of x `(..., data_dim)` and z `(..., latent_dim)`.

        The leading axes broadcast: x `(data_dim,)` and z `(1000, latent_dim)` give `(1000,)`.
        """
        x = self._vectors(x, "x", self.data_dim)
        z = self._vectors(z, "z", self.latent_dim)
        residual = x - (_apply(self.weights, z) + self.bias)
        squared_error = ops.sum(ops.square(residual), axis=-1)
        return -squared_error / (2.0 * self.variance) + self._log_normalizer()

    # ------------------------------------------------------------------ what Bayes' rule gives

    def log_marginal(self, x):
        """log p(x) = log ∫ p(x|z) p(z) dz, shape `(...)`, of x `(..., data_dim)`; exact."""
        residual = self._vectors(x, "x", self.data_dim) - self.bias
        mean = _apply(self._to_mean, residual)  # of p(z|x)
        # rᵀ (W Wᵀ + s² I)⁻¹ r as a sum of squares, which loses no digit to a small s².
        unexplained = ops.sum(ops.square(residual - _apply(self.weights, mean)), axis=-1)
        mahalanobis = unexplained / self.variance + ops.sum(ops.square(mean), axis=-1)
        log_determinant = (self.data_dim - self.latent_dim) * math.log(self.variance)
        log_determinant += self._log_determinant_m
        return -0.5 * (mahalanobis + log_determinant + self.data_dim * _LOG_2_PI)

    def posterior(self, x):
        """The mean and covariance of p(z|x); exact.

        Args:
            x: Data, shape `(..., data_dim)`.

        Returns:
            `(mean, covariance)`, of shapes `(..., latent_dim)` and `(latent_dim, latent_dim)`: the
            covariance is the same for every x.
        """
        residual = self._vectors(x, "x", self.data_dim) - self.bias
        return _apply(self._to_mean, residual), ops.convert_to_tensor(self._covariance)

    def log_posterior(self, z, x):
        """log p(z|x) of z `(..., latent_dim)` and x `(..., data_dim)`; the leading axes broadcast.

        Computed from the posterior's mean and covariance, not by Bayes' rule: the two can be
        compared.
        """
        deviation = self._vectors(z, "z", self.latent_dim) - self.posterior(x)[0]
        mahalanobis = ops.sum(deviation * _apply(self._precision, deviation), axis=-1)
        log_determinant = self.latent_dim * math.log(self.variance) - self._log_determinant_m
        return -0.5 * (mahalanobis + log_determinant + self.latent_dim * _LOG_2_PI)

    def elbo(self, x, z_mean, z_log_var):
        """The ELBO of q(z|x) = N(z_mean, diag(exp z_log_var)); exact, both terms in closed form.

            ELBO = E_q[log p(x|z)] - KL(q(z|x) ‖ p(z))                              eq. (5)

        Args:
            x: Data, shape `(batch, data_dim)`.
            z_mean: μ, shape `(batch, latent_dim)`.
            z_log_var: log σ², same shape.

        Returns:
            Tensor of shape `(batch,)`, in nats, at most `log_marginal(x)`.
        """
        reconstruction = self.expected_log_likelihood(x, z_mean, z_log_var)  # checks the shapes
        return reconstruction - kl_divergence(float64(z_mean), float64(z_log_var))

    def expected_log_likelihood(self, x, z_mean, z_log_var):
        """E_q[log p(x|z)], the ELBO's reconstruction term; exact. As `elbo` takes and returns."""
        z_mean, z_log_var = self._parameters(x, z_mean, z_log_var)
        # E‖x - Wz - b‖² is the error at μ, and what σ² spreads along each column of W.
        spread = _apply(np.sum(self.weights**2, axis=0, keepdims=True), ops.exp(z_log_var))[..., 0]
        return self.log_likelihood(x, z_mean) - spread / (2.0 * self.variance)

    def _parameters(self, x, z_mean, z_log_var):
        """The parameters of q in float64, one row for each row of x, or one row for all."""
        z_mean = self._vectors(z_mean, "z_mean", self.latent_dim)
        z_log_var = self._vectors(z_log_var, "z_log_var", self.latent_dim)
        rows = self._vectors(x, "x", self.data_dim).shape
        fits = len(rows) == 2 and tuple(z_mean.shape) == tuple(z_log_var.shape)
        if not fits or len(z_mean.shape) != 2 or (1 != z_mean.shape[0] != rows[0] != 1):
            raise ValueError(
                "x, z_mean and z_log_var must have the shapes (batch, data_dim), (batch, "
                f"latent_dim) and (batch, latent_dim), got {tuple(rows)}, {tuple(z_mean.shape)} "
                f"and {tuple(z_log_var.shape)}."
            )
        return z_mean, z_log_var

    def _log_normalizer(self):
        return -0.5 * self.data_dim * (_LOG_2_PI + math.log(self.variance))

    def _vectors(self, values, name, size):
        """`values` in float64, their last axis being of `size`."""
        if not ops.is_tensor(values) and not isinstance(values, tf.Variable):
            values = _checks.array(values, name, dtype="float64", least=0)
        values = float64(values)
        if len(values.shape) == 0 or values.shape[-1] not in (size, None):
            raise ValueError(
                f"{name} must have the shape (..., {size}), got {tuple(values.shape)}."
            )
        return values

    def __repr__(self):
        return (
            f"LinearGaussianModel(data_dim={self.data_dim}, latent_dim={self.latent_dim}, "
            f"variance={self.variance:.4g})"
        )


_LOG_2_PI = math.log(2.0 * math.pi)


def _apply(matrix, vectors):
    """`matrix` (n, m) times each of `vectors` (..., m): (..., n)."""
    return ops.tensordot(vectors, ops.convert_to_tensor(matrix), axes=[[-1], [1]])
