"""Files that are written whole or not at all."""

import contextlib
import os
import pathlib
import uuid

PARTIAL = ".*.partial*"  # what a killed program may leave


@contextlib.contextmanager
def whole_file(path):
    """Gives the body the path of a new file to write, which then takes the place of `path`.

    It lies beside its destination and replaces it in one step: neither a full disk nor an
    interrupted program leaves half a file.

    Raises:
        OSError: If the file cannot be written; it names `path`, as it was asked.
    """
    path = pathlib.Path(path)
    partial = path.with_name(f".{uuid.uuid4().hex}.partial{path.suffix}")
    try:
        try:
            yield partial
            with open(partial, "rb+") as file:
                os.fsync(file.fileno())  # a full disk shows here, before anything is replaced
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def make_folder(path):
    """Makes a folder, and those that it lies in, unless it is there.

    Raises:
        OSError: If it cannot be made; it says so where a file is in the way.
    """
    path = pathlib.Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        file = next((each for each in (path, *path.parents) if each.is_file()), path)
        raise NotADirectoryError(
            f"{path} must be a folder, got the file {file} in its place. Mend: another name."
        ) from error


def write_whole(path, data):
    """Writes bytes into a file, or leaves what was there; see `whole_file`."""
    with whole_file(path) as partial, open(partial, "xb") as file:
        file.write(data)
