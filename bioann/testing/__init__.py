"""Checks of the requirements that every pair must meet."""
