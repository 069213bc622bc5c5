"""Runs of hand-written Brian2 networks: all time steps in one module, lanes on several cores."""
