"""What a description and the functions in it consist of, as a list of paths and values."""
