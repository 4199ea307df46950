"""Measures the training of the model of ../models/multimodal.ts in PyTorch, from the same files and weights. One request
a line, one answer a line.

Usage: python multimodal_torch.py FOLDER WORKERS
"""
import json
import os
import random
import re
import sys
import time
import wave

import numpy
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn
from torch.utils.data import DataLoader, Dataset

FOLDER, WORKERS = sys.argv[1], int(sys.argv[2])
BATCH = 32
SHIFT = 6
LEARNING_RATE = 1e-3

with open(f"{FOLDER}/examples.json") as file:
    DATA = json.load(file)
SIZES = DATA["sizes"]


def linear(weights, name):
    layer = nn.Linear(*reversed(weights[f"{name}.weight"].shape))
    layer.weight.data, layer.bias.data = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return layer


def norm(weights, name, epsilon=1e-12):
    layer = nn.LayerNorm(weights[f"{name}.weight"].shape[0], eps=epsilon)
    layer.weight.data, layer.bias.data = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return layer


class Attention(nn.Module):
    """Queries, keys and values are one matrix."""

    def __init__(self, weights, parts, output, heads):
        super().__init__()
        self.heads = heads
        names = [f"{parts}.{part}" for part in ("query", "key", "value")]
        self.qkv = linear({
            f"qkv.{kind}": torch.cat([weights[f"{name}.{kind}"] for name in names]) for kind in ("weight", "bias")
        }, "qkv")
        self.output = linear(weights, output)

    def forward(self, x, mask=None):
        b, t, c = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.output(seen.transpose(1, 2).reshape(b, t, c))


class VitBlock(nn.Module):
    def __init__(self, weights, name, heads):
        super().__init__()
        self.norm1, self.norm2 = (norm(weights, f"{name}.layernorm_{at}") for at in ("before", "after"))
        self.attention = Attention(weights, f"{name}.attention.attention", f"{name}.attention.output.dense", heads)
        self.inner = linear(weights, f"{name}.intermediate.dense")
        self.outer = linear(weights, f"{name}.output.dense")

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.outer(F.gelu(self.inner(self.norm2(x))))


class Vit(nn.Module):
    def __init__(self, weights, name="picture.vit"):
        super().__init__()
        filters = weights[f"{name}.embeddings.patch_embeddings.projection.weight"]
        patch = SIZES["patchSize"]
        self.patches = nn.Conv2d(filters.shape[1], filters.shape[0], patch, patch)
        self.patches.weight.data = filters
        self.patches.bias.data = weights[f"{name}.embeddings.patch_embeddings.projection.bias"]
        self.first = nn.Parameter(weights[f"{name}.embeddings.cls_token"])
        self.positions = nn.Parameter(weights[f"{name}.embeddings.position_embeddings"])
        self.blocks = nn.ModuleList(
            VitBlock(weights, f"{name}.encoder.layer.{i}", SIZES["heads"]) for i in range(SIZES["pictureLayers"])
        )
        self.norm = norm(weights, f"{name}.layernorm")
        self.pooler = linear(weights, f"{name}.pooler.dense")

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.first.expand(x.shape[0], -1, -1), x], 1) + self.positions
        for block in self.blocks:
            x = block(x)
        return torch.tanh(self.pooler(self.norm(x)[:, 0]))


class BertBlock(nn.Module):
    def __init__(self, weights, name, heads):
        super().__init__()
        self.attention = Attention(weights, f"{name}.attention.self", f"{name}.attention.output.dense", heads)
        self.norm1 = norm(weights, f"{name}.attention.output.LayerNorm")
        self.inner = linear(weights, f"{name}.intermediate.dense")
        self.outer = linear(weights, f"{name}.output.dense")
        self.norm2 = norm(weights, f"{name}.output.LayerNorm")

    def forward(self, x, mask):
        x = self.norm1(x + self.attention(x, mask))
        return self.norm2(x + self.outer(F.gelu(self.inner(x))))


