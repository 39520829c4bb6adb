"""Run as a child that is killed: inserts batches for ever and says which were acknowledged."""

import asyncio
import sys
from pathlib import Path

from ftz_common.store.port import StoreRow
from ftz_common.store.sqlite import SqliteFile
from ftz_common.testing.store_suite import commit


async def write(path: Path) -> None:
    file = SqliteFile(path)
    store = file.store("inventory")
    known = await store.get("marks", ["next"])
    version = max((c.version for c in await store.read({"s": 0})), default=0) + 1
    print(f"opened {version} {known.get('next', b'0').decode()}", flush=True)
    while True:
        await store.insert([commit("s", version + n, seq=version + n) for n in range(50)])
        await store.put("marks", [StoreRow("next", str(version + 50).encode())])
        version += 50
        print(version - 1, flush=True)


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1])))
