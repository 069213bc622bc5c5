"""Input spikes: drawn in NumPy before a run, in the order of time."""
