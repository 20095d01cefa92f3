"""What the board screen asks a board beyond the probe's frames, and only while it is open.

``questions`` are what is asked, one file for each kind of answer reads it (pure), ``visit`` folds all into a Visit,
``rounds`` goes and asks.
"""
