"""The command line: `vae-keras train | evaluate | generate | reconstruct`."""

import argparse
import os
import re
import sys

from vae_keras import __version__, _options, run_folder

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
  vae-keras generate runs/mine/model.keras --number 100 --output digits.png
  vae-keras reconstruct runs/mine/model.keras --output beside.png
"""


def main(arguments=None):
    """Runs the command line; returns the exit status."""
    return _options.run(_build_parser(), arguments)


def _command(name):
    """A command as a function of its options, which loads TensorFlow when it is called."""

    def run(options):
        from vae_keras import _tensorflow, commands  # noqa: F401  (quietly, before the others)

        try:
            getattr(commands, name)(options)
        except commands.OutOfMemoryError as error:
            found = re.search(r"tensor with shape\[[\d,]*\]", str(error))
            raise MemoryError(found[0] if found else "a smaller model may fit") from error

    return run


def _how_to_go_on(options):
    return run_folder.how_to_go_on(options.output)


# ---------------------------------------------------------------------- options


def _build_parser():
    parser = _options.Parser(
        prog="vae-keras",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"vae-keras {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="command")

    train = commands.add_parser(
        "train",
        help="train a VAE; write the model, its metrics and figures into a folder",
        description=(
            "Trains a VAE and writes into a folder the model (model.keras), its losses on test "
            "images (metrics.json), the losses of each epoch (history.csv) and five figures."
        ),
    )
    default = run_folder.Config()
    _add_data_options(train, default.dataset)
    train.add_argument(
        "--network",
        choices=run_folder.NETWORKS,
        help=f"dense layers, faster, or convolutions, usually better (default: {default.network})",
    )
    train.add_argument(
        "--widths",
        type=_options.whole_number,
        nargs="+",
        metavar="N",
        help="units (dense) or filters (conv) of the encoder's layers, mirrored in the decoder "
        f"(default: {_words(run_folder.WIDTHS['dense'])} for dense, "
        f"{_words(run_folder.WIDTHS['conv'])} for conv)",
    )
    train.add_argument(
        "--latent-dim",
        type=_options.whole_number,
        help="number of latent dimensions; 2 can be drawn, 10 to 50 reconstruct better "
        f"(default: {default.latent_dim})",
    )
    train.add_argument(
        "--likelihood",
        choices=run_folder.LIKELIHOODS,
        help="of a pixel given z: bernoulli is the cross-entropy, gaussian the squared error "
        f"(default: {default.likelihood})",
    )
    train.add_argument(
        "--beta",
        type=_options.number_from_zero,
        help="weight of the KL term; 1 is the ELBO, more orders the latent space, less "
        f"reconstructs better (default: {default.beta})",
    )
    train.add_argument(
        "--epochs",
        type=_options.whole_number,
        help=f"passes through the training images (default: {default.epochs})",
    )
    train.add_argument(
        "--batch-size",
        type=_options.whole_number,
        help=f"images a step (default: {default.batch_size})",
    )
    train.add_argument(
        "--learning-rate",
        type=_options.positive_number,
        help=f"Adam's, falling to 0 along a cosine (default: {default.learning_rate})",
    )
    train.add_argument(
        "--seed",
        type=_options.seed,
        help="of the weights, the order of the images and the noise: the same seed gives the same "
        f"weights on the same machine (default: {default.seed})",
    )
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
    train.set_defaults(run=_command("train"), interrupted=_how_to_go_on)

    evaluate = commands.add_parser(
        "evaluate",
        help="print the losses of a trained VAE on test images",
        description=(
            "Prints the loss on test images and its two terms as JSON, in nats per image, "
            "estimated with one sample of z an image: by default on the data set and with the seed "
            "of the run that trained it (config.json beside it), which gives the losses of its "
            "metrics.json. With --importance-samples, also an estimate of log p(x), a lower bound "
            "tighter than -loss (Burda et al., 2016)."
        ),
    )
    _add_model_argument(evaluate)
    _add_data_options(evaluate, "the one that its run was trained on")
    evaluate.add_argument(
        "--seed", type=_options.seed, help="of the noise (default: that of the model's run)"
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
    evaluate.set_defaults(run=_command("evaluate"))

    generate = commands.add_parser(
        "generate",
        help="draw new images from a trained VAE",
        description="Draws z from the prior N(0, I), decodes it, and writes the images as a grid.",
    )
    _add_model_argument(generate)
    _add_number_option(generate, 60)
    generate.add_argument("--seed", type=_options.seed, default=0, help="of z (default: 0)")
    _add_picture_option(generate, "generated.png")
    _add_language_option(generate)
    generate.set_defaults(run=_command("generate"))

    reconstruct = commands.add_parser(
        "reconstruct",
        help="show test images beside what a trained VAE gives back",
        description="Encodes test images, decodes their z_mean, and writes both beside each other.",
    )
    _add_model_argument(reconstruct)
    _add_data_options(reconstruct, "the one that its run was trained on")
    _add_number_option(reconstruct, 10)
    _add_picture_option(reconstruct, "reconstructed.png")
    _add_language_option(reconstruct)
    reconstruct.set_defaults(run=_command("reconstruct"))

    return parser


def _words(numbers):
    return " ".join(map(str, numbers))


def _add_model_argument(parser):
    parser.add_argument("model", type=_options.name, help="the .keras file of a trained VAE")


def _add_data_options(parser, default):
    parser.add_argument(
        "--dataset",
        type=_options.name,
        help="embedded digits (mnist_mini) or clothes (fashion_mini), or any image set of "
        f"TensorFlow Datasets: mnist, fashion_mnist, cifar10 ... (default: {default})",
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


def _add_number_option(parser, default):
    parser.add_argument(
        "--number",
        type=_number_of_images,
        default=default,
        help=f"of images (default: {default})",
    )


def _number_of_images(text):
    return _options.whole_number(text, most=1000)  # more are too small to see


def _add_picture_option(parser, default):
    parser.add_argument(
        "--output",
        type=_picture,
        metavar="FILE.png",
        default=default,
        help=f"the picture (default: {default})",
    )


def _picture(text):
    if not _options.file(text).lower().endswith(".png"):
        raise argparse.ArgumentTypeError(f"it must end in .png, got {text!r}")
    return text


def _add_language_option(parser):
    parser.add_argument(
        "--language", choices=("en", "fr"), default="en", help="of the figures (default: en)"
    )


if __name__ == "__main__":
    sys.exit(main())
