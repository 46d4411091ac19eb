"""A call without Asterisk: parties that talk to the real servers, for trying the door out and for finding faults."""
