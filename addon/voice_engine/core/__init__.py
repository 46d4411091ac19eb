"""Pure values and rules: no sockets, clocks, logs, files or asyncio."""
