"""`python -m ftz_duty`: the duty service as a process of its own, on Kafka and MongoDB."""

from ftz_common.process.runner import main
from ftz_duty.app import build

if __name__ == "__main__":
    main("duty", build)
