"""Run reports made by hand, and where the modules under test are found."""

import sys
from pathlib import Path
from unittest import mock

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts" / "reproduce"))

KINDS = {"CNN": ["eye"], "LSTM": ["ear"]}
NETWORKS = ["eye", "ear"]


def small_zoo(test, *modules) -> None:
    """For one test, these modules know the networks eye and ear alone."""
    small = {
        "KINDS": KINDS,
        "NETWORKS": NETWORKS,
        "kind_of": lambda network: "CNN" if network == "eye" else "LSTM",
    }
    for module in modules:
        known = {name: value for name, value in small.items() if hasattr(module, name)}
        patch = mock.patch.multiple(module, **known)
        patch.start()
        test.addCleanup(patch.stop)


def energy(mac=0, register_file=0, buffer=0, network=0, dram=0, static=0, host=0) -> dict:
    return {
        "mac": mac,
        "register_file": register_file,
        "buffer": buffer,
        "network": network,
        "dram": dram,
        "static": static,
        "host": host,
    }


def layer(name: str, op: str, macs: int, parameters: int, reuse: float, **other) -> dict:
    return {
        "name": name,
        "op": op,
        "macs": macs,
        "steps": 1,
        "parameter_bytes": parameters,
        "parameter_reuse_macs_per_byte": reuse,
        "family": 3,
        "family_inside": False,
        "pe_utilization": 0.5,
        "energy_pj": energy(mac=macs),
        "time_s": 1.0,
        "accelerator": "edge_tpu",
        **other,
    }


def report(totals: dict, layers: list[dict]) -> dict:
    """On an accelerator of 1000 FLOP/s at 10 B/s, of 1 W for PEs, 5 W for buffers, 2 W for DRAM."""
    return {
        "system": {
            "name": "edge_tpu",
            "memory_background_w": 2.0,
            "accelerators": [
                {
                    "name": "edge_tpu",
                    "peak_flops": 1000.0,
                    "port": "dram.bus",
                    "leakage_w": {"pe_array": 1.0, "buffers": 5.0},
                    "power_gated": False,
                }
            ],
        },
        "ports": [
            {"memory": "dram", "port": "other", "bandwidth_bytes_per_s": 1.0},
            {"memory": "dram", "port": "bus", "bandwidth_bytes_per_s": 10.0},
        ],
        "totals": totals,
        "layers": layers,
    }


def two_reports() -> dict:
    """eye: 400 MACs in 2 s, 32 J; ear: 50 MACs in 10 s, 100 J."""
    eye = report(
        {
            "macs": 400,
            "latency_s": 2.0,
            "throughput_flops": 400.0,
            "efficiency_flops_per_j": 25.0,
            "energy_j": 32.0,
            "energy_pj": energy(1e12, 2e12, 3e12, 2e12, 8e12, 16e12),
            "dram_bytes": 4,
        },
        [
            # 0.005 J on chip per FLOP: (0.5 + 0.5 + 0.5 + 0.5) J of 200 MACs.
            layer(
                "conv",
                "Conv",
                200,
                2000,
                100.0,
                energy_pj=energy(0.5e12, 0.5e12, 0.5e12, 0.5e12, 99e12, 99e12),
                family=1,
                family_inside=True,
            ),
            layer("depthwise", "Conv", 100, 2000, 25.0, energy_pj=energy(9e12)),
            layer("fc", "Gemm", 100, 2000, 1.0, energy_pj=energy(9e12)),
            layer("relu", "Relu", 0, 0, 0.0, family=None, family_inside=None),
        ],
    )
    ear = report(
        {
            "macs": 50,
            "latency_s": 10.0,
            "throughput_flops": 10.0,
            "efficiency_flops_per_j": 1.0,
            "energy_j": 100.0,
            "energy_pj": energy(1e12, 1e12, 1e12, 1e12, 16e12, 80e12),
            "dram_bytes": 100,
        },
        [
            layer("gate", "LSTM", 40, 900, 1.0, steps=4, energy_pj=energy(9e12)),
            layer("out", "Gemm", 10, 5000, 2.0, steps=2, energy_pj=energy(9e12)),
        ],
    )
    return {("eye", "edge_tpu"): eye, ("ear", "edge_tpu"): ear}


def constant(name: str, places: list[str], latency=(1, 1), joules=(1, 1), **other) -> dict:
    """Between 1 and 4, nominally 2 pJ; latency (s) and energy (J) of the run at either end."""
    return {
        "name": name,
        "low": 1.0,
        "nominal": 2.0,
        "high": 4.0,
        "unit": "pJ",
        "grade": "D",
        "places": places,
        "latency_s": dict(zip(("low", "high"), latency)),
        "energy_j": dict(zip(("low", "high"), joules)),
        **other,
    }


def uncertain(latency: float, joules: float, constants=(), samples=()) -> dict:
    """A report's uncertainty; samples: pairs of latency (s) and energy (J)."""
    samples = list(samples) or [(latency, joules)]
    return {
        "samples": len(samples),
        "latency_s": {"nominal": latency},
        "energy_j": {"nominal": joules},
        "constants": list(constants),
        "sampled": {
            "latency_s": [sample[0] for sample in samples],
            "energy_j": [sample[1] for sample in samples],
        },
    }


def whole_report(system: str, latency=2.0, joules=4.0, macs=100, **other) -> dict:
    """All that tables need of a run of one layer: half of its energy is of MACs, half static."""
    spent = energy(mac=joules * 0.5e12, static=joules * 0.5e12)
    names = ["pascal", "pavlov", "jacquard"] if system.startswith("mensa_g") else [system]
    made = report(
        {
            "macs": macs,
            "latency_s": latency,
            "energy_j": joules,
            "energy_pj": spent,
            "throughput_flops": 2 * macs / latency,
            "efficiency_flops_per_j": 2 * macs / joules,
            "pe_utilization": 0.5,
            "system_pe_utilization": 0.25,
            "dram_bytes": 10,
            "dram_read_bytes": 6,
            "dram_write_bytes": 4,
            "transfers": 1,
            "analytic_latency_s": latency,
            "ideal_memory_latency_s": latency,
        },
        [
            layer(
                "conv",
                "Conv",
                macs,
                50,
                2.0,
                id=0,
                time_s=latency,
                end_s=latency,
                energy_pj=spent,
                accelerator=names[0],
                dram_read_bytes=6,
                dram_write_bytes=4,
            )
        ],
    )
    made["system"]["name"] = system
    (accelerator,) = made["system"]["accelerators"]
    made["system"]["accelerators"] = [{**accelerator, "name": name} for name in names]
    made["accelerators"] = [{"energy_pj": spent}]
    made["ports"] = [
        {
            "memory": "dram",
            "port": "bus",
            "bandwidth_bytes_per_s": 10.0,
            "read_bytes": 6,
            "write_bytes": 4,
        }
    ]
    made["uncertainty"] = uncertain(latency, joules)
    return {**made, **other}
