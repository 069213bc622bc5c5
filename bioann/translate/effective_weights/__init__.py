"""Effective weights: what a connection does at its operating point, by perturbation."""
