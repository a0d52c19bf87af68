"""What each command of the command line does, once its options are known to be good.

Apart from `cli`, which needs no TensorFlow to tell its options.
"""

import errno
import json
import os
import pathlib
import sys
import warnings
import zipfile

import numpy as np

from vae_keras import plotting, run_folder, training_run
from vae_keras._files import make_folder, write_whole
from vae_keras._tensorflow import keras, tf
from vae_keras.data import load_images
from vae_keras.evaluation import importance_weighted_bound
from vae_keras.evaluation.report import as_markdown, report
from vae_keras.models import VAE, VQVAE
from vae_keras.plotting.history import term_name
from vae_keras.plotting.labels import decimal, label
from vae_keras.run_figures import inked
from vae_keras.run_models import classes, with_conditions

OutOfMemoryError = tf.errors.ResourceExhaustedError


def train(options):
    config = options.config
    of_vae = f"{config.network}-{config.latent_dim}"
    name = f"{config.dataset}-{of_vae if config.model == 'vae' else config.model}".replace("/", "-")
    folder = pathlib.Path(options.output or pathlib.Path("runs") / name.replace(":", "-"))
    options.output = folder
    plotting.set_style(language=options.language)
    try:
        metrics = training_run.train(
            config,
            folder,
            resume=options.resume,
            overwrite=options.overwrite,
            verbose=1 if sys.stdout.isatty() else 2,
        )
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise OSError(f"{error}. Mend: make room. {run_folder.how_to_go_on(folder)}") from error
    _tell(metrics, config)
    print(label("written"))
    for file in ("model.keras", "metrics.json", *(f"{name}.png" for name in config.kind.figures)):
        print(f"  {folder / file}")


def _tell(metrics, config):
    """Prints what came of a run: the loss as the sum that it is, then what else was measured."""
    test, training = metrics["test"], metrics["training"]
    is_elbo = config.beta == 1 and config.kind.terms.keys() <= {"kl_loss", "free_bits_loss"}
    loss = label("negative_elbo" if is_elbo and not config.free_bits else "loss")
    shown = {name: decimal(f"{test[name]:.2f}") for name in test if name != "unit"}
    print("\n" + label("of_test_images", name=loss, value=shown["loss"]))
    summed = [(name, weight) for name, weight in config.terms.items() if weight is not None]
    for sign, (name, weight) in zip("=" + "+" * len(summed), summed, strict=False):
        factor = "" if weight == 1 else decimal(f"{weight:g}") + " × "
        print(f"  {sign} {factor}{term_name(name)} {shown[name]}")
    for name in shown:
        if name not in ("loss", "images", *dict(summed)):
            print(f"    {term_name(name)} {shown[name]}")
    of_training = {
        name: f"{training[name]:,.0f}".replace(",", label("thousands"))
        for name in ("epochs", "images", "seconds", "images_per_second")
    }
    print(label("of_training", **of_training))


def evaluate(options):
    _check_spared(options)
    own = _own_config(options.model)
    model = _load(options.model)
    if options.importance_samples and not isinstance(model, VAE):
        raise ValueError(
            f"--importance-samples must be left out: {options.model} holds a "
            f"{type(model).__name__}, which has no q(z|x) to draw from"
        )
    dataset, images = _images(options, own)
    seed = own.seed if options.seed is None else options.seed
    if options.report:
        _report(model, images, dataset, seed, options)
        return
    result = {
        **training_run.test_losses(model, images.x_test, images.y_test, seed),
        **({"beta": model.beta} if isinstance(model, VAE) else {}),
        "dataset": dataset,
        "seed": seed,
    }
    if options.importance_samples:
        k = options.importance_samples
        x = with_conditions(model, images.x_test, images.y_test)
        x = x if model.is_conditional else x[0]
        bound = importance_weighted_bound(model, x, k, seed=seed)
        result["importance_weighted_bound"] = {
            "value": bound.mean,
            "standard_error": bound.standard_error if k > 1 else None,
            "smallest_effective_sample_size": float(bound.effective_sample_sizes.min()),
            "num_samples": k,
        }
    print(json.dumps(result, indent=2))
    if options.output:
        output = pathlib.Path(options.output)
        make_folder(output.parent)
        run_folder.write_json(output, result)


