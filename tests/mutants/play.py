"""`python -m tests.mutants.play CASE...`: what each case file expects and does not get, as JSON."""

import asyncio
import json
import sys
from pathlib import Path

from ftz_cli.check import checked

#: A broken product may never come to rest.
SECONDS_MAX = 120


async def differences(path: Path) -> list[str]:
    """As `ftz check` finds them; a case that cannot be played any more differs, too."""
    try:
        async with asyncio.timeout(SECONDS_MAX):
            return await checked(path)
    except TimeoutError:
        return [f"does not come to rest within {SECONDS_MAX} s"]
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]


def main(arguments: list[str]) -> None:
    """Play the files in order."""
    found = {Path(name).stem: asyncio.run(differences(Path(name))) for name in arguments}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
