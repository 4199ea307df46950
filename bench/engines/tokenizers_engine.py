"""One of Python's tokenizers, measured as `tokenizers.ts` does it: `tokenizers_engine.py {tiktoken|tokenizers} DATA`."""

import json
import sys
import time
from pathlib import Path

engine, data = sys.argv[1], Path(sys.argv[2])
if engine == "tiktoken":
    import base64

    import tiktoken

    ranks = json.loads((data / "ranks.json").read_text())
    encoding = tiktoken.Encoding(
        "o200k",
        pat_str=ranks["pattern"],
        mergeable_ranks={base64.b64decode(token): rank for token, rank in ranks["ranks"]},
        special_tokens={},
    )

    def encode(texts: list[str], batch: bool) -> int:
        if batch:
            return sum(map(len, encoding.encode_ordinary_batch(texts)))
        return sum(len(encoding.encode_ordinary(text)) for text in texts)
else:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(data / "tokenizer-listed.json"))

    def encode(texts: list[str], batch: bool) -> int:
        if batch:
            return sum(len(encoding.ids) for encoding in tokenizer.encode_batch(texts))
        return sum(len(tokenizer.encode(text).ids) for text in texts)


sets: dict[str, list[list[str]]] = {}
for line in sys.stdin:
    request = json.loads(line)
    name, batch = request["set"], request.get("batch", False)
    if name not in sets:
        sets[name] = json.loads((data / f"{name}.json").read_text())
        until = time.perf_counter() + 3
        while time.perf_counter() < until:
            encode(sets[name][0], batch)
    texts = sets[name][1 + request["part"]]
    start = time.perf_counter()
    tokens = encode(texts, batch)
    print(json.dumps({"seconds": time.perf_counter() - start, "tokens": tokens}), flush=True)