def _report(model, images, dataset, seed, options):
    page, data = _written(options)
    samples = {"num_samples": options.importance_samples} if options.importance_samples else {}
    for path in (page, data):  # before all is measured
        make_folder(path.parent)
    found = {"dataset": dataset, **report(model, images, seed=seed, **samples)}
    write_whole(page, as_markdown(found).encode())
    run_folder.write_json(data, found)
    print(page, data, sep="\n")


def _written(options):
    """The files that `evaluate` writes: the page and its data, or the results alone."""
    if not options.report:
        return [pathlib.Path(options.output)] if options.output else []
    page = pathlib.Path(options.report)
    return [page, pathlib.Path(options.output or page.with_suffix(".json"))]


def _check_spared(options):
    """Raises a ValueError if what is to be written would replace the model, its run or itself."""
    model, written = pathlib.Path(options.model).resolve(), []
    spared = {model}
    if (model.parent / "config.json").exists():
        spared |= {model.parent / name for name in run_folder.OWN_FILES}
    for path in _written(options):
        if path.resolve() in spared | {*written}:
            what = "the run's own" if path.resolve() in spared else "the same twice"
            raise ValueError(
                f"--output and --report must be files of their own, got {path}, {what}"
                + ("" if options.output else f" (beside {options.report})")
                + ". Mend: another name"
            )
        written.append(path.resolve())


def generate(options):
    model = _load(options.model)
    condition = ()
    if model.is_conditional:
        each_in_turn = np.arange(options.number) % (model.num_classes or 1)
        asked = options.condition
        condition = (classes(model, each_in_turn if asked is None else asked),)
    elif options.condition is not None:
        raise ValueError(
            f"--condition must be left out: {options.model} holds a {type(model).__name__}, which "
            "takes none. Mend: a model of vae-keras train --model cvae"
        )
    plotting.set_style(language=options.language)
    images = inked(model.generate(options.number, *condition, seed=options.seed))
    print(plotting.save_figure(plotting.plot_images(images), options.output))


def reconstruct(options):
    model = _load(options.model)
    images = _images(options, _own_config(options.model))[1]
    shown = slice(options.number)
    x, *condition = with_conditions(model, images.x_test[shown], images.y_test[shown])
    plotting.set_style(language=options.language)
    given_back = inked(model.reconstruct(x, *condition))
    figure = plotting.plot_reconstructions(x, given_back, max_images=options.number)
    print(plotting.save_figure(figure, options.output))


def _own_config(model):
    """What the run was asked that a model comes from; the defaults for a model of no run."""
    folder = pathlib.Path(model).parent
    if (folder / "config.json").exists():
        return run_folder.read_config(folder)
    return run_folder.Config()


def _images(options, own):
    """The data set to test on, the model's own unless another is given, and its images."""
    dataset = options.dataset or own.dataset
    data_dir = options.data_dir or (own.data_dir if dataset == own.dataset else None)
    return dataset, load_images(dataset, data_dir=data_dir)


def _load(path):
    if os.path.isdir(path):
        raise ValueError(f"{path} is a folder: give the .keras file of a trained VAE in it")
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no model {path}: give the .keras file of a trained VAE")
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                if damaged := archive.testzip():
                    raise ValueError(f"its part {damaged} is damaged")
            with warnings.catch_warnings():
                # Of an optimizer that never trained; nor is it used here.
                warnings.filterwarnings("ignore", "Skipping variable loading for optimizer")
                model = keras.saving.load_model(path)
        except MemoryError:
            raise
        except Exception as error:
            reason = str(error).strip().partition("\n")[0]
            raise ValueError(f"{path} is not a saved Keras model: {reason}") from error
    if not isinstance(model, VAE | VQVAE):
        kind = type(model).__name__
        raise ValueError(f"{path} holds a {kind}, not a vae_keras.VAE of any kind nor a VQVAE")
    if model.is_autoregressive:
        raise ValueError(f"{path} holds a model of sequences, where one of images is asked")
    return model
