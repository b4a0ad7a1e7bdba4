"""Runs one transform as the broker would."""
