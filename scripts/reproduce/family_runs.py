"""What the layers of each of the papers' families cost on the baseline and on Mensa-G, and where
they run there."""

from dataclasses import dataclass
from typing import Iterator

from averages import geometric_mean, mean
from baseline import FLOP_PER_MAC, accelerator_of, baseline
from comparison import Reports
from families import FAMILY_NUMBERS
from networks import BASELINE, NETWORKS
from tables import Column, Table, per_cent, times

MENSA = "mensa_g"
PAPERS_UTILISATION = {1: "82 % (C)", 2: "64 % (C)", 3: "0.3 % (C)", 4: "32 % (C)", 5: "21 % (C)"}


@dataclass(frozen=True)
class LayerRuns:
    """One layer's runs on two systems, as its reports give them."""

    network: str
    base: dict
    mensa: dict


def layer_runs(reports: Reports) -> list[LayerRuns]:
    """Every layer of every network on the baseline and on Mensa-G. Throws ValueError where the
    reports do not have the same layers."""
    return [
        LayerRuns(network, base, mensa)
        for network in NETWORKS
        for base, mensa in _corresponding(network, reports)
    ]


def _corresponding(network: str, reports: Reports) -> Iterator[tuple[dict, dict]]:
    one, other = (reports[network, system]["layers"] for system in (BASELINE, MENSA))
    if len(one) != len(other):
        raise ValueError(
            f"{network}: {len(one)} layers on {BASELINE}, {len(other)} on {MENSA}: "
            "not runs of the same network"
        )
    for base, mensa in zip(one, other):
        for key in ("id", "name", "macs"):
            if base[key] != mensa[key]:
                raise ValueError(
                    f"{network}: layer {base['id']} has {key} {base[key]!r} on {BASELINE}, "
                    f"{mensa[key]!r} on {MENSA}: not runs of the same network"
                )
        yield base, mensa


def family_runs(reports: Reports) -> Table:
    """For each family, and for layers of none, over all networks:

    - layers, and their share of all MACs;
    - PE utilisation on the baseline: their MACs over what its array could do in their time
      (utilisation), and the mean of that of each layer (layer_utilisation), beside the papers';
    - their share of a network's latency on either system, mean over all networks;
    - speed-up on Mensa-G over the baseline, and energy there over that on the baseline: of sums
      over all networks, and as geometric mean of the networks' ratios, without networks where such
      layers take no time or no energy;
    - on which accelerator of Mensa-G they run, as shares of the layers; the rest is on the host."""
    runs = layer_runs(reports)
    rows = []
    for family in [*FAMILY_NUMBERS, None]:
        members = [run for run in runs if run.base["family"] == family]
        rows.append(
            {
                "family": "none" if family is None else str(family),
                "layers": len(members),
                "macs_share": _macs(members) / _macs(runs),
                **_utilisations(members, reports),
                "papers_utilisation": PAPERS_UTILISATION.get(family),
                "latency_share_edge_tpu": _latency_share(members, "base", reports, BASELINE),
                "latency_share_mensa_g": _latency_share(members, "mensa", reports, MENSA),
                **_ratios(members),
                **_places(members, reports),
            }
        )
    return Table("family_runs", _columns(reports), rows)


def _columns(reports: Reports) -> list[Column]:
    return [
        Column("family", "family", is_number=False),
        Column("layers", "layers"),
        Column("macs_share", "of all MACs", per_cent()),
        Column("utilisation", "PE utilisation, edge_tpu", per_cent()),
        Column("layer_utilisation", "mean over layers", per_cent()),
        Column("papers_utilisation", "papers"),
        Column("latency_share_edge_tpu", "of latency, edge_tpu", per_cent()),
        Column("latency_share_mensa_g", "of latency, mensa_g", per_cent()),
        Column("speed_up", "speed-up, mensa_g over edge_tpu", times),
        Column("speed_up_of_networks", "geometric mean of networks", times),
        Column("energy", "energy, mensa_g over edge_tpu", times),
        Column("energy_of_networks", "geometric mean of networks", times),
        *[Column(f"on_{name}", f"on {name}", per_cent(0)) for name in _accelerators(reports)],
    ]


def _macs(runs: list[LayerRuns]) -> int:
    return sum(run.base["macs"] for run in runs)


def _utilisations(members: list[LayerRuns], reports: Reports) -> dict[str, float | None]:
    """None for layers without MACs, which leave the PEs alone."""
    peak = accelerator_of(baseline(reports, NETWORKS[0]))["peak_flops"] / FLOP_PER_MAC
    multiplying = [run.base for run in members if run.base["macs"]]
    if not multiplying:
        return {"utilisation": None, "layer_utilisation": None}
    time = sum(layer["time_s"] for layer in multiplying)
    return {
        "utilisation": _macs(members) / (time * peak),
        "layer_utilisation": mean([layer["pe_utilization"] for layer in multiplying]),
    }


def _latency_share(members: list[LayerRuns], side: str, reports: Reports, system: str) -> float:
    """Mean over all networks, those without such layers too, so that shares add up to 1."""
    shares = []
    for network in NETWORKS:
        time = sum(getattr(run, side)["time_s"] for run in members if run.network == network)
        shares.append(time / reports[network, system]["totals"]["latency_s"])
    return mean(shares)


def _ratios(members: list[LayerRuns]) -> dict[str, float | None]:
    """On Mensa-G over the baseline: of sums, and as geometric mean of networks."""
    of_networks = [[run for run in members if run.network == network] for network in NETWORKS]
    result: dict[str, float | None] = {}
    for key, value in (("speed_up", _speed_up), ("energy", _energy_ratio)):
        result[key] = value(members)
        ratios = [ratio for ratio in map(value, of_networks) if ratio is not None]
        result[f"{key}_of_networks"] = geometric_mean(ratios) if ratios else None
    return result


def _speed_up(runs: list[LayerRuns]) -> float | None:
    """None where either takes no time."""
    base = sum(run.base["time_s"] for run in runs)
    mensa = sum(run.mensa["time_s"] for run in runs)
    return base / mensa if base and mensa else None


def _energy_ratio(runs: list[LayerRuns]) -> float | None:
    """None where either takes no energy."""
    base = sum(sum(run.base["energy_pj"].values()) for run in runs)
    mensa = sum(sum(run.mensa["energy_pj"].values()) for run in runs)
    return mensa / base if base and mensa else None


def _accelerators(reports: Reports) -> list[str]:
    """Of Mensa-G."""
    return [found["name"] for found in reports[NETWORKS[0], MENSA]["system"]["accelerators"]]


def _places(members: list[LayerRuns], reports: Reports) -> dict[str, float | None]:
    """Shares of the layers on each accelerator; None without layers."""
    ran_on = [run.mensa["accelerator"] for run in members]
    return {
        f"on_{name}": ran_on.count(name) / len(ran_on) if ran_on else None
        for name in _accelerators(reports)
    }
