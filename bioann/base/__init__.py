"""Foundations that every other folder imports: errors, units, random numbers, files, text."""
