"""Target: score places, choose hot spots, say why."""
