"""The student's own copy of the course's notebooks: without results, never written over."""

import json
import os
import pathlib

from vae_keras._files import make_folder, write_whole

_PACKAGE = pathlib.Path(__file__).parent
_PLACES = _PACKAGE / "notebooks", _PACKAGE.parent / "notebooks"  # installed; in the sources


def hand_out(folder):
    """Copies the course's notebooks into a folder, as if they had never been executed.

    The results would spoil the predictions that the reader is asked for. A file that is there is
    the student's, and stays as it is.

    Args:
        folder: Where to; made if it is missing.

    Returns:
        Two lists of names of files: those written, and those that were there and were kept.

    Raises:
        ValueError: If the folder has no name.
        FileNotFoundError: If the notebooks are not where this package is.
        OSError: If a file cannot be written.
    """
    if not os.fspath(folder):
        raise ValueError("The folder must have a name, got ''. Mend: mes_notebooks, for instance.")
    source, folder = _notebooks(), pathlib.Path(folder)
    make_folder(folder)
    written, kept = [], []
    for path in sorted([*source.glob("*.ipynb"), *source.glob("*.md")]):
        copy = folder / path.name
        if copy.exists() or copy.is_symlink():
            kept.append(path.name)
            continue
        data = path.read_bytes()
        write_whole(copy, _without_results(data) if path.suffix == ".ipynb" else data)
        written.append(path.name)
    return written, kept


def _notebooks():
    for place in _PLACES:
        if any(place.glob("*.ipynb")):
            return place
    raise FileNotFoundError(
        f"the course's notebooks must be in {_PLACES[0]} or {_PLACES[1]}, and are in neither. "
        "Mend: install the project again, or take them from its repository"
    )


def _without_results(data):
    notebook = json.loads(data)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()
