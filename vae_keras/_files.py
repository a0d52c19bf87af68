"""Files that are written whole or not at all."""

import os
import pathlib
import uuid


def write_whole(path, data):
    """Writes bytes into a file, or leaves what was there.

    They are written beside the destination and then take its place in one step: neither a full
    disk nor an interrupted program leaves half a file.

    Raises:
        OSError: If the file cannot be written; it names `path`, as it was asked.
    """
    path = pathlib.Path(path)
    partial = path.with_name(f".{uuid.uuid4().hex}.partial")
    try:
        try:
            with open(partial, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())  # a full disk shows here, before anything is replaced
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
