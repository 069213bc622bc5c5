"""From a rate network to a spiking network."""
