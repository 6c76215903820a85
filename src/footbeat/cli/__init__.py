"""Command line: a thin translation of the public functions."""
