"""Widgets know only what to draw: values in, messages out, no I/O."""
