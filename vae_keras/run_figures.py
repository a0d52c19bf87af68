"""The figures of a training run: what is drawn of each kind of model."""

import numpy as np

from vae_keras import plotting
from vae_keras.run_models import with_conditions

_SHOWN_CLASSES = 10


def draw_figures(model, images, history, folder, config):
    """Writes the figures of a run, those that its kind of model has."""
    shown = with_conditions(model, images.x_test[:10], images.y_test[:10])
    all_of_test = with_conditions(model, images.x_test, images.y_test)
    z_mean = model.encode(*all_of_test)[0] if "latent_plane" in config.kind.figures else None
    figures = {
        "learning_curves": lambda: plotting.plot_history(history),
        "reconstructions": lambda: plotting.plot_reconstructions(
            shown[0], inked(model.reconstruct(*shown))
        ),
        "samples": lambda: plotting.plot_images(inked(_samples(model, config.seed))),
        "latent_plane": lambda: plotting.plot_latent_plane(z_mean, images.y_test),
        "decoded_grid": lambda: plotting.plot_decoded_grid(
            lambda z: inked(model.decode(z)), **_plane_of_codes(z_mean)
        ),
    }
    for name in config.kind.figures:
        plotting.save_figure(figures[name](), folder / f"{name}.png")


def inked(images):
    """Images in [0, 1], which the mean of a Gaussian likelihood may leave by far."""
    return np.clip(images, 0, 1)


def _samples(model, seed):
    """New images; of a conditional model a row for each class, the same z in each."""
    if not model.is_conditional:
        return model.generate(60, seed=seed)
    classes = np.arange(min(model.num_classes, _SHOWN_CLASSES))
    z = model.sample_prior(10, seed)
    return model.decode(np.tile(z, (len(classes), 1)), np.repeat(classes, len(z)))


def _plane_of_codes(z_mean):
    """The plane to decode: all of it in 1 or 2 dimensions, else where the codes vary most."""
    if z_mean.shape[1] <= 2:
        return {"latent_dim": z_mean.shape[1]}
    from sklearn.decomposition import PCA  # a second to import, needed here alone

    principal = PCA(2).fit(z_mean)
    lengths = np.sqrt(principal.explained_variance_)
    return {"center": principal.mean_, "directions": principal.components_ * lengths[:, np.newaxis]}
