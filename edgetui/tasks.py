"""Loads and checks task folders."""
