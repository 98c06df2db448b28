"""Runs the zoo's 24 networks on the papers' systems and writes docs/reproduction: tables as CSV,
charts as SVG, and the generated parts of docs/reproduction.md. scripts/reproduce.sh calls it."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import characterisation
import checks
import comparison
import families
import family_runs
import layers
import uncertainty
import what_ifs
from document import DocumentError, with_generated
from networks import NETWORKS, SYSTEMS
from runs import Job, RunError, Runner
from tables import Table, write_whole

REPOSITORY = Path(__file__).resolve().parents[2]
KEPT = REPOSITORY / "build" / "reproduction"
DOCUMENT = "reproduction.md"
SAMPLES = 1000
SEED = 1
INTERRUPTED_STATUS = 130  # as shells have it for SIGINT


class Failed(Exception):
    """What a person should do something about."""


class Interrupted(Failed):
    """By the person."""


def check_zoo(repository: Path) -> None:
    """The networks are those that the zoo's script writes."""
    zoo = repository / "models" / "zoo"
    again = "Write the zoo again: /usr/bin/python3 models/zoo/make_zoo.py"
    missing = [n for n in NETWORKS if not (zoo / f"{n}.onnx").is_file()]
    if missing:
        names = ", ".join(f"{zoo.relative_to(repository)}/{n}.onnx" for n in missing)
        raise Failed(f"missing: {names}\n{again}")
    checked = subprocess.run(
        [sys.executable, str(zoo / "make_zoo.py"), "--check"], capture_output=True, text=True
    )
    if checked.returncode != 0:
        raise Failed(f"models/zoo: {(checked.stderr or checked.stdout).strip()}\n{again}")


def check_program(program: Path) -> None:
    if not program.is_file():
        raise Failed(
            f"{program}: no such program; build it first: cmake --preset release && "
            "cmake --build --preset release --target mensa"
        )
    if not os.access(program, os.X_OK):
        raise Failed(f"{program}: cannot be run; --program takes the program mensa")


def check_output(output: Path) -> None:
    document = output / DOCUMENT
    if not document.is_file():
        raise Failed(
            f"{document}: no such file; tables are put between the marks in it, so --output takes "
            f"a folder with a copy of docs/{DOCUMENT}"
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
        families.families(standard, families.family_boxes(REPOSITORY)),
        family_runs.family_runs(standard),
        *layers.tables(standard),
        uncertainty.intervals(standard),
        one_at_a_time,
        uncertainty.deciding_constants(one_at_a_time),
        uncertainty.order_of_systems(standard),
        what_ifs.effects(standard, varied),
        what_ifs.other_assumptions(standard, varied),
    ]


# Tables that have all digits and rows in their CSV file only.
CSV_ONLY = {"runs", "constants", "layers", "energy_breakdown"}


def generated(tables: list[Table], sentence: str) -> dict[str, str]:
    """What stands between the marks of the document, by name."""
    texts = {table.name: table.markdown() for table in tables if table.name not in CSV_ONLY}
    return {**texts, "agreement": sentence}


def updated(document: Path, texts: dict[str, str]) -> str:
    try:
        return with_generated(document.read_text(encoding="utf-8"), texts)
    except (DocumentError, UnicodeDecodeError) as error:
        raise Failed(f"{document}: {error}") from error


def write(tables: list[Table], sentence: str, reports: dict, output: Path) -> None:
    """Nothing, where the document does not have its marks."""
    document, folder = output / DOCUMENT, output / "reproduction"
    texts = generated(tables, sentence)
    updated(document, texts)
    import charts  # only here is matplotlib needed

    charts.write_all(reports, {table.name: table for table in tables}, folder)
    for table in tables:
        write_whole(folder / f"{table.name}.csv", table.csv())
    # Read again: somebody may have written in it while charts were drawn.
    write_whole(document, updated(document, texts))


def run(arguments: argparse.Namespace) -> None:
    program = arguments.program.resolve()  # runs have a working directory of their own
    check_program(program)
    check_output(arguments.output)
    check_zoo(REPOSITORY)
    KEPT.mkdir(parents=True, exist_ok=True)
    runner = Runner(REPOSITORY, program, KEPT, arguments.jobs)
    jobs = all_jobs()
    kept = runner.count_kept(jobs)
    if kept:
        print(f"{kept} of {len(jobs)} runs are kept from before, with the same inputs.")
    begin = time.monotonic()
    try:
        reports = runner.run_all(jobs)
    except KeyboardInterrupt:
        done = runner.count_kept(jobs)
        raise Interrupted(
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
    print(f"Written: {arguments.output}/{DOCUMENT} and {arguments.output}/reproduction/")


def positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected a number from 1, not {text!r}")
    return int(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, default=REPOSITORY / "build/release/bin/mensa")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "docs")
    parser.add_argument("--jobs", type=positive, default=2, help="runs at a time")
    try:
        run(parser.parse_args())
    except KeyboardInterrupt:
        return _say("interrupted", INTERRUPTED_STATUS)
    except Interrupted as error:
        return _say(error, INTERRUPTED_STATUS)
    except (Failed, RunError, OSError) as error:
        return _say(error, 1)
    return 0


def _say(error: object, status: int) -> int:
    print(f"reproduce: {error}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
