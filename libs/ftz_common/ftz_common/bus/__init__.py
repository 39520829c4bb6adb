"""How records travel between services. The port, and one adapter per file."""
