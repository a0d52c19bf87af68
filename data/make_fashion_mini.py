"""Makes the data set fashion_mini: 5,000 images of Fashion-MNIST in TFDS's own on-disk format.

    python data/make_fashion_mini.py                 # writes data/fashion_mini/1.0.0
    python data/make_fashion_mini.py --output DIR    # writes DIR/fashion_mini/1.0.0
    python data/make_fashion_mini.py --check         # remakes it and compares it to what is there

The clothes come from `fashion_mnist` of TensorFlow Datasets: read from the folder TFDS_DATA_DIR
where it is prepared there, else downloaded once.
"""

import sys

import embedded_sample
import numpy as np

TRAIN_PER_CLASS = 400
TEST_PER_CLASS = 100

DESCRIPTION = """
A sample of Fashion-MNIST, small enough to travel with the code: 4,000 training and 1,000 test
images of 28 x 28 grey pixels, with as many of each of the ten kinds of clothes (400 and 100). The
training images come from Fashion-MNIST's training set, the test images from its test set.
"""
CITATION = """
@article{xiao2017fashion,
  title={Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms},
  author={Xiao, Han and Rasul, Kashif and Vollgraf, Roland},
  journal={arXiv preprint arXiv:1708.07747},
  year={2017}
}
"""
LICENSE = """The MIT License (MIT)

Copyright © 2017 Zalando SE, https://tech.zalando.com

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the “Software”), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED “AS IS”, WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def examples():
    """Of each class, the first 400 of the training set and the first 100 of the test set."""
    from vae_keras import load_images

    x_train, y_train, x_test, y_test = load_images("fashion_mnist")
    found = {}
    for split, x, y, count in (
        ("train", x_train, y_train, TRAIN_PER_CLASS),
        ("test", x_test, y_test, TEST_PER_CLASS),
    ):
        images = np.rint(255 * x).astype(np.uint8)
        chosen = np.flatnonzero(embedded_sample.first_of_each_class(y, count))
        found[split] = [(int(n), images[n], int(y[n])) for n in chosen]
    return found


SAMPLE = embedded_sample.Sample(
    name="fashion_mini",
    module="make_fashion_mini",
    description=DESCRIPTION,
    citation=CITATION,
    license=LICENSE,
    homepage="https://github.com/zalandoresearch/fashion-mnist",
    examples=examples,
)

if __name__ == "__main__":
    sys.exit(embedded_sample.run(SAMPLE))
