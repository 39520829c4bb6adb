"""A service as an operating-system process of its own, on Kafka and MongoDB."""
