"""Runs on the baseline system, which has one accelerator."""

from comparison import Reports
from networks import BASELINE

FLOP_PER_MAC = 2


def baseline(reports: Reports, network: str) -> dict:
    """The network's report on the baseline."""
    return reports[network, BASELINE]


def accelerator_of(report: dict) -> dict:
    """The one accelerator of the baseline system."""
    (accelerator,) = report["system"]["accelerators"]
    return accelerator


def bandwidth_of(report: dict) -> float:
    """Bytes/s of the port at which the baseline's accelerator sits."""
    path = accelerator_of(report)["port"]
    return next(
        port["bandwidth_bytes_per_s"]
        for port in report["ports"]
        if f"{port['memory']}.{port['port']}" == path
    )
