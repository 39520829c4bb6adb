"""Small honest programs that make the hops of ftz and nothing else. Each prints the settings it runs with."""
