"""Where a service keeps its commits and its rows. The port, and one adapter per file."""
