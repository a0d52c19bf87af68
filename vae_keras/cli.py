"""The command line: `vae-keras train | evaluate | generate | reconstruct`."""

import argparse
import dataclasses
import functools
import itertools
import os
import re
import sys
from typing import get_args

from vae_keras import __version__, _checks, _options, run_config, run_folder

DESCRIPTION = """\
Trains variational autoencoders on images, and uses them.

A VAE learns two networks: an encoder, from an image x to a Gaussian q(z|x) over a few latent
numbers z, and a decoder, from z back to an image. Its loss is reconstruction + beta * KL, in nats
per image: how badly x is given back, plus how far q(z|x) is from the prior N(0, I). With beta = 1
it is -ELBO, the opposite of a lower bound on log p(x).
"""

EXAMPLES = """\
examples:
  vae-keras train                                   4,000 embedded digits, no network needed
  vae-keras train --dataset mnist --latent-dim 20   all of MNIST, through TensorFlow Datasets
  vae-keras train --model hvae --latent-dims 16,8   another model: iwae, cvae, hvae, vqvae, vaegan
  vae-keras train --resume --output runs/mine       go on with a run that was killed
  vae-keras evaluate runs/mine/model.keras          its losses on test images
  vae-keras evaluate runs/mine/model.keras --importance-samples 500
                                                    and an estimate of log p(x)
  vae-keras evaluate runs/mine/model.keras --report runs/mine/report.md
                                                    a page on all that can be measured
  vae-keras generate runs/mine/model.keras --number 100 --output digits.png
  vae-keras generate runs/cvae/model.keras --condition 7
                                                    sevens, of a model trained with --model cvae
  vae-keras reconstruct runs/mine/model.keras --output beside.png
"""

# What `train` is asked beside its data: the names of `Config`, which says what they must be.
_TRAIN_HELP = {
    "model": "vae; iwae, a tighter bound from several samples; cvae, which is told the images' "
    "labels; hvae, several layers of codes; vqvae, codes that are symbols; vaegan, with a "
    "discriminator",
    "network": "dense layers, faster, or convolutions, usually better",
    "widths": "units (dense) or filters (conv) of the encoder's layers, mirrored in the decoder",
    "latent_dim": "number of latent dimensions; 2 can be drawn, 10 to 50 reconstruct better",
    "latent_dims": "number of latent dimensions of each layer, the one nearest to the image first",
    "samples": "samples of z an image: the more, the tighter the bound, and the slower",
    "gradient": "estimator of the encoder's gradient: the second has less noise where samples are "
    "many",
    "codes": "number of symbols",
    "code_dim": "numbers in the vector of each symbol",
    "prior_epochs": "passes through the training images' codes, after the training, to learn what "
    "to generate",
    "likelihood": "of a pixel given z: bernoulli is the cross-entropy, gaussian the squared error",
    "beta": "weight of the KL term; 1 is the ELBO, more orders the latent space, less reconstructs "
    "better",
    "free_bits": "nats that each latent dimension may cost without a penalty, against a collapse",
    "adversarial_weight": "weight of deceiving the discriminator",
    "epochs": "passes through the training images",
    "batch_size": "images a step",
    "learning_rate": "Adam's, falling to 0 along a cosine; a discriminator's is a fifth of it",
    "seed": "of the weights, the order of the images and the noise: the same seed gives the same "
    "weights on the same machine",
}
_FIELDS = {field.name: field for field in dataclasses.fields(run_config.Config)}
_number_of_images = _options.number(int, _checks.whole_number, most=1000)  # more: too small to see
_seed = _options.number(*get_args(_FIELDS["seed"].type))
_condition = _options.number(int, _checks.whole_number, least=0, most=_checks.LARGEST_INT32)


def _argument(name):
    """How `argparse` is to read an option of `Config`."""
    kind, check = get_args(_FIELDS[name].type)
    kind = next(iter(get_args(kind)), kind)  # int, of int | None
    if kind in (int, float):
        return {"type": _options.number(kind, check)}
    if kind is str:
        return {"choices": check.keywords["choices"]}
    return {"type": _options.whole_numbers, "nargs": "+", "metavar": "N"}


