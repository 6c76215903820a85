"""Track: pings become visits, visits become minutes."""
