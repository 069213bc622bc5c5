"""The contract that every pair has to keep, and the checks of it."""
