"""What networks are trained on: labelled samples, generated ones and images of others."""
