"""What is wrong with a board, why it matters, and the command that mends it.

``visit`` gathers Evidence over the board's Link; the checks in ``tools``, ``ollama`` and ``system`` are pure
functions over it; ``report`` does both for all boards; ``cost`` measures, on request, what our telemetry takes
from a decode.
"""
