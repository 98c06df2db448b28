"""How far the headline ratios move within the ranges of the constants, by the analytic model.

A constant has the same value in all runs of a sample, whatever the system: the program draws it
from the constant's name, the seed and the number of samples alone.
"""

from typing import Callable, Iterator

from averages import AVERAGES, METRICS, percentile
from comparison import Reports
from constants import constants
from networks import NETWORKS, SYSTEMS
from tables import Column, Table, per_cent, times

HEADLINES = [
    ("throughput", "mensa_g", "edge_tpu"),
    ("throughput", "mensa_g", "eyeriss_v2"),
    ("throughput", "mensa_g", "eyeriss_v2_scaled"),
    ("energy efficiency", "mensa_g", "edge_tpu"),
    ("energy efficiency", "mensa_g", "eyeriss_v2"),
    ("energy efficiency", "mensa_g", "eyeriss_v2_scaled"),
]
SHOWN_CONSTANTS = 8
AVERAGE = "geometric mean"  # of the constants one at a time, and of orders

# Latency (s) and energy (J) of a run in one case.
Case = Callable[[dict], tuple[float, float]]


def _nominal(report: dict) -> tuple[float, float]:
    found = report["uncertainty"]
    return found["latency_s"]["nominal"], found["energy_j"]["nominal"]


def _sample(number: int) -> Case:
    def case(report: dict) -> tuple[float, float]:
        sampled = report["uncertainty"]["sampled"]
        return sampled["latency_s"][number], sampled["energy_j"][number]

    return case


def _constant_at(name: str, end: str) -> Case:
    """With one constant at "low" or "high"; nominal in a system that does not have it."""

    def case(report: dict) -> tuple[float, float]:
        for constant in report["uncertainty"]["constants"]:
            if constant["name"] == name:
                return constant["latency_s"][end], constant["energy_j"][end]
        return _nominal(report)

    return case


def _metric(reports: Reports, metric: str, system: str, case: Case) -> list[float]:
    values = []
    for network in NETWORKS:
        report = reports[network, system]
        latency, energy = case(report)
        values.append(METRICS[metric](latency, energy, report["totals"]["macs"]))
    return values


def ratio(reports: Reports, headline: tuple[str, str, str], average: str, case: Case) -> float:
    metric, of, against = headline
    return AVERAGES[average](
        _metric(reports, metric, of, case), _metric(reports, metric, against, case)
    )


def _sample_count(reports: Reports) -> int:
    return next(iter(reports.values()))["uncertainty"]["samples"]


def intervals(reports: Reports) -> Table:
    """The headline ratios with all constants drawn together: 5th, 50th and 95th percentile."""
    rows = []
    for headline in HEADLINES:
        for average in AVERAGES:
            drawn = [
                ratio(reports, headline, average, _sample(number))
                for number in range(_sample_count(reports))
            ]
            rows.append(
                {
                    "metric": headline[0],
                    "of": headline[1],
                    "against": headline[2],
                    "average": average,
                    "nominal": ratio(reports, headline, average, _nominal),
                    **{f"p{p}": percentile(drawn, p / 100) for p in (5, 50, 95)},
                    "least": min(drawn),
                    "most": max(drawn),
                }
            )
    texts = [Column(key, key, is_number=False) for key in ("metric", "of", "against", "average")]
    numbers = [
        Column("nominal", "nominal", times),
        Column("p5", "5 %", times),
        Column("p50", "50 %", times),
        Column("p95", "95 %", times),
        Column("least", "least", times),
        Column("most", "most", times),
    ]
    return Table("intervals", texts + numbers, rows)


def one_at_a_time(reports: Reports) -> Table:
    """The constants that move a headline ratio most, each alone between its low and high value."""
    rows = []
    for headline in HEADLINES:
        nominal = ratio(reports, headline, AVERAGE, _nominal)
        moved = []
        for name, constant in constants(reports).items():
            ends = [
                ratio(reports, headline, AVERAGE, _constant_at(name, end))
                for end in ("low", "high")
            ]
            moved.append(
                {
                    "metric": headline[0],
                    "of": headline[1],
                    "against": headline[2],
                    "constant": name,
                    "label": constant.label,
                    "where": constant.where,
                    "range": constant.range,
                    "grade": constant.grade,
                    "nominal": nominal,
                    "at_low": ends[0],
                    "at_high": ends[1],
                    "width": abs(ends[1] - ends[0]),
                }
            )
        rows += sorted(moved, key=lambda row: (-row["width"], row["constant"]))
    texts = [
        Column("metric", "metric", is_number=False),
        Column("of", "of", is_number=False),
        Column("against", "against", is_number=False),
        Column("constant", "constant", lambda name: name.partition(" ")[0], is_number=False),
        Column("where", "of whom", is_number=False),
        Column("range", "low / nominal / high", is_number=False),
        Column("grade", "grade", is_number=False),
    ]
    numbers = [
        Column("nominal", "nominal", times),
        Column("at_low", "at low", times),
        Column("at_high", "at high", times),
    ]
    return Table("constants", texts + numbers, rows)


def deciding_constants(table: Table) -> Table:
    """Of one_at_a_time(): the most important of each headline ratio."""
    shown: dict[tuple, list[dict]] = {}
    for row in table.rows:
        rows = shown.setdefault((row["metric"], row["of"], row["against"]), [])
        if len(rows) < SHOWN_CONSTANTS and row["width"] >= 0.005 * row["nominal"]:
            rows.append(row)
    deciding = [row for rows in shown.values() for row in rows]
    return Table("deciding_constants", table.columns, deciding)


def _pairs() -> Iterator[tuple[str, str]]:
    for first, one in enumerate(SYSTEMS):
        for other in SYSTEMS[first + 1 :]:
            yield one, other


def order_of_systems(reports: Reports) -> Table:
    """Which of two systems is ahead, how often samples agree, and which constants alone flip it."""
    rows = []
    known = constants(reports)
    for metric in METRICS:
        for one, other in _pairs():

            def ahead(case: Case) -> bool:
                return ratio(reports, (metric, one, other), AVERAGE, case) > 1

            nominal = ahead(_nominal)
            count = _sample_count(reports)
            agree = sum(ahead(_sample(number)) == nominal for number in range(count))
            flips = [
                f"{constant.label} at {end}"
                for name, constant in known.items()
                for end in ("low", "high")
                if ahead(_constant_at(name, end)) != nominal
            ]
            rows.append(
                {
                    "metric": metric,
                    "ahead": one if nominal else other,
                    "behind": other if nominal else one,
                    "nominal": max(
                        ratio(reports, (metric, *pair), AVERAGE, _nominal)
                        for pair in ((one, other), (other, one))
                    ),
                    "agree": agree / count,
                    "flips": "; ".join(flips) or "none",
                }
            )
    columns = [
        Column("metric", "metric", is_number=False),
        Column("ahead", "ahead", is_number=False),
        Column("behind", "behind", is_number=False),
        Column("nominal", "by", times),
        Column("agree", "samples that agree", per_cent(1)),
        Column("flips", "constants that flip it alone", is_number=False),
    ]
    return Table("order", columns, rows)
