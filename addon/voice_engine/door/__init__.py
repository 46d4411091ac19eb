"""The door call: who may call, what is said, how the resident is reached."""
