"""Simulated boards: real SSH and HTTP servers on loopback, in front of a model of heat, clock and work."""
