"""The models of `vae-keras train --model` beside each other: one budget of seconds, over seeds.

    python tests/benchmarks/models.py [--seconds 40] [--seeds 3] [--models vae hvae]

All learn the 4,000 digits of mnist_mini with the networks of the command line, 16 latent
dimensions where they have some, and Adam, until the seconds are over. These are of the processor,
all cores together, so that what else the machine does counts for nothing; to compile is not
counted. Of a VQ-VAE a third of them goes to its prior. Prints in Markdown the mean over seeds ±
half of its 95 % interval, by Student's law; a difference is one where that of the differences
seed by seed, which is printed below, does not contain 0.

The bound is on log p(x) in nats an image, by importance weighting (of a VQ-VAE the reconstruction
and its codes under their prior), of grey pixels under the Bernoulli likelihood: it compares these
models alone. A conditional model's is on log p(x|c), and a VAE-GAN's of a likelihood that it was
not trained on. Frechet distance and sharpness are `vae_course.contest`'s: 500 generated images
beside 500 test images.
"""

import argparse
import time

import numpy as np

from vae_course.contest import Contest
from vae_keras import VAE, importance_weighted_bound, load_images, run_config, run_models
from vae_keras._tensorflow import keras
from vae_keras.evaluation.samples import student_interval
from vae_keras.training_run import test_losses

BATCH, LATENT_DIM, SAMPLES = 100, 16, 100
MEASURES = ("frechet", "sharpness")
REAL = "réelles"  # the contest's name for the real images


class TimeIsUp(keras.callbacks.Callback):
    """Stops before the epoch that would pass the limit; the first one compiles, and is over."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds, self.epochs = seconds, []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(time.process_time() - self.start)
        spent, typical = sum(self.epochs[1:]), np.median(self.epochs[1:] or 0)
        self.model.stop_training = spent + typical > self.seconds


def trained(kind, seed, images, seconds):
    """A model after its seconds, and how many images a second it learnt from."""
    options = {"latent_dim": LATENT_DIM} if kind in run_config.takers("latent_dim") else {}
    config = run_config.Config(model=kind, seed=seed, **options)
    shape, classes = images.x_train.shape[1:], int(images.y_train.max()) + 1
    model = run_models.build(config, shape, classes)
    run_models.compile_model(model, config, None)
    clock = TimeIsUp(seconds * (2 / 3 if config.prior_epochs else 1))
    x = run_models.with_conditions(model, images.x_train, images.y_train)
    model.fit(*x, batch_size=BATCH, epochs=10**6, callbacks=[clock], verbose=0)
    if config.prior_epochs:
        options = {"batch_size": BATCH, "epochs": 10**6, "verbose": 0}
        model.fit_prior(images.x_train, callbacks=[TimeIsUp(seconds / 3)], **options)
    return model, len(images.x_train) / np.median(clock.epochs[1:])


def bound(model, images, seed):
    """What bounds log p(x) from below, in nats an image."""
    if not isinstance(model, VAE):
        losses = test_losses(model, images.x_test, images.y_test, seed)
        return -losses["reconstruction_loss"] - losses["prior_loss"]
    x = run_models.with_conditions(model, images.x_test, images.y_test)
    x = x if model.is_conditional else x[0]
    return importance_weighted_bound(model, x, SAMPLES, seed=seed).mean


def interval(values, digits):
    found = student_interval(np.asarray(values, "float64"))
    text = f"{found.value:,.{digits}f}"
    return text if len(values) < 2 else f"{text} ± {found.high - found.value:,.{digits}f}"


def table(heading, rows):
    print("\n| " + " | ".join(heading) + " |\n|" + "---|" * len(heading))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=40, help="of the processor, a model")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--models", nargs="+", choices=run_config.MODELS)
    options = parser.parse_args()
    models = options.models or list(run_config.MODELS)
    images = load_images("mnist_mini")
    contest = Contest(images.x_train, images.y_train, images.x_test)
    found = {kind: {"bound": [], "speed": []} for kind in models}
    for seed in range(options.seeds):
        for kind in models:
            model, speed = trained(kind, seed, images, options.seconds)
            digits = np.arange(contest.count) % 10  # of a conditional model, each as often
            condition = (digits,) if model.is_conditional else ()
            measured = contest.add(kind, model.generate(contest.count, *condition, seed=seed), seed)
            values = {"bound": bound(model, images, seed), "speed": speed}
            for name, value in values.items():
                found[kind][name].append(value)
            shown = {**values, **{name: measured[name] for name in MEASURES}}
            print(kind, seed, {name: round(value, 2) for name, value in shown.items()}, flush=True)
    print(f"\n{options.seconds:g} seconds of the processor a model, {options.seeds} seeds")
    table(
        ("model", "bound on log p(x)", "Frechet distance", "sharpness ratio", "images a second"),
        [
            (
                kind,
                interval(found[kind]["bound"], 1) if kind in found else "",
                *(interval(contest.values(kind, name), 2) for name in MEASURES),
                interval(found[kind]["speed"], 0) if kind in found else "",
            )
            for kind in (*models, REAL)
        ],
    )
    first, *others = models
    table(
        (f"less {first}", "bound on log p(x)", "Frechet distance", "sharpness ratio"),
        [
            (
                kind,
                interval(np.subtract(found[kind]["bound"], found[first]["bound"]), 1),
                *(
                    interval(contest.values(kind, name) - contest.values(first, name), 2)
                    for name in MEASURES
                ),
            )
            for kind in others
        ],
    )


if __name__ == "__main__":
    main()
