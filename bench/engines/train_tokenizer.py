"""Trains a tokenizer with Python's `tokenizers` on the lines of a file, and prints how many seconds that took.

    train_tokenizer.py {bpe|wordPiece|unigram} VOCABULARY FILE
"""
import sys
import time
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

kind, size, path = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
texts = path.read_text("utf8").split("\n")
if kind == "bpe":
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
elif kind == "wordPiece":
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=["[UNK]"], show_progress=False)
else:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=size, show_progress=False)
start = time.perf_counter()
tokenizer.train_from_iterator(texts, trainer)
print(time.perf_counter() - start)
