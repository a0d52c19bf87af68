"""The VAE-GAN: a variational autoencoder that learns, with a discriminator, how to compare."""

import keras
import tensorflow as tf

from vae_keras import _checks
from vae_keras.losses import gaussian_log_likelihood
from vae_keras.models._pair import check_discriminator
from vae_keras.models.vae import VAE


@keras.saving.register_keras_serializable(package="vae_keras")
class VAEGAN(VAE):
    """A `VAE` that compares x as a discriminator sees it, and whose decoder is to deceive that one.

    Pixel by pixel, a sharp image that is a little beside x is worse than a blurred one: so a `VAE`
    blurs. A third network learns to tell x from what the decoder makes, of codes of x and of codes
    of the prior: Dis(x) is the probability that x is real, Dis_l(x) are features on the way to it.
    Encoder and decoder are to reproduce these, and the decoder is to be taken for real,

        loss = reconstruction_loss + beta · kl_loss + adversarial_weight · adversarial_loss
        reconstruction_loss = -log N(Dis_l(x) | Dis_l(x̂), I),   x̂ decoded from z ~ q(z|x)
        adversarial_loss = -log Dis(x̂) - log Dis(x_p),   x_p decoded from z_p ~ N(0, I)

    while the discriminator, by an optimizer of its own, minimises

        discriminator_loss = -log Dis(x) - log(1 - Dis(x̂)) - log(1 - Dis(x_p))

    All are means over examples, in nats, and are reported by these names; the equality holds to the
    last bit. The encoder hears nothing of `adversarial_loss`, nor the discriminator of `loss`. The
    features change during training: the loss tells neither how good the model is nor when to stop,
    and is no bound on log p(x). Their scale is the discriminator's choice, and the KL is weighed
    against it: where codes collapse, lower beta, to some hundredths if need be. `elbo` and the like
    measure p(x|z) of the `likelihood`, value by value, which is not what was trained.

    Source: Larsen and others, "Autoencoding beyond pixels using a learned similarity metric"
    (2016), eq. (7) and (8) and Algorithm 1, whose γ is 1 / `adversarial_weight`. The decoder
    raises log Dis instead of lowering log(1 - Dis), which is flat where it fails: Goodfellow and
    others, "Generative Adversarial Nets" (2014), section 3.

    Args:
        encoder, decoder, likelihood, beta, free_bits, seed, **kwargs: As for `VAE`. The
            discriminator is shown the likelihood's mean; the categorical one has none to show.
        discriminator: `keras.Model` from x to `[features, logit]`: features of any shape, and the
            logit of Dis(x), `(batch, 1)`, as `dense_discriminator` and `conv_discriminator` build.
        adversarial_weight: At least 0; with 0, the decoder is trained on the features alone.

    Raises:
        ValueError: If the networks do not fit together, or an argument is out of its range.

    Example:

    >>> encoder, decoder = conv_encoder((28, 28, 1), 32), conv_decoder((28, 28, 1), 32)
    >>> vae_gan = VAEGAN(encoder, decoder, conv_discriminator((28, 28, 1)), beta=0.02)
    >>> vae_gan.compile(keras.optimizers.Adam(1e-3, beta_1=0.5), keras.optimizers.Adam(2e-4, 0.5))
    >>> vae_gan.fit(x_train, epochs=10, batch_size=128)
    """

    _term_names = ("reconstruction_loss", "kl_loss", "adversarial_loss", "discriminator_loss")

    def __init__(
        self,
        encoder,
        decoder,
        discriminator,
        likelihood="bernoulli",
        beta=1.0,
        *,
        adversarial_weight=1.0,
        **kwargs,
    ):
        super().__init__(encoder, decoder, likelihood, beta, **kwargs)
        if self.likelihood.takes_whole_numbers:
            raise ValueError(
                "likelihood must have a mean of x's shape, to show to the discriminator, got "
                f"{type(self.likelihood).__name__}. Mend: 'bernoulli' or 'gaussian'."
            )
        check_discriminator(discriminator, encoder, decoder)
        self.discriminator = discriminator
        self.adversarial_weight = _checks.number(adversarial_weight, "adversarial_weight", least=0)

    def terms(self, x, target, training):
        """The terms of both losses, each `(batch,)`, in nats."""
        z_mean, z_log_var = self.encoder(x, training=training)
        z = self.sampling([z_mean, z_log_var], training=training)  # z ~ q(z|x)
        z_p = self.sampling([tf.zeros_like(z)] * 2, training=training)  # z_p ~ N(0, I)
        # Once more from z, as a constant: no gradient goes from the adversary to the encoder.
        codes = tf.concat([z, tf.stop_gradient(z), z_p], axis=0)
        decoded, *to_deceive = tf.split(self.decoder(codes, training=training), 3)
        x_hat, fakes = self.mean_of(decoded), self.mean_of(tf.concat(to_deceive, axis=0))
        features, real = self.discriminator(target, training=training)
        features_hat, _ = self.discriminator(x_hat, training=training)
        _, fake = self.discriminator(fakes, training=training)
        real, fake = (tf.cast(logit, self.term_dtype) for logit in (real, fake))
        said_fake = tf.reduce_sum(tf.split(tf.nn.softplus(fake), 2), axis=0)  # -log(1 - Dis)
        said_real = tf.reduce_sum(tf.split(tf.nn.softplus(-fake), 2), axis=0)  # -log Dis
        terms = self.elbo_terms(target, decoded, z_mean, z_log_var, training)
        return terms | {
            "reconstruction_loss": -gaussian_log_likelihood(features, features_hat, 1.0),
            "adversarial_loss": said_real[:, 0],
            "discriminator_loss": (tf.nn.softplus(-real) + said_fake)[:, 0],
        }

    def total(self, adversarial_loss, discriminator_loss=None, **of_vae):
        """The loss of encoder and decoder, from the terms of examples or from their means."""
        return super().total(**of_vae) + self.adversarial_weight * adversarial_loss

    def train_step(self, data):
        """One step of the paper's Algorithm 1: two descents from one draw."""
        x, target = self.unpack(data)
        with tf.GradientTape(persistent=True) as tape:
            terms = self.terms(x, target, training=True)
            loss = self.objective(terms)
            adversary = self._minimised(terms["discriminator_loss"], self.discriminator_optimizer)
        self.descend(tape, loss, self.optimizer, self._variables_of_vae)
        discriminator = self.discriminator.trainable_variables
        self.descend(tape, adversary, self.discriminator_optimizer, discriminator)
        return self.report(terms)

    def compile(self, optimizer="adam", discriminator_optimizer=None, **options):
        """Sets both optimizers; the options are those of `VAE.compile`.

        Args:
            optimizer: Keras optimizer, or its name, of encoder and decoder.
            discriminator_optimizer: That of the discriminator; `None` for one like the first. What
                callbacks do to `optimizer` (its learning rate) they do to that one alone.
            **options: `jit_compile` and the like.
        """
        if discriminator_optimizer is optimizer and not isinstance(optimizer, str):
            raise ValueError(
                "optimizer and discriminator_optimizer must be two, got the same one twice. Mend: "
                "discriminator_optimizer=None, which makes another like it."
            )
        super().compile(optimizer, **options)
        self._compile_options["discriminator_optimizer"] = discriminator_optimizer
        second = keras.optimizers.get(discriminator_optimizer or optimizer)
        if discriminator_optimizer is None:
            second = type(second).from_config(second.get_config())
        is_scaled = isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer)
        if is_scaled and not isinstance(second, keras.optimizers.LossScaleOptimizer):
            second = keras.optimizers.LossScaleOptimizer(second)
        self.discriminator_optimizer = second
        self._build_optimizers()

    @property
    def optimizers(self):
        return [self.optimizer, self.discriminator_optimizer]

    def _build_optimizers(self):
        with self.distribute_strategy.scope():
            self.optimizer.build(self._variables_of_vae)
            self.discriminator_optimizer.build(self.discriminator.trainable_variables)

    @property
    def _variables_of_vae(self):
        return self.encoder.trainable_variables + self.decoder.trainable_variables

    def get_config(self):
        return {
            **super().get_config(),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "adversarial_weight": self.adversarial_weight,
        }
