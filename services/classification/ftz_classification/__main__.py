"""`python -m ftz_classification`: a process of its own, on Kafka and MongoDB."""

from ftz_classification.app import build
from ftz_common.process.runner import main

if __name__ == "__main__":
    main("classification", build)
