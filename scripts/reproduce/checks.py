"""What holds in every report, whatever its figures."""

RELATIVE = 1e-9  # of sums of floating-point numbers
# The analytic model against SystemC at ideal memories, of whole networks. They differ by -6.2 to
# +1.7 % over the 120 runs, for the reasons in docs/simulation.md; more than this is a fault of ours.
MOST_APART = 0.10


def broken_invariants(report: dict) -> list[str]:
    """Descriptions of the invariants that a run report breaks; the schedule itself is verified by
    the program."""
    totals, layers = report["totals"], report["layers"]
    broken = []

    def expect_equal(what: str, parts: float, whole: float) -> None:
        if abs(parts - whole) > RELATIVE * max(abs(parts), abs(whole)):
            broken.append(f"{what}: the parts come to {parts!r}, the whole is {whole!r}")

    expect_equal("MACs of layers", sum(layer["macs"] for layer in layers), totals["macs"])
    for component, whole in totals["energy_pj"].items():
        for place in ("layers", "accelerators"):
            parts = sum(part["energy_pj"][component] for part in report[place])
            expect_equal(f"{component} energy of {place}", parts, whole)
    energy = sum(totals["energy_pj"].values()) * 1e-12
    expect_equal("energy by component", energy, totals["energy_j"])
    for direction in ("read", "write"):
        whole = totals[f"dram_{direction}_bytes"]
        layer_bytes = sum(layer[f"dram_{direction}_bytes"] for layer in layers)
        expect_equal(f"DRAM {direction} bytes of layers", layer_bytes, whole)
        port_bytes = sum(port[f"{direction}_bytes"] for port in report["ports"])
        expect_equal(f"DRAM {direction} bytes of ports", port_bytes, whole)
    end = max(layer["end_s"] for layer in layers)
    expect_equal("the last layer's end", end, totals["latency_s"])
    apart = relative_difference(report)
    if abs(apart) > MOST_APART:
        broken.append(f"SystemC at ideal memories differs by {apart:+.1%} from the analytic model")
    return broken


def relative_difference(report: dict) -> float:
    """Latency by SystemC at ideal memories over that of the analytic model, less 1."""
    totals = report["totals"]
    return totals["ideal_memory_latency_s"] / totals["analytic_latency_s"] - 1
