"""Hand-ins that mean harm: what is promised with walls, and without, is held."""

import pathlib
import sys

import pytest
from hostile_hand_ins import (
    ESCAPE,
    FORGE,
    HARM,
    HELD,
    POSSIBLE,
    READ,
    Outside,
    attack,
    forge,
    open_files,
)

from vae_course.grading.walls import environment, find_bubblewrap

BUBBLEWRAP, LACKING = find_bubblewrap()
WALLS = pytest.param(
    BUBBLEWRAP, id="with walls", marks=pytest.mark.skipif(not BUBBLEWRAP, reason=str(LACKING))
)
EITHER_WAY = pytest.mark.parametrize("walls", [WALLS, pytest.param(None, id="without walls")])
# Of those that need a kernel each, the quickest of each kind.
QUICK = {
    "fills its memory with others",
    "forks",
    "gives back 40 MB",
    "goes on",
    "kills its driver",
    "stops its driver",
}


@pytest.fixture
def outside(tmp_path):
    with Outside(tmp_path) as outside:
        yield outside


@EITHER_WAY
def test_what_reads_harms_and_escapes(outside, walls):
    tried = [
        each
        for each in (*READ, *HARM, *ESCAPE)
        if (walls or each.without == HELD) and (not each.alone or each.name in QUICK)
    ]
    found = list(attack(tried, outside, walls))
    assert len(found) == len(tried) > (45 if walls else 9)
    assert [(each.name, result) for each, result in found if not each.is_held(result)] == []


@pytest.mark.parametrize("walls", [WALLS])
def test_what_forges(walls):
    verdicts = dict(forge(walls))
    assert [name for name in FORGE if verdicts[name] == ("passed", None)] == []
    assert {verdicts[name] for name in POSSIBLE} == {("passed", None)}


@EITHER_WAY
def test_files_that_are_no_notebooks(walls):
    found = dict(open_files(walls))
    assert [name for name, came in found.items() if isinstance(came, int)] == [
        "a mark that is none",
        "half a character",
        "the past",
    ]
    assert all(map(str, found.values()))


def test_what_lies_in_the_folder_of_the_environment_is_not_seen():
    class_folder = pathlib.Path(sys.prefix, "handed-in")
    assert [path for path in environment() if class_folder.is_relative_to(path)] == []


def test_there_are_many_of_each_kind():
    assert min(map(len, (READ, HARM, ESCAPE, FORGE))) >= 20
    names = [each.name for each in (*READ, *HARM, *ESCAPE)]
    assert len(names) == len(set(names))
