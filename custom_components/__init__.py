"""Home Assistant looks here for the integration while its tests run."""
