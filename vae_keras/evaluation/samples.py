"""Generated images beside real ones: how sharp, how far from those known, how much they cover."""

import dataclasses

import numpy as np
from scipy import ndimage, stats
from sklearn.neighbors import NearestNeighbors

from vae_keras import _checks

_UNIT, _BYTES = 1.1, 10  # the largest values of images in [0, 1], and the least of bytes
_PAIRS = 2**21  # distances held at a time: with a far point, all are within the largest radius


@dataclasses.dataclass(frozen=True)
class Interval:
    """An estimate, and its 95 % confidence interval over draws of the images.

    Of 100 such intervals, of other draws each, some 95 hold what draws without end would give.

    Attributes:
        value: The estimate.
        low, high: The ends of the interval.
    """

    value: float
    low: float
    high: float

    def __str__(self):
        return f"{self.value:.3g} [{self.low:.3g}, {self.high:.3g}]"


def student_interval(values):
    """The mean of an array, and its 95 % interval by Student's law; of one value, NaN for ends."""
    mean = float(values.mean())
    if len(values) < 2:
        return Interval(mean, np.nan, np.nan)
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return Interval(mean, float(mean - half), float(mean + half))


def laplacian_variance(images):
    """How sharp each image is: the variance over its pixels of their 3×3 Laplacian.

    Each pixel times four, less its four neighbours; outside the image is black. Edges make it
    large, blur takes it away, and so does a lower contrast; noise makes it larger than any edge.

    Source: Tolstikhin and others, "Wasserstein Auto-Encoders" (2018), section 4.

    Args:
        images: `(count, height, width, channels)`; of colours the mean is taken.

    Returns:
        NumPy array `(count,)`, in the square of a pixel's unit.

    Raises:
        ValueError: If these are no images, or a value is not finite.
    """
    laplacian = ndimage.laplace(_grey(images, "images"), axes=(1, 2), mode="constant")
    return laplacian.var(axis=(1, 2))


def sharpness_ratio(images, real_images, *, seed=0):
    """How sharp images are beside real ones: the ratio of their mean `laplacian_variance`.

    1 as sharp as real ones, below 1 blurred. Compare images of one kind only: noise is sharp, too.

    Args:
        images, real_images: `(count, height, width, channels)`, two at least each.
        seed: Integer seed of the resampling that gives the interval.

    Returns:
        An `Interval`, by the bootstrap over both sets.

    Raises:
        ValueError: As `laplacian_variance` does, if the real images have no edge at all, or if one
            set is in [0, 1] and the other far from it.
    """
    sets = [
        _images(each, name, least=2)
        for each, name in ((images, "images"), (real_images, "real_images"))
    ]
    largest = [np.abs(each).max() for each in sets]
    if min(largest) <= _UNIT and max(largest) > _BYTES:
        raise ValueError(
            f"images and real_images must be on one scale, got values up to {largest[0]:.4g} and "
            f"up to {largest[1]:.4g}. Mend: divide those by 255, if they are bytes."
        )
    parts = [laplacian_variance(each) for each in sets]
    if not np.any(parts[1]):
        raise ValueError("real_images must have edges, got images of one grey each.")

    def ratio(one, other, axis=-1):
        return one.mean(axis=axis) / other.mean(axis=axis)

    return _bootstrapped(parts, ratio, seed)


