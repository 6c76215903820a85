"""Task: randomised schedules, sealed and released week by week."""
