"""The terminal app: Textual, nowhere else. ``app`` is where it starts; ``drawing`` is pure."""
