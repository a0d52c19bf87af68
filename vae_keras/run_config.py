"""What a training run is asked: its options, and which of the models takes which.

Needs no TensorFlow. A new model of the command line is a line of `MODELS` here, one in
`run_models`, which builds it, and for each option of its own a field of `Config` and a line of help
in `cli`.
"""

import dataclasses
import os
from functools import partial
from typing import Annotated, NamedTuple, get_args

from vae_keras import _checks

WIDTHS = {"dense": (512, 256, 128), "conv": (32, 64)}  # of each network, where none are asked
LIKELIHOODS = ("bernoulli", "gaussian")
GRADIENTS = ("standard", "doubly_reparameterized")


class Kind(NamedTuple):
    """What `vae-keras train` knows of one kind of model.

    Attributes:
        network: The networks that it can have, the default first.
        options: What it takes beside what all models take: names of `Config`, with the defaults.
        terms: What it reports beside the loss and the reconstruction loss, in order: the weight of
            each in the loss, as a number or the name of the option; `None` if it is no part of it.
        figures: What is drawn of it.
        learning_rate: The default one.
    """

    network: tuple
    options: dict
    terms: dict
    figures: tuple = (
        "learning_curves",
        "reconstructions",
        "samples",
        "latent_plane",
        "decoded_grid",
    )
    learning_rate: float = 2e-3

    def default(self, option):
        """What this model takes where the option is not given; `None` for nothing."""
        own = {"network": self.network[0], "learning_rate": self.learning_rate, **self.options}
        return own.get(option)


_ANY = ("dense", "conv")
_CODE = {"latent_dim": 2, "beta": 1.0}
_KL = {"kl_loss": "beta", "free_bits_loss": "beta"}
_COMMITMENT = 0.25

MODELS = {
    "vae": Kind(_ANY, {**_CODE, "free_bits": 0.0}, _KL),
    "iwae": Kind(
        _ANY,
        {**_CODE, "samples": 5, "gradient": "standard"},
        {"kl_loss": "beta", "tightening_loss": 1},
    ),
    "cvae": Kind(
        _ANY,
        {**_CODE, "free_bits": 0.0},
        _KL,
        ("learning_curves", "reconstructions", "samples", "latent_plane"),
    ),
    "hvae": Kind(("dense",), {"latent_dims": (16, 8), "beta": 1.0, "free_bits": 0.0}, _KL),
    "vqvae": Kind(
        ("conv",),
        {"codes": 64, "code_dim": 16, "prior_epochs": 20},
        {"commitment_loss": _COMMITMENT, "perplexity": None, "codes_used": None},
        ("learning_curves", "reconstructions", "samples"),
    ),
    "vaegan": Kind(  # dense layers leave speckle, and two dimensions draw one image
        ("conv", "dense"),
        {"latent_dim": 16, "beta": 0.02, "adversarial_weight": 1.0},
        {"kl_loss": "beta", "adversarial_loss": "adversarial_weight", "discriminator_loss": None},
        learning_rate=1e-3,
    ),
}
FIGURES = tuple(dict.fromkeys(name for kind in MODELS.values() for name in kind.figures))


def takers(option):
    """The models that take an option, in order."""
    special = any(option in kind.options for kind in MODELS.values())
    return [name for name, kind in MODELS.items() if option in kind.options or not special]


def _text(value, name):
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} must be a text that is not empty, got {value!r}.")
    return value


def _counts(values, name):
    if not isinstance(values, list | tuple) or not values:
        raise ValueError(f"{name} must be a list of whole numbers above 0, got {values!r}.")
    return tuple(_count(value, name) for value in values)


_count = partial(_checks.whole_number, most=_checks.LARGEST_INT32)
_weight = partial(_checks.number, least=0)


@dataclasses.dataclass(frozen=True)
class Config:
    """What a run is asked: the options of `vae-keras train`, which `vae_keras.cli` explains.

    Each has a type, a check, which gives the value back or raises a ValueError, and a default;
    where that is `None`, it is the model's own (see `MODELS`), and stays `None` for the models that
    do not take the option.

    Raises:
        ValueError: If one of them is not what it must be, or is not of this model.
    """

    dataset: Annotated[str, _text] = "mnist_mini"
    data_dir: Annotated[str | None, _text] = None
    model: Annotated[str, partial(_checks.choice, choices=tuple(MODELS))] = "vae"
    network: Annotated[str | None, partial(_checks.choice, choices=tuple(WIDTHS))] = None
    widths: Annotated[tuple[int, ...] | None, _counts] = None
    latent_dim: Annotated[int | None, _count] = None
    latent_dims: Annotated[tuple[int, ...] | None, _counts] = None
    samples: Annotated[int | None, partial(_checks.whole_number, most=10_000)] = None
    gradient: Annotated[str | None, partial(_checks.choice, choices=GRADIENTS)] = None
    codes: Annotated[int | None, partial(_count, least=2)] = None
    code_dim: Annotated[int | None, _count] = None
    prior_epochs: Annotated[int | None, _count] = None
    likelihood: Annotated[str, partial(_checks.choice, choices=LIKELIHOODS)] = "bernoulli"
    beta: Annotated[float | None, _weight] = None
    free_bits: Annotated[float | None, _weight] = None
    adversarial_weight: Annotated[float | None, _weight] = None
    epochs: Annotated[int, _count] = 40
    batch_size: Annotated[int, _count] = 100
    learning_rate: Annotated[float | None, partial(_checks.number, above=0)] = None
    seed: Annotated[int, partial(_checks.whole_number, least=0, most=_checks.LARGEST_SEED)] = 0

    def __post_init__(self):
        for field in dataclasses.fields(self):
            _, check = get_args(field.type)
            value = getattr(self, field.name)
            if value is not None or field.default is not None:
                self._set(field.name, check(value, field.name))
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value is None:
                self._set(field.name, self.kind.default(field.name))
            elif self.model not in takers(field.name):
                raise ValueError(
                    f"{field.name} must be left out with model={self.model!r}, got {value!r}. "
                    f"Mend: model={' or '.join(map(repr, takers(field.name)))}."
                )
        if self.network not in self.kind.network:
            raise ValueError(
                f"network must be {' or '.join(map(repr, self.kind.network))} with "
                f"model={self.model!r}, got {self.network!r}."
            )
        layers = len(self.latent_dims or ())
        if layers and self.widths is None:
            self._set("widths", tuple(max(512 >> layer, 32) for layer in range(layers)))
        if layers and len(self.widths) != layers:
            raise ValueError(
                f"widths must have one entry for each of the {layers} of latent_dims, got "
                f"{self.widths}."
            )

    def _set(self, name, value):
        object.__setattr__(self, name, value)

    @property
    def kind(self):
        return MODELS[self.model]

    @property
    def terms(self):
        """The terms that a run reports beside the loss: names, and weights in the loss or `None`.

        As `Kind.terms`, the weights being numbers; those of this run alone are among them.
        """
        weights = {"reconstruction_loss": 1}
        for name, weight in self.kind.terms.items():
            if name != "free_bits_loss" or self.free_bits:
                weights[name] = getattr(self, weight) if isinstance(weight, str) else weight
        for number, _ in enumerate(self.latent_dims or (), start=1):
            weights[f"kl_loss_{number}"] = None
        return weights
