"""Incidents: any export becomes a table one can trust."""
