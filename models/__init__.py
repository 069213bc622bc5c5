"""The pairs that ship: one file is one pair, and its `pair()` returns it."""
