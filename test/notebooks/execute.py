"""Runs a notebook with nbclient: execute.py NOTEBOOK KERNEL OUTPUT. Its cells' errors are this program's."""

import sys

import nbformat
from nbclient import NotebookClient

source, kernel, output = sys.argv[1:]
notebook = nbformat.read(source, as_version=4)
client = NotebookClient(notebook, kernel_name=kernel, timeout=60)
try:
    client.execute()
finally:
    nbformat.write(notebook, output)
nbformat.validate(notebook)
