"""The command line: `vae-keras train | evaluate | generate | reconstruct`."""

import argparse
import dataclasses
import functools
import os
import re
import sys
from typing import get_args

from vae_keras import __version__, _checks, _options, run_folder

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
  vae-keras train --resume --output runs/mine       go on with a run that was killed
  vae-keras evaluate runs/mine/model.keras          its losses on test images
  vae-keras evaluate runs/mine/model.keras --importance-samples 500
                                                    and an estimate of log p(x)
  vae-keras evaluate runs/mine/model.keras --report runs/mine/report.md
                                                    a page on all that can be measured
  vae-keras generate runs/mine/model.keras --number 100 --output digits.png
  vae-keras reconstruct runs/mine/model.keras --output beside.png
"""

# What `train` is asked beside its data: the names of `Config`. Types where not a number.
_TRAIN_HELP = {
    "network": "dense layers, faster, or convolutions, usually better",
    "widths": "units (dense) or filters (conv) of the encoder's layers, mirrored in the decoder",
    "latent_dim": "number of latent dimensions; 2 can be drawn, 10 to 50 reconstruct better",
    "likelihood": "of a pixel given z: bernoulli is the cross-entropy, gaussian the squared error",
    "beta": "weight of the KL term; 1 is the ELBO, more orders the latent space, less reconstructs "
    "better",
    "epochs": "passes through the training images",
    "batch_size": "images a step",
    "learning_rate": "Adam's, falling to 0 along a cosine",
    "seed": "of the weights, the order of the images and the noise: the same seed gives the same "
    "weights on the same machine",
}
_NUMBERS = {
    field.name: _options.number(*get_args(field.type))
    for field in dataclasses.fields(run_folder.Config)
    if get_args(field.type)[0] in (int, float)
}
_TRAIN_TYPES = {
    "network": {"choices": tuple(run_folder.WIDTHS)},
    "widths": {"type": _options.whole_number, "nargs": "+", "metavar": "N"},
    "likelihood": {"choices": run_folder.LIKELIHOODS},
}
_number_of_images = _options.number(int, _checks.whole_number, most=1000)  # more: too small to see


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
        "train a VAE; write the model, its metrics and figures into a folder",
        "Trains a VAE and writes into a folder the model (model.keras), its losses on test images "
        "(metrics.json), the losses of each epoch (history.csv) and five figures.",
    )
    default = dataclasses.asdict(run_folder.Config())
    default["widths"] = ", ".join(
        f"{' '.join(map(str, widths))} for {network}"
        for network, widths in run_folder.WIDTHS.items()
    )
    _add_data_options(train, default["dataset"])
    for name, text in _TRAIN_HELP.items():
        how = _TRAIN_TYPES.get(name) or {"type": _NUMBERS[name]}
        option = f"--{name.replace('_', '-')}"
        train.add_argument(option, help=f"{text} (default: {default[name]})", **how)
    train.add_argument(
        "--output",
        type=_options.name,
        metavar="FOLDER",
        help="where to write (default: runs/DATASET-NETWORK-DIM)",
    )
    train.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run in --output from its last whole epoch, with its own options",
    )
    train.add_argument(
        "--overwrite", action="store_true", help="replace the run in --output, if there is one"
    )
    _add_language_option(train)
    train.set_defaults(interrupted=lambda options: run_folder.how_to_go_on(options.output))

    evaluate = command(
        "evaluate",
        "print the losses of a trained VAE on test images",
        "Prints the loss on test images and its two terms as JSON, in nats per image, estimated "
        "with one sample of z an image: by default on the data set and with the seed of the run "
        "that trained it (config.json beside it), which gives the losses of its metrics.json. With "
        "--importance-samples, also an estimate of log p(x), a lower bound tighter than -loss "
        "(Burda et al., 2016).",
    )
    _add_model_argument(evaluate)
    _add_data_options(evaluate, "the one that its run was trained on")
    evaluate.add_argument(
        "--seed", type=_NUMBERS["seed"], help="of the noise (default: that of the model's run)"
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
        "Draws z from the prior N(0, I), decodes it, and writes the images as a grid.",
    )
    _add_model_argument(generate)
    _add_with_default(generate, "number", 60, "of images", _number_of_images)
    _add_with_default(generate, "seed", 0, "of z", _NUMBERS["seed"])
    _add_with_default(generate, "output", "generated.png", "the picture", _picture, "FILE.png")
    _add_language_option(generate)

    reconstruct = command(
        "reconstruct",
        "show test images beside what a trained VAE gives back",
        "Encodes test images, decodes their z_mean, and writes both beside each other.",
    )
    _add_model_argument(reconstruct)
    _add_data_options(reconstruct, "the one that its run was trained on")
    _add_with_default(reconstruct, "number", 10, "of images", _number_of_images)
    _add_with_default(
        reconstruct, "output", "reconstructed.png", "the picture", _picture, "FILE.png"
    )
    _add_language_option(reconstruct)

    return parser


def _add_with_default(parser, name, default, text, kind, metavar=None):
    text = f"{text} (default: {default})"
    parser.add_argument(f"--{name}", default=default, type=kind, metavar=metavar, help=text)


def _add_model_argument(parser):
    parser.add_argument("model", type=_options.name, help="the .keras file of a trained VAE")


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
        "--language", choices=("en", "fr"), default="en", help="of the figures (default: en)"
    )


if __name__ == "__main__":
    sys.exit(main())
