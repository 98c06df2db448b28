"""Runs of the program, each kept as its JSON report so that none is done twice.

A report is served again only where all that it follows from is the same: the program and the shared
libraries it loads, the library of hardware, the model, the files named in the arguments, and the
arguments, all by SHA-256. Reports are written whole or not at all, so an interrupted run goes on
where it stopped.
"""

import hashlib
import json
import subprocess
import sys
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from tables import write_whole

NAMED_RUNS = 3  # of those that fail in the same way

@dataclass(frozen=True)
class Job:
    """One model under one set of arguments of `mensa simulate`."""

    network: str
    variant: str  # what the arguments stand for
    arguments: tuple[str, ...]
    files: tuple[Path, ...] = ()  # that the arguments name, from the top of the repository


class RunError(Exception):
    """What is wrong, with every run that failed."""


def digest_of_files(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


class Runner:
    def __init__(self, repository: Path, program: Path, kept: Path, jobs: int) -> None:
        self._repository = repository
        self._zoo = repository / "models" / "zoo"
        self._program = program
        self._kept = kept
        self._jobs = jobs
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._stopped = False
        self._lock = Lock()  # of the two above
        library = sorted(p for p in (repository / "accelerators/library").rglob("*") if p.is_file())
        self._common = digest_of_files([program, *_shared_libraries(program), *library])

    def run_all(self, jobs: list[Job]) -> dict[Job, dict]:
        """Reports of all jobs, in their order. Throws RunError where some fail; the others are kept
        then too."""
        reports: dict[Job, dict] = {}
        failures: dict[str, list[Job]] = {}  # by message
        pool = ThreadPoolExecutor(self._jobs)
        pending: dict[Future[dict], Job] = {}
        try:
            for job in jobs:
                pending[pool.submit(self._report, job)] = job
            while pending:
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    job = pending.pop(future)
                    try:
                        reports[job] = future.result()
                    except RunError as error:
                        failures.setdefault(str(error), []).append(job)
                    _show_progress(len(jobs) - len(pending), len(jobs), job)
        except BaseException:
            self._stop()
            raise
        finally:
            pool.shutdown(cancel_futures=True)
            _end_progress()
        if failures:
            raise RunError(_described(failures))
        return {job: reports[job] for job in jobs}

    def count_kept(self, jobs: list[Job]) -> int:
        return sum(self._file(job).exists() for job in jobs)

    def _file(self, job: Job) -> Path:
        model = self._zoo / f"{job.network}.onnx"
        files = [model, *(self._repository / file for file in job.files)]
        parts = [self._common, digest_of_files(files), *job.arguments]
        key = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        return self._kept / f"{key}.json"

    def _report(self, job: Job) -> dict:
        file = self._file(job)
        try:
            return json.loads(file.read_bytes())
        except FileNotFoundError:
            pass
        except ValueError:
            file.unlink()  # not what was written here: it is made again
        text = self._simulate(job)
        try:
            report = json.loads(text)
        except ValueError as error:
            raise RunError(f"its report is not JSON: {error}") from error
        write_whole(file, text.decode())
        return report

    def _simulate(self, job: Job) -> bytes:
        command = [
            str(self._program),
            "simulate",
            str(self._zoo / f"{job.network}.onnx"),
            "--format=json",
            *job.arguments,
        ]
        with self._lock:
            if self._stopped:
                raise RunError("not run")
            process = subprocess.Popen(
                command, cwd=self._repository, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            self._processes.add(process)
        output, errors = process.communicate()
        with self._lock:
            self._processes.discard(process)
        if process.returncode != 0:
            text = errors.decode(errors="replace").strip()
            raise RunError(text or f"no message, exit status {process.returncode}")
        return output

    def _stop(self) -> None:
        with self._lock:
            self._stopped = True
            for process in self._processes:
                process.terminate()


def _described(failures: dict[str, list[Job]]) -> str:
    """Each message once, with the runs that it ended."""
    lines = []
    for message, jobs in sorted(failures.items()):
        names = sorted(f"{job.network} ({job.variant})" for job in jobs)
        more = len(names) - NAMED_RUNS
        rest = f" and {more} more" if more > 0 else ""
        count = f"{len(names)} runs" if len(names) > 1 else "1 run"
        lines.append(f"{message}\n  in {count}: {', '.join(names[:NAMED_RUNS])}{rest}")
    return "\n".join(lines)


def _shared_libraries(program: Path) -> list[Path]:
    """That the loader would load; none for a program without a loader."""
    listed = subprocess.run(["ldd", str(program)], capture_output=True, text=True)
    words = [line.split() for line in listed.stdout.splitlines()]
    return sorted(Path(word) for line in words for word in line if word.startswith("/"))


def _show_progress(done: int, total: int, job: Job) -> None:
    if sys.stderr.isatty():
        text = f"{done} of {total} runs: {job.network}, {job.variant}"
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()


def _end_progress() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()
