"""The probe that reads a board, and the pure decoders of what it prints."""

from edgetui.probes.decoder import Decoded, Decoder, greet
from edgetui.probes.families import Command, Draft, Family, Output, Part, Tick
from edgetui.probes.frames import Frame, FrameReader
from edgetui.probes.hello import Hello
from edgetui.probes.program import BOOTSTRAP, program

__all__ = [
    "BOOTSTRAP",
    "Command",
    "Decoded",
    "Decoder",
    "Draft",
    "Family",
    "Frame",
    "FrameReader",
    "Hello",
    "Output",
    "Part",
    "Tick",
    "greet",
    "program",
]
