"""Cell models: one file each, equations in the docstring, sources beside the numbers."""
