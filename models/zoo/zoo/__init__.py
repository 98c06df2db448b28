"""Builders of the model zoo: ONNX files with the topology of published networks, no weights."""
