"""What the chapter on molecules takes from chemistry: properties, scores of samples, drawings.

Molecules come in SMILES, and every function takes strings that are no molecule's as well. RDKit is
loaded by the first function that needs it.
"""

import bisect
import contextlib
import importlib
import io
import itertools
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import stats

from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import Labels
from vae_keras.plotting.notebook_figure import new_figure

PROPERTIES = ("weight", "logP", "SA", "QED")

label = Labels({"molecules": ("Structures of molecules", "Structures de molécules")})


def _rdkit():
    """RDKit's modules, loaded once; an ImportError in French where it is missing."""
    try:
        from rdkit import Chem, DataStructs, RDConfig, rdBase
        from rdkit.Chem import QED, Crippen, Descriptors, Draw, rdFingerprintGenerator
    except ImportError:
        raise ImportError(
            "Ce chapitre a besoin du paquet rdkit, qui n’est pas installé. Remède : "
            'pip install rdkit selfies, ou pip install "vae-keras[notebooks]".'
        ) from None
    return _RDKit(
        Chem, DataStructs, RDConfig, rdBase, QED, Crippen, Descriptors, Draw, rdFingerprintGenerator
    )


class _RDKit(NamedTuple):
    chem: object
    data: object
    config: object
    base: object
    qed: object
    crippen: object
    descriptors: object
    draw: object
    fingerprints: object


def _molecule(rdkit, smiles):
    """RDKit's molecule, or None; the empty one counts as none."""
    with rdkit.base.BlockLogs():
        molecule = rdkit.chem.MolFromSmiles(smiles)
    return molecule if molecule is not None and molecule.GetNumAtoms() else None


def _sa_scorer(rdkit):
    """The module of the synthetic accessibility score, which comes with RDKit's contributions."""
    folder = Path(rdkit.config.RDContribDir) / "SA_Score"
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    return importlib.import_module("sascorer")


def canonical(smiles):
    """RDKit's own SMILES of each molecule, the same for all ways to write it; None for none.

    Args:
        smiles: A list of SMILES.
    """
    rdkit = _rdkit()
    molecules = (_molecule(rdkit, each) for each in smiles)
    return [None if each is None else rdkit.chem.MolToSmiles(each) for each in molecules]


class Quality(NamedTuple):
    """MOSES's first three figures, each a share.

    Attributes:
        validity: Of the strings, those that are molecules.
        uniqueness: Of the molecules, how many are different.
        novelty: Of the different molecules, those that the training set has not.
    """

    validity: float
    uniqueness: float
    novelty: float


def quality(smiles, training):
    """Validity, uniqueness and novelty of samples; NaN where there is nothing to count in.

    Source: Polykovskiy and others, "Molecular Sets (MOSES)" (2020), section 3.

    Args:
        smiles: Samples, a list of strings.
        training: The **canonical** SMILES of the training set.
    """
    valid = [each for each in canonical(smiles) if each is not None]
    unique = set(valid)
    new = unique - set(training)
    shares = ((len(valid), len(smiles)), (len(unique), len(valid)), (len(new), len(unique)))
    return Quality(*(part / whole if whole else np.nan for part, whole in shares))


def properties(smiles, names=PROPERTIES):
    """Properties of molecules, as RDKit computes them.

    Args:
        smiles: A list of SMILES.
        names: Some of `"weight"` (g/mol), `"logP"` (Wildman and Crippen, 1999), `"SA"` (synthetic
            accessibility, from 1, easy, to 10: Ertl and Schuffenhauer, 2009) and `"QED"`
            (drug-likeness, from 0 to 1: Bickerton and others, 2012).

    Returns:
        NumPy array `(count, len(names))` of float64; NaN for what is no molecule.
    """
    rdkit = _rdkit()
    known = {
        "weight": rdkit.descriptors.MolWt,
        "logP": rdkit.crippen.MolLogP,
        "SA": lambda molecule: _sa_scorer(rdkit).calculateScore(molecule),
        "QED": rdkit.qed.qed,
    }
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"names must be among {PROPERTIES}, got {unknown[0]!r}.")
    values = np.full((len(smiles), len(names)), np.nan)
    for row, each in zip(values, smiles, strict=True):
        molecule = _molecule(rdkit, each)
        if molecule is not None:
            with rdkit.base.BlockLogs():
                row[:] = [known[name](molecule) for name in names]
    return values


def distances(found, data):
    """The Wasserstein distance of each property to the data's, in the property's unit.

    Args:
        found, data: Arrays `(count, properties)`, as `properties` gives them; rows of NaN are left
            out.

    Returns:
        NumPy array `(properties,)`.
    """
    columns = zip(np.transpose(found), np.transpose(data), strict=True)
    kept = ((one[np.isfinite(one)], other[np.isfinite(other)]) for one, other in columns)
    return np.array([stats.wasserstein_distance(one, other) for one, other in kept])


