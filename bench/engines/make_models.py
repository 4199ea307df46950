"""Writes the models that `pnpm bench model` measures, with random weights, so that every engine reads the same ones.

FOLDER/gpt2        GPT-2 small's shape, for `transformers` and Quire
FOLDER/gpt2-onnx   the same weights as an ONNX graph with a cache of keys and values, as transformers.js reads it
FOLDER/distilbert  DistilBERT's shape with a head for two classes

Usage: python make_models.py FOLDER
"""
import sys
from pathlib import Path

import torch
from transformers import DistilBertConfig, DistilBertForSequenceClassification, DynamicCache, GPT2Config, GPT2LMHeadModel

folder = Path(sys.argv[1])
torch.manual_seed(1)

gpt2 = GPT2LMHeadModel(GPT2Config()).eval()
gpt2.save_pretrained(folder / "gpt2")
DistilBertForSequenceClassification(DistilBertConfig()).save_pretrained(folder / "distilbert")


class Decoder(torch.nn.Module):
    """A step of GPT-2 whose cache is passed and returned as a flat list: key and value of each layer."""

    def __init__(self):
        super().__init__()
        self.gpt2 = gpt2

    def forward(self, input_ids, attention_mask, position_ids, *past):
        cache = DynamicCache(list(zip(past[::2], past[1::2])))
        out = self.gpt2(
            input_ids=input_ids,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=cache,
            use_cache=True,
        )
        return out.logits, *(x for layer in out.past_key_values.layers for x in (layer.keys, layer.values))


config = gpt2.config
past = [torch.zeros(1, config.n_head, 3, config.n_embd // config.n_head) for _ in range(2 * config.n_layer)]
names = [f"{i}.{part}" for i in range(config.n_layer) for part in ("key", "value")]
axes = {
    "input_ids": {0: "batch", 1: "length"},
    "position_ids": {0: "batch", 1: "length"},
    "attention_mask": {0: "batch", 1: "total"},
    "logits": {0: "batch", 1: "length"},
    **{f"past_key_values.{name}": {0: "batch", 2: "past"} for name in names},
    **{f"present.{name}": {0: "batch", 2: "total"} for name in names},
}
onnx = folder / "gpt2-onnx"
(onnx / "onnx").mkdir(parents=True, exist_ok=True)
config.to_json_file(onnx / "config.json", use_diff=False)
gpt2.generation_config.save_pretrained(onnx)
torch.onnx.export(
    Decoder(),
    (torch.ones(1, 2, dtype=torch.long), torch.ones(1, 5, dtype=torch.long), torch.arange(3, 5)[None], *past),
    str(onnx / "onnx" / "model.onnx"),
    input_names=["input_ids", "attention_mask", "position_ids", *(f"past_key_values.{name}" for name in names)],
    output_names=["logits", *(f"present.{name}" for name in names)],
    dynamic_axes=axes,
    opset_version=17,
    dynamo=False,
)
