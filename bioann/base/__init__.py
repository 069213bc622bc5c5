"""What every other folder stands on: errors, units, random numbers, files, and text."""
