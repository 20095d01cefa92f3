"""Pure drawing: values in, lines of (text, ink) out. No Textual, no clock, no I/O."""
