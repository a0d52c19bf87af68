"""Makes the data set chorales: Bach's four-part chorales on a grid of eighth notes.

    python data/make_chorales.py                 # writes data/chorales/chorales.json
    python data/make_chorales.py --output DIR    # writes DIR/chorales/chorales.json
    python data/make_chorales.py --check         # remakes it and compares it to what is there
    python data/make_chorales.py --hymns         # tells what of the file there counts as one hymn

The scores are those of music21's own corpus (pip install music21), read without a network: the
files of Bach's with the four parts Soprano, Alto, Tenor and Bass and no other, in 4/4 throughout.
Of each voice only pitches and durations are taken: at each eighth note, the pitch that sounds
there, and whether it is struck or held. What begins and ends between two eighth notes is lost.
With each chorale go its key signature, its mode and its title.
"""

import argparse
import collections
import functools
import hashlib
import itertools
import json
import sys
from pathlib import Path

import numpy as np

VOICES = ["Soprano", "Alto", "Tenor", "Bass"]
BAR = 8  # eighth notes
TEST_SHARE = 0.2
CHANCE = 0.47  # the share of a melody that is found in another hymn's: the median
ALIKE = 1.4  # two melodies as much alike, by `likeness`, count as one hymn


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


@functools.cache
def titles():
    """The titles of music21's list of the chorales, by the name of the file."""
    from music21 import corpus

    chorales = corpus.chorales.ChoraleListRKBWV().byRiemenschneider.values()
    return {f"bwv{each['bwv']}": each["title"] for each in chorales}


def mode_of(score, sharps, last_bass):
    """The mode, major or minor, on which two of three agree.

    The three: what the file says beside its key signature; the last note of the bass in the scale
    of that signature (major if it is the first, fourth or fifth degree); the key whose profile is
    nearest to what sounds in all of the score, by Krumhansl and Schmuckler.
    """
    said = getattr(score.parts[0].recurse().getElementsByClass("KeySignature")[0], "mode", None)
    ends = "major" if (last_bass - 7 * sharps) % 12 in (0, 5, 7) else "minor"
    votes = [ends, said, score.analyze("key").mode]
    return collections.Counter(each for each in votes if each).most_common(1)[0][0]


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
    last_bass = [pitch for pitch in voices[-1][::2] if pitch][-1]
    return {
        "name": path.stem,
        "title": titles().get(path.stem),
        "sharps": sharps,
        "mode": mode_of(score, sharps, last_bass),
        "upbeat": upbeat,
        "voices": voices,
    }


def melody(piece):
    """The soprano's pitches on the beats, without rests, a repeated one once."""
    on_grid = np.repeat(piece["voices"][0][::2], piece["voices"][0][1::2])
    beats = on_grid[piece["upbeat"] % 2 :: 2]
    return [int(pitch) for pitch, _ in itertools.groupby(beats[beats > 0])]


def likeness(melodies):
    """How much each two melodies are alike, beyond chance: (count, count), symmetric.

    The shorter one is laid anywhere on the longer one, in the key that suits best, with the fewest
    edits, a note changed, left out or put in. The share of its n notes that needs none is, of two
    hymns, 0.47 in the middle, and scatters the more the shorter they are, as the mean of n draws
    does: so likeness is √n times the share above 0.47.
    """
    lengths = np.array([len(each) for each in melodies])
    order, longest = np.argsort(lengths, kind="stable"), lengths.max()
    padded = np.full((longest, len(melodies)), -99, "int16")
    for number, each in enumerate(melodies):
        padded[: len(each), number] = each
    histograms = np.array([np.bincount(each, minlength=128) for each in melodies])
    shifts, places = np.arange(-12, 13), np.arange(longest + 1, dtype="int16")[:, None, None]
    alike = np.zeros((len(melodies), len(melodies)))
    for rank, one in enumerate(order[:-1]):
        others = order[rank + 1 :]  # none of them shorter
        shared = [
            np.minimum(np.roll(histograms[one], shift), histograms[others]).sum(axis=1)
            for shift in shifts
        ]
        keys = shifts[np.argsort(-np.array(shared), axis=0, kind="stable")[:3]].astype("int16")
        there = padded[:, None, others] - keys  # (longest, three keys, others)
        edits = np.zeros((longest + 1, *keys.shape), "int16")  # up to each place of the other one
        for number, pitch in enumerate(melodies[one]):
            before, edits = edits, np.full_like(edits, number + 1)
            edits[1:] = np.minimum(before[:-1] + (there != pitch), before[1:] + 1)
            edits = np.minimum.accumulate(edits - places, axis=0) + places
        share = 1 - edits.min(axis=(0, 1)) / lengths[one]
        alike[one, others] = alike[others, one] = (share - CHANCE) * np.sqrt(lengths[one])
    return alike


def hymns(pieces):
    """For each piece, the number of its hymn: that of the first piece of one hymn with it.

    Two are of one hymn if their melodies are as alike as `ALIKE` or their titles are the same, and
    who has a neighbour in common is of one hymn.
    """
    alike, owner = likeness([melody(piece) for piece in pieces]) >= ALIKE, list(range(len(pieces)))

    def root(n):
        while owner[n] != n:
            n = owner[n]
        return n

    for one, other in itertools.combinations(range(len(pieces)), 2):
        title = pieces[one]["title"]
        if alike[one, other] or (title and title == pieces[other]["title"]):
            first, second = sorted((root(one), root(other)))
            owner[second] = first
    return [root(n) for n in range(len(pieces))]


def tell_hymns(pieces):
    """Prints how many pairs are how much alike, and each group with its titles."""
    alike = likeness([melody(piece) for piece in pieces])[np.tril_indices(len(pieces), -1)]
    for low in np.arange(-1.0, 4.7, 0.2):
        count = np.sum((alike >= low - 1e-9) & (alike < low + 0.2 - 1e-9))
        print(f"{low:5.1f} to {low + 0.2:4.1f}: {count:6d} pairs")
    groups = collections.defaultdict(list)
    for piece, hymn in zip(pieces, hymns(pieces), strict=True):
        groups[hymn].append(piece)
    print(f"{len(groups)} hymns, of which several settings:")
    for group in groups.values():
        if len(group) > 1:
            print(", ".join(f"{each['name']} {each['title'] or ''}".strip() for each in group))


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
        rows = ",\n".join(
            json.dumps(piece, separators=(",", ":"), ensure_ascii=False) for piece in part
        )
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
    parser.add_argument(
        "--hymns", action="store_true", help="tell what counts as one hymn, write nothing"
    )
    arguments = parser.parse_args()
    path = arguments.output / "chorales" / "chorales.json"
    if arguments.hymns:
        pieces = itertools.chain(*json.loads(path.read_text(encoding="utf-8")).values())
        tell_hymns(sorted(pieces, key=lambda piece: piece["name"]))
        return 0
    text = make()
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
