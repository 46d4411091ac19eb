"""Who calls the engine: AudioSocket legs, HTTP and WebSocket clients. Leaves that never import one another."""
