"""What turns settings into engines: the kinds of backends there are, and how each is made."""
