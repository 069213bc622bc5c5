"""Input spikes, drawn in NumPy before a run and sorted by time."""
