"""What tests of every member share: contract suites of the ports, stories of aggregates."""
