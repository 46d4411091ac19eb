"""Wyoming, served."""
