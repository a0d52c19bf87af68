"""Makes the data set pneumonia_mnist: the chest X-rays of MedMNIST v2, in TFDS's on-disk format.

    python data/make_pneumonia_mnist.py --source FILE    # from pneumoniamnist.npz, where it lies
    python data/make_pneumonia_mnist.py                  # downloads it (4 MB) from Zenodo first
    python data/make_pneumonia_mnist.py --check          # as the other scripts, with --output too

The file is read for its images, labels and splits. The order of its rows is not: an image has its
place by its own bytes, so that copies of the file whose rows are in another order give the same.
"""

import collections
import hashlib
import sys
import tempfile
import urllib.request
from pathlib import Path

import embedded_sample
import numpy as np

SOURCE = "https://zenodo.org/records/10519652/files/pneumoniamnist.npz?download=1"
# Of each split: its name in the file, how many images are healthy, how many show pneumonia.
SPLITS = {
    "train": ("train", 1214, 3494),
    "validation": ("val", 135, 389),
    "test": ("test", 234, 390),
}

DESCRIPTION = """
PneumoniaMNIST of MedMNIST v2: 5,856 chest X-rays of children of one to five years, 28 x 28 grey
pixels, healthy (0) or with pneumonia (1), in MedMNIST's own splits. Not for clinical use.
"""
CITATION = """
@article{yang2023medmnist,
  title={MedMNIST v2 - A large-scale lightweight benchmark for 2D and 3D biomedical image
    classification},
  author={Yang, Jiancheng and Shi, Rui and Wei, Donglai and Liu, Zequan and Zhao, Lin and Ke, Bilian
    and Pfister, Hanspeter and Ni, Bingbing},
  journal={Scientific Data},
  volume={10},
  pages={41},
  year={2023}
}
@article{kermany2018identifying,
  title={Identifying Medical Diagnoses and Treatable Diseases by Image-Based Deep Learning},
  author={Kermany, Daniel S. and Goldbaum, Michael and Cai, Wenjia and others},
  journal={Cell},
  volume={172},
  number={5},
  pages={1122--1131},
  year={2018}
}
"""
LICENSE = """PneumoniaMNIST is a part of MedMNIST v2, by Jiancheng Yang, Rui Shi, Donglai Wei,
Zequan Liu, Lin Zhao, Bilian Ke, Hanspeter Pfister and Bingbing Ni, https://medmnist.com, made from
the chest X-rays of Daniel S. Kermany, Michael Goldbaum, Wenjia Cai and others (Cell, 2018),
https://doi.org/10.17632/rscbjbr9sj. Both are available under the Creative Commons Attribution 4.0
International license, https://creativecommons.org/licenses/by/4.0/

Changes made here: the images are stored in another file format and order; not a pixel has changed.
MedMNIST states that its data are not intended for clinical use.
"""


def examples(source=None):
    """All images of the file `source`, or of the one at `SOURCE` without it."""
    if source is None:
        with tempfile.TemporaryDirectory() as folder:
            source, _ = urllib.request.urlretrieve(SOURCE, Path(folder) / "pneumoniamnist.npz")
            return examples(source)
    found = {}
    with np.load(source) as arrays:
        for split, (name, *counts) in SPLITS.items():
            images, labels = arrays[f"{name}_images"], arrays[f"{name}_labels"].ravel()
            if images.shape[1:] != (28, 28) or np.bincount(labels).tolist() != counts:
                raise SystemExit(
                    f"{source} must hold, as {name}_images, {sum(counts)} images of 28 x 28, "
                    f"{counts[0]} of label 0 and {counts[1]} of label 1, got {images.shape} and "
                    f"{np.bincount(labels).tolist()}."
                )
            found[split] = _in_their_place(images[..., None], labels)
    return found


def _in_their_place(images, labels):
    """Examples whose keys are digests of images and labels; some images come several times."""
    times = collections.Counter()
    found = []
    for image, label in zip(images, labels, strict=True):
        digest = hashlib.sha256(image.tobytes() + bytes([label])).hexdigest()
        found.append((f"{digest}-{times[digest]}", image, int(label)))
        times[digest] += 1
    return sorted(found, key=lambda example: example[0])


def sample(source=None):
    """The data set, to be made from the file `source`, or from `SOURCE` without it."""
    return embedded_sample.Sample(
        name="pneumonia_mnist",
        module="make_pneumonia_mnist",
        description=DESCRIPTION,
        citation=CITATION,
        license=LICENSE,
        homepage="https://medmnist.com",
        examples=lambda: examples(source),
        num_classes=2,
    )


SAMPLE = sample()

if __name__ == "__main__":
    sys.exit(embedded_sample.run(SAMPLE, made_from=sample))
