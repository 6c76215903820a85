"""Statistics: arrays in, results out, one method a file."""
