"""A story as a tree of nodes; how it looks is the reader's business."""

import msgspec


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened or is. `at`: RFC 3339 instant or ISO date, in the world; "" where none fits."""

    title: str
    at: str = ""
    details: list[tuple[str, str]] = []
    children: list["Node"] = []


#: Nodes listed under one; the rest is counted.
LISTED_MAX = 200


def as_text(node: Node, indent: str = "") -> str:
    """The tree with two spaces per level."""
    return "\n".join(_lines(node, indent)) + "\n"


def _lines(node: Node, indent: str) -> list[str]:
    at = f"  [{node.at}]" if node.at else ""
    lines = [f"{indent}{node.title}{at}"]
    lines += [f"{indent}    {label}: {value}" for label, value in node.details if value]
    for child in node.children:
        lines += _lines(child, indent + "  ")
    return lines


def told(label: str, value: object) -> tuple[str, str]:
    """A detail; None and "" are left out when shown."""
    return label, "" if value is None else str(value)


def cut(nodes: list[Node]) -> list[Node]:
    """At most `LISTED_MAX` of them, and how many more there are."""
    if len(nodes) <= LISTED_MAX:
        return nodes
    return [*nodes[:LISTED_MAX], Node(title=f"and {len(nodes) - LISTED_MAX} more")]
