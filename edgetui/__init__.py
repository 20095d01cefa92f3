"""edgetui: vision-language models on a cluster of edge boards, with the heat that slowed them."""

__version__ = "0.1.0"
