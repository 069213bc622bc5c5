"""How long runs take, beside the same thing written by hand: ``make bench``.

Every figure is a ratio of medians of two sides that are run in turn, so that a busy machine slows
both. Nothing here asserts a time; the goals are printed beside the figures, met or not.
"""
