"""Simulation: labelled synthetic towns with a known truth."""
