"""A VAE of two pixels, and what the check of `vae_train_step` sees of a step on it."""

import functools

import keras
import numpy as np
import tensorflow as tf

from vae_course.engine import Observation
from vae_course.engine.answer import AnswerError, as_array, describe
from vae_course.exercises.training._networks import affine_networks
from vae_keras.layers import Sampling

_MEAN = np.array([[1.0, -0.5], [0.5, 2.0]]), np.array([0.3, 0.5])
_DECODER = np.array([[1.5, -1.0], [0.5, 1.0]]), np.array([0.2, -0.4])
_BATCHES = [[1, 0, 0.5, 1, 0, 0.2], [0.8, 0.1, 1, 1, 0, 0.6]]
_COPIES, _REPEATS = 4096, 4  # of one image in a batch; of the step


class _SmallVAE(keras.Model):
    """Two pixels, two latent dimensions: what a `train_step` acts on, with readable weights."""

    def __init__(self, sigma, optimizer):
        super().__init__(name="vae")
        self.encoder, self.decoder, self.sampling, *metrics = _parts()
        self.sampling.seed_generator.state.assign([62, 0])
        self.reconstruction_mean, self.kl_mean = metrics
        for metric in metrics:
            metric.reset_state()
        self.sigma = sigma
        self.rewind()
        self.compile(optimizer=optimizer)
        self.optimizer.build(self.trainable_variables)

    def rewind(self):
        """The same weights at each start, and an encoder of this σ."""
        log_var = np.zeros((2, 2)), np.full(2, 2 * np.log(self.sigma))
        self.encoder.set_weights([*_MEAN, *log_var])
        self.decoder.set_weights(_DECODER)
        self.before = [_flat_weights(self.encoder), _flat_weights(self.decoder)]

    def changes(self):
        """Of the encoder's weights, and of the decoder's."""
        after = _flat_weights(self.encoder), _flat_weights(self.decoder)
        return [new - old for new, old in zip(after, self.before, strict=True)]


class _Metric(keras.metrics.Mean):
    """A mean that remembers the shape of what it was given last."""

    shape_given = ()

    def update_state(self, values, sample_weight=None):
        self.shape_given = tuple(getattr(values, "shape", ()))
        return super().update_state(values, sample_weight)


@functools.cache
def _parts():
    """Kept from one look to the next, since TensorFlow takes its time to make a variable."""
    metrics = [_Metric(name=name) for name in ("reconstruction_loss", "kl_loss")]
    return *affine_networks((1, 2, 1), 2), Sampling(seed=62), *metrics


def _flat_weights(network):
    return np.concatenate([np.ravel(each) for each in network.get_weights()])


def steps(answer):
    first, second = (np.array(each, "float32").reshape(3, 1, 2, 1) for each in _BATCHES)
    yield from _by_hand(answer)
    model = _SmallVAE(1e-9, keras.optimizers.SGD(0.5))  # σ ≈ 0: the draw of z hardly matters
    _read(_one_step(answer, model, first), model)
    encoder, decoder = model.changes()
    what = "changement des poids après un pas de SGD (η = 0,5, trois images, σ ≈ 0)"
    yield f"{what} : biais de log σ², c'est-à-dire +½ η", encoder[10:]
    yield f"{what} : biais du décodeur, −η fois la moyenne de p − x", decoder[4:]
    yield f"{what}, encodeur (pour μ, puis log σ²)", encoder
    yield f"{what}, décodeur", decoder
    right = np.allclose([*encoder, *decoder], _gradient_step(first), rtol=1e-3, atol=1e-5)
    yield "le pas est le bon", right  # if not, the metrics say nothing more
    given = [metric.shape_given for metric in (model.reconstruction_mean, model.kl_mean)]
    told = (
        f"les deux termes ont la même forme, pour qu'on puisse les ajouter ({given[0]}, {given[1]})"
    )
    yield told, given[0] == given[1] or () in given  # a mean given to a metric says nothing
    logs = _one_step(answer, model, second)
    means = as_array([model.reconstruction_mean.result(), model.kl_mean.result()])
    yield "les deux métriques du modèle après deux lots", means
    yield "`reconstruction_loss` et `kl_loss` rendues au second lot", _read(logs, model)
    yield from _noise(answer)
    model = _SmallVAE(1e-9, keras.optimizers.Adam(0.01))
    _one_step(answer, model, first)
    right = np.allclose(np.abs(model.changes()[1]), 0.01, rtol=0.01)
    yield "avec Adam (η = 0,01), les poids du décodeur font un premier pas de 0,01", right
    yield "compilé comme le fait `fit`, le tirage de z change d'un pas à l'autre", _compiled(answer)


