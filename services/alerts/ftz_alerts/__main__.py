"""`python -m ftz_alerts`: the alerts service as a process of its own, on Kafka and MongoDB."""

from ftz_alerts.app import build
from ftz_common.process.runner import main

if __name__ == "__main__":
    main("alerts", build)
