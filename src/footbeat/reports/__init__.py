"""Reports: the same results for a reader, on paper and on screen."""
