"""The command line: `vae-keras train | evaluate | generate | reconstruct`."""

import argparse
import dataclasses
import json
import os
import pathlib
import sys

import keras

from vae_keras import __version__, _options, plotting, training_run
from vae_keras.data import load_images
from vae_keras.evaluation import importance_weighted_bound
from vae_keras.models import VAE
from vae_keras.models.vae import LIKELIHOODS

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


# ---------------------------------------------------------------------- commands


def _train(options):
    given = {
        field.name: getattr(options, field.name)
        for field in dataclasses.fields(training_run.Config)
        if getattr(options, field.name) is not None
    }
    if "widths" in given:
        given["widths"] = tuple(given["widths"])
    if options.resume and not options.output:
        raise ValueError("--resume needs --output: the folder of the run to go on with")
    if options.resume:
        config = training_run.read_config(options.output)
        for name, value in given.items():
            if getattr(config, name) != value:
                raise ValueError(
                    f"--{name.replace('_', '-')} is {value!r} here and {getattr(config, name)!r} "
                    f"in {options.output}: a run is resumed as it was started"
                )
    else:
        config = training_run.Config(**given)
    name = f"{config.dataset}-{config.network}-{config.latent_dim}".replace("/", "-")
    folder = pathlib.Path(options.output or pathlib.Path("runs") / name.replace(":", "-"))
    options.output = folder
    plotting.set_style(language=options.language)
    metrics = training_run.train(
        config,
        folder,
        resume=options.resume,
        overwrite=options.overwrite,
        verbose=1 if sys.stdout.isatty() else 2,
    )
    test, training = metrics["test"], metrics["training"]
    loss_name = "loss (-ELBO)" if config.beta == 1 else "loss"
    print(
        f"\nTest {loss_name}: {test['loss']:.2f} nats per image = reconstruction "
        f"{test['reconstruction_loss']:.2f} + beta x KL {test['kl_loss']:.2f}\n"
        f"Training: {training['epochs']} epochs of {training['images']:,} images, "
        f"{training['seconds']:.0f} s, {training['images_per_second']:,} images/s\n"
    )
    print("Written:")
    for file in ("model.keras", "metrics.json", *(f"{name}.png" for name in training_run.FIGURES)):
        print(f"  {folder / file}")


def _how_to_go_on(options):
    return f"Go on with: vae-keras train --resume --output {options.output}"


def _evaluate(options):
    vae = _load_vae(options.model)
    x = load_images(options.dataset, data_dir=options.data_dir).x_test
    keras.utils.set_random_seed(options.seed)
    result = {**training_run.test_losses(vae, x), "beta": vae.beta, "dataset": options.dataset}
    if options.importance_samples:
        k = options.importance_samples
        bound = importance_weighted_bound(vae, x, k, seed=options.seed)
        result["importance_weighted_bound"] = {
            "value": bound.mean,
            "standard_error": bound.standard_error if k > 1 else None,
            "smallest_effective_sample_size": float(bound.effective_sample_sizes.min()),
            "num_samples": k,
        }
    print(json.dumps(result, indent=2))
    if options.output:
        training_run.write_json(pathlib.Path(options.output), result)


def _generate(options):
    vae = _load_vae(options.model)
    plotting.set_style(language=options.language)
    images = vae.generate(options.number, seed=options.seed)
    print(plotting.save_figure(plotting.plot_images(images), options.output))


def _reconstruct(options):
    vae = _load_vae(options.model)
    x = load_images(options.dataset, data_dir=options.data_dir).x_test[: options.number]
    plotting.set_style(language=options.language)
    figure = plotting.plot_reconstructions(x, vae.reconstruct(x), max_images=options.number)
    print(plotting.save_figure(figure, options.output))


