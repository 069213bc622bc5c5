"""Either half derived from the other, and how far the result can be trusted."""
