#!/usr/bin/python3
"""Kept reports, with a script in the place of the program."""

import json
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import made_reports
from runs import Job, RunError, Runner

# Writes down each run; says no to the model "bad", and waits at the model "slow" until it is ended.
PROGRAM = """#!/bin/sh
echo "$2 $4" >> runs.txt
case $2 in
  */bad*.onnx) echo "system.yaml:3: no such key" >&2; exit 2;;
  */mute.onnx) exit 3;;
  */cut.onnx) echo '{"totals":'; exit 0;;
  */slow.onnx) exec sleep 60;;
esac
echo "{\\"model\\": \\"$2\\", \\"argument\\": \\"$4\\"}"
"""


class Runs(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.repository = Path(temporary.name).resolve()
        self.zoo = self.repository / "models" / "zoo"
        self.zoo.mkdir(parents=True)
        for network in ("a", "b", "bad", "bad2", "bad3", "bad4", "mute", "cut", "slow"):
            (self.zoo / f"{network}.onnx").write_text(network)
        self.hardware = self.repository / "accelerators" / "library" / "systems" / "tpu.yaml"
        self.hardware.parent.mkdir(parents=True)
        self.hardware.write_text("clock: 1 GHz\n")
        self.variant = self.repository / "variant.yaml"
        self.variant.write_text("clock: 2 GHz\n")
        self.program = self.repository / "program"
        self.program.write_text(PROGRAM)
        self.program.chmod(0o755)
        self.kept = self.repository / "kept"
        self.kept.mkdir()

    def runner(self) -> Runner:
        return Runner(self.repository, self.program, self.kept, 2)

    def job(self, network: str, argument: str = "--system=tpu") -> Job:
        return Job(network, "tpu", (argument,), (Path("variant.yaml"),))

    def count_runs(self) -> int:
        written = self.repository / "runs.txt"
        return len(written.read_text().splitlines()) if written.exists() else 0

    def files(self) -> list[Path]:
        return sorted(self.kept.iterdir())

    def test_reports_by_job_in_the_order_of_jobs(self) -> None:
        jobs = [self.job("b"), self.job("a"), self.job("a", "--system=other")]
        reports = self.runner().run_all(jobs)
        self.assertEqual(list(reports), jobs)
        self.assertEqual(reports[jobs[0]]["model"], str(self.zoo / "b.onnx"))
        self.assertEqual(reports[jobs[2]]["argument"], "--system=other")

    def test_kept_reports_are_served(self) -> None:
        jobs = [self.job("a"), self.job("b")]
        first = self.runner().run_all(jobs)
        again = self.runner()
        self.assertEqual(again.count_kept(jobs), 2)
        self.assertEqual(again.run_all(jobs), first)
        self.assertEqual(self.count_runs(), 2)

    def test_what_a_report_follows_from_is_run_again(self) -> None:
        self.runner().run_all([self.job("a")])
        for number, changed in enumerate(
            (self.zoo / "a.onnx", self.hardware, self.variant, self.program), start=2
        ):
            changed.write_text(changed.read_text() + "# changed\n")
            self.assertEqual(self.runner().count_kept([self.job("a")]), 0, changed)
            self.runner().run_all([self.job("a")])
            self.assertEqual(self.count_runs(), number, changed)
        (self.hardware.parent / "more.yaml").write_text("")
        self.assertEqual(self.runner().count_kept([self.job("a")]), 0)

    def test_other_arguments_are_run_again_and_other_models_are_not(self) -> None:
        self.runner().run_all([self.job("a")])
        (self.zoo / "b.onnx").write_text("another")
        self.assertEqual(self.runner().count_kept([self.job("a")]), 1)
        self.assertEqual(self.runner().count_kept([self.job("a", "--system=tpu ")]), 0)

    def test_a_damaged_file_is_made_again(self) -> None:
        job = self.job("a")
        report = self.runner().run_all([job])[job]
        (file,) = self.files()
        for damage in (b"", file.read_bytes()[:-5], b"\xff\xfe\xff"):
            file.write_bytes(damage)
            self.assertEqual(self.runner().run_all([job])[job], report)
            self.assertEqual(json.loads(file.read_bytes()), report)
        self.assertEqual(self.count_runs(), 4)

    def failure(self, *networks: str) -> str:
        with self.assertRaises(RunError) as caught:
            self.runner().run_all([self.job(network) for network in networks])
        return str(caught.exception)

    def test_failures_are_all_told_and_good_reports_kept(self) -> None:
        self.assertEqual(
            self.failure("bad", "a", "mute", "b"),
            "no message, exit status 3\n  in 1 run: mute (tpu)\n"
            "system.yaml:3: no such key\n  in 1 run: bad (tpu)",
        )
        self.assertEqual(self.runner().count_kept([self.job("a"), self.job("b")]), 2)
        self.assertEqual(len(self.files()), 2)

    def test_a_message_is_told_once(self) -> None:
        self.assertEqual(
            self.failure("bad4", "bad3", "bad2", "bad"),
            "system.yaml:3: no such key\n  in 4 runs: bad (tpu), bad2 (tpu), bad3 (tpu) and 1 more",
        )

    def test_half_a_report_is_not_kept(self) -> None:
        self.assertTrue(self.failure("cut").startswith("its report is not JSON: "))
        self.assertEqual(self.files(), [])

    def test_what_cannot_be_kept_is_an_error(self) -> None:
        self.kept.rmdir()
        self.kept.write_text("a file")
        with self.assertRaises(OSError):
            self.runner().run_all([self.job("a")])

    def test_interrupt_keeps_what_is_done(self) -> None:
        source = made_reports.REPOSITORY / "scripts" / "reproduce"
        code = (
            f"import sys; sys.path.insert(0, {str(source)!r}); from pathlib import Path\n"
            "from runs import Job, Runner\n"
            "def job(network):\n"
            "    return Job(network, 'tpu', ('--system=tpu',), (Path('variant.yaml'),))\n"
            f"here = Path({str(self.repository)!r})\n"
            "runner = Runner(here, here / 'program', here / 'kept', 1)\n"
            "try:\n"
            "    runner.run_all([job(n) for n in ('a', 'slow', 'b')])\n"
            "except KeyboardInterrupt:\n"
            "    sys.exit(7)\n"
        )
        process = subprocess.Popen([sys.executable, "-c", code])
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 30
        while self.count_runs() < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        # The slow run is ended, and the one after it is not begun.
        self.assertEqual(process.wait(timeout=30), 7)
        self.assertEqual(self.count_runs(), 2)
        self.assertEqual(self.runner().count_kept([self.job("a")]), 1)
        self.assertEqual(len(self.files()), 1)


if __name__ == "__main__":
    unittest.main()
