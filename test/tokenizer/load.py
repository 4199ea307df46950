"""Loads tokenizer.json files with Hugging Face's `tokenizers`, and encodes and decodes with them.

Reads from standard input: {"paths": [path], "texts": [text]}
Writes to standard output: for each path {"ids": [[id]], "decoded": [text], "size": number}
"""
import json
import sys

from tokenizers import Tokenizer

request = json.load(sys.stdin)
answers = []
for path in request["paths"]:
    tokenizer = Tokenizer.from_file(path)
    ids = [encoding.ids for encoding in tokenizer.encode_batch(request["texts"])]
    answers.append({"ids": ids, "decoded": tokenizer.decode_batch(ids), "size": tokenizer.get_vocab_size()})
json.dump(answers, sys.stdout)
