#!/usr/bin/python3
"""Shows that layering.py reports each kind of offence, and nothing on a clean tree."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import layering

CLEAN = {
    "models/graph/graph.h": "#include <vector>\n",
    "models/graph/graph.cpp": '#include "models/graph/graph.h"\n#include <boost/graph/graph.hpp>\n',
    "models/base/yaml_reader.cpp": "#include <yaml-cpp/yaml.h>\n",
    "onnx_import/import.cpp": '#include <onnx/onnx_pb.h>\n#include "models/graph/graph.h"\n',
    "accelerators/cost/cost.h": '#include "models/graph/graph.h"\n',
    "scheduler/problem/problem.h": '#include "accelerators/cost/cost.h"\n',
    "sim/modules/dma.h": '#include <systemc>\n#include "scheduler/problem/problem.h"\n',
    "sim/engine/simulate.h": "#pragma once\n",
    "sim/engine/simulate.cpp": '#include "sim/modules/dma.h"\n#include <tlm_utils/socket.h>\n',
    "traces/report.cpp": '#include "sim/engine/simulate.h"\n',
    "explore/store/sqlite.h": "#include <memory>\n",
    "explore/store/sqlite.cpp": '#include <sqlite3.h>\n#include "explore/store/sqlite.h"\n',
    "explore/search/pagmo_problem.h": "#include <pagmo/problem.hpp>\n",
    "explore/search/nsga2.cpp": '#include "explore/search/pagmo_problem.h"\n',
    "explore/insight/hypervolume.cpp": "#include <pagmo/utils/hypervolume.hpp>\n",
    "explore/evaluation/local.cpp": "#include <tbb/parallel_for.h>\n",
    "explore/mpi/ranks.cpp": "#include <boost/mpi/communicator.hpp>\n#include <mpi.h>\n",
    "cli/main.cpp": '#include <CLI/CLI.hpp>\n#include "onnx_import/import.h"\n',
    "tests/sim/dma_test.cpp": '#include <tlm>\n#include "sim/modules/dma.h"\n',
    "tests/models/yaml_reader_test.cpp": "#include <yaml-cpp/yaml.h>\n",
    "tests/onnx_import/import_test.cpp": '#include <onnx/onnx_pb.h>\n',
    "tests/traces/report_test.cpp": '#include "models/graph/graph.h"\n',
    "bench/mapper.cpp": '#include "accelerators/cost/cost.h"\n',
    "docs/architecture.md": '#include "nothing.h"\n',
    "build/models/generated.cpp": '#include "sim/modules/dma.h"\n',
    ".cache/a.cpp": "#include <systemc>\n",
}

# (file, its text, what the report must begin with, a part of what it must say)
OFFENCES = [
    # against the order, in both spellings of an include
    ("models/a.h", '#include "sim/engine/simulate.h"', "models/a.h:1:", "models/ may not include"),
    ("models/a.h", '\n # include <scheduler/problem/problem.h>', "models/a.h:2:", "may not include"),
    ("models/a.h", '#include "onnx_import/import.h"', "models/a.h:1:", "may not include"),
    ("onnx_import/a.h", '#include "accelerators/cost/cost.h"', "onnx_import/a.h:1:", "may not include"),
    ("accelerators/a.cpp", '#include "scheduler/problem/problem.h"', "accelerators/a.cpp:1:", "may not"),
    ("scheduler/a.cpp", '#include "sim/engine/simulate.h"', "scheduler/a.cpp:1:", "may not include"),
    ("scheduler/a.cpp", '#include "onnx_import/import.h"', "scheduler/a.cpp:1:", "may not include"),
    ("sim/a.cpp", '#include "traces/report.h"', "sim/a.cpp:1:", "may not include"),
    ("traces/a.cpp", '#include "cli/options.h"', "traces/a.cpp:1:", "may not include"),
    ("traces/a.cpp", '#include "onnx_import/import.h"', "traces/a.cpp:1:", "may not include"),
    ("explore/a.cpp", '#include "cli/options.h"', "explore/a.cpp:1:", "may not include"),
    ("models/a.cpp", '#include "tests/helper.h"', "models/a.cpp:1:", "may not include"),
    ("models/a.cpp", '#include "bench/helper.h"', "models/a.cpp:1:", "may not include"),
    # libraries outside their folder
    ("traces/a.h", "#include <systemc>", "traces/a.h:1:", "SystemC"),
    ("traces/a.h", "#include <systemc.h>", "traces/a.h:1:", "SystemC"),
    ("scheduler/a.h", "#include <sysc/kernel/sc_time.h>", "scheduler/a.h:1:", "SystemC"),
    ("cli/a.cpp", "#include <tlm>", "cli/a.cpp:1:", "SystemC"),
    ("cli/a.cpp", "#include <tlm_utils/simple_target_socket.h>", "cli/a.cpp:1:", "SystemC"),
    ("models/a.cpp", "#include <onnx/onnx_pb.h>", "models/a.cpp:1:", "ONNX"),
    ("models/a.cpp", "#include <google/protobuf/message.h>", "models/a.cpp:1:", "protobuf"),
    ("cli/a.cpp", "#include <onnx.pb.h>", "cli/a.cpp:1:", "protobuf"),
    ("models/base/yaml_reader.h", "#include <yaml-cpp/yaml.h>", "models/base/yaml_reader.h:1:", "yaml"),
    ("accelerators/a.cpp", "#include <yaml-cpp/node/node.h>", "accelerators/a.cpp:1:", "yaml-cpp"),
    ("scheduler/a.cpp", "#include <CLI/App.hpp>", "scheduler/a.cpp:1:", "CLI11"),
    ("tests/models/a.cpp", "#include <systemc>", "tests/models/a.cpp:1:", "SystemC"),
    ("tests/scheduler/a.cpp", "#include <onnx/onnx_pb.h>", "tests/scheduler/a.cpp:1:", "ONNX"),
    ("tests/traces/a.cpp", "#include <yaml-cpp/yaml.h>", "tests/traces/a.cpp:1:", "yaml-cpp"),
    ("tests/cli/a.cpp", "#include <CLI/CLI.hpp>", "tests/cli/a.cpp:1:", "CLI11"),
    ("bench/a.cpp", "#include <systemc>", "bench/a.cpp:1:", "SystemC"),
    ("explore/store/a.cpp", "#include <sqlite3.h>", "explore/store/a.cpp:1:", "SQLite"),
    ("cli/a.cpp", "#include <sqlite3.h>", "cli/a.cpp:1:", "SQLite"),
    ("explore/insight/a.cpp", "#include <pagmo/types.hpp>", "explore/insight/a.cpp:1:", "pagmo"),
    ("tests/explore/a.cpp", "#include <pagmo/types.hpp>", "tests/explore/a.cpp:1:", "pagmo"),
    ("scheduler/a.cpp", "#include <tbb/parallel_for.h>", "scheduler/a.cpp:1:", "oneTBB"),
    ("cli/a.cpp", "#include <oneapi/tbb/task_arena.h>", "cli/a.cpp:1:", "oneTBB"),
    ("explore/study/a.cpp", "#include <mpi.h>", "explore/study/a.cpp:1:", "MPI"),
    ("cli/a.cpp", "#include <boost/mpi.hpp>", "cli/a.cpp:1:", "MPI"),
    ("explore/store/a.cpp", "#include <boost/serialization/string.hpp>", "explore/store/a.cpp:1:", "MPI"),
    # the same, hidden behind a header of ours
    ("traces/a.cpp", '#include "sim/modules/dma.h"', "traces/a.cpp:1:", "by sim/modules/dma.h"),
    ("tests/traces/a.cpp", '#include "sim/modules/dma.h"', "tests/traces/a.cpp:1:", "SystemC"),
    ("explore/study/a.cpp", '#include "explore/search/pagmo_problem.h"', "explore/study/a.cpp:1:",
     "by explore/search/pagmo_problem.h"),
    # ways round the check
    ("models/a.cpp", '#include "../sim/engine/simulate.h"', "models/a.cpp:1:", "repository root"),
    ("models/a.cpp", "#include <models/../sim/engine/simulate.h>", "models/a.cpp:1:", "repository root"),
    ("models/graph/a.cpp", '#include "graph.h"', "models/graph/a.cpp:1:", "repository root"),
    ("models/a.cpp", "#include SIM_HEADER", "models/a.cpp:1:", "must name its header"),
    # folders nobody has placed in the order
    ("utils/a.h", "", "utils/a.h:1:", "no source folder"),
    ("a.cpp", "", "a.cpp:1:", "no source folder"),
]


class LayeringTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for file, text in CLEAN.items():
            self.write(file, text)

    def write(self, file, text):
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run_program(self, root):
        return subprocess.run([sys.executable, layering.__file__, root],
                              capture_output=True, text=True, check=False)

    def test_clean_tree_has_no_offence(self):
        self.assertEqual(list(layering.offences(self.root)), [])

    def test_reads_every_source_and_no_build_tree(self):
        expected = [f for f in CLEAN if f.endswith((".h", ".cpp")) and not f.startswith(("build", "."))]
        self.assertEqual(sorted(layering.sources(self.root)), sorted(expected))

    def test_each_offence_is_reported(self):
        for file, text, place, part in OFFENCES:
            with self.subTest(file=file, text=text):
                path = self.root / file
                self.write(file, text)
                found = list(layering.offences(self.root))
                path.unlink()
                self.assertEqual(len(found), 1, found)
                self.assertTrue(found[0].startswith(place), found)
                self.assertIn(part, found[0])

    def test_a_cycle_of_headers_ends(self):
        self.write("models/a.h", '#include "models/b.h"\n')
        self.write("models/b.h", '#include "models/a.h"\n')
        self.assertEqual(list(layering.offences(self.root)), [])

    def test_program_fails_on_an_offence_and_names_it(self):
        self.assertEqual(self.run_program(self.root).returncode, 0)
        self.write("models/a.h", "#include <systemc>\n")
        result = self.run_program(self.root)
        self.assertEqual(result.returncode, 1)
        self.assertIn("models/a.h:1: <systemc>: SystemC belongs in sim/", result.stdout)

    def test_program_fails_on_a_folder_that_is_not_the_repository(self):
        result = self.run_program(self.root / "docs")
        self.assertEqual(result.returncode, 1)
        self.assertIn("is not the repository", result.stderr)


if __name__ == "__main__":
    unittest.main()
