"""`ftz review`: the queue of parts that a licensed person decides, and their decisions."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from ftz_cli.client import ask, reach, run_async
from ftz_cli.screen import DIFFERENT, Failure, counted, guarded, out, print_json, table
from ftz_common.settings import Settings, told

app = typer.Typer(no_args_is_help=True, help="Parts that a licensed person must classify.")

BASE = "/v1/classification"
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output")]
Account = Annotated[str, typer.Argument(help="Account of the zone")]
Uin = Annotated[str, typer.Argument(help="The part's identifier in the zone")]
Who = Annotated[str, typer.Option(envvar="FTZ_REVIEWER", help="Id of the person who decides")]
Licence = Annotated[str, typer.Option(envvar="FTZ_LICENCE", help="Customs broker licence or authority")]
Reason = Annotated[str, typer.Option(help="Why, for the file (19 USC 1484: reasonable care)")]
Cite = Annotated[list[str] | None, typer.Option("--cite", help="Note, ruling or rule; may be repeated")]
Number = Annotated[str, typer.Argument(help="Tariff number, with or without dots")]
Revision = Annotated[str, typer.Option(help="Tariff revision; default: the review's, else today's")]


def _call(method: str, path: str, **more: Any) -> Any:
    settings = told(Settings)

    async def work() -> Any:
        async with reach(settings) as client:
            return await ask(client, method, BASE + path, **more)

    return run_async(work)


def _part(account: str, uin: str, verb: str = "") -> str:
    return f"/parts/{quote(account, safe='')}/{quote(uin, safe='')}{verb}"


def _person(who: str, licence: str, reason: str) -> dict[str, Any]:
    return {"who": who, "licence": licence, "reason": reason}


def _looked_at(account: str, uin: str) -> str:
    """The digest of the description that stands; the service says what is missing where there is none."""
    recorded: dict[str, str] = _call("GET", _part(account, uin))["recorded"] or {}
    return recorded.get("facts_digest", "")


@app.command("list")
@guarded
def listed(
    account: Account,
    order: Annotated[str, typer.Option(help="stake (most duty at stake first) or part")] = "stake",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List what waits for a decision. Exit code 1 if anything does.

    Example: ftz review list acme --order stake
    """
    page = _call("GET", "/reviews", params={"account": account, "order": order, "limit": limit})
    if as_json:
        print_json(page)
    else:
        cells = [
            [p["uin"], p["description"][:60], p["review"], p["proposed"], p["stake"] or "unknown", p["value"]]
            for p in page["parts"]
        ]
        columns = ["part", "description", "why", "proposed", "duty at stake", "value"]
        more = " or more" if page["next"] else ""
        table(f"{len(cells)}{more} to decide", columns, cells, right=columns[4:])
        engine = page["engine"]
        if engine["why"]:
            out.print(f"[dim]no proposals ({engine['state']}): {engine['why']}[/dim]")
    if page["parts"]:
        raise typer.Exit(DIFFERENT)


@app.command("show")
@guarded
def show(account: Account, uin: Uin, why: Annotated[bool, typer.Option("--why")] = False) -> None:
    """Show a part whole, with proposal and decision; --why adds the whole explanation of the proposal.

    Example: ftz review show acme MUG-WHITE --why
    """
    found = _call("GET", _part(account, uin))
    if why and found.get("proposal"):
        found["explanation"] = _call("GET", f"/explanations/{found['proposal']['explanation']}")
    print_json(found)


@app.command("decide")
@guarded
def decide(
    account: Account,
    uin: Uin,
    *,
    number: Number,
    who: Who,
    licence: Licence,
    reason: Reason,
    cite: Cite = None,
    revision: Revision = "",
    as_json: AsJson = False,
) -> None:
    """Decide a part: approve the proposal or correct it. Whoever waits for the number gets it.

    Where the zone asks for two people, the second decides the same number.

    Example: ftz review decide acme MUG 6911.10.37.10 --who b-1 --licence L-1 --reason "GRI 1" --cite "GRI 1"
    """
    body: dict[str, Any] = _person(who, licence, reason) | {
        "number": number,
        "citations": cite or [],
        "revision": revision,
        "facts_digest": _looked_at(account, uin),
    }
    answer = _call("POST", _part(account, uin, "/decisions"), json=body)
    if as_json:
        print_json(answer)
    elif answer["outcome"] == "held":
        out.print(f"{uin}: held; another licensed person must decide {number} too")
    else:
        out.print(f"{uin}: {number} is decided")