class Bert(nn.Module):
    def __init__(self, weights, name="text.bert"):
        super().__init__()

        def table(kind, **options):
            weight = weights[f"{name}.embeddings.{kind}_embeddings.weight"]
            embedding = nn.Embedding(*weight.shape, **options)
            embedding.weight.data = weight
            return embedding

        self.words, self.positions, self.types = table("word", padding_idx=0), table("position"), table("token_type")
        self.norm = norm(weights, f"{name}.embeddings.LayerNorm")
        self.blocks = nn.ModuleList(
            BertBlock(weights, f"{name}.encoder.layer.{i}", SIZES["heads"]) for i in range(SIZES["textLayers"])
        )
        self.pooler = linear(weights, f"{name}.pooler.dense")

    def forward(self, tokens, seen):
        x = self.norm(self.words(tokens) + self.types.weight[0] + self.positions.weight[: tokens.shape[1]])
        mask = seen[:, None, None, :]
        for block in self.blocks:
            x = block(x, mask)
        return torch.tanh(self.pooler(x[:, 0]))


class Cnn(nn.Module):
    def __init__(self, weights, name="sound"):
        super().__init__()
        layers, inputs = [], 1
        for i, outputs in enumerate(SIZES["soundWidths"]):
            filters, groups = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.GroupNorm(SIZES["soundGroups"], outputs)
            filters.weight.data = weights[f"{name}.blocks.{i}.0.convolution.weight"]
            groups.weight.data = weights[f"{name}.blocks.{i}.0.norm.weight"]
            groups.bias.data = weights[f"{name}.blocks.{i}.0.norm.bias"]
            layers += [filters, groups, nn.ReLU(), nn.MaxPool2d(2)]
            inputs = outputs
        self.blocks = nn.Sequential(*layers)

    def forward(self, spectrograms):
        return self.blocks(spectrograms).mean((2, 3))


