"""Finds a data set by its name: in the package, on disk, or through TFDS on the network."""

import difflib
import os
from pathlib import Path
from urllib.parse import urlsplit

import tensorflow_datasets as tfds

from vae_keras.data._integrity import damaged_folder_error
from vae_keras.data._network import require_network
from vae_keras.data.faces import FACES

EMBEDDED = "mnist_mini"
_EMBEDDED_VERSION = "1.0.0"
_PACKAGE = Path(__file__).resolve().parent


def find_builder(name: str, data_dir: str | os.PathLike | None) -> tfds.core.DatasetBuilder:
    """Returns the TFDS builder of a data set, from its files on disk where there are any.

    Args:
        name: `"name"`, `"name/config"`, `"name:version"` or `"name/config:version"`.
        data_dir: Folder of the prepared data sets, None for TFDS's own.

    Raises:
        ValueError: There is no such data set, version or config.
        OSError: It is there and its description cannot be read.
    """
    data_set, requested = _parse(name)
    if data_set == EMBEDDED:
        return _embedded_builder(name, requested)
    folder = _data_dir(data_dir)
    try:
        # What is on disk comes first: TFDS would rather download the version its code is at.
        return tfds.core.read_only_builder.builder_from_files(
            data_set, data_dir=folder, **requested
        )
    except tfds.core.DatasetNotFoundError:
        pass
    except PermissionError:
        raise
    except Exception as error:
        raise damaged_folder_error(data_set, folder / data_set) from error
    try:
        return tfds.builder(data_set, data_dir=folder, **requested)
    except tfds.core.DatasetNotFoundError:
        # Without its cause, whose message is a list of all 400 data sets.
        raise _unknown(name, data_set, folder) from None
    except (AssertionError, ValueError) as error:  # TFDS's words for a version and for a config.
        raise ValueError(
            f"{name!r} names a version or a config of {data_set!r} that TFDS does not have, and "
            f"none is prepared in {folder}: {error}"
        ) from error


def prepare(builder: tfds.core.DatasetBuilder, name: str, download: bool) -> None:
    """Downloads and prepares a data set, unless it is on disk.

    Args:
        builder: What `find_builder` returned.
        name: Name of the data set as the user gave it.
        download: Whether that is allowed.

    Raises:
        FileNotFoundError: It is not on disk and `download` is False.
        ConnectionError: The network is missing or failed.
        OSError: The data set is on disk and not whole, or could not be prepared.
    """
    folder = builder.data_path
    if folder.exists():
        if not builder.info.splits:
            raise damaged_folder_error(builder.name, folder)
        return
    if not download:
        raise FileNotFoundError(
            f"The data set {name!r} is not prepared in {folder}, and download=False. Allow the "
            "download, or give the data_dir (or the environment variable TFDS_DATA_DIR) where it "
            f"is prepared. load_images({EMBEDDED!r}) needs neither."
        )
    import requests

    _require_network_before_downloads(builder)
    try:
        builder.download_and_prepare(
            # TFDS's bucket of prepared data sets is long closed; older versions still wait for it.
            download_config=tfds.download.DownloadConfig(try_download_gcs=False)
        )
    except (
        ConnectionError,
        requests.exceptions.RequestException,
        tfds.download.DownloadError,
    ) as error:
        raise ConnectionError(
            f"The data set {name!r} could not be downloaded: {error}. Nor is it prepared in "
            f"{folder}. Check the network and try again, or give the data_dir (or the environment "
            f"variable TFDS_DATA_DIR) where it is prepared. load_images({EMBEDDED!r}) needs no "
            "network."
        ) from error
    except tfds.download.download_manager.NonMatchingChecksumError as error:
        raise OSError(
            f"What was downloaded for the data set {name!r} is not what TFDS expects. Delete the "
            f"folder {builder.data_dir_root / 'downloads'} and try again: {error}"
        ) from error


def split_names(builder: tfds.core.DatasetBuilder) -> list[str]:
    """Returns the names of the splits of a prepared data set."""
    return list(builder.info.splits)


def _parse(name: str) -> tuple[str, dict[str, str]]:
    """Returns the data set's own name, and the version and config asked for."""
    if not isinstance(name, str):
        raise ValueError(f"name should be the name of a data set, a string; got {name!r}.")
    try:
        parsed, requested = tfds.core.naming.parse_builder_name_kwargs(name)
    except ValueError as error:
        raise _malformed(name) from error
    if parsed.namespace or not requested.keys() <= {"version", "config"}:
        raise _malformed(name)
    return parsed.name, requested


def _malformed(name: str) -> ValueError:
    return ValueError(
        f"name should be 'name', 'name/config', 'name:version' or 'name/config:version', such as "
        f"{EMBEDDED!r} or 'mnist:3.0.1'; got {name!r}."
    )


def _unknown(name: str, data_set: str, folder: tfds.core.Path) -> ValueError:
    # Without the community's data sets, whose list is on the network.
    known = [EMBEDDED, FACES, *tfds.list_builders(with_community_datasets=False)]
    close = difflib.get_close_matches(data_set, known, n=3)
    meant = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
    return ValueError(
        f"There is no data set {name!r}: TFDS does not know it and none is prepared in {folder}."
        f"{meant} vae-keras itself has {EMBEDDED!r} and {FACES!r}; tfds.list_builders() lists "
        "those of TFDS."
    )


def _data_dir(data_dir: str | os.PathLike | None) -> tfds.core.Path:
    # TFDS reads this variable once, when it is imported; here it is read at each call.
    chosen = data_dir or os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets"
    return tfds.core.Path(chosen).expanduser()


def _embedded_builder(name: str, requested: dict[str, str]) -> tfds.core.DatasetBuilder:
    if requested not in ({}, {"version": _EMBEDDED_VERSION}):
        raise ValueError(
            f"vae-keras comes with {EMBEDDED!r} in version {_EMBEDDED_VERSION}, without configs; "
            f"got {name!r}."
        )
    candidates = [
        _PACKAGE / "embedded" / EMBEDDED / _EMBEDDED_VERSION,  # An installed package.
        _PACKAGE.parents[1] / "data" / EMBEDDED / _EMBEDDED_VERSION,  # A checkout of the sources.
    ]
    folder = next((folder for folder in candidates if folder.is_dir()), None)
    if folder is None:
        raise FileNotFoundError(
            f"The data set {EMBEDDED!r}, a part of vae-keras, is neither in {candidates[0]} nor in "
            f"{candidates[1]}. Install vae-keras again."
        )
    try:
        return tfds.builder_from_directory(folder)
    except Exception as error:
        raise damaged_folder_error(EMBEDDED, folder) from error


def _require_network_before_downloads(builder: tfds.core.DatasetBuilder) -> None:
    """Has the builder check that a server is there before it first downloads from it.

    Only this builder is changed, nothing that others share, and what TFDS finds among its earlier
    downloads still needs no network.
    """
    make_download_manager = builder._make_download_manager

    def make_checking_download_manager(**arguments):
        manager = make_download_manager(**arguments)
        download = manager._download
        reached = set()

        def checking_download(resource):
            host = urlsplit(resource.url).netloc
            if host not in reached:
                require_network(resource.url)
                reached.add(host)
            return download(resource)

        manager._download = checking_download
        return manager

    builder._make_download_manager = make_checking_download_manager
