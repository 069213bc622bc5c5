"""Signs of weights: constraints, shuffles, and counts."""
