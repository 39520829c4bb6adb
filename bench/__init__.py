"""How fast ftz is, beside small honest programs that do as little as can be done: `make bench`."""
