"""The real thing: Kafka, MongoDB (or its stand-in), and the services as processes of their own."""
