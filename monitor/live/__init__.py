"""What runs: the sampler's tick, the hub of viewers, and each viewer's connection."""
