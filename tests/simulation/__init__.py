"""The six services under faults: inputs, invariants, report. `python -m tests.simulation --seeds 100`."""
