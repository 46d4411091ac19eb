"""The real client, and the real integration, against the engine's real server."""
