"""What the zone says about removals."""

from dataclasses import dataclass

from ftz_common.contracts.duty import SummaryClock


@dataclass(frozen=True, slots=True)
class RemovalSettings:
    """What opens and closes a weekly entry or an in-bond, as the zone has it now."""

    timezone: str
    week_starts: int
    port: str
    firms: str
    filer: str
    importer_of_record: str
    compile_grace_days: int
    in_bond_days_max: int
    closures: tuple[str, ...] = ()
    summary_clock: SummaryClock = ""
    export_permits: bool = False
    zone_id: str = ""
    importer_ior: str = ""
