"""One page on a trained model: what it costs, what its codes hold, what it generates."""

import dataclasses
import platform
import time

import keras
import numpy as np
import tensorflow as tf

import vae_keras
from vae_keras import _checks
from vae_keras.evaluation.bounds import active_units, elbo, importance_weighted_bound
from vae_keras.evaluation.collapse import ladder_information, mutual_information
from vae_keras.evaluation.generation import aggregated_posterior_gap, frechet_distance
from vae_keras.evaluation.samples import sharpness_ratio, student_interval
from vae_keras.models import VAE, VQVAE, HierarchicalVAE

_DRAWS = 5  # sets of generated images, whose spread gives an interval
_COMPONENTS = 50


def versions():
    """Those that a figure depends on."""
    return {
        "vae_keras": vae_keras.__version__,
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def report(model, images, *, num_samples=100, seed=0):
    """Measures all that this module can of a model of images, on test images.

    Args:
        model: A `VAE` of any kind or a `VQVAE` that has a prior; a `ConditionalVAE` of classes is
            given the images' labels as its conditions.
        images: `ImageSplits`, as `load_images` returns them, two of each split at least. All is
            measured on the test images; the training images give the 50 principal components in
            whose space the Fréchet distance is.
        num_samples: Samples of z an image, for the importance-weighted bound.
        seed: Integer seed of all that is drawn.

    Returns:
        A dict that JSON can hold. Figures are in nats an image unless told; of each,
        `monte_carlo_error` is the standard error over other draws of z, and `sampling_error` over
        other test images; `low` and `high` are the ends of a 95 % interval.

        - `losses`: what `evaluate` gives; not of a VQ-VAE, `elbo` and `importance_weighted_bound`;
        - `code`: active dimensions, mutual information, gap between the aggregated posterior and
          the prior; of a VQ-VAE the nats of its codes under the prior;
        - `samples`: Fréchet distance, with that of training images beside it, and sharpness ratio;
        - `seconds` of each part, and `versions`.

    Raises:
        ValueError: If the model is none of these, or the images do not suit it.
    """
    if not isinstance(model, VAE | VQVAE):
        raise ValueError(f"model must be a VAE of any kind or a VQVAE, got {type(model).__name__}.")
    _checks.whole_number(num_samples, "num_samples")
    seed = _checks.whole_number(seed, "seed", least=0)
    if not (hasattr(images, "x_train") and hasattr(images, "x_test")):
        raise ValueError(
            f"images must be ImageSplits, got {type(images).__name__}. Mend: load_images(...), or "
            "ImageSplits(x_train, y_train, x_test, y_test)."
        )
    for name in ("x_train", "x_test"):  # before hours of measures on the others
        each, shape = getattr(images, name), "(count, height, width, channels)"
        _checks.array(each, f"images.{name}", shape, dtype="float32", least=2)
    conditions = ()
    if model.is_conditional:
        if model.num_classes is None:
            raise ValueError(
                "model must have classes as conditions, which the images' labels are, got "
                "num_classes=None. Mend: measure it by hand, evaluation has the parts."
            )
        conditions = (images.y_test,)
    x = (images.x_test, *conditions)
    alone = x if conditions else x[0]
    parts = {"losses": lambda: _losses(model, x, seed)}
    if isinstance(model, VAE):
        parts |= {
            "elbo": lambda: _bound(elbo(model, alone, 10, seed=seed)),
            "importance_weighted_bound": lambda: _importance(model, alone, num_samples, seed),
        }
    parts |= {
        "code": lambda: _code(model, alone, seed),
        "samples": lambda: _samples(model, images, conditions, seed),
    }
    found, seconds = {}, {}
    for name, measure in parts.items():
        start = time.perf_counter()
        found[name] = measure()
        seconds[name] = round(time.perf_counter() - start, 2)
    about = {"model": type(model).__name__, "images": len(x[0]), "seed": seed}
    return {**about, **found, "seconds": seconds, "versions": versions()}


def as_markdown(found):
    """A report as a page in Markdown."""
    lines = [f"# {found['model']}", "", f"On {found['images']:,} test images, in nats an image."]
    for name, part in found.items():
        if isinstance(part, dict):
            lines += ["", f"## {name.replace('_', ' ').capitalize()}", "", "| | |", "|---|---|"]
            lines += [
                f"| {key.replace('_', ' ')} | {_shown(value)} |" for key, value in part.items()
            ]
    return "\n".join(lines) + "\n"


def _shown(value):
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_shown(each)}" for key, each in value.items())
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _losses(model, x, seed):
    if not model.compiled:
        model.compile()
    if hasattr(model, "sampling"):
        model.sampling.set_seed(seed)
    return model.evaluate(*x, batch_size=500, verbose=0, return_dict=True)


def _bound(bound):
    return {
        "value": bound.mean,
        "monte_carlo_error": bound.standard_error,
        "sampling_error": _sampling_error(bound.values),
    }


def _sampling_error(values):
    """The standard error of the mean over other test images."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def _importance(model, x, num_samples, seed):
    bound = importance_weighted_bound(model, x, num_samples, seed=seed)
    smallest = float(bound.effective_sample_sizes.min())
    return {**_bound(bound), "samples": num_samples, "smallest_effective_sample_size": smallest}


def _code(model, x, seed):
    if isinstance(model, VQVAE):
        nats = -model.code_log_prob(model.encode(x))
        codes = {"codes": model.num_codes, "places": int(np.prod(model.grid_shape))}
        return {
            **codes,
            "nats": {"value": float(nats.mean()), "sampling_error": _sampling_error(nats)},
        }
    if isinstance(model, HierarchicalVAE):
        information, gap, error = ladder_information(model, x, seed=seed)
    else:
        q = model.encode(*x) if model.is_conditional else model.encode(x)
        information = mutual_information(*q, seed=seed)
        posterior = aggregated_posterior_gap(*q, seed=seed)
        gap, error = posterior.gap, posterior.standard_error
    return {
        "dimensions": model.latent_dim,
        "active_dimensions": int(active_units(model, x).sum()),
        "mutual_information": {
            "at_least": information.lower,
            "at_most": information.upper,
            "sampling_error": information.standard_error,
            "ceiling": information.ceiling,
        },
        "aggregated_posterior_gap": {
            "value": gap,
            "monte_carlo_error": error,
        },
    }


def _samples(model, images, conditions, seed):
    from sklearn.decomposition import PCA  # a second to import, needed here alone

    real, count = images.x_test, len(images.x_test)
    known = images.x_train[np.random.default_rng(seed).permutation(len(images.x_train))[:count]]
    flat_known = known.reshape(len(known), -1)
    space = PCA(min(_COMPONENTS, *flat_known.shape), random_state=seed).fit(flat_known)

    def distance(x):
        features = (space.transform(each.reshape(len(each), -1)) for each in (real, x))
        return frechet_distance(*features)

    drawn = [model.generate(count, *conditions, seed=seed + draw) for draw in range(_DRAWS)]
    distances = np.array([distance(each) for each in drawn])
    return {
        "frechet_distance": dataclasses.asdict(student_interval(distances)),
        "frechet_distance_of_training_images": distance(known),
        "features": f"{space.n_components_} principal components of training images",
        "sharpness_ratio": dataclasses.asdict(sharpness_ratio(drawn[0], real, seed=seed)),
    }
