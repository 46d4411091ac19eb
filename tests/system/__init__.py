"""The system suite: the whole product on real parts."""
