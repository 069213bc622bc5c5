"""Recordings that were not made by bioann: rates, spike tables and Neo segments."""
