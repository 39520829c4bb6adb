"""Real servers for tests: an address from the environment, Docker, or a process spawned here."""