def _default(name):
    """The default of an option, and the models that take it, in words."""
    models, others = run_config.takers(name), {}
    if (default := _FIELDS[name].default) is None:
        values = {model: run_config.MODELS[model].default(name) for model in models}
        default = values[models[0]]
        others = {model: value for model, value in values.items() if value != default}
    if name == "widths":
        default, others = "512 256 128", {"conv": "32 64", "hvae": "512 256 ..."}
    elif isinstance(default, tuple):
        default = ",".join(map(str, default))
    parts = [f"default: {default}", *(f"{value} for {where}" for where, value in others.items())]
    if len(models) < len(run_config.MODELS):
        parts.insert(0, f"{', '.join(models)} only")
    return f"({'; '.join(parts)})"


def main(arguments=None):
    """Runs the command line; returns the exit status."""
    return _options.run(_build_parser(), arguments)


def _run(name, options):
    """Runs a command, which loads TensorFlow."""
    from vae_keras import _tensorflow, commands  # noqa: F401  (quietly, before the others)

    try:
        getattr(commands, name)(options)
    except commands.OutOfMemoryError as error:
        found = re.search(r"tensor with shape\[[\d,]*\]", str(error))
        raise MemoryError(found[0] if found else "a smaller model may fit") from error


def _train(options):
    options.config = _asked(options)  # at once: TensorFlow takes seconds to load
    _run("train", options)


def _asked(options):
    """The `Config` that the options of `train` ask for; a ValueError if it is none."""
    given = {name: getattr(options, name) for name in _FIELDS}
    given = {name: value for name, value in given.items() if value is not None}
    for name in ("widths", "latent_dims"):
        if name in given:
            given[name] = tuple(itertools.chain.from_iterable(given[name]))
    if options.resume and not options.output:
        raise ValueError("--resume needs --output: the folder of the run to go on with")
    own = run_folder.read_config(options.output) if options.resume else None
    model = given.get("model", own.model if own else _FIELDS["model"].default)
    for name in given:
        if model not in (models := run_config.takers(name)):
            raise ValueError(
                f"{_option(name)} must be left out with --model {model}, which does not take it. "
                f"Mend: --model {' or '.join(models)}"
            )
    if own is None:
        return run_config.Config(**given)
    for name, value in given.items():
        if value != getattr(own, name):
            raise ValueError(
                f"{_option(name)} is {value!r} here and {getattr(own, name)!r} in "
                f"{options.output}: a run is resumed as it was started"
            )
    return own


