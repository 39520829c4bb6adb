"""`python -m ftz_inventory`: the inventory service as a process of its own, on Kafka and MongoDB."""

from ftz_common.process.runner import main
from ftz_inventory.app import build

if __name__ == "__main__":
    main("inventory", build)
