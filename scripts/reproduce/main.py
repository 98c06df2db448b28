"""Runs the zoo's 24 networks on the papers' systems and writes docs/reproduction: tables as CSV,
charts as SVG, and the generated parts of docs/reproduction.md. scripts/reproduce.sh calls it."""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import characterisation
import charts
import checks
import comparison
import uncertainty
import what_ifs
from document import DocumentError, with_generated
from networks import NETWORKS, SYSTEMS
from runs import Job, RunError, Runner
from tables import Table, write_whole

REPOSITORY = Path(__file__).resolve().parents[2]
KEPT = REPOSITORY / "build" / "reproduction"
SAMPLES = 1000
SEED = 1


class Failed(Exception):
    """What a person should do something about."""


def check_zoo() -> None:
    """The networks are those that the zoo's script writes."""
    zoo = REPOSITORY / "models" / "zoo"
    missing = [n for n in NETWORKS if not (zoo / f"{n}.onnx").is_file()]
    if missing:
        names = ", ".join(f"{zoo.relative_to(REPOSITORY)}/{n}.onnx" for n in missing)
        raise Failed(f"missing: {names}\nWrite them again: /usr/bin/python3 models/zoo/make_zoo.py")
    checked = subprocess.run(
        [sys.executable, str(zoo / "make_zoo.py"), "--check"], capture_output=True, text=True
    )
    if checked.returncode != 0:
        raise Failed(
            f"{(checked.stderr or checked.stdout).strip()}\n"
            "Write the zoo again: /usr/bin/python3 models/zoo/make_zoo.py"
        )


def all_jobs() -> list[Job]:
    common = (f"--uncertainty={SAMPLES}", f"--seed={SEED}")
    standard = [
        Job(network, system, (f"--system={system}", *common))
        for network in NETWORKS
        for system in SYSTEMS
    ]
    varied = [
        Job(network, variant.name, variant.arguments, variant.files)
        for network in NETWORKS
        for variant in what_ifs.what_ifs()
    ]
    return standard + varied


def check_runs(reports: dict[Job, dict]) -> None:
    broken = [
        f"{job.network}, {job.variant}: {text}"
        for job, report in reports.items()
        for text in checks.broken_invariants(report)
    ]
    if broken:
        raise Failed("\n".join(sorted(broken)))


def agreement(reports: dict[tuple[str, str], dict]) -> str:
    """Of the analytic model with SystemC, in a sentence."""
    apart = {run: checks.relative_difference(report) for run, report in reports.items()}
    least, most = min(apart, key=apart.__getitem__), max(apart, key=apart.__getitem__)
    ordered = sorted(abs(value) for value in apart.values())
    return (
        f"All {len(reports)} runs conserve energy, MACs and DRAM bytes and pass the verifier of "
        f"schedules. SystemC at ideal memories and the analytic model differ by "
        f"{100 * ordered[len(ordered) // 2]:.2f} % in the median, at the most by "
        f"{100 * apart[least]:+.1f} % ({' on '.join(least)}) and {100 * apart[most]:+.1f} % "
        f"({' on '.join(most)})."
    )


def tables_of(standard: dict, varied: dict) -> list[Table]:
    one_at_a_time = uncertainty.one_at_a_time(standard)
    return [
        comparison.beside_the_papers(standard),
        comparison.utilisations(standard),
        comparison.by_kind(standard),
        comparison.normalised(standard, "throughput"),
        comparison.normalised(standard, "energy efficiency"),
        comparison.latencies(standard),
        comparison.energies(standard),
        comparison.runs(standard),
        *characterisation.tables(standard),
        uncertainty.intervals(standard),
        one_at_a_time,
        uncertainty.deciding_constants(one_at_a_time),
        uncertainty.order_of_systems(standard),
        what_ifs.effects(standard, varied),
        what_ifs.other_assumptions(standard, varied),
    ]


# Tables that have all digits and rows in their CSV file only.
CSV_ONLY = {"runs", "constants", "layers", "energy_breakdown"}


def write(tables: list[Table], sentence: str, reports: dict, output: Path) -> None:
    document = output / "reproduction.md"
    generated = {table.name: table.markdown() for table in tables if table.name not in CSV_ONLY}
    generated["agreement"] = sentence
    try:
        text = with_generated(document.read_text(encoding="utf-8"), generated)
    except DocumentError as error:
        raise Failed(f"{document}: {error}") from error
    folder = output / "reproduction"
    charts.write_all(reports, {table.name: table for table in tables}, folder)
    for table in tables:
        write_whole(folder / f"{table.name}.csv", table.csv())
    write_whole(document, text)


def run(arguments: argparse.Namespace) -> None:
    check_zoo()
    KEPT.mkdir(parents=True, exist_ok=True)
    runner = Runner(REPOSITORY, arguments.program, KEPT, arguments.jobs)
    jobs = all_jobs()
    kept = runner.count_kept(jobs)
    if kept:
        print(f"{kept} of {len(jobs)} runs are kept from before, with the same inputs.")
    begin = time.monotonic()
    try:
        reports = runner.run_all(jobs)
    except KeyboardInterrupt:
        done = runner.count_kept(jobs)
        raise Failed(
            f"interrupted: {done} of {len(jobs)} runs are kept; the next call goes on from there"
        ) from None
    check_runs(reports)
    print(f"{len(jobs)} runs in {time.monotonic() - begin:.0f} s; every one conserves and agrees.")
    by_variant = {(job.network, job.variant): report for job, report in reports.items()}
    standard = {key: report for key, report in by_variant.items() if key[1] in SYSTEMS}
    varied = {key: report for key, report in by_variant.items() if key[1] not in SYSTEMS}
    tables = tables_of(standard, varied)
    write(tables, agreement(standard), standard, arguments.output)
    for name in ("comparison", "intervals"):
        print()
        print(next(table for table in tables if table.name == name).text())
    print(f"Written: {arguments.output}/reproduction.md and {arguments.output}/reproduction/")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, default=REPOSITORY / "build/release/bin/mensa")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "docs")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    try:
        run(parser.parse_args())
    except (Failed, RunError, OSError) as error:
        print(f"reproduce: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
