"""What every use of voice shares: ports, listener, speaker, capacity."""
