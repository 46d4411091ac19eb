"""Whom the engine calls: recognisers, synthesisers, Asterisk, the Supervisor. Leaves that never import one another."""
