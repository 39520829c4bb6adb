"""What is in the zone, and why: orders, ledgers of layers, cover. Pure: no I/O, no clock, no lookups."""
