"""Variants of the systems that test the papers' argument."""

from dataclasses import dataclass
from pathlib import Path

from averages import geometric_mean, mean
from comparison import COMPONENTS, beside_the_papers
from networks import KINDS, NETWORKS
from tables import Column, Table, fixed, per_cent, times

SYSTEMS = Path("scripts/reproduce/systems")  # from the top of the repository
BOTH_AXES = "_both_axes"


@dataclass(frozen=True)
class WhatIf:
    name: str
    meaning: str
    base: str  # the system that it varies
    arguments: tuple[str, ...]
    files: tuple[Path, ...] = ()


def _system(name: str, meaning: str) -> WhatIf:
    file = SYSTEMS / f"{name}.yaml"
    return WhatIf(name, meaning, "mensa_g", (f"--system={file}",), (file,))


def what_ifs() -> list[WhatIf]:
    buffers = "accelerators.edge_tpu.buffers"
    table = SYSTEMS / "papers_families.yaml"
    dataflow = SYSTEMS / "output_stationary_both_axes.yaml"
    return [
        *[
            WhatIf(
                f"{base}{BOTH_AXES}",
                f"{title} with filters over both axes of the array",
                base,
                (f"--system={base}", f"--param=accelerators.edge_tpu.dataflow={dataflow}"),
                (dataflow,),
            )
            for base, title in (("edge_tpu", "Edge TPU"), ("edge_tpu_hb", "Base+HB"))
        ],
        WhatIf(
            "edge_tpu_8x_buffers",
            "Edge TPU with 8 times the buffers: 32 MiB and 16 MiB",
            "edge_tpu",
            (
                "--system=edge_tpu",
                f"--param={buffers}.parameters.capacity=32MiB",
                f"--param={buffers}.activations.capacity=16MiB",
            ),
        ),
        *[
            WhatIf(
                f"{base}_{cell}",
                f"{title} with SRAM of {meaning} ({cell})",
                base,
                (f"--system={base}", f"--param=technology.sram.cell={cell}"),
            )
            for base, title in (("edge_tpu", "Edge TPU"), ("mensa_g", "Mensa-G"))
            for cell, meaning in (("lop", "low operating power"), ("lstp", "low standby power"))
        ],
        _system("mensa_g_without_pascal", "Mensa-G without Pascal"),
        _system("mensa_g_without_pavlov", "Mensa-G without Pavlov"),
        _system("mensa_g_without_jacquard", "Mensa-G without Jacquard"),
        WhatIf(
            "mensa_g_no_time_batching",
            "Mensa-G that takes one time step at a time",
            "mensa_g",
            (
                "--system=mensa_g",
                *(
                    f"--param=accelerators.{name}.time_batching=false"
                    for name in ("pascal", "pavlov", "jacquard")
                ),
            ),
        ),
        WhatIf(
            "mensa_g_phase_1",
            "Mensa-G without phase II: each layer where it suits best in isolation",
            "mensa_g",
            ("--system=mensa_g", "--policy=greedy"),
        ),
        WhatIf(
            "mensa_g_family_table",
            "Mensa-G with the papers' table of families in phase I",
            "mensa_g",
            ("--system=mensa_g", f"--policy=mensa:driver={table}"),
            (table,),
        ),
        _system("mensa_g_two_memories", "Mensa-G with an LPDDR4 for Pascal beside the 3D stack"),
    ]


# Assumptions behind the headline ratios: what each puts in the place of which system.
ASSUMPTIONS = {
    "as it is": {},
    "Edge TPU and Base+HB with filters over both axes": {
        system: system + BOTH_AXES for system in ("edge_tpu", "edge_tpu_hb")
    },
    "SRAM of low operating power": {
        system: f"{system}_lop" for system in ("edge_tpu", "mensa_g")
    },
    "SRAM of low standby power": {
        system: f"{system}_lstp" for system in ("edge_tpu", "mensa_g")
    },
}


def other_assumptions(standard: dict, varied: dict) -> Table:
    """Ratios that the papers give, again under other assumptions about the hardware."""
    rows = []
    for assumption, replaced in ASSUMPTIONS.items():
        reports = dict(standard)
        for network in NETWORKS:
            for system, variant in replaced.items():
                reports[network, system] = varied[network, variant]
        known = {"mensa_g", "edge_tpu"} | (set(replaced) if replaced else {"edge_tpu_hb"})
        table = beside_the_papers(reports)
        rows += [
            {"assumption": assumption, **row}
            for row in table.rows
            if {row["of"], row["against"]} <= known
            and row["metric"] in ("throughput", "energy efficiency")
        ]
    columns = [Column("assumption", "assumption", is_number=False), *table.columns]
    return Table("other_assumptions", columns, rows)


def effects(standard: dict, varied: dict) -> Table:
    """Throughput, energy and energy-delay product of each variant over those of the system that it
    varies, geometric means over networks. `standard` has reports by (network, system), `varied` by
    (network, name of the variant)."""
    rows = []
    for variant in what_ifs():
        for kind in [*KINDS, "all"]:
            networks = NETWORKS if kind == "all" else KINDS[kind]

            def over_base(key: str) -> float:
                return geometric_mean(
                    [
                        varied[n, variant.name]["totals"][key]
                        / standard[n, variant.base]["totals"][key]
                        for n in networks
                    ]
                )

            latency, energy = over_base("latency_s"), over_base("energy_j")
            shares = [varied[n, variant.name]["totals"]["energy_pj"] for n in networks]
            rows.append(
                {
                    "variant": variant.meaning,
                    "name": variant.name,
                    "base": variant.base,
                    "networks": kind,
                    "throughput": 1 / latency,
                    "energy": energy,
                    "energy_delay_product": latency * energy,
                    **{
                        part: mean([share[part] / sum(share.values()) for share in shares])
                        for part in COMPONENTS
                    },
                    "transfers": mean(
                        [varied[n, variant.name]["totals"]["transfers"] for n in networks]
                    ),
                }
            )
    columns = [
        Column("variant", "variant", is_number=False),
        Column("networks", "networks", is_number=False),
        Column("throughput", "throughput", times),
        Column("energy", "energy", times),
        Column("energy_delay_product", "EDP", times),
        Column("dram", "DRAM of energy", per_cent(0)),
        Column("static", "static of energy", per_cent(0)),
        Column("transfers", "transfers", fixed(1)),
    ]
    return Table("what_ifs", columns, rows)
