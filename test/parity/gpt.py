"""Makes gpt.json: the losses of a small GPT that PyTorch trains for 200 steps, on the model and batches of gpt.ts.

    python -m venv .venv && .venv/bin/pip install torch==2.13.0 numpy
    .venv/bin/python gpt.py
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

STEPS, BATCH, SEED = 200, 12, 1
LAYERS, WIDTH, HEADS, CONTEXT = 4, 128, 4, 64
MASK = 0xFFFFFFFF


def mulberry32(seed):
    state = seed
    while True:
        state = (state + 0x6D2B79F5) & MASK
        t = (state ^ (state >> 15)) * (1 | state) & MASK
        t = (t + ((t ^ (t >> 7)) * (61 | t) & MASK) & MASK) ^ t
        yield ((t ^ (t >> 14)) & MASK) / 2**32


def read_text():
    """The verses of the King James text, without their places."""
    path = Path(__file__).parents[2] / "datasets/king-james/train.txt"
    return "\n".join(line.split("\t")[1] for line in path.read_text(encoding="utf8").splitlines())


text = read_text()
characters = sorted(set(text))
codes = [characters.index(character) for character in text]
random = mulberry32(SEED)


def matrix(rows, columns):
    values = [(next(random) - 0.5) * 0.07 for _ in range(rows * columns)]
    return torch.tensor(values, dtype=torch.float64).float().view(rows, columns).requires_grad_()


def norm():
    return torch.ones(WIDTH, requires_grad=True), torch.zeros(WIDTH, requires_grad=True)


def linear(rows, columns):
    return matrix(rows, columns), torch.zeros(columns, requires_grad=True)


tokens_table, positions = matrix(len(characters), WIDTH), matrix(CONTEXT, WIDTH)
blocks = [
    {
        "norm1": norm(),
        "qkv": linear(WIDTH, 3 * WIDTH),
        "projection": linear(WIDTH, WIDTH),
        "norm2": norm(),
        "wide": linear(WIDTH, 4 * WIDTH),
        "narrow": linear(4 * WIDTH, WIDTH),
    }
    for _ in range(LAYERS)
]
final_norm, head = norm(), matrix(WIDTH, len(characters))


def apply(x, weight, bias):
    return x @ weight + bias


def normalize(x, scale, bias):
    return F.layer_norm(x, [WIDTH], scale, bias)


def loss_of(tokens, targets):
    b, t = tokens.shape
    x = tokens_table[tokens] + positions[:t]
    for block in blocks:
        q, k, v = apply(normalize(x, *block["norm1"]), *block["qkv"]).split(WIDTH, 2)
        q, k, v = (y.view(b, t, HEADS, -1).transpose(1, 2) for y in (q, k, v))
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, WIDTH)
        x = x + apply(seen, *block["projection"])
        wide = F.gelu(apply(normalize(x, *block["norm2"]), *block["wide"]), approximate="tanh")
        x = x + apply(wide, *block["narrow"])
    return F.cross_entropy((normalize(x, *final_norm) @ head).flatten(0, 1), targets.flatten())


parameters = [tokens_table, positions, *final_norm, head]
parameters += [p for block in blocks for pair in block.values() for p in pair]
optimizer = torch.optim.AdamW(parameters, lr=1e-3)
losses = []
for _ in range(STEPS):
    starts = [int(next(random) * (len(codes) - CONTEXT)) for _ in range(BATCH)]
    tokens = torch.tensor([codes[start : start + CONTEXT] for start in starts])
    targets = torch.tensor([codes[start + 1 : start + 1 + CONTEXT] for start in starts])
    loss = loss_of(tokens, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

fixture = {
    "torch": torch.__version__.split("+")[0],
    "seed": SEED,
    "batch": BATCH,
    "vocabulary": len(characters),
    "parameters": sum(p.numel() for p in parameters),
    "losses": [round(loss, 6) for loss in losses],
}
Path(__file__).with_name("gpt.json").write_text(json.dumps(fixture) + "\n")