def _by_hand(answer):
    """One image of two pixels, σ ≈ 0: what can be computed with a pencil."""
    model = _SmallVAE(1e-9, keras.optimizers.SGD(0.5))
    image = np.array([1, 0], "float32").reshape(1, 1, 2, 1)
    _read(_one_step(answer, model, image), model)
    what = "une image x = [1, 0], codée en μ = [1,3, 0], log σ² = −41,45, décodée en [2,15, −1,7]"
    terms = as_array([model.reconstruction_mean.result(), model.kl_mean.result()])
    yield f"{what} : les deux métriques du modèle", terms
    encoder, decoder = model.changes()
    step = "après un pas de SGD (η = 0,5), changement des biais"
    yield f"{what} ; {step} du décodeur, −η (p − x)", decoder[4:]
    yield f"{what} ; {step} de log σ², +½ η", encoder[10:]
    yield f"{what} ; {step} de μ", encoder[4:6]


def _gradient_step(x):
    """−η times the gradient of the loss at σ = 0, by hand: of μ's map, of log σ²'s, of z's."""
    x = x.reshape(3, 2)
    mean = x @ _MEAN[0] + _MEAN[1]
    error = 1 / (1 + np.exp(-(mean @ _DECODER[0] + _DECODER[1]))) - x
    parts = [(x, error @ _DECODER[0].T + mean), (x, np.full((3, 2), -0.5)), (mean, error)]
    gradients = [np.ravel(each) for a, b in parts for each in (a.T @ b, b.sum(axis=0))]
    return -0.5 * np.concatenate(gradients) / 3


def _noise(answer):
    """What many copies of one image say of the draw of z: its presence, its independence, its σ."""
    copies, changes = np.full((_COPIES, 1, 2, 1), 0.4, "float32"), []
    model = _SmallVAE(1.5, keras.optimizers.SGD(0.5))
    for _ in range(_REPEATS):
        model.rewind()
        _one_step(answer, model, copies)
        changes.append(np.concatenate(model.changes()))
    spread = np.std(changes, axis=0).max()
    yield "le tirage de z change d'un pas à l'autre (σ = 1,5)", spread > 1e-6
    own = spread < 0.05  # about 0.01 if each image has its own ε, 0.5 if they share it
    yield "chaque image du lot a son propre ε (le lot : 4 096 fois la même)", own
    encoder, decoder = np.split(np.mean(changes, axis=0), [12])
    what = "changement moyen des poids, quand σ = 1,5"
    yield Observation(f"{what}, décodeur", decoder, atol=0.04)  # 8 standard errors or more
    yield Observation(f"{what}, encodeur", encoder, atol=0.04)


def _compiled(answer):
    """Whether two steps of one compiled function differ; or it cannot be compiled as it is."""
    model, copies = _SmallVAE(1.5, keras.optimizers.SGD(0.5)), np.full((8, 1, 2, 1), 0.4, "float32")
    step, changes = tf.function(lambda x: answer(model, x)), []
    for _ in range(2):
        model.rewind()
        try:
            step(tf.constant(copies))
        except Exception:  # whatever an answer raises, seen through a graph
            return True
        changes.append(np.concatenate(model.changes()))
    return np.ptp(changes, axis=0).max() > 1e-6


def _one_step(answer, model, x):
    try:
        return answer(model, tf.constant(x))
    except AnswerError as error:
        # The second is what TensorFlow says of a loss that is a NumPy number.
        if not any(sign in str(error) for sign in ("No gradients provided", "attribute '_id'")):
            raise
        raise AnswerError(
            "Keras le dit à sa façon :\n\n    No gradients provided for any variable.",
            "no gradients",
        ) from None


def _read(logs, model):
    wanted = [model.reconstruction_mean.name, model.kl_mean.name]
    if not isinstance(logs, dict):
        raise AnswerError(
            f"On attend un dictionnaire des deux métriques, et vous rendez {describe(logs)}.",
            "not a dictionary",
        )
    missing = ", ".join(f"`{name}`" for name in wanted if name not in logs)
    if missing:
        raise AnswerError(f"Il manque, dans le dictionnaire rendu : {missing}.", "missing logs")
    return as_array([as_array(logs[name]) for name in wanted])
