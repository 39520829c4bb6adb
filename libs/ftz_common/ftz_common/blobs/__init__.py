"""Content-addressed bytes: tariff revisions, documents, models."""
