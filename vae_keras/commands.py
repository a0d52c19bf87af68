"""What each command of the command line does, once its options are known to be good.

Apart from `cli`, which needs no TensorFlow to tell its options.
"""

import dataclasses
import errno
import json
import os
import pathlib
import sys
import warnings
import zipfile

from vae_keras import plotting, run_folder, training_run
from vae_keras._files import write_whole
from vae_keras._tensorflow import keras, tf
from vae_keras.data import load_images
from vae_keras.evaluation import importance_weighted_bound
from vae_keras.evaluation.report import as_markdown, report
from vae_keras.models import VAE, VQVAE

OutOfMemoryError = tf.errors.ResourceExhaustedError


def train(options):
    given = {
        field.name: getattr(options, field.name)
        for field in dataclasses.fields(run_folder.Config)
        if getattr(options, field.name) is not None
    }
    if options.resume and not options.output:
        raise ValueError("--resume needs --output: the folder of the run to go on with")
    if options.resume:
        config = run_folder.read_config(options.output)
        asked = dataclasses.asdict(dataclasses.replace(config, **given))
        for name, own in dataclasses.asdict(config).items():
            if asked[name] != own:
                raise ValueError(
                    f"--{name.replace('_', '-')} is {asked[name]!r} here and {own!r} in "
                    f"{options.output}: a run is resumed as it was started"
                )
    else:
        config = run_folder.Config(**given)
    name = f"{config.dataset}-{config.network}-{config.latent_dim}".replace("/", "-")
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
    test, training = metrics["test"], metrics["training"]
    loss_name = "loss (-ELBO)" if config.beta == 1 else "loss"
    print(
        f"\nTest {loss_name}: {test['loss']:.2f} nats per image = reconstruction "
        f"{test['reconstruction_loss']:.2f} + beta x KL {test['kl_loss']:.2f}\n"
        f"Training: {training['epochs']} epochs of {training['images']:,} images, "
        f"{training['seconds']:.0f} s, {training['images_per_second']:,} images/s\n"
    )
    print("Written:")
    for file in ("model.keras", "metrics.json", *(f"{name}.png" for name in run_folder.FIGURES)):
        print(f"  {folder / file}")


def evaluate(options):
    own = _own_config(options.model)
    model = _load(options.model, (VAE, VQVAE) if options.report else VAE)
    dataset, images = _images(options, own)
    seed = own.seed if options.seed is None else options.seed
    if options.report:
        _report(model, images, dataset, seed, options)
        return
    result = {
        **training_run.test_losses(model, images.x_test, seed),
        "beta": model.beta,
        "dataset": dataset,
        "seed": seed,
    }
    if options.importance_samples:
        k = options.importance_samples
        bound = importance_weighted_bound(model, images.x_test, k, seed=seed)
        result["importance_weighted_bound"] = {
            "value": bound.mean,
            "standard_error": bound.standard_error if k > 1 else None,
            "smallest_effective_sample_size": float(bound.effective_sample_sizes.min()),
            "num_samples": k,
        }
    print(json.dumps(result, indent=2))
    if options.output:
        output = pathlib.Path(options.output)
        output.parent.mkdir(parents=True, exist_ok=True)
        run_folder.write_json(output, result)


def _report(model, images, dataset, seed, options):
    page = pathlib.Path(options.report)
    samples = {"num_samples": options.importance_samples} if options.importance_samples else {}
    data = pathlib.Path(options.output or page.with_suffix(".json"))
    for path in (page, data):  # before all is measured
        path.parent.mkdir(parents=True, exist_ok=True)
    found = {"dataset": dataset, **report(model, images, seed=seed, **samples)}
    write_whole(page, as_markdown(found).encode())
    run_folder.write_json(data, found)
    print(page, data, sep="\n")


def generate(options):
    vae = _load(options.model)
    plotting.set_style(language=options.language)
    images = vae.generate(options.number, seed=options.seed)
    print(plotting.save_figure(plotting.plot_images(images), options.output))


def reconstruct(options):
    vae = _load(options.model)
    x = _images(options, _own_config(options.model))[1].x_test[: options.number]
    plotting.set_style(language=options.language)
    figure = plotting.plot_reconstructions(x, vae.reconstruct(x), max_images=options.number)
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


def _load(path, kinds=VAE):
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
    if not isinstance(model, kinds):
        raise ValueError(f"{path} holds a {type(model).__name__}, not a vae_keras.VAE")
    return model
