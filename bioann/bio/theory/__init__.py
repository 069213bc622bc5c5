"""The rate of a cell under noise, in closed form: two limits, each with where it holds."""
