"""Stimuli: labelled arrays in activation units, and the waveforms that make them."""
