"""The linear-Gaussian model: a generative model in which every quantity of the course is exact."""

import dataclasses
import math

import numpy as np
import tensorflow as tf
from keras import ops

from vae_keras import _checks, _tensors
from vae_keras.likelihoods import Gaussian
from vae_keras.losses import kl_divergence
from vae_keras.models.vae import VAE


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class LinearGaussianModel:
    """A latent-variable model small enough for p(x), p(z|x) and the ELBO to have closed forms.

        p(z) = N(0, I),   p(x|z) = N(W z + b, s² I)

    It is a VAE's generative story with a linear decoder, also known as probabilistic PCA. As
    x = W z + b + noise, everything stays Gaussian:

        p(x)   = N(b, W Wᵀ + s² I)
        p(z|x) = N(M⁻¹ Wᵀ (x - b), s² M⁻¹),   M = Wᵀ W + s² I

    so it tells whether an estimate, a bound or a gradient is right. All is computed in float64 and
    in nats, with Keras operations: gradients flow to `x`, `z` and the parameters of q. Only
    matrices of `latent_dim` × `latent_dim` are factorised: hundreds of pixels are no obstacle.

    Source: Tipping and Bishop, "Probabilistic Principal Component Analysis" (1999), section 3.

    Args:
        weights: W, shape `(data_dim, latent_dim)`.
        bias: b, shape `(data_dim,)`; `None` for zeros.
        variance: s², the variance of each coordinate of x given z, a number above 0.

    The three are attributes of the model that cannot be set, as are `data_dim` and `latent_dim`.

    Raises:
        ValueError: If a shape does not fit, a value is not finite, or `variance` is not above 0.

    Example:

    >>> model = LinearGaussianModel([[1.0], [0.5]], variance=0.25)
    >>> x = [[1.0, 0.0]]
    >>> mean, covariance = model.posterior(x)
    >>> model.log_marginal(x) >= model.elbo(x, z_mean=[[0.0]], z_log_var=[[0.0]])
    """

    weights: np.ndarray
    bias: np.ndarray | None = None
    variance: float = 0.5

    def __post_init__(self):
        # Copies, which do not change: what follows is computed from them once.
        weights = _checks.array(self.weights, "weights", "(data_dim, latent_dim)", dtype="float64")
        bias = np.zeros(len(weights)) if self.bias is None else self.bias
        bias = _checks.array(bias, "bias", f"({len(weights)},)", dtype="float64")
        variance = _checks.number(self.variance, "variance", above=0)
        for parameter in (weights, bias):
            parameter.setflags(write=False)
        with np.errstate(over="ignore", invalid="ignore"):
            m = weights.T @ weights + variance * np.eye(weights.shape[1])
        if not np.isfinite(m).all():
            raise ValueError("weights are too large: their products overflow. Mend: rescale them.")
        vars(self).update(
            weights=weights,
            bias=bias,
            variance=variance,
            data_dim=len(weights),
            latent_dim=weights.shape[1],
            _log_determinant_m=np.linalg.slogdet(m)[1],
            _to_mean=np.linalg.solve(m, weights.T).T,  # W M⁻¹
            _covariance=variance * np.linalg.inv(m),  # of the posterior, whatever x
            _precision=m / variance,
        )

    @classmethod
    def fit(cls, x, latent_dim):
        """The model that makes data most likely, in closed form: Tipping and Bishop, section 3.2.

        The columns of its weights are the principal directions, and its variance is the mean of
        the data's variance in the directions left over.

        Args:
            x: Data, shape `(n, data_dim)`.
            latent_dim: Number of latent dimensions, below n and `data_dim`.

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
        """The generative model of a VAE whose decoder is z ↦ W z + b, for vectors of its flat x.

        Raises:
            ValueError: If the likelihood is not Gaussian or the decoder not linear.
        """
        if not isinstance(vae, VAE):
            raise ValueError(f"vae must be a vae_keras.VAE, got {type(vae).__name__}.")
        if not isinstance(vae.likelihood, Gaussian):
            name = type(vae.likelihood).__name__
            raise ValueError(f"vae must have the Gaussian likelihood, got one with {name}.")
        d = vae.latent_dim
        probe = np.random.default_rng(0).normal(size=(4, d))
        z = np.concatenate([np.zeros((1, d)), np.eye(d), probe])
        bias, *images = vae.decode(z).reshape(len(z), -1).astype("float64")
        deviations = np.stack(images) - bias
        weights = deviations[:d].T
        # float32 rounds what z adds to the bias, which may be large, at the bias's own scale.
        tolerance = 1e-4 * np.abs(deviations).max() + 1e-6 * np.abs(bias).max()
        if np.abs(deviations[d:] - probe @ weights.T).max() > tolerance:
            raise ValueError(
                "vae must have a linear decoder, z to W z + b, got one that is not. Mend: "
                "dense_decoder(x_shape, latent_dim, hidden_units=())."
            )
        return cls(weights, bias, vae.likelihood.variance)

    def sample(self, n, seed=None):
        """Draws n pairs: z ~ p(z), `(n, latent_dim)`, then x ~ p(x|z), `(n, data_dim)`.

        `seed` is an integer, or `None` for fresh draws.
        """
        n = _checks.whole_number(n, "n")
        generator = np.random.default_rng(_checks.seed(seed))
        z = generator.standard_normal((n, self.latent_dim))
        noise = generator.standard_normal((n, self.data_dim))
        return z, z @ self.weights.T + self.bias + math.sqrt(self.variance) * noise

    def log_prior(self, z):
        """log p(z), shape `(...)`, of z `(..., latent_dim)`."""
        z = _vectors(z, "z", self.latent_dim)
        return _log_density(ops.sum(ops.square(z), axis=-1), 0.0, self.latent_dim)

    def log_likelihood(self, x, z):
        """log p(x|z) of x `(..., data_dim)` and z `(..., latent_dim)`.

        The leading axes broadcast: x `(data_dim,)` and z `(1000, latent_dim)` give `(1000,)`.
        """
        x, z = _vectors(x, "x", self.data_dim), _vectors(z, "z", self.latent_dim)
        _check_broadcast(x, z)
        residual = x - (ops.matmul(z, self.weights.T) + self.bias)
        mahalanobis = ops.sum(ops.square(residual), axis=-1) / self.variance
        return _log_density(mahalanobis, self.data_dim * math.log(self.variance), self.data_dim)

    def log_marginal(self, x):
        """log p(x) = log ∫ p(x|z) p(z) dz, shape `(...)`, of x `(..., data_dim)`; exact."""
        mean = self.posterior(x)[0]
        # Bayes' rule, where the posterior is highest: no digit is lost to a small s².
        return self.log_likelihood(x, mean) + self.log_prior(mean) - self.log_posterior(mean, x)

    def posterior(self, x):
        """The mean and covariance of p(z|x), of x `(..., data_dim)`; exact.

        Of shapes `(..., latent_dim)` and `(latent_dim, latent_dim)`: every x has one covariance.
        """
        residual = _vectors(x, "x", self.data_dim) - self.bias
        return ops.matmul(residual, self._to_mean), ops.convert_to_tensor(self._covariance)

    def log_posterior(self, z, x):
        """log p(z|x) of z `(..., latent_dim)` and x `(..., data_dim)`; the leading axes broadcast.

        From the posterior's mean and covariance, not by Bayes' rule: the two can be compared.
        """
        z, mean = _vectors(z, "z", self.latent_dim), self.posterior(x)[0]
        _check_broadcast(mean, z)
        deviation = z - mean
        mahalanobis = ops.sum(deviation * ops.matmul(deviation, self._precision), axis=-1)
        log_determinant = self.latent_dim * math.log(self.variance) - self._log_determinant_m
        return _log_density(mahalanobis, log_determinant, self.latent_dim)

    def elbo(self, x, z_mean, z_log_var):
        """The ELBO of q(z|x) = N(z_mean, diag(exp z_log_var)); exact, both terms in closed form.

            ELBO = E_q[log p(x|z)] - KL(q(z|x) ‖ p(z))                              eq. (5)

        Args:
            x: Data, shape `(batch, data_dim)`.
            z_mean, z_log_var: μ and log σ², shape `(batch, latent_dim)`.

        Returns:
            Tensor of shape `(batch,)`, in nats, at most `log_marginal(x)`.
        """
        x = _vectors(x, "x", self.data_dim)
        z_mean = _vectors(z_mean, "z_mean", self.latent_dim)
        z_log_var = _vectors(z_log_var, "z_log_var", self.latent_dim)
        shapes = [tuple(each.shape) for each in (x, z_mean, z_log_var)]
        rows = {shape[0] for shape in shapes} - {1}  # one row serves all
        if {len(shape) for shape in shapes} != {2} or shapes[1] != shapes[2] or len(rows) > 1:
            raise ValueError(
                "x, z_mean and z_log_var must have the shapes (batch, data_dim), (batch, "
                f"latent_dim) and (batch, latent_dim), got {', '.join(map(str, shapes))}."
            )
        # E‖x - Wz - b‖² is the error at μ, and what σ² spreads along each column of W.
        spread = ops.sum(np.sum(self.weights**2, axis=0) * ops.exp(z_log_var), axis=-1)
        reconstruction = self.log_likelihood(x, z_mean) - spread / (2.0 * self.variance)
        return reconstruction - kl_divergence(z_mean, z_log_var)

    def __repr__(self):
        sizes = f"data_dim={self.data_dim}, latent_dim={self.latent_dim}"
        return f"LinearGaussianModel({sizes}, variance={self.variance:.4g})"


def _log_density(mahalanobis, log_determinant, dimensions):
    """log N, from the deviation's squared Mahalanobis length and the covariance's determinant."""
    return -0.5 * (mahalanobis + log_determinant + dimensions * math.log(2.0 * math.pi))


def _check_broadcast(x, z):
    """Raises a ValueError unless the leading axes of x, or of what stands for it, and z do."""
    try:
        tf.broadcast_static_shape(x.shape[:-1], z.shape[:-1])
    except ValueError:
        shapes = tuple(x.shape[:-1]), tuple(z.shape[:-1])
        raise ValueError(
            "The leading axes of x and z must be the same, or of length 1, got "
            f"{shapes[0]} and {shapes[1]}. Mend: x[:, None] for each x with each z."
        ) from None


def _vectors(values, name, size):
    """`values` in float64, their last axis being of `size`."""
    values = _tensors.numbers(values, name, "float64", finite=True)
    if len(values.shape) == 0 or values.shape[-1] not in (size, None):
        raise ValueError(f"{name} must have the shape (..., {size}), got {tuple(values.shape)}.")
    return values