@app.command("ask")
@guarded
def question(
    account: Account,
    uin: Uin,
    *,
    text: Annotated[str, typer.Argument(help="What decides and is not known")],
    who: Who,
    licence: Licence,
    reason: Reason,
    of: Annotated[str, typer.Option(help="Whom: a source or a person")] = "platform",
) -> None:
    """Ask what decides; the review waits until the part is described anew.

    Example: ftz review ask acme MUG "Is it bone china?" --who b-1 --licence L-1 --reason "6911.10"
    """
    body = _person(who, licence, reason) | {"text": text, "asked_of": of}
    _call("POST", _part(account, uin, "/questions"), json=body)
    out.print(f"{uin}: asked of {of}")


@app.command("reject")
@guarded
def reject(
    account: Account, uin: Uin, *, who: Who, licence: Licence, reason: Reason, cite: Cite = None
) -> None:
    """Say no to a decision that waits for a second person, else to the proposal.

    Example: ftz review reject acme MUG --who b-2 --licence L-2 --reason "it is a set" --cite "GRI 3(b)"
    """
    body = _person(who, licence, reason) | {"citations": cite or []}
    _call("POST", _part(account, uin, "/rejections"), json=body)
    out.print(f"{uin}: rejected; it still waits for a decision")


@app.command("approve-similar")
@guarded
def approve_similar(
    account: Account,
    uin: Uin,
    *,
    number: Number,
    who: Who,
    licence: Licence,
    reason: Reason,
    cite: Cite = None,
    revision: Revision = "",
    yes: Annotated[bool, typer.Option("--yes", help="Decide them; without it they are only shown")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the parts that are near-identical to UIN, and with --yes decide them all, UIN included.

    Example: ftz review approve-similar acme MUG 6911.10.37.10 --who b-1 --licence L-1 --reason "GRI 1" --yes
    """
    parts = _call("GET", "/similar", params={"account": account, "uin": uin})["undecided"]
    named = [{"uin": uin, "facts_digest": _looked_at(account, uin)}]
    named += [{"uin": p["uin"], "facts_digest": p["facts_digest"]} for p in parts]
    if not yes:
        if as_json:
            print_json({"undecided": parts})
        else:
            table(
                f"{len(parts)} like {uin}",
                ["part", "description"],
                [[p["uin"], p["description"]] for p in parts],
            )
            out.print("[dim]nothing is decided yet: read them, then say --yes[/dim]")
        return
    body: dict[str, Any] = _person(who, licence, reason) | {
        "account": account,
        "number": number,
        "citations": cite or [],
        "revision": revision,
        "parts": named,
    }
    answer = _call("POST", "/approvals", json=body)
    if as_json:
        print_json(answer)
    else:
        cells = [[p["uin"], p["outcome"], p.get("reason", "")] for p in answer["parts"]]
        table(
            f"{counted(len(cells), 'part')}, {answer['refused']} refused", ["part", "outcome", "why"], cells
        )
    if answer["refused"]:
        raise typer.Exit(DIFFERENT)


@app.command("propose")
@guarded
def propose(account: Account, uin: Uin, who: Who) -> None:
    """Ask the engine for a proposal, or for another: it knows more now.

    Example: ftz review propose acme MUG --who b-1
    """
    _call("POST", _part(account, uin, "/proposals"), params={"who": who})
    out.print(f"{uin}: asked; see `ftz review show {account} {uin}`")


@app.command("export")
@guarded
def export(
    account: Account, file: Annotated[Path, typer.Argument(help="JSONL file to write; - for the screen")]
) -> None:
    """Write the decisions that stand as records for `ftz classify learn` and `train`.

    Example: ftz review export acme decisions.jsonl && ftz classify learn decisions.jsonl
    """

    async def work() -> str:
        async with reach(told(Settings)) as client:
            answer = await client.get(f"{BASE}/decisions", params={"account": account})
            return answer.raise_for_status().text

    text = run_async(work)
    if str(file) == "-":
        typer.echo(text, nl=False)
        return
    file.write_text(text, encoding="utf-8")
    out.print(f"{counted(text.count(chr(10)), 'decision')} written to {file}")


@app.command("concordance")
@guarded
def concordance(
    file: Annotated[
        Path, typer.Argument(help="CSV with old_hts10, new_hts10 and, if of several, revision_to")
    ],
    revision: Annotated[str, typer.Option(help="The revision whose lines are the new ones")],
    who: Who,
) -> None:
    """Say which lines followed those that a revision ended; reviews of ended lines name them.

    Example: ftz review concordance concordance.csv --revision 2026-rev-5 --who b-1
    """
    if not file.is_file():
        raise Failure("no-such-file", f"{file} is not there", "name the concordance that you have")
    answer = _call(
        "PUT",
        f"/concordances/{quote(revision, safe='')}",
        params={"who": who, "file_name": file.name},
        content=file.read_bytes(),
        headers={"content-type": "text/csv"},
    )
    out.print(f"{counted(answer['lines'], 'line')} with successors in {revision}")