def _build_parser():
    parser = _options.Parser(
        prog="vae-keras",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"vae-keras {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="command")

    def command(name, text, description):
        added = commands.add_parser(name, help=text, description=description)
        added.set_defaults(run=functools.partial(_run, name))
        return added

    train = command(
        "train",
        "train a VAE, or a relative of it; write the model, its metrics and figures into a folder",
        "Trains a model and writes into a folder the model (model.keras), its losses on test "
        "images (metrics.json), the losses of each epoch (history.csv) and figures.",
    )
    _add_data_options(train, _FIELDS["dataset"].default)
    for name, text in _TRAIN_HELP.items():
        train.add_argument(_option(name), help=f"{text} {_default(name)}", **_argument(name))
    train.add_argument(
        "--output",
        type=_options.name,
        metavar="FOLDER",
        help="where to write (default: runs/DATASET-NETWORK-DIM, or runs/DATASET-MODEL)",
    )
    start = train.add_mutually_exclusive_group()
    start.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run in --output from its last whole epoch, with its own options",
    )
    start.add_argument(
        "--overwrite", action="store_true", help="replace the run in --output, if there is one"
    )
    _add_language_option(train)
    train.set_defaults(
        run=_train, interrupted=lambda options: run_folder.how_to_go_on(options.output)
    )

    evaluate = command(
        "evaluate",
        "print the losses of a trained VAE on test images",
        "Prints the loss on test images and its terms as JSON, in nats per image, estimated "
        "with one draw of z an image: by default on the data set and with the seed of the run "
        "that trained it (config.json beside it), which gives the losses of its metrics.json. With "
        "--importance-samples, also an estimate of log p(x), a lower bound tighter than -loss "
        "(Burda et al., 2016).",
    )
    _add_model_argument(evaluate)
    _add_data_options(evaluate, "the one that its run was trained on")
    evaluate.add_argument(
        "--seed", type=_seed, help="of the noise (default: that of the model's run)"
    )
    evaluate.add_argument(
        "--importance-samples",
        type=_options.whole_number,
        metavar="K",
        help="estimate log p(x) with K weighted samples of z an image, for instance 500",
    )
    evaluate.add_argument(
        "--output", type=_options.file, metavar="FILE", help="also write the JSON here"
    )
    evaluate.add_argument(
        "--report",
        type=_page,
        metavar="PAGE.md",
        help="instead, measure all that can be measured (bounds on log p(x), what the codes hold, "
        "what is generated), of any model of vae_keras, and write a page, and a JSON beside it",
    )

    generate = command(
        "generate",
        "draw new images from a trained VAE",
        "Draws z from the prior, N(0, I) or what a VQ-VAE has learnt, decodes it, and writes the "
        "images as a grid.",
    )
    _add_model_argument(generate)
    _add_with_default(generate, "number", 60, "of images", _number_of_images)
    generate.add_argument(
        "--condition",
        type=_condition,
        metavar="CLASS",
        help="of a conditional model (cvae): the class of the images (default: each in turn)",
    )
    _add_with_default(generate, "seed", 0, "of z", _seed)
    _add_with_default(generate, "output", "generated.png", "the picture", _picture, "FILE.png")
    _add_language_option(generate)

    reconstruct = command(
        "reconstruct",
        "show test images beside what a trained VAE gives back",
        "Encodes test images, decodes their codes without noise, and writes both beside each "
        "other.",
    )
    _add_model_argument(reconstruct)
    _add_data_options(reconstruct, "the one that its run was trained on")
    _add_with_default(reconstruct, "number", 10, "of images", _number_of_images)
    _add_with_default(
        reconstruct, "output", "reconstructed.png", "the picture", _picture, "FILE.png"
    )
    _add_language_option(reconstruct)

    return parser


def _option(name):
    return f"--{name.replace('_', '-')}"


def _add_with_default(parser, name, default, text, kind, metavar=None):
    text = f"{text} (default: {default})"
    parser.add_argument(f"--{name}", default=default, type=kind, metavar=metavar, help=text)


def _add_model_argument(parser):
    parser.add_argument("model", type=_options.name, help="the .keras file of a trained model")


def _add_data_options(parser, default):
    parser.add_argument(
        "--dataset",
        type=_options.name,
        help="embedded digits (mnist_mini), clothes (fashion_mini) or chest X-rays "
        "(pneumonia_mnist), or any image set of TensorFlow Datasets: mnist, fashion_mnist, "
        f"cifar10 ... (default: {default})",
    )
    parser.add_argument(
        "--data-dir",
        type=_data_dir,
        metavar="FOLDER",
        help="where TensorFlow Datasets keeps its sets (default: TFDS_DATA_DIR, else "
        "~/tensorflow_datasets)",
    )


def _data_dir(text):
    """A folder, in full: a run may be resumed or evaluated from elsewhere."""
    text = _options.name(text)
    return text if "://" in text else os.path.abspath(os.path.expanduser(text))


def _file_ending_in(suffix, text):
    if not _options.file(text).lower().endswith(suffix):
        raise argparse.ArgumentTypeError(f"it must end in {suffix}, got {text!r}")
    return text


_page = functools.partial(_file_ending_in, ".md")
_picture = functools.partial(_file_ending_in, ".png")


def _add_language_option(parser):
    parser.add_argument(
        "--language",
        choices=("en", "fr"),
        default="en",
        help="of the figures, and of what train prints at its end (default: en)",
    )


if __name__ == "__main__":
    sys.exit(main())
