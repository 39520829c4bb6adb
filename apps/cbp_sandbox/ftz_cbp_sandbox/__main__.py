"""`python -m ftz_cbp_sandbox`: the simulated CBP as a process of its own, on Kafka and MongoDB."""

from ftz_cbp_sandbox.app import build
from ftz_common.process.runner import main

if __name__ == "__main__":
    main("cbp", build)
