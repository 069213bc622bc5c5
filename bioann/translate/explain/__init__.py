"""What a classifier would be as Dale-conforming conductance neurons, and what is lost."""
