"""Tests of the engine's servers: real sockets on 127.0.0.1."""
