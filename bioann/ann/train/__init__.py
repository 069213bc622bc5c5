"""Training with gradients: needs the extra ``bioann[train]`` (JAX and optax)."""
