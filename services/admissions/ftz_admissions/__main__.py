"""`python -m ftz_admissions`: the admissions service as a process of its own, on Kafka and MongoDB."""

from ftz_admissions.app import build
from ftz_common.process.runner import main

if __name__ == "__main__":
    main("admissions", build)
