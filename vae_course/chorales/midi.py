"""Chorales as MIDI files, out and in."""

import numpy as np

from vae_course.chorales.notes import notes_of
from vae_keras import _checks
from vae_keras.data.chorales import (
    FIRST_PITCH,
    HELD,
    HIGHEST_PITCH,
    LOWEST_PITCH,
    REST,
    VOICES,
)

_TICKS = 240  # an eighth note


def write_midi(frames, path, *, tempo=80):
    """Writes music `(length, 4)` to a MIDI file, one track a voice.

    Args:
        frames: Symbols `(length, 4)`, a frame an eighth note.
        path: Where to.
        tempo: Quarter notes a minute.

    Raises:
        ValueError: If these are no symbols, or the tempo is no number above 0.
        ImportError: If mido is missing.
    """
    mido, notes = _mido(), notes_of(frames)
    tempo = _checks.number(tempo, "tempo", above=0)
    file = mido.MidiFile(ticks_per_beat=2 * _TICKS)
    for voice, name in enumerate(VOICES):
        track = mido.MidiTrack()
        track.append(mido.MetaMessage("track_name", name=name))
        if not voice:
            track.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo)))
        now = 0
        for note in (each for each in notes if each.voice == voice):
            start, length = note.start * _TICKS, note.duration * _TICKS
            shared = {"note": note.pitch, "channel": voice}
            track.append(mido.Message("note_on", velocity=80, time=start - now, **shared))
            track.append(mido.Message("note_off", velocity=0, time=length, **shared))
            now = start + length
        end = len(frames) * _TICKS
        track.append(mido.MetaMessage("end_of_track", time=end - now))
        file.tracks.append(track)
    file.save(path)


def read_midi(path):
    """The symbols `(length, 4)` of a MIDI file with four tracks of notes, one a voice.

    Args:
        path: A file of four tracks that hold notes, from the highest voice to the lowest. Notes are
            put on the nearest eighth note; one that then has no length is left out.

    Raises:
        ValueError: If it holds no four tracks of notes, or a pitch beyond what the symbols say.
        ImportError: If mido is missing.
        OSError: If there is no such file.
    """
    file = _mido().MidiFile(path)
    eighth = file.ticks_per_beat / 2
    voices, end = [], 0
    for track in file.tracks:
        now, notes, open_notes = 0, [], {}
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                open_notes[message.note] = round(now / eighth)
            elif message.type in ("note_on", "note_off") and message.note in open_notes:
                notes.append((open_notes.pop(message.note), round(now / eighth), message.note))
        end = max(end, round(now / eighth))
        if notes:
            voices.append(notes)
    if len(voices) != len(VOICES):
        raise ValueError(f"{path} must hold four tracks of notes, got {len(voices)}.")
    frames = np.full((end, len(VOICES)), HELD, "int32")
    for voice, notes in enumerate(voices):
        silent = np.ones(end, bool)
        for start, stop, pitch in notes:
            if not LOWEST_PITCH <= pitch <= HIGHEST_PITCH:
                raise ValueError(
                    f"the pitches of {path} must be from {LOWEST_PITCH} to {HIGHEST_PITCH}, got "
                    f"{pitch}."
                )
            if stop > start:
                frames[start, voice] = pitch - LOWEST_PITCH + FIRST_PITCH
                silent[start:stop] = False
        begins = silent & ~np.concatenate([[False], silent[:-1]])
        frames[begins, voice] = REST
    return frames


def _mido():
    try:
        import mido
    except ImportError as error:
        raise ImportError(
            "MIDI files need the package mido, which is not installed. Mend: "
            'pip install "vae-keras[notebooks]".'
        ) from error
    return mido
