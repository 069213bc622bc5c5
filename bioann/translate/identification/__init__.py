"""Rate networks fitted to the steady responses of any model: identification by stimulation."""
