"""The models that a training run can be of: what builds each, from its options."""

import numpy as np

from vae_keras import networks
from vae_keras._tensorflow import keras
from vae_keras.models import IWAE, VAE, VAEGAN, VQVAE, ConditionalVAE, HierarchicalVAE
from vae_keras.run_config import WIDTHS

_DISCRIMINATOR_RATE = 0.2  # of that of encoder and decoder


def build(config, image_shape, num_classes=None):
    """The untrained model of a run; `num_classes` is of a conditional one."""
    keras.utils.set_random_seed(config.seed)
    return _BUILDERS[config.model](config, image_shape, num_classes)


def _pair(config, image_shape, latent_dim=None, **options):
    widths = config.widths or WIDTHS[config.network]
    encoder = getattr(networks, f"{config.network}_encoder")
    decoder = getattr(networks, f"{config.network}_decoder")
    latent_dim = latent_dim or config.latent_dim
    return (
        encoder(image_shape, latent_dim, widths, **options),
        decoder(image_shape, latent_dim, widths[::-1], **options),
    )


def _shared(config, *names):
    """The arguments that have the name of an option."""
    return {name: getattr(config, name) for name in ("likelihood", "seed", *names)}


def _vae(config, image_shape, _):
    return VAE(*_pair(config, image_shape), **_shared(config, "beta", "free_bits"))


def _iwae(config, image_shape, _):
    options = _shared(config, "beta", "gradient")
    return IWAE(*_pair(config, image_shape), num_samples=config.samples, **options)


def _cvae(config, image_shape, num_classes):
    pair = _pair(config, image_shape, condition_dim=num_classes)
    options = _shared(config, "beta", "free_bits")
    return ConditionalVAE(*pair, num_classes=num_classes, **options)


def _hvae(config, image_shape, _):
    ladder = networks.dense_ladder(image_shape, config.latent_dims, config.widths)
    return HierarchicalVAE(*ladder, **_shared(config, "beta", "free_bits"))


def _vqvae(config, image_shape, _):
    pair = _pair(config, image_shape, config.code_dim, grid=True)
    options = _shared(config) | {"commitment": config.terms["commitment_loss"]}
    return VQVAE(*pair, num_codes=config.codes, **options)


def _vaegan(config, image_shape, _):
    pair = _pair(config, image_shape)
    discriminator = getattr(networks, f"{config.network}_discriminator")
    discriminator = discriminator(image_shape, config.widths or WIDTHS[config.network])
    return VAEGAN(*pair, discriminator, **_shared(config, "beta", "adversarial_weight"))


_BUILDERS = {
    "vae": _vae,
    "iwae": _iwae,
    "cvae": _cvae,
    "hvae": _hvae,
    "vqvae": _vqvae,
    "vaegan": _vaegan,
}


def compile_model(model, config, steps):
    """Compiles a model for `steps` steps, along which the learning rate falls to 0; or stays."""

    def adam(rate, **options):
        if steps is not None:
            rate = keras.optimizers.schedules.CosineDecay(rate, steps)
        return keras.optimizers.Adam(rate, **options)

    rate = config.learning_rate
    if isinstance(model, VAEGAN):
        model.compile(adam(rate, beta_1=0.5), adam(_DISCRIMINATOR_RATE * rate, beta_1=0.5))
    else:
        model.compile(adam(rate))
        model.optimizer.build(model.trainable_variables)


def number_of_classes(images, dataset):
    """How many classes the labels of a data set are of; a ValueError if they are none."""
    labels = np.concatenate([images.y_train, images.y_test])
    count = int(labels.max()) + 1
    if labels.min() < 0 or not 2 <= count <= len(labels):
        raise ValueError(
            "The labels of a conditional model's images must be classes, whole numbers from 0, two "
            f"at least, got {labels.min()} to {labels.max()} in {dataset!r}. Mend: --model vae, or "
            "in Python a ConditionalVAE of properties."
        )
    return count


def with_conditions(model, images, labels):
    """What a model is fed of images: with their labels if it is conditional. A tuple.

    Raises:
        ValueError: If its conditions are no classes, or not these.
    """
    if not model.is_conditional:
        return (images,)
    return images, classes(model, labels)


def classes(model, labels):
    """Labels as conditions of a model, or the ValueError that says why they are none."""
    if model.num_classes is None:
        raise ValueError(
            "The model must have classes as conditions, which a command line can name, got one of "
            "vectors of properties. Mend: in Python, model.generate(n, condition=[...])."
        )
    if np.max(labels) >= model.num_classes:
        raise ValueError(
            f"The condition must be a class from 0 to {model.num_classes - 1}, got "
            f"{np.max(labels)}."
        )
    return labels
