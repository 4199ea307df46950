"""Checks that transformers loads the checkpoints, and gives the numbers that @quire/model gives.

    python check.py [NAME ...]     # needs torch and transformers, as packages/model/fixtures/check_saved.py does

For each it compares the loss on a few rows with that of @quire/model, and the token ids of a text. `train.js NAME`, which
trains nothing where its training is done, writes both to `build/checkpoints/NAME/reference.json`.
"""

import json
import sys
from pathlib import Path

import torch
import transformers

ROOT = Path(__file__).parent
failed = False
for name in sys.argv[1:] or ["gpt-king-james", "bert-udhr", "vit-emoji"]:
    case = json.loads((ROOT / "../../build/checkpoints" / name / "reference.json").read_text())
    folder = ROOT / name
    config = json.loads((folder / "config.json").read_text())
    model, info = getattr(transformers, config["architectures"][0]).from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True
    )
    problems = {key: value for key, value in info.items() if value}
    inputs = {key: torch.tensor(value) for key, value in case["inputs"].items()}
    with torch.no_grad():
        loss = model.eval()(**inputs, labels=torch.tensor(case["labels"])).loss.item()
    same = True
    if "text" in case:
        tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(folder)
        same = tokenizer(case["text"])["input_ids"] == case["ids"]
    off = abs(loss - case["loss"])
    good = not problems and same and off < 1e-4
    failed |= not good
    print(f"{name}: loss {loss:.6f}, @quire/model {case['loss']:.6f}, {off:.1g} apart; token ids {'equal' if same else 'DIFFER'} {problems or ''}")
sys.exit(1 if failed else 0)
