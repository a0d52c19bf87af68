"""The hierarchical variational autoencoder."""

import keras
import tensorflow as tf
from keras import ops

from vae_keras import _checks
from vae_keras.losses import kl_divergence, safe_exp
from vae_keras.models._pair import check_ladder
from vae_keras.models.vae import VAE


@keras.saving.register_keras_serializable(package="vae_keras")
class HierarchicalVAE(VAE):
    """A `VAE` with several layers of codes: the prior of each is what the layer above foresees.

        p(x, z) = p(z_L) p(z_L-1|z_L) … p(z_1|z_2) p(x|z_1),   p(z_l|z_l+1) = N(μ_p, σ_p²)

    with p(z_L) = N(0, I). Inference is a ladder. Upwards and without noise, the encoder finds what
    x says of each layer, N(μ̂_l, σ̂_l²). Then downwards, drawing as it goes: q(z_l|x, z_l+1) merges
    that with the very prior of the generative model, precisions adding up,

        1/σ_q² = 1/σ̂² + 1/σ_p²,   μ_q = σ_q² (μ̂/σ̂² + μ_p/σ_p²)

    but at the top, where q(z_L|x) = N(μ̂_L, σ̂_L²). The loss is that of a `VAE`, its KL being a sum,

        loss = reconstruction_loss + beta · (kl_loss + free_bits_loss)
        kl_loss = kl_loss_1 + … + kl_loss_L,   kl_loss_l = KL(q(z_l|x, z_l+1) ‖ p(z_l|z_l+1))

    to the last bit; z_l+1 is drawn, once an example. With one layer it is the `VAE` itself.

    **Codes** are one vector `(batch, latent_dim)`: the layers side by side, the first first, which
    `split` takes apart. Each is written in the unit of its prior, u_l = (z_l - μ_p) / σ_p: what it
    adds to what the layers above foresee. So the prior of codes is N(0, I), and all KLs are the
    same; `decode`, `generate`, `interpolate`, `elbo`, `importance_weighted_bound` and
    `active_units` are those of any VAE, and a dimension that has collapsed is at 0.

    Source: Sønderby and others, "Ladder Variational Autoencoders" (2016), eq. (18) and (19) for the
    merge. Layers that collapse at first are what it warms beta up for: see `BetaWarmup`.

    Args:
        encoder: `keras.Model` from x to `[μ̂, log σ̂²]`, both `(batch, latent_dim)`: the layers side
            by side. In a ladder, the higher layers' come out of the deeper features.
        decoder: `keras.Model` from z_1 to what the likelihood takes.
        priors: List of the `keras.Model`s from z_l+1 to `[μ_p, log σ_p²]` of z_l, the first from
            z_2 to z_1; such a network is what `dense_encoder` builds. `dense_ladder` builds all.
        likelihood, beta, free_bits, seed, **kwargs: As for `VAE`.

    Raises:
        ValueError: If the networks do not fit together, or an argument is out of its range.

    Example:

    >>> networks = dense_ladder((28, 28, 1), latent_dims=(32, 8), hidden_units=(400, 200))
    >>> hvae = HierarchicalVAE(*networks)
    >>> hvae.compile("adam")
    >>> hvae.fit(x_train, epochs=10, batch_size=128)
    >>> first, second = hvae.split(active_units(hvae, x_test))
    """

    def __init__(self, encoder, decoder, priors, likelihood="bernoulli", beta=1.0, **kwargs):
        sizes = check_ladder(encoder, decoder, priors)
        names = [f"kl_loss_{number}" for number in range(1, len(sizes) + 1)]
        self._term_names = ("reconstruction_loss", *names)
        # Names of their own: they become layers of one network.
        priors = [
            keras.Model(each.inputs, each.outputs, name=f"prior_{number}")
            for number, each in enumerate(priors, start=1)
        ]
        whole = _decoder_of_codes(decoder, priors, sizes)
        super().__init__(encoder, whole, likelihood, beta, **kwargs)
        self.latent_dims, self.priors, self.x_decoder = sizes, priors, decoder

    def split(self, codes):
        """The layers' parts of codes, or of anything whose last axis is `latent_dim`; a list."""
        if not isinstance(codes, tf.Tensor):
            codes = _checks.as_array(codes, "codes")
        if codes.ndim == 0 or codes.shape[-1] != self.latent_dim:
            raise ValueError(
                f"codes must have the shape (…, {self.latent_dim}), got {tuple(codes.shape)}."
            )
        return _split(codes, self.latent_dims)

    def terms(self, x, target, training):
        """Lines 5 to 10 of Algorithm 1: up without noise, then down with it."""
        encoded = self.encoder(x, training=training)  # line 5: encode
        epsilon = self.sampling([tf.zeros_like(encoded[0])] * 2, training=training)
        z, _, *q = self.top_down(*encoded, epsilon, training)  # line 6, from the top layer down
        x_hat = self.x_decoder(z, training=training)  # line 7: decode
        return self.elbo_terms(target, x_hat, *q, training)

    def kl_terms(self, z_mean, z_log_var):
        by_layer = zip(self._term_names[1:], self.split(z_mean), self.split(z_log_var), strict=True)
        return {name: kl_divergence(*each) for name, *each in by_layer}

    def top_down(self, mean, log_var, epsilon, training=False):
        """Draws z ~ q(z|x), the top layer first.

        Args:
            mean, log_var: What the encoder says of x.
            epsilon: The noise of all layers, `(batch, latent_dim)`.
            training: Passed to the priors.

        Returns:
            z_1; then of all layers the codes, and the mean and log-variance that q gave them.
        """
        mean, log_var = (ops.cast(each, self.term_dtype) for each in (mean, log_var))
        *lower, top = zip(*map(self.split, (mean, log_var, epsilon)), strict=True)
        found = [super().draw(*top)]
        z = found[0][0]
        for prior, (mean, log_var, noise) in zip(self.priors[::-1], lower[::-1], strict=True):
            p_mean, p_log_var = (
                ops.cast(each, self.term_dtype) for each in prior(z, training=training)
            )
            # Eq. (18) and (19), in the unit of p: the precisions are 1 and σ_p² / σ̂².
            gain = ops.sigmoid(p_log_var - log_var)
            u_mean = gain * (mean - p_mean) / safe_exp(0.5 * p_log_var)
            u_log_var = -ops.softplus(p_log_var - log_var)
            found.insert(0, super().draw(u_mean, u_log_var, noise))
            z = p_mean + safe_exp(0.5 * p_log_var) * found[0][0]
        return z, *(tf.concat(each, axis=-1) for each in zip(*found, strict=True))

    def total(self, reconstruction_loss, free_bits_loss=0.0, **kl_losses):
        """The loss, from the terms of examples or from their means: line 11 of Algorithm 1."""
        return super().total(reconstruction_loss, self._kl_loss(kl_losses), free_bits_loss)

    def reported(self, means):
        return {"kl_loss": self._kl_loss(means), **means}

    def _kl_loss(self, terms):
        return sum(terms[name] for name in self._term_names[1:])

    def encode(self, x, batch_size=256):
        """q of each layer given those above at their means: `(z_mean, z_log_var)`, as for `VAE`.

        It is not q(z|x), whose lower layers follow what is drawn above them: for the information
        and the gap of that, see `vae_keras.evaluation.ladder_information`.
        """
        mean, log_var = self.evidence(x, batch_size)
        q = self.top_down(mean, log_var, tf.zeros_like(mean))[2:]
        return tuple(map(ops.convert_to_numpy, q))

    def call(self, inputs, training=False):
        """Reconstructs, without noise: what `predict` returns."""
        mean, log_var = self.encoder(inputs, training=training)
        z = self.top_down(mean, log_var, tf.zeros_like(mean), training)[0]
        return self.mean_of(self.x_decoder(z, training=training))

    def evidence(self, x, batch_size=256):
        """What the encoder says of x, of each layer; arrays `(batch, latent_dim)`."""
        return super().encode(x, batch_size)

    def foreseen(self, codes):
        """What the layers above foresee of each but the top one: `(μ_p, log σ_p²)` at these codes.

        Args:
            codes: `(batch, latent_dim)`.

        Returns:
            Two NumPy arrays `(batch, latent_dim - latent_dims[-1])`, the first layer first.
        """
        *lower, z = self.split(ops.cast(codes, self.term_dtype))
        found = [[ops.zeros((len(codes), 0), self.term_dtype)] * 2]
        for prior, u in zip(self.priors[::-1], lower[::-1], strict=True):
            each = [ops.cast(part, self.term_dtype) for part in prior(z, training=False)]
            found.insert(0, each)
            z = each[0] + safe_exp(0.5 * each[1]) * u
        parts = (ops.concatenate(each, axis=-1) for each in zip(*found, strict=True))
        return tuple(map(ops.convert_to_numpy, parts))

    def draw(self, mean, log_var, noise):
        """As `VAE.draw`, of the codes of all layers."""
        return self.top_down(mean, log_var, noise)[1:]

    def get_config(self):
        priors = [keras.saving.serialize_keras_object(each) for each in self.priors]
        decoder = keras.saving.serialize_keras_object(self.x_decoder)
        return {**super().get_config(), "decoder": decoder, "priors": priors}


def _split(codes, sizes):
    ends = [sum(sizes[: number + 1]) for number in range(len(sizes))]
    return [codes[..., end - size : end] for size, end in zip(sizes, ends, strict=True)]


def _decoder_of_codes(decoder, priors, sizes):
    """The generative model as one network: the codes of all layers, to what the decoder gives."""
    codes = keras.Input((sum(sizes),), name="codes")
    *lower, z = _split(codes, sizes)
    for prior, u in zip(priors[::-1], lower[::-1], strict=True):
        mean, log_var = prior(z)
        z = mean + safe_exp(0.5 * log_var) * u
    return keras.Model(codes, decoder(z), name="decoder_of_codes")
