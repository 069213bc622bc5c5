"""The seed of everything that is given none: commands, analyses and translations.

A run from Python names its seed. This module imports nothing, because the command line reads it
before NumPy is needed.
"""

DEFAULT_SEED = 1
