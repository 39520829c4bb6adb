"""The simulator: processes of services on a shared store and bus, driven by hand from one seed."""
