"""Measures PyTorch, eager or compiled, on the models of ../models. One request a line, one answer a line.

Usage: python torch_engine.py eager|compiled
"""
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

COMPILED = sys.argv[1] == "compiled"
DEVICE = "cuda" if len(sys.argv) > 2 and sys.argv[2] == "cuda" else "cpu"
torch.manual_seed(1)


class GptBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.projection = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (y.view(b, t, self.heads, -1).transpose(1, 2) for y in self.qkv(self.norm1(x)).split(c, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.projection(y.transpose(1, 2).reshape(b, t, c))
        return x + self.narrow(F.gelu(self.wide(self.norm2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self, layers, width, heads, context, vocabulary):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(GptBlock(width, heads) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens, targets):
        x = self.tokens(tokens) + self.positions.weight
        for block in self.blocks:
            x = block(x)
        return F.cross_entropy(self.head(self.norm(x)).flatten(0, 1), targets.flatten())


class BertLayer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.attended, self.attended_norm = nn.Linear(width, width), nn.LayerNorm(width, eps=1e-12)
        self.intermediate, self.output = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.output_norm = nn.LayerNorm(width, eps=1e-12)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (f(x).view(b, t, self.heads, -1).transpose(1, 2) for f in (self.query, self.key, self.value))
        seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, t, c)
        x = self.attended_norm(x + self.attended(seen))
        return self.output_norm(x + self.output(F.gelu(self.intermediate(x))))


class Bert(nn.Module):
    def __init__(self, layers=12, width=768, heads=12, vocabulary=30522, positions=512):
        super().__init__()
        self.words, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(positions, width)
        self.types, self.norm = nn.Embedding(2, width), nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(BertLayer(width, heads) for _ in range(layers))

    def forward(self, tokens):
        x = self.words(tokens) + self.positions.weight[: tokens.shape[1]] + self.types.weight[0]
        x = self.norm(x)
        for layer in self.layers:
            x = layer(x)
        return x


def convolution(size, inputs, outputs, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs)
    )


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, stride, shortcut):
        super().__init__()
        self.reduce, self.middle = convolution(1, inputs, width), convolution(3, width, width, stride)
        self.expand = convolution(1, width, 4 * width)
        self.shortcut = convolution(1, inputs, 4 * width, stride) if shortcut else nn.Identity()

    def forward(self, x):
        y = self.expand(F.relu(self.middle(F.relu(self.reduce(x)))))
        return F.relu(y + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, inputs, blocks = convolution(7, 3, 64, 2), 64, []
        for count, width, stride in ((3, 64, 1), (4, 128, 2), (6, 256, 2), (3, 512, 2)):
            for i in range(count):
                blocks.append(Bottleneck(inputs, width, stride if i == 0 else 1, i == 0))
                inputs = 4 * width
        self.blocks, self.head = nn.Sequential(*blocks), nn.Linear(inputs, 1000)

    def forward(self, images):
        x = F.max_pool2d(F.relu(self.stem(images)), 3, 2, 1)
        return self.head(self.blocks(x).mean((2, 3)))


def parameters(module):
    return sum(p.numel() for p in module.parameters())


def finish(tensor):
    """Waits until the numbers are there."""
    return tensor.flatten()[0].item()


def training(module, optimizer, loss):
    """One step of optimization; the loss is read after each."""

    def forward_backward():
        optimizer.zero_grad(set_to_none=True)
        value = loss()
        value.backward()
        optimizer.step()
        return value

    return parameters(module), lambda: finish(forward_backward())


def gpt(layers=4, width=128, heads=4, context=64, batch=12, vocabulary=65):
    module = Gpt(layers, width, heads, context, vocabulary).to(DEVICE)
    tokens, targets = (torch.randint(vocabulary, (batch, context), device=DEVICE) for _ in range(2))
    optimizer = torch.optim.AdamW(module.parameters(), 1e-3)
    call = torch.compile(module) if COMPILED else module
    return training(module, optimizer, lambda: call(tokens, targets))


def mlp():
    module = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10)).to(DEVICE)
    images, labels = torch.randn(128, 784, device=DEVICE), torch.randint(10, (128,), device=DEVICE)
    optimizer = torch.optim.SGD(module.parameters(), 0.1)
    call = torch.compile(module) if COMPILED else module
    return training(module, optimizer, lambda: F.cross_entropy(call(images), labels))


def inference(module, data):
    module = module.to(DEVICE).eval()
    call = torch.compile(module) if COMPILED else module

    def run():
        with torch.inference_mode():
            finish(call(data))

    return parameters(module), run


def matmul():
    a, b = torch.randn(1024, 1024, device=DEVICE), torch.randn(1024, 1024, device=DEVICE)
    return 0, lambda: finish(a @ b)


def int8(module):
    from torch.ao.quantization import quantize_dynamic

    return quantize_dynamic(module.eval(), {nn.Linear}, dtype=torch.qint8)


TASKS = {
    "gpt": gpt,
    "gpt2": lambda: gpt(12, 768, 12, 512, 4, 50257),
    "mlp": mlp,
    "matmul": matmul,
    "bert": lambda: inference(Bert(), torch.randint(30522, (8, 128), device=DEVICE)),
    "bertInt8": lambda: inference(int8(Bert(layers=4)), torch.randint(30522, (8, 128), device=DEVICE)),
    "resnet1": lambda: inference(ResNet(), torch.randn(1, 3, 224, 224, device=DEVICE)),
    "resnet8": lambda: inference(ResNet(), torch.randn(8, 3, 224, 224, device=DEVICE)),
}
prepared = {}


def timed(run):
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1000


def answer(task, runs, first=False):
    if first:
        torch.compiler.reset()
        count, run = TASKS[task]()
        return {"ms": timed(run), "parameters": count}
    if task not in prepared:
        prepared[task] = TASKS[task]()
        prepared[task][1]()
        prepared[task][1]()
    count, run = prepared[task]
    times = sorted(timed(run) for _ in range(runs))
    return {"ms": times[len(times) // 2], "parameters": count}


for line in sys.stdin:
    try:
        reply = answer(**json.loads(line))
    except Exception as error:  # whatever it is, the request is answered
        reply = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
    print(json.dumps(reply), flush=True)
