"""Engines: bulk questions answered by DuckDB, Spark or plain memory."""