def _load_vae(path):
    if not os.path.isfile(path):
        raise FileNotFoundError(f"there is no model {path}: give the .keras file of a trained VAE")
    try:
        model = keras.saving.load_model(path)
    except Exception as error:
        raise ValueError(f"{path} is not a saved Keras model: {error}") from error
    if not isinstance(model, VAE):
        raise ValueError(f"{path} holds a {type(model).__name__}, not a vae_keras.VAE")
    return model


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
    default = training_run.Config()
    _add_data_options(train, default.dataset)
    train.add_argument(
        "--network",
        choices=training_run.NETWORKS,
        help=f"dense layers, faster, or convolutions, usually better (default: {default.network})",
    )
    train.add_argument(
        "--widths",
        type=_options.whole_number,
        nargs="+",
        metavar="N",
        help="units (dense) or filters (conv) of the encoder's layers, mirrored in the decoder "
        f"(default: {_words(training_run.WIDTHS['dense'])} for dense, "
        f"{_words(training_run.WIDTHS['conv'])} for conv)",
    )
    train.add_argument(
        "--latent-dim",
        type=_options.whole_number,
        help="number of latent dimensions; 2 can be drawn, 10 to 50 reconstruct better "
        f"(default: {default.latent_dim})",
    )
    train.add_argument(
        "--likelihood",
        choices=LIKELIHOODS,
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
        "--output", metavar="FOLDER", help="where to write (default: runs/DATASET-NETWORK-DIM)"
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
    train.set_defaults(run=_train, interrupted=_how_to_go_on)

    evaluate = commands.add_parser(
        "evaluate",
        help="print the losses of a trained VAE on test images",
        description=(
            "Prints the loss on test images and its two terms as JSON, in nats per image, "
            "estimated with one sample of z an image. With --importance-samples, also an estimate "
            "of log p(x), a lower bound tighter than -loss (Burda et al., 2016)."
        ),
    )
    _add_model_argument(evaluate)
    _add_data_options(evaluate, default.dataset, set_default=True)
    evaluate.add_argument("--seed", type=_options.seed, default=0, help="of the noise (default: 0)")
    evaluate.add_argument(
        "--importance-samples",
        type=_options.whole_number,
        metavar="K",
        help="estimate log p(x) with K weighted samples of z an image, for instance 500",
    )
    evaluate.add_argument("--output", metavar="FILE", help="also write the JSON here")
    evaluate.set_defaults(run=_evaluate)

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
    generate.set_defaults(run=_generate)

    reconstruct = commands.add_parser(
        "reconstruct",
        help="show test images beside what a trained VAE gives back",
        description="Encodes test images, decodes their z_mean, and writes both beside each other.",
    )
    _add_model_argument(reconstruct)
    _add_data_options(reconstruct, default.dataset, set_default=True)
    _add_number_option(reconstruct, 10)
    _add_picture_option(reconstruct, "reconstructed.png")
    _add_language_option(reconstruct)
    reconstruct.set_defaults(run=_reconstruct)

    return parser


def _words(numbers):
    return " ".join(map(str, numbers))


def _add_model_argument(parser):
    parser.add_argument("model", help="the .keras file of a trained VAE")


def _add_data_options(parser, default, *, set_default=False):
    parser.add_argument(
        "--dataset",
        default=default if set_default else None,
        help="embedded digits (mnist_mini) or any image set of TensorFlow Datasets: mnist, "
        f"fashion_mnist, cifar10 ... (default: {default})",
    )
    parser.add_argument(
        "--data-dir",
        metavar="FOLDER",
        help="where TensorFlow Datasets keeps its sets (default: TFDS_DATA_DIR, else "
        "~/tensorflow_datasets)",
    )


def _add_number_option(parser, default):
    parser.add_argument(
        "--number",
        type=_options.whole_number,
        default=default,
        help=f"of images (default: {default})",
    )


def _add_picture_option(parser, default):
    parser.add_argument(
        "--output", metavar="FILE.png", default=default, help=f"the picture (default: {default})"
    )


def _add_language_option(parser):
    parser.add_argument(
        "--language", choices=("en", "fr"), default="en", help="of the figures (default: en)"
    )


if __name__ == "__main__":
    sys.exit(main())
