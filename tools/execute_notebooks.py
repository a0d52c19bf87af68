"""Executes the notebooks in place, as they are committed: from top to bottom, then tidied.

    python tools/execute_notebooks.py [notebooks/01_autoencodeur.ipynb …]

Only what a reader sees is kept: outputs, ids, tags and what is collapsed; no timings, no machine's
own metadata, and of a widget the picture in its place, since its kernel is gone. A notebook with an
error or with anything on stderr is left as it was, and the exit status is 1.
"""

import pathlib
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = pathlib.Path(__file__).parent.parent / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def execute(path):
    """Executes one notebook and writes it back; returns the seconds it took."""
    notebook = nbformat.read(path, as_version=4)
    start = time.perf_counter()
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        if any(output.get("name") == "stderr" for output in outputs):
            text = "".join(o.get("text", "") for o in outputs if o.get("name") == "stderr")
            raise ValueError(f"a cell wrote to stderr:\n{text}")
        for output in outputs:
            output.get("data", {}).pop(WIDGET_VIEW, None)
        collapsed = cell.metadata.get("jupyter", {}).get("source_hidden")
        cell.metadata = {
            key: value for key, value in cell.metadata.items() if key in ("tags", "vae_keras")
        }
        if collapsed:
            cell.metadata["jupyter"] = {"source_hidden": True}
    notebook.metadata = nbformat.from_dict(METADATA)
    nbformat.validate(notebook)
    nbformat.write(notebook, path)
    return time.perf_counter() - start


def main(names):
    paths = [pathlib.Path(name) for name in names] or sorted(FOLDER.glob("[0-9]*.ipynb"))
    failed = False
    for path in paths:
        try:
            print(f"{path.name}: {execute(path):.0f} s", flush=True)
        except (CellExecutionError, ValueError) as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
