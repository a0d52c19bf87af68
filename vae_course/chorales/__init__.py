"""What the chapter on music needs: notes, MIDI, sound, rules, attributes, counting, networks."""

from vae_course.chorales.attributes import density, height, majorness
from vae_course.chorales.counting import CountingModel, VoicesInTurn, counting_models
from vae_course.chorales.midi import read_midi, write_midi
from vae_course.chorales.notes import notes_of, pitch_of
from vae_course.chorales.phrase_networks import phrase_decoder, phrase_encoder
from vae_course.chorales.rules import RULES, broken_rules, ranges_of
from vae_course.chorales.sound import synthesize

__all__ = [
    "RULES",
    "CountingModel",
    "VoicesInTurn",
    "broken_rules",
    "counting_models",
    "density",
    "height",
    "majorness",
    "notes_of",
    "phrase_decoder",
    "phrase_encoder",
    "pitch_of",
    "ranges_of",
    "read_midi",
    "synthesize",
    "write_midi",
]
