"""make_zoo.py --check on a copy of the zoo's folder, whole and damaged."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ZOO = Path(sys.argv.pop(1))


class Check(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name) / "zoo"
        shutil.copytree(ZOO, self.folder)
        for path in [self.folder, *self.folder.rglob("*")]:
            path.chmod(0o755)  # the source tree may be read-only

    def check(self):
        done = subprocess.run(
            [sys.executable, self.folder / "make_zoo.py", "--check"], capture_output=True, text=True
        )
        return done.returncode, done.stderr

    def test_accepts_what_the_script_made(self):
        self.assertEqual(self.check(), (0, ""))

    def test_finds_files_that_are_altered_missing_or_strange(self):
        altered = self.folder / "ds_cnn.onnx"
        data = bytearray(altered.read_bytes())
        data[len(data) // 2] ^= 1
        altered.write_bytes(data)
        table = self.folder / "zoo.csv"
        table.write_text(table.read_text().replace("568740352", "568740353"))
        (self.folder / "rnnt.onnx").unlink()
        (self.folder / "stray.onnx").write_bytes(b"")
        code, errors = self.check()
        self.assertEqual(code, 1)
        named = [line.partition(":")[0] for line in errors.splitlines() if ":" in line]
        self.assertEqual(named, ["ds_cnn.onnx", "rnnt.onnx", "zoo.csv", "stray.onnx"])


if __name__ == "__main__":
    unittest.main()
