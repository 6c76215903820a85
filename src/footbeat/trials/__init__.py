"""Trial: place-days become an effect with its counts, interval and design."""
