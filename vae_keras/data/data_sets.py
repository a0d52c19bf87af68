"""Finds a data set by its name: in the package, on disk, or through TFDS on the network."""

import difflib
import os
from pathlib import Path

import numpy as np
import requests
import tensorflow_datasets as tfds

from vae_keras.data import places
from vae_keras.data.connection import require_connection
from vae_keras.data.features import describe
from vae_keras.data.integrity import EMBEDDED, damaged_folder_error

_EMBEDDED_VERSION = "1.0.0"


def check_request(name, data_dir, **flags):
    """Checks the arguments that all readers have, and those that are True or False."""
    _parse(name)
    if data_dir is not None:
        _folder(data_dir)
    for argument, value in flags.items():
        if not isinstance(value, bool | np.bool_):
            raise ValueError(f"{argument} must be True or False, got {value!r}.")


def prepared(name, data_dir, download, labels, image_size=None):
    """The TFDS builder of a data set that is on disk, and its `ImageFeatures`."""
    builder = find_builder(name, data_dir)
    images = describe(builder, labels)
    if image_size is None and None in images.shape:
        raise ValueError(
            f"The images of {name!r} must have one size, got the shape {images.shape}. Mend: "
            f"image_pipeline({name!r}, image_size=(height, width))."
        )
    _prepare(builder, name, download)
    return builder, images


def find_builder(name, data_dir):
    """The TFDS builder of a data set, from its files on disk where there are any."""
    data_set, asked = _parse(name)
    folder = places.embedded(data_set).parent if data_set in EMBEDDED else _folder(data_dir)
    try:
        # What is on disk comes first: TFDS would rather download the version its code is at.
        return tfds.core.read_only_builder.builder_from_files(data_set, data_dir=folder, **asked)
    except tfds.core.DatasetNotFoundError:
        pass
    except PermissionError:
        raise
    except Exception as error:
        raise damaged_folder_error(data_set, folder / data_set) from error
    if data_set in EMBEDDED:
        raise ValueError(
            f"{data_set!r} must be asked for in version {_EMBEDDED_VERSION}, the one vae-keras "
            f"comes with, and without a config, got {name!r}."
        )
    try:
        return tfds.builder(data_set, data_dir=folder, **asked)
    except tfds.core.DatasetNotFoundError:
        # Without the community's data sets, whose list is on the network.
        names = [*EMBEDDED, *tfds.list_builders(with_community_datasets=False)]
        known = dict.fromkeys(names)  # one may be there twice
        close = difflib.get_close_matches(data_set, known, n=3)
        meant = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
        raise ValueError(
            f"name must be that of an image data set, got {name!r}: TFDS does not know it and none "
            f"is prepared in {folder}.{meant} vae-keras itself has "
            f"{' and '.join(map(repr, EMBEDDED))}; tfds.list_builders() lists those of TFDS."
        ) from None  # whose message is a list of all 400 data sets
    except (AssertionError, ValueError) as error:  # TFDS's words for a version and for a config.
        raise ValueError(
            f"name must be that of a data set TFDS has or {folder} holds, got {name!r}, a version "
            f"or a config of {data_set!r} that is in neither: {error}"
        ) from error


def _prepare(builder, name, download):
    """Downloads and prepares a data set, if that is allowed, unless it is on disk."""
    folder = builder.data_path
    if folder.exists():
        if not builder.info.splits:
            raise damaged_folder_error(builder.name, folder)
        return
    elsewhere = (
        "give the data_dir (or the environment variable TFDS_DATA_DIR) where it is prepared; "
        f"load_images({EMBEDDED[0]!r}) needs no network."
    )
    if not download:
        raise FileNotFoundError(
            f"The data set {name!r} is not prepared in {folder}, and download=False. Mend: allow "
            f"the download, or {elsewhere}"
        )
    try:
        _require_connection_for(builder)
        # TFDS's bucket of prepared data sets is long closed; older versions still wait for it.
        config = tfds.download.DownloadConfig(try_download_gcs=False)
        builder.download_and_prepare(download_config=config)
    except (ConnectionError, requests.RequestException, tfds.download.DownloadError) as error:
        raise ConnectionError(
            f"The data set {name!r} could not be downloaded: {error}. Nor is it prepared in "
            f"{folder}. Mend: check the network and try again, or {elsewhere}"
        ) from error
    except tfds.download.download_manager.NonMatchingChecksumError as error:
        raise OSError(
            f"What was downloaded for the data set {name!r} is not what TFDS expects: {error}. "
            f"Mend: delete the folder {builder.data_dir_root / 'downloads'} and try again."
        ) from error
    except AssertionError as error:
        if not builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
            raise
        raise FileNotFoundError(
            f"The data set {name!r} must be downloaded by hand. Mend: {error}"
        ) from error


def count_images(builder, name, split):
    """The number of images in a split or a slice; a ValueError if there is none."""
    got = "it is empty"
    try:
        count = builder.info.splits[split].num_examples
    except (AssertionError, KeyError, ValueError) as error:
        count, got = 0, f"there is none ({error})"
    if count <= 0:
        raise ValueError(
            f"split must be one of {list(builder.info.splits)} of {name!r}, or a slice of one such "
            f"as 'train[:80%]', got {split!r}: {got}."
        )
    return count


def _parse(name):
    """The data set's own name, and the version and config asked for."""
    message = (
        "name must be 'name', 'name/config', 'name:version' or 'name/config:version', such as "
        f"{EMBEDDED[0]!r} or 'mnist:3.0.1', got {name!r}."
    )
    if not isinstance(name, str):
        raise ValueError(message)
    try:
        parsed, asked = tfds.core.naming.parse_builder_name_kwargs(name)
    except ValueError as error:
        raise ValueError(message) from error
    if parsed.namespace or not asked.keys() <= {"version", "config"}:
        raise ValueError(message)
    return parsed.name, asked


def _folder(data_dir):
    """The folder of the prepared data sets."""
    # TFDS reads this variable once, when it is imported; here it is read at each call.
    default = os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets"
    given = default if data_dir is None else data_dir
    path = os.fspath(given) if isinstance(given, str | os.PathLike) else None
    if not isinstance(path, str) or not path or "\0" in path:
        raise ValueError(f"data_dir must be the path of a folder, or None, got {data_dir!r}.")
    folder = tfds.core.Path(path).expanduser()
    for each in (folder, *folder.parents):
        if each.exists() and not each.is_dir():
            raise ValueError(
                f"data_dir (or TFDS_DATA_DIR) must be the path of a folder, got {path!r}: {each} "
                "is a file."
            )
    return folder


def _require_connection_for(builder):
    """Raises a ConnectionError where TFDS would try again and again without a word.

    What it has in its folder of downloads, from before or put there by hand, needs no network.
    """
    downloads = builder.data_dir_root / "downloads"
    # Beside each file, of the addresses it is from, in JSON; older versions kept all in one folder.
    paths = (*downloads.glob(f"{builder.name}/*.INFO"), *downloads.glob("*.INFO"))
    notes = "".join(path.read_text(encoding="utf-8") for path in paths)
    require_connection(
        url
        for url, file in (builder.url_infos or {}).items()
        if url.startswith("http")
        and f'"{url}"' not in notes
        and not (downloads / "manual" / Path(file.filename or url).name).exists()
    )
