"""The artificial half: activations, rate networks with signed weights, and their simulation."""