def spectral_slope(images, *, seed=0):
    """How fast the power of images falls with the frequency: the slope in log-log coordinates.

    The squares of the Fourier transform of each image, less its mean, averaged over images and over
    rings of frequencies of one cycle an image; then a line through their logarithms. About -2 for
    photographs (Field 1987); the steeper, the more blurred; 0 for white noise.

    Source: Field, "Relations Between the Statistics of Natural Images and the Response Properties
    of Cortical Cells" (1987).

    Args:
        images: `(count, height, width, channels)`, two at least, of four pixels a side at least.
        seed: Integer seed of the resampling that gives the interval.

    Returns:
        An `Interval`, by the bootstrap over the images.

    Raises:
        ValueError: As `laplacian_variance` does, or if the images are too small or of one grey.
    """
    grey = _grey(images, "images", least=2)
    side = min(grey.shape[1:])
    if side < 4:
        raise ValueError(
            f"images must be of four pixels a side at least, got {grey.shape[1:]} pixels."
        )
    power = np.abs(np.fft.fft2(grey - grey.mean(axis=(1, 2), keepdims=True))) ** 2
    cycles = [np.fft.fftfreq(size, 1 / size) * side / size for size in grey.shape[1:]]
    rings = np.rint(np.hypot(cycles[0][:, None], cycles[1])).astype(int)
    frequencies = np.arange(1, side // 2 + 1)
    power = np.stack([power[:, rings == each].mean(axis=1) for each in frequencies], axis=1)
    if not np.all(power.mean(axis=0) > 0):
        raise ValueError("images must have power at every frequency, got images of one grey each.")

    def slope(rows, axis=-1):
        times = [np.bincount(row, minlength=len(power)) for row in np.atleast_2d(rows)]
        mean = np.log(np.array(times) @ power / len(power))
        log_frequencies = np.log(frequencies) - np.log(frequencies).mean()
        slopes = mean @ log_frequencies / np.sum(log_frequencies**2)
        return slopes.reshape(np.shape(rows)[:-1])

    return _bootstrapped([np.arange(len(power))], slope, seed)


def nearest_distances(images, others):
    """How far each image is from the nearest of others: the Euclidean distance over all values.

    Beside the distances to as many images that the model has not seen, it tells whether generated
    images are copies of the training set; a larger set holds a nearer one by itself.

    Args:
        images, others: Arrays `(count, …)` and `(other_count, …)` of one shape: images, or features
            of them.

    Returns:
        NumPy array `(count,)`.

    Raises:
        ValueError: If the shapes do not suit, or a value is not finite.
    """
    images, others = _rows((images, "images"), (others, "others"))
    return NearestNeighbors(n_neighbors=1).fit(others).kneighbors(images)[0][:, 0]


@dataclasses.dataclass(frozen=True)
class PrecisionRecall:
    """What `precision_recall` returns.

    Attributes:
        precision: Share of the generated that lie among the real: how good they are.
        recall: Share of the real that lie among the generated: how much of them is covered.
    """

    precision: Interval
    recall: Interval


def precision_recall(real_features, generated_features, num_neighbors=3):
    """Quality and variety of what is generated, apart: which of two sets lies within the other.

    A point lies within a set if it is no farther from one of its points than that one's
    `num_neighbors`-th nearest neighbour is. Both figures depend on the features and on the size of
    the sets: compare models on sets of one size, and with what other real ones give.

    Source: Kynkäänniemi and others, "Improved Precision and Recall Metric for Assessing Generative
    Models" (2019), eq. (1) and (2).

    Args:
        real_features, generated_features: Arrays `(count, num_features)`, more rows than neighbours
            each: of a classifier's last hidden layer, for instance.
        num_neighbors: k, at least 1.

    Returns:
        A `PrecisionRecall`. Its intervals are Wilson's, over draws of the points that are counted,
        the others staying as they are.

    Raises:
        ValueError: If the shapes do not suit, or a value is not finite.
    """
    num_neighbors = _checks.whole_number(num_neighbors, "num_neighbors")
    real, generated = _rows(
        (real_features, "real_features"),
        (generated_features, "generated_features"),
        least=num_neighbors + 1,
    )
    return PrecisionRecall(
        precision=_share_within(generated, real, num_neighbors),
        recall=_share_within(real, generated, num_neighbors),
    )


def _share_within(points, reference, num_neighbors):
    radii = NearestNeighbors(n_neighbors=num_neighbors + 1).fit(reference)  # itself the first
    radii = radii.kneighbors(reference)[0][:, -1]
    radii *= 1 + 1e-12  # two ways to one distance differ in the last digits of float64
    search = NearestNeighbors(radius=radii.max()).fit(reference)
    inside, at_once = 0, max(1, _PAIRS // len(reference))
    for first in range(0, len(points), at_once):
        found = search.radius_neighbors(points[first : first + at_once])
        inside += sum(bool(np.any(d <= radii[n])) for d, n in zip(*found, strict=True))
    found = stats.binomtest(inside, len(points))
    low, high = found.proportion_ci(method="wilson")
    return Interval(float(found.statistic), float(low), float(high))


def _bootstrapped(samples, statistic, seed):
    found = stats.bootstrap(
        samples,
        statistic,
        n_resamples=999,
        method="percentile",
        rng=np.random.default_rng(_checks.seed(seed)),
    ).confidence_interval
    return Interval(float(statistic(*samples)), float(found.low), float(found.high))


def _images(images, name, least=1):
    shape = "(count, height, width, channels)"
    return _checks.array(images, name, shape, dtype="float64", least=least)


def _grey(images, name, least=1):
    """Images as `(count, height, width)`, float64."""
    return _images(images, name, least).mean(axis=-1)


def _rows(*named, least=1):
    """Two arrays of points, one a row each, of the same shape."""
    arrays = [_checks.array(each, name, dtype="float64", least=least) for each, name in named]
    if arrays[0].ndim < 2 or arrays[0].shape[1:] != arrays[1].shape[1:]:
        names = " and ".join(name for _, name in named)
        shapes = " and ".join(str(each.shape) for each in arrays)
        raise ValueError(
            f"{names} must be of the shape (count, …), the same but for the count, got {shapes}."
        )
    return [each.reshape(len(each), -1) for each in arrays]
