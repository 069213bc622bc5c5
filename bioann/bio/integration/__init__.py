"""Integration of cells: one time step, its constants, and spike times within it."""
