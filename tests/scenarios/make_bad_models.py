#!/usr/bin/python3
"""Writes ONNX files that mensa must refuse, and one whose input has a named dimension.

Usage: make_bad_models.py FOLDER
"""

import sys
from pathlib import Path

import onnx
from onnx import TensorProto, helper

FLOAT = TensorProto.FLOAT


def model(name, nodes, input_shape, output):
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info("input", FLOAT, input_shape)],
        [helper.make_tensor_value_info(output, FLOAT, None)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs, [output], name=f"{output}_node", **attributes)


MODELS = {
    "unknown_operators": lambda: model(
        "unknown_operators",
        [node("Relu", ["input"], "a"), node("StringNormalizer", ["a"], "b"),
         node("Frobnicate", ["a"], "c", domain="com.example"), node("Add", ["b", "c"], "d")],
        [1, 4, 4], "d"),
    "cyclic": lambda: model(
        "cyclic",
        [node("Add", ["input", "b"], "a"), node("Relu", ["a"], "b"), node("Relu", ["b"], "c")],
        [1, 4], "c"),
    "dynamic": lambda: model("dynamic", [node("Relu", ["input"], "a")], ["batch", "sequence", 8], "a"),
}


def main():
    folder = Path(sys.argv[1])
    for name, build in MODELS.items():
        onnx.save(build(), str(folder / f"{name}.onnx"))


if __name__ == "__main__":
    main()
