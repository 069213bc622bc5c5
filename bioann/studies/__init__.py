"""Studies: questions that are answered by training or counting, over seeds."""
