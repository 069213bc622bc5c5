"""The questions that ship: one file asks one, in its docstring, and answers it."""
