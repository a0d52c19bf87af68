"""The contest of chapters 13 and 14 in one table: one data set, judge and seeds for all.

    .venv/bin/python tests/benchmarks/contest.py

The cells of chapter 13 that train its models are run as they stand, on its grey digits; then the
models of chapter 14, by the recipes of its cells, on the same images. Three or four minutes on two
cores. Chapter 14 quotes what it prints.
"""

import pathlib

import nbformat

FOLDER = pathlib.Path(__file__).parents[2] / "notebooks"
CHAPTER_13 = [
    *("imports", "constantes", "donnees", "vae", "vae-concours"),
    *("gan-reseaux", "gan", "gan-entrainer", "concours"),
]
CHAPTER_14 = ["imports", "constantes", "entrainer", "vq-entrainer", "prior", "vaegan"]


def sources(name, identifiers):
    """The code of some cells of a notebook, without the figures at their ends."""
    cells = {cell.id: cell for cell in nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells}
    for identifier in identifiers:
        yield cells[identifier].source.partition("\n\nrows = ")[0].partition("\nfigures.")[0]


def main():
    of_13, of_14 = {}, {}
    for source in sources("13_limites", CHAPTER_13):
        exec(source, of_13)
    contest, x_train = of_13["contest"], of_13["x_train"]
    first, *rest = sources("14_au_dela", CHAPTER_14)
    exec(first, of_14)
    of_14.update(IMAGE_SHAPE=x_train.shape[1:], b_train=x_train, b_test=of_13["x_test"])
    for source in rest:
        exec(source, of_14)
    seeds = of_14["SEEDS"]
    warm_up = of_14["BetaWarmup"]
    ladders = [
        of_14["trained"](of_14["two_layers"](seed), x_train, 25, [warm_up(epochs=15)])
        for seed in seeds
    ]
    models = {
        "VAE, deux couches": ladders,
        "VQ-VAE, prior": of_14["vqvaes"],
        "VAE-GAN": of_14["vae_gans"],
    }
    for name, several in models.items():
        for seed, model in zip(seeds, several, strict=True):
            contest.add(name, model.generate(contest.count, seed=seed), seed)
    print(contest.table())


if __name__ == "__main__":
    main()
