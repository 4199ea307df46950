"""Measures `transformers` in PyTorch on the models of make_models.py. One request a line, one answer a line.

Usage: python transformers_engine.py FOLDER
"""
import json
import resource
import sys
import time

import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

FOLDER = sys.argv[1]
torch.manual_seed(1)


def generation(prompt, tokens):
    model = AutoModelForCausalLM.from_pretrained(f"{FOLDER}/gpt2", dtype=torch.float32).eval()
    ids = torch.tensor([prompt])
    options = {"max_new_tokens": tokens, "min_new_tokens": tokens, "do_sample": False, "pad_token_id": 0}

    def run():
        with torch.inference_mode():
            out = model.generate(ids, attention_mask=torch.ones_like(ids), **options)
        return out[0, len(prompt):].tolist()

    return run


def fine_tuning(batch, length):
    model = AutoModelForSequenceClassification.from_pretrained(f"{FOLDER}/distilbert", dtype=torch.float32).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5)
    ids = torch.randint(1, model.config.vocab_size, (batch, length))
    mask, labels = torch.ones_like(ids), torch.randint(2, (batch,))

    def run():
        optimizer.zero_grad(set_to_none=True)
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        optimizer.step()
        return [loss.item()]

    return run


TASKS = {"generation": generation, "fineTuning": fine_tuning}
prepared = {}


def answer(task, runs, options):
    if task not in prepared:
        prepared[task] = TASKS[task](**options)
        prepared[task]()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        result = prepared[task]()
        times.append((time.perf_counter() - start) * 1000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return {"ms": sorted(times)[len(times) // 2], "result": result, "peakMiB": peak}


for line in sys.stdin:
    try:
        reply = answer(**json.loads(line))
    except Exception as error:  # whatever it is, the request is answered
        reply = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
    print(json.dumps(reply), flush=True)
