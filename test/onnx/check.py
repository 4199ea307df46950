"""Checks a model with onnx.checker and runs it with Python's onnxruntime, or with onnx's reference evaluator, which
computes in float16 on any processor.

Reads from standard input: {"model": path, "reference": bool, "inputs": {name: {"dtype", "shape", "data"}}}
Writes to standard output: {"opset": number, "domains": [...], "outputs": {name: {"dtype", "shape", "data"}}}
"""
import json
import sys

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

request = json.load(sys.stdin)
model = onnx.load(request["model"])
onnx.checker.check_model(model, full_check=True)
if request["reference"]:
    session = ReferenceEvaluator(model)
else:
    session = onnxruntime.InferenceSession(request["model"], providers=["CPUExecutionProvider"])
inputs = {
    name: np.array(value["data"], dtype=value["dtype"]).reshape(value["shape"])
    for name, value in request["inputs"].items()
}
names = [output.name for output in model.graph.output]
outputs = session.run(names, inputs)
json.dump(
    {
        "opset": max(entry.version for entry in model.opset_import if entry.domain == ""),
        "domains": sorted({node.domain for node in model.graph.node}),
        "outputs": {
            name: {"dtype": str(value.dtype), "shape": list(value.shape), "data": value.flatten().tolist()}
            for name, value in zip(names, outputs)
        },
    },
    sys.stdout,
)
