"""Makes the data set chorales: Bach's four-part chorales on a grid of eighth notes.

    python data/make_chorales.py                 # writes data/chorales/chorales.json
    python data/make_chorales.py --output DIR    # writes DIR/chorales/chorales.json
    python data/make_chorales.py --check         # remakes it and compares it to what is there

The scores are those of music21's own corpus (pip install music21), read without a network: the
files of Bach's with the four parts Soprano, Alto, Tenor and Bass and no other, in 4/4 throughout.
Of each voice only pitches and durations are taken: at each eighth note, the pitch that sounds
there, and whether it is struck or held. What begins and ends between two eighth notes is lost.
"""

import argparse
import collections
import hashlib
import itertools
import json
import sys
from pathlib import Path

VOICES = ["Soprano", "Alto", "Tenor", "Bass"]
BAR = 8  # eighth notes
TEST_SHARE = 0.2
MELODY, SHARED = 6, 0.3  # intervals in a row, and the share of them that makes one hymn of two


def voice_on_grid(part, length):
    """A voice as runs: pitch, number of eighth notes, pitch, …; the pitch 0 is a rest."""
    notes = [
        (2 * note.offset, 2 * note.end_offset, note.pitch.midi)
        for note in (_Note(each) for each in part.stripTies().flatten().notes)
    ]
    runs, previous = [], None
    for time in range(length):
        sounding = [n for n, (start, end, _) in enumerate(notes) if start <= time < end]
        index = sounding[-1] if sounding else None
        if time and index == previous:
            runs[-1] += 1
        else:
            runs += [notes[index][2] if sounding else 0, 1]
        previous = index
    return runs


class _Note:
    """What is read of a music21 note: when it begins and ends, in quarters, and its pitch."""

    def __init__(self, note):
        self.offset, self.pitch = note.offset, note.pitch
        self.end_offset = note.offset + note.quarterLength


def read_piece(path):
    """A chorale as a dict, or None where the file is not one in four parts and in 4/4."""
    from music21 import corpus

    score = corpus.parse(path)
    parts = list(score.parts)
    if [part.partName for part in parts] != VOICES:
        return None
    meters = {
        each.ratioString
        for part in parts
        for each in part.recurse().getElementsByClass("TimeSignature")
    }
    if meters != {"4/4"} or any(note.isChord for part in parts for note in part.flatten().notes):
        return None
    length = int(2 * max(part.flatten().highestTime for part in parts))
    bars = list(parts[0].getElementsByClass("Measure"))
    upbeat = int(2 * bars[1].offset) % BAR  # eighth notes before the first bar line
    if any(
        (2 * each.offset - upbeat) % BAR for each in bars[1:] if each.duration.quarterLength == 4
    ):
        return None  # its bar lines do not lie on one grid
    sharps = parts[0].recurse().getElementsByClass("KeySignature")[0].sharps
    voices = [voice_on_grid(part, length) for part in parts]
    if any(sum(voice[1::2]) != length for voice in voices) or length < 4 * BAR:
        return None
    return {"name": path.stem, "sharps": sharps, "upbeat": upbeat, "voices": voices}


def hymns(pieces):
    """For each piece, the number of its hymn: the first piece whose melody has much in common.

    Much is `SHARED` of the stretches of `MELODY` intervals of the shorter of the two sopranos,
    whatever the key and the rhythm; and who has one neighbour in common is of one hymn.
    """
    stretches, owner = [], list(range(len(pieces)))
    for piece in pieces:
        pitches = [pitch for pitch in piece["voices"][0][::2] if pitch]
        steps = [after - before for before, after in itertools.pairwise(pitches)]
        starts = range(len(steps) - MELODY + 1)
        stretches.append({tuple(steps[start : start + MELODY]) for start in starts})

    def root(n):
        while owner[n] != n:
            n = owner[n]
        return n

    for one, other in itertools.combinations(range(len(pieces)), 2):
        common = len(stretches[one] & stretches[other])
        if common >= SHARED * min(len(stretches[one]), len(stretches[other])):
            first, second = sorted((root(one), root(other)))
            owner[second] = first
    return [root(n) for n in range(len(pieces))]


def split(pieces):
    """The pieces for training and for test: each hymn is in one of the two."""
    groups = collections.defaultdict(list)
    for piece, hymn in zip(pieces, hymns(pieces), strict=True):
        groups[pieces[hymn]["name"]].append(piece)
    # In an order that has nothing to do with the music, and that is always the same.
    names = sorted(groups, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    train, test = [], []
    for name in names:
        (test if len(test) < TEST_SHARE * len(pieces) else train).extend(groups[name])
    return {"train": train, "test": test}


def make():
    """The text of the file."""
    from music21 import corpus

    # By the path inside of the corpus, so that the order is the same on every machine.
    paths = sorted(path for path in corpus.getComposer("bach") if path.name.startswith("bwv"))
    pieces, voices = [], set()
    for path in paths:
        piece = read_piece(path)
        if piece is None or str(piece["voices"]) in voices:  # some are in the corpus twice
            continue
        voices.add(str(piece["voices"]))
        pieces.append(piece)
    return text_of(split(sorted(pieces, key=lambda piece: piece["name"])))


def text_of(splits):
    """The text of the file: a chorale on each line."""
    lines = []
    for name, part in splits.items():
        rows = ",\n".join(json.dumps(piece, separators=(",", ":")) for piece in part)
        lines.append(f'"{name}":[\n{rows}\n]')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def run():
    """Runs the command line and returns its exit status."""
    parser = argparse.ArgumentParser(description="Make the data set chorales, or check it.")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path(__file__).resolve().parent,
        metavar="DIR",
        help="where chorales/chorales.json is written, or looked for (default: beside this)",
    )
    parser.add_argument(
        "--check", action="store_true", help="compare what is there to a fresh copy, write nothing"
    )
    arguments = parser.parse_args()
    path, text = arguments.output / "chorales" / "chorales.json", make()
    if arguments.check:
        if not path.is_file() or path.read_bytes() != text.encode():
            print(f"{path} is not what this script makes", file=sys.stderr)
            return 1
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    for name, pieces in json.loads(text).items():
        print(f"{name}: {len(pieces)} chorales")
    print(f"SHA-256 {hashlib.sha256(text.encode()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(run())
