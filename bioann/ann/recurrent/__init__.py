"""Time steps of recurrent rate networks: compiled for small ones, by matrix products for large."""
