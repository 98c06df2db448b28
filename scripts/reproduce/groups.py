"""The networks by kind and all together, and what tables of one row for each network say of them.

Means are arithmetic, over networks, so that each network weighs the same."""

from typing import Iterator

from averages import mean
from networks import KINDS, NETWORKS
from tables import Column, Table

ALL = "all"


def groups() -> Iterator[tuple[str, list[str]]]:
    """Each kind, then all, with its networks."""
    yield from KINDS.items()
    yield ALL, NETWORKS


def with_means(rows: list[dict], keys: list[str]) -> list[dict]:
    """Rows by network, then the means of each kind and of all, of whose rows kind is the group."""
    means = []
    for group, networks in groups():
        members = [row for row in rows if row["network"] in networks]
        row = {"network": f"*mean, {group}*", "kind": group}
        row.update({key: mean([member[key] for member in members]) for key in keys})
        means.append(row)
    return rows + means


def add_papers(row: dict, key: str, figures: dict[str, str]) -> None:
    """The papers' figure, by group, beside that of a group; a network has none."""
    row[key] = figures.get(row["kind"]) if row["network"] not in NETWORKS else None


def name_columns() -> list[Column]:
    """Of the network and its kind."""
    return [
        Column("network", "network", is_number=False),
        Column("kind", "kind", is_number=False),
    ]


def by_group(table: Table) -> Table:
    """The rows of kinds and of all alone, as NAME_by_kind."""
    rows = [row for row in table.rows if row["network"] not in NETWORKS]
    return Table(f"{table.name}_by_kind", table.columns, rows)
