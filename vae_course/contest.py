"""A contest of generators: what measures their images, over seeds, in one table."""

import keras
import numpy as np
from keras import layers

from vae_course.recipes import one_thread
from vae_keras import _checks
from vae_keras.evaluation import (
    frechet_distance,
    nearest_distances,
    precision_recall,
    sharpness_ratio,
    spectral_slope,
)
from vae_keras.evaluation.samples import student_interval

# Of each measure: its name in the table, and how it is written.
MEASURES = {
    "sharpness": ("netteté", ".2f"),
    "slope": ("pente", ".2f"),
    "frechet": ("Fréchet", ".1f"),
    "precision": ("précision", ".2f"),
    "recall": ("rappel", ".2f"),
    "classes": ("classes", ".1f"),
    "nearest": ("voisine", ".2f"),
}


class Contest:
    """Measures generated images as they are, their greys included, beside real ones.

    Each seed splits the real test images into two halves: the images of that seed are compared with
    one, and the row of the real ones is the other: what a perfect generator would get.

        sharpness   `sharpness_ratio`: 1 as sharp as real images, less where blurred
        slope       `spectral_slope`: the steeper, the more blurred
        frechet     `frechet_distance` between features of a small classifier, the judge
        precision, recall   `precision_recall` of these features
        classes     e^H, H the entropy of the shares of classes that the judge reads
        nearest     median distance to the nearest training image, beside that of the real half;
                    far below 1 copies; blurred images are near to everything, too

    Args:
        x_train, y_train: Images `(count, height, width, channels)` and their labels, from 0: the
            judge learns from them, and a copy would be of one of them.
        x_test: Other real images, at least 8, an even number of which is used.
        judge: A `keras.Model` from images to `[features, probabilities]`; None trains one.
        seed: Of the judge.

    Example:

    >>> contest = Contest(x_train, y_train, x_test)
    >>> for seed in (0, 1, 2):
    ...     contest.add("VAE", vaes[seed].generate(contest.count, seed=seed), seed)
    >>> print(contest.table())
    """

    def __init__(self, x_train, y_train, x_test, *, judge=None, seed=0):
        self.x_train, self.x_test = x_train, x_test
        self.count = _checks.whole_number(len(x_test) // 2, "half the number of x_test", least=4)
        self.judge = judge or train_judge(x_train, y_train, seed)
        self._found, self._real = {}, {}  # name → seed → measure → value; seed → what is real

    def add(self, name, images, seed):
        """Measures the `count` images that a model of this seed has generated.

        Returns:
            A dict from the names of `MEASURES` to numbers.
        """
        if len(images) != self.count:
            raise ValueError(
                f"images must be {self.count}, as many as those they are compared with, got "
                f"{len(images)}. Mend: generate(contest.count)."
            )
        with one_thread():
            if seed not in self._real:
                self._real[seed] = real = self._halves(seed)
                self._found.setdefault("réelles", {})[seed] = self._measures(real["held_out"], real)
            measures = self._measures(np.asarray(images), self._real[seed])
        self._found.setdefault(name, {})[seed] = measures
        return measures

    def read(self, images):
        """What the judge sees: features `(count, …)` and probabilities `(count, classes)`."""
        return self.judge.predict(images, batch_size=250, verbose=0)

    def values(self, name, measure):
        """A measure of a model, an array with a number for each of its seeds."""
        return np.array([each[measure] for each in self._found[name].values()])

    def interval(self, name, measure):
        """The mean over seeds, and its 95 % interval by Student's law; of one seed, no ends."""
        return student_interval(self.values(name, measure))

    def difference(self, measure, one, other):
        """The mean over seeds of `one` less `other`, seed by seed, and its 95 % interval.

        Where it contains 0, these seeds show no difference. With three seeds it is wide.
        """
        found = [self._found[name] for name in (one, other)]
        seeds = [seed for seed in found[0] if seed in found[1]]
        return student_interval(
            np.array([found[0][s][measure] - found[1][s][measure] for s in seeds])
        )

    def table(self, *names):
        """The table, in French: a model a row, the mean over seeds ± half of its 95 % interval.

        Args:
            *names: The rows, in their order; none for all.
        """
        names = names or tuple(self._found)
        rows = [["", *(heading for heading, _ in MEASURES.values())]]
        for name in names:
            found = {measure: self.interval(name, measure) for measure in MEASURES}
            rows.append([name, *(_text(found[each], MEASURES[each][1]) for each in MEASURES)])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            f"{name:{widths[0]}s}"
            + "".join(f"{c:>{w + 2}s}" for c, w in zip(cells, widths[1:], strict=True))
            for name, *cells in rows
        ]
        return "\n".join(lines)

    def _halves(self, seed):
        order = np.random.default_rng(seed).permutation(len(self.x_test))
        reference = self.x_test[order[: self.count]]
        held_out = self.x_test[order[self.count : 2 * self.count]]
        return {
            "reference": reference,
            "features": self.read(reference)[0],
            "held_out": held_out,
            "distance": np.median(nearest_distances(held_out, self.x_train)),
        }

    def _measures(self, images, real):
        features, probabilities = self.read(images)
        shares = np.bincount(probabilities.argmax(axis=1)) / len(images)
        shares = shares[shares > 0]
        within = precision_recall(real["features"], features)
        return {
            "sharpness": sharpness_ratio(images, real["reference"]).value,
            "slope": spectral_slope(images).value,
            "frechet": frechet_distance(features, real["features"]),
            "precision": within.precision.value,
            "recall": within.recall.value,
            "classes": float(np.exp(-np.sum(shares * np.log(shares)))),
            "nearest": float(np.median(nearest_distances(images, self.x_train)) / real["distance"]),
        }


def train_judge(x_train, y_train, seed=0, epochs=6):
    """A small convolutional classifier: images → `[features, probabilities]`, 32 features."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input(x_train.shape[1:])
    h = layers.MaxPooling2D()(layers.Conv2D(16, 3, activation="relu")(inputs))
    h = layers.MaxPooling2D()(layers.Conv2D(32, 3, activation="relu")(h))
    features = layers.Dense(32, activation="relu")(layers.Flatten()(h))
    probabilities = layers.Dense(int(np.max(y_train)) + 1, activation="softmax")(features)
    classifier = keras.Model(inputs, probabilities)
    classifier.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy")
    classifier.fit(x_train, y_train, batch_size=100, epochs=epochs, verbose=0)
    return keras.Model(inputs, [features, probabilities])


def _text(interval, digits):
    text = f"{interval.value:{digits}}"
    if np.isfinite(interval.low):
        text += f" ±{interval.high - interval.value:{digits}}"
    return text
