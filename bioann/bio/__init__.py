"""The biological half: cells, receptors, spiking networks, and how Brian2 runs them."""
