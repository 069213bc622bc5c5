"""From a spiking network to a rate network."""
