#!/usr/bin/python3
"""Validates JSON reports against a JSON Schema.

Usage: validate_report.py SCHEMA REPORT...
Prints one line per violation, as "REPORT: path.in.the.report: what is wrong", and exits with 1 where
there is one.
"""

import json
import sys
from pathlib import Path

import jsonschema


def violations(schema, report):
    validator = jsonschema.Draft202012Validator(schema)
    for error in sorted(validator.iter_errors(report), key=lambda error: list(map(str, error.path))):
        yield f"{'.'.join(map(str, error.path)) or 'report'}: {error.message[:200]}"


def refuse(constant):
    raise ValueError(f"{constant} is no JSON")


def main():
    schema_path, *reports = sys.argv[1:]
    schema = json.loads(Path(schema_path).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    found = False
    for path in reports:
        report = json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=refuse)
        for line in violations(schema, report):
            print(f"{path}: {line}")
            found = True
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
