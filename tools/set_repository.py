"""Writes the repository's public address wherever it stands, from `make colab REPO=owner/name`.

    python tools/set_repository.py owner/name     writes it
    python tools/set_repository.py --check        exit status 1 if the places disagree

The address stands in `pyproject.toml` (`[project.urls] Repository`), and from there in the Colab
badge and the first code cell of every notebook, in both READMEs and in `CITATION.cff`.
"""

import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).parent.parent
REPOSITORY = re.compile(r"(github\.com|colab\.research\.google\.com/github)/([\w.-]+/[\w-]+)")


def places(root=ROOT):
    """The files that name the repository."""
    return [
        root / "pyproject.toml",
        root / "README.md",
        root / "README.fr.md",
        root / "CITATION.cff",
        *sorted((root / "notebooks").glob("*.ipynb")),
    ]


def current(root=ROOT):
    """The `owner/name` that `pyproject.toml` holds."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return REPOSITORY.search(project["urls"]["Repository"]).group(2)


def own_mentions(path, name):
    """Every `owner/name` in a file whose repository is called as this project is."""
    own = {name.split("/")[1], "vae-keras"}
    found = REPOSITORY.findall(path.read_text(encoding="utf-8"))
    return [repository for _, repository in found if repository.split("/")[1] in own]


def disagreements(root=ROOT):
    """One line for each place that does not name what `pyproject.toml` names."""
    name = current(root)
    lines = []
    for path in places(root):
        mentions = own_mentions(path, name)
        if not mentions:
            lines.append(f"{path.relative_to(root)} does not name {name}")
        lines += [
            f"{path.relative_to(root)} names {mention} and not {name}"
            for mention in mentions
            if mention != name
        ]
    return lines


def write(name, root=ROOT):
    """Puts `name` in the place of the present `owner/name`, everywhere."""
    if not re.fullmatch(r"[\w.-]+/[\w-]+", name):
        raise ValueError(f"expected owner/name, for instance marie/vae-keras, got {name!r}")
    old = current(root)
    for path in places(root):
        text = path.read_text(encoding="utf-8")
        path.write_text(
            REPOSITORY.sub(
                lambda found: f"{found[1]}/{name if found[2] == old else found[2]}", text
            ),
            encoding="utf-8",
        )


def main(arguments):
    if len(arguments) != 1:
        print("usage: make colab REPO=owner/name", file=sys.stderr)
        return 2
    if arguments == ["--check"]:
        lines = disagreements()
        print("\n".join(lines), end="\n" if lines else "")
        return int(bool(lines))
    try:
        write(arguments[0])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