def mel_filters(rate, size, mels):
    """Slaney's, as librosa's `filters.mel` has them."""

    def to_hertz(mel):
        return numpy.where(mel < 15, 200 / 3 * mel, 1000 * numpy.exp(numpy.log(6.4) / 27 * (mel - 15)))

    top = 15 + numpy.log(rate / 2 / 1000) / (numpy.log(6.4) / 27)
    edges = to_hertz(numpy.linspace(0, top, mels + 2))
    ramps = edges[:, None] - numpy.linspace(0, rate / 2, size // 2 + 1)
    rise, fall = -ramps[:-2] / numpy.diff(edges)[:-1, None], ramps[2:] / numpy.diff(edges)[1:, None]
    filters = numpy.maximum(0, numpy.minimum(rise, fall)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    return torch.tensor(filters, dtype=torch.float32)


class LogMel(nn.Module):
    """librosa's `power_to_db(melspectrogram(…))`: (B, T) -> (B, frames, mels)"""

    def __init__(self):
        super().__init__()
        self.register_buffer("window", torch.hann_window(SIZES["fftSize"]))
        self.register_buffer("filters", mel_filters(SIZES["sampleRate"], SIZES["fftSize"], SIZES["mels"]))

    @torch.no_grad()
    def forward(self, waves):
        spectrum = torch.stft(
            waves, SIZES["fftSize"], SIZES["hopLength"], window=self.window, pad_mode="constant", return_complex=True
        )
        power = torch.view_as_real(spectrum).square().sum(-1)
        levels = 10 * (self.filters @ power).clamp_min(1e-10).log10()
        return torch.maximum(levels, levels.amax((1, 2), keepdim=True) - 80).transpose(1, 2)


class GatedFusion(nn.Module):
    def __init__(self, weights, names=("picture", "text", "sound")):
        super().__init__()
        self.hidden = nn.ModuleList(linear(weights, f"fusion.hidden.{name}") for name in names)
        self.gates = nn.ModuleList(linear(weights, f"fusion.gates.{name}") for name in names)

    def forward(self, features):
        together = torch.cat(features, 1)
        return sum(
            torch.sigmoid(gate(together)) * torch.tanh(hidden(x))
            for x, hidden, gate in zip(features, self.hidden, self.gates)
        )


class Multimodal(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.picture, self.text, self.sound = Vit(weights), Bert(weights), Cnn(weights)
        self.levels = LogMel()
        self.fusion, self.classifier = GatedFusion(weights), linear(weights, "classifier")

    def forward(self, images, tokens, seen, waves):
        spectrograms = (self.levels(waves) / 40 + 1)[:, None]
        features = self.picture(images), self.text(tokens, seen), self.sound(spectrograms)
        return self.classifier(self.fusion(features))


def read_picture(path):
    """On white, as (3, side, side)."""
    image = Image.open(path).convert("RGBA")
    background = Image.new("RGBA", image.size, "white")
    background.alpha_composite(image)
    return numpy.asarray(background.convert("RGB")).transpose(2, 0, 1)


def read_sound(path):
    with wave.open(path) as file:
        return numpy.frombuffer(file.readframes(file.getnframes()), numpy.int16).astype(numpy.float32) / 2**15


class Emoji(Dataset):
    def __init__(self, examples, augmented):
        self.examples, self.augmented = examples, augmented

    def __len__(self):
        return len(self.examples)

    def __getitem__(self, at):
        example = self.examples[at]
        picture = read_picture(f"{FOLDER}/{example['picture']}")
        sound = read_sound(f"{FOLDER}/{example['sound']}")[: SIZES["samples"]]
        start = 0
        if self.augmented:
            side = picture.shape[1]
            padded = numpy.pad(picture, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT)), constant_values=255)
            top, left = random.randint(0, 2 * SHIFT), random.randint(0, 2 * SHIFT)
            picture = padded[:, top : top + side, left : left + side]
            if random.random() < 0.5:
                picture = picture[:, :, ::-1]
            start = random.randint(0, SIZES["samples"] - len(sound))
        samples = numpy.zeros(SIZES["samples"], numpy.float32)
        samples[start : start + len(sound)] = sound
        return picture, samples, example["text"], example["label"]


TOKENIZER = Tokenizer.from_file(f"{FOLDER}/tokenizer.json")


def collate(rows):
    pictures, sounds, texts, labels = zip(*rows)
    encodings = TOKENIZER.encode_batch(texts)
    return (
        torch.from_numpy(numpy.stack(pictures)).float().div_(127.5).sub_(1),
        torch.tensor([encoding.ids for encoding in encodings]),
        torch.tensor([encoding.attention_mask for encoding in encodings], dtype=torch.bool),
        torch.from_numpy(numpy.stack(sounds)),
        torch.tensor(labels),
    )


def trained():
    """A function that makes a step on a batch, from the first weights."""
    model = Multimodal(load_file(f"{FOLDER}/weights.safetensors"))
    optimizer = torch.optim.AdamW(model.parameters(), LEARNING_RATE, fused=True)

    def step(batch):
        *inputs, labels = batch
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(*inputs), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def first_batch():
    rows = Emoji(DATA["examples"], False)
    return collate([rows[i] for i in range(BATCH)])


state = {}


def loader():
    if "loader" not in state:
        state["loader"] = DataLoader(
            Emoji(DATA["examples"], True),
            BATCH,
            shuffle=True,
            drop_last=True,
            num_workers=WORKERS,
            persistent_workers=WORKERS > 0,
            collate_fn=collate,
        )
    return state["loader"]


def batches(steps):
    """As many as are asked for, over as many epochs as that takes."""
    while steps > 0:
        for batch in loader():
            yield batch
            steps -= 1
            if steps == 0:
                return


def training(steps):
    if "step" not in state:
        state["step"] = trained()
    return [state["step"](batch) for batch in batches(steps)]


def loading(steps):
    for _ in batches(steps):
        pass
    return []


def step_alone(steps):
    if "alone" not in state:
        state["alone"] = trained(), first_batch()
    step, batch = state["alone"]
    return [step(batch) for _ in range(steps)]


TASKS = {"training": training, "loading": loading, "step": step_alone}


def processes():
    """This one and its workers."""
    iterator = state["loader"]._iterator if "loader" in state else None
    return [os.getpid(), *(worker.pid for worker in getattr(iterator, "_workers", []))]


def processor_seconds():
    total = 0
    for process in processes():
        with open(f"/proc/{process}/stat") as file:
            total += sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


def memory():
    """In MiB, what is shared divided among those that share it."""
    total = 0
    for process in processes():
        with open(f"/proc/{process}/smaps_rollup") as file:
            total += int(re.search(r"^Pss:\s+(\d+) kB$", file.read(), re.M)[1])
    return total / 2**10


def answer(task, steps):
    start, used = time.perf_counter(), processor_seconds()
    losses = TASKS[task](steps)
    return {
        "ms": (time.perf_counter() - start) * 1000,
        "processorMs": (processor_seconds() - used) * 1000,
        "losses": losses,
        "memoryMiB": memory(),
    }


if __name__ == "__main__":
    for line in sys.stdin:
        try:
            reply = answer(**json.loads(line))
        except Exception as error:  # whatever it is, the request is answered
            reply = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
        print(json.dumps(reply), flush=True)
