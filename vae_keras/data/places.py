"""Where the data that travel with the package lie."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def embedded(name):
    """The path of an embedded data set's folder, or of a file in one: `"chorales/chorales.json"`.

    Raises:
        FileNotFoundError: If there is none.
    """
    places = _PACKAGE / "embedded", _PACKAGE.parents[1] / "data"  # installed; in the sources
    for place in places:
        if (place / name).exists():
            return place / name
    raise FileNotFoundError(
        f"{name!r}, a part of vae-keras, must be in {places[0]} or in {places[1]}. Mend: install "
        "vae-keras again."
    )
