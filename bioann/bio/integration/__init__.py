"""Integration of cells: one time step, its constants, and when a spike falls within it."""