def similarity(smiles, others):
    """Tanimoto similarity of pairs of molecules, by Morgan fingerprints (radius 2, 2,048 bits).

    Source: Rogers and Hahn, "Extended-Connectivity Fingerprints" (2010).

    Args:
        smiles, others: Two lists of SMILES of one length.

    Returns:
        NumPy array `(count,)`, from 0 to 1; 0 where one of the two is no molecule.
    """
    prints = _fingerprints(_rdkit(), {*smiles, *others})
    pairs = ((prints[one], prints[other]) for one, other in zip(smiles, others, strict=True))
    alike = _rdkit().data.TanimotoSimilarity
    return np.array([0.0 if None in pair else alike(*pair) for pair in pairs])


def similarities(smiles, others):
    """Tanimoto similarities of each molecule to each of others, as `similarity` measures them.

    Args:
        smiles, others: Two lists of SMILES, of any lengths.

    Returns:
        NumPy array `(len(smiles), len(others))`, from 0 to 1; 0 where one is no molecule.
    """
    rdkit = _rdkit()
    prints = _fingerprints(rdkit, {*smiles, *others})
    columns = [n for n, each in enumerate(others) if prints[each] is not None]
    known = [prints[others[n]] for n in columns]
    table = np.zeros((len(smiles), len(others)))
    for row, each in zip(table, smiles, strict=True):
        if prints[each] is not None:
            row[columns] = rdkit.data.BulkTanimotoSimilarity(prints[each], known)
    return table


def _fingerprints(rdkit, smiles):
    """The Morgan fingerprint of each SMILES, by name; None of what is no molecule."""
    generator = rdkit.fingerprints.GetMorganGenerator(radius=2, fpSize=2048)
    molecules = {each: _molecule(rdkit, each) for each in smiles}
    return {
        each: None if molecule is None else generator.GetFingerprint(molecule)
        for each, molecule in molecules.items()
    }


class NGram:
    """Counts which symbol follows the last `order - 1`: a baseline without a network.

    A context that was never seen is replaced by its end, as in MOSES's baseline.

    Args:
        order: Symbols in a group, at least 2.
    """

    def __init__(self, order):
        self.order = order
        self.counts = {}

    def fit(self, x):
        """Counts in rows of symbols `(count, length)`, 0 being the end; returns itself."""
        counts = defaultdict(lambda: defaultdict(int))
        for row in np.asarray(x).tolist():
            sentence = [-1, *(row[: row.index(0) + 1] if 0 in row else row)]
            for place in range(1, len(sentence)):
                for first in range(max(0, place - self.order + 1), place + 1):
                    counts[tuple(sentence[first:place])][sentence[place]] += 1
        self.counts = dict(counts)
        return self

    def generate(self, n, length, seed=None):
        """Draws `n` rows of at most `length` symbols: an array `(n, length)` of int32."""
        generator = np.random.default_rng(seed)
        x = np.zeros((n, length), "int32")
        for row in x:
            sentence = [-1]
            for place in range(length):
                context = tuple(sentence[-(self.order - 1) :])
                while context not in self.counts:
                    context = context[1:]
                seen = self.counts[context]
                totals = list(itertools.accumulate(seen.values()))
                drawn = generator.integers(totals[-1])
                symbol = list(seen)[bisect.bisect_right(totals, drawn)]
                if symbol == 0:
                    break
                row[place] = symbol
                sentence.append(symbol)
        return x


def plot_molecules(smiles, titles=None, *, columns=6, width=8.0, description=None):
    """Draws the structures of molecules, one beside the other, each with its title below it.

    Args:
        smiles: A list of SMILES; a frame stays empty for what is no molecule.
        titles: A list of strings, or None.
        columns: Molecules in a row.
        width: Of the figure, in inches.
        description: What the figure shows, in words. Default: its titles.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    rdkit = _rdkit()
    titles = [""] * len(smiles) if titles is None else list(titles)
    rows = -(-len(smiles) // columns)
    side = width / columns
    figure, panels = new_figure(
        width,
        rows * side * 1.15,
        rows,
        columns,
        description=description or describe(label("molecules"), [each for each in titles if each]),
    )
    for axes in np.ravel(panels):
        axes.axis("off")
    for axes, each, title in zip(np.ravel(panels), smiles, titles, strict=False):
        molecule = _molecule(rdkit, each)
        if molecule is not None:
            axes.imshow(_picture(rdkit, molecule, round(170 * side)))
        axes.set_title(title, fontsize=8, y=-0.12)
    return figure


def _picture(rdkit, molecule, pixels):
    from PIL import Image

    drawer = rdkit.draw.rdMolDraw2D.MolDraw2DCairo(pixels, pixels)
    options = drawer.drawOptions()
    options.useBWAtomPalette()
    options.padding = 0.05
    with contextlib.suppress(ValueError):  # a molecule without a good drawing has one all the same
        molecule = rdkit.draw.rdMolDraw2D.PrepareMolForDrawing(molecule)
    drawer.DrawMolecule(molecule)
    drawer.FinishDrawing()
    return np.asarray(Image.open(io.BytesIO(drawer.GetDrawingText())).convert("RGB"))
