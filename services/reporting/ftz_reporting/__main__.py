"""`python -m ftz_reporting`: the reporting service as a process of its own, on Kafka and MongoDB."""

from ftz_common.process.runner import main
from ftz_reporting.app import build

if __name__ == "__main__":
    main("reporting", build)
