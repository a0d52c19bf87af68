"""Images in: TFDS data sets, and a sample of MNIST that travels with the package.

- `load_images`: a whole data set as NumPy arrays.
- `image_pipeline`: the same as a stream of batches, for what does not fit in memory.
"""

from vae_keras.data.loading import ImageSplits, load_images
from vae_keras.data.pipeline import image_pipeline

__all__ = ["ImageSplits", "image_pipeline", "load_images"]
