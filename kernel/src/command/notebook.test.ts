import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatNotebook, parseNotebook, readText, splitLines, writeText } from './notebook.ts';

/** Written by Python's nbformat 5.11, with keys in its order. */
const WRITTEN_BY_NBFORMAT = `{
 "cells": [
  {
   "attachments": {
    "a.svg": {
     "image/svg+xml": [
      "<svg>\\n",
      "</svg>"
     ]
    }
   },
   "cell_type": "markdown",
   "id": "first",
   "metadata": {},
   "source": [
    "# Title\\n",
    "\\n",
    "Text with “quotes”"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": 1,
   "id": "second",
   "metadata": {
    "tags": [
     "a"
    ]
   },
   "outputs": [
    {
     "name": "stdout",
     "output_type": "stream",
     "text": [
      "one\\n",
      "two"
     ]
    },
    {
     "data": {
      "application/json": {
       "b": [
        "kept",
        "so"
       ]
      },
      "image/png": "aGk=\\n",
      "text/plain": []
     },
     "execution_count": 1,
     "metadata": {},
     "output_type": "execute_result"
    },
    {
     "ename": "Error",
     "evalue": "bad",
     "output_type": "error",
     "traceback": [
      "\\u001b[31mError\\u001b[0m: bad\\nat"
     ]
    }
   ],
   "source": []
  }
 ],
 "metadata": {
  "language_info": {
   "name": "typescript"
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
`;

function withCells(...cells: unknown[]): string {
  return JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 2 });
}

describe('the text of a notebook', () => {
  test('is read and written as nbformat does', () => {
    const notebook = parseNotebook(WRITTEN_BY_NBFORMAT);
    const [markdown, code] = notebook.cells;
    expect(markdown?.source).toBe('# Title\n\nText with “quotes”');
    expect(code).toMatchObject({ outputs: [{ text: 'one\ntwo' }, { data: { 'text/plain': '' } }, {}] });
    expect(formatNotebook(notebook)).toBe(WRITTEN_BY_NBFORMAT);
  });

  test('lacks what is of no use in a file', () => {
    const notebook = parseNotebook(withCells({ cell_type: 'raw', source: '', metadata: { trusted: true } }));
    notebook.metadata = { signature: 'x', orig_nbformat: 3, orig_nbformat_minor: 1, title: 'kept' };
    const written = JSON.parse(formatNotebook(notebook));
    expect(written.metadata).toEqual({ title: 'kept' });
    expect(written.cells[0].metadata).toEqual({});
  });

  test('is split into lines where Python splits it', () => {
    expect(splitLines('a\nb\r\nc\rd\u2028e\x0cf')).toEqual(['a\n', 'b\r\n', 'c\r', 'd\u2028', 'e\x0c', 'f']);
    expect(splitLines('\n\n')).toEqual(['\n', '\n']);
    expect(splitLines('')).toEqual([]);
  });
});

describe('cells', () => {
  const code = (source: string, id?: string): unknown => ({ cell_type: 'code', source, ...(id && { id }) });

  test('get ids where they have none, the same ones each time', () => {
    const text = withCells(
      code('1', 'mine'),
      code('2'),
      code('2'),
      code('3', 'mine'),
      code('4', 'not valid'),
    );
    const ids = parseNotebook(text).cells.map(({ id }) => id);
    expect(ids[0]).toBe('mine');
    expect(new Set(ids).size).toBe(5);
    for (const id of ids) expect(id).toMatch(/^[\w-]{1,64}$/);
    expect(parseNotebook(text).cells.map(({ id }) => id)).toEqual(ids);
  });

  test('get what the format asks for, and the notebook its version', () => {
    const notebook = parseNotebook(withCells(code('1')));
    expect(notebook.cells[0]).toMatchObject({ metadata: {}, outputs: [], execution_count: null });
    expect(notebook.nbformat_minor).toBe(5);
  });
});

describe('a file that is no notebook', () => {
  test.each([
    ['{', /not JSON/],
    ['[]', /names no nbformat/],
    ['{"nbformat": 3, "worksheets": []}', /format 3.*nbconvert/],
    ['{"nbformat": 5, "cells": []}', /format 5; format 4 is read\.$/],
    ['{"nbformat": 4}', /no cells/],
    [withCells({ cell_type: 'heading', source: '' }), /cell 1 has the unknown type "heading"/],
    [withCells({ cell_type: 'code', source: '' }, { cell_type: 'code' }), /cell 2 has no source/],
    [withCells(null), /cell 1 is not an object/],
  ])('%s is told', (text, message) => {
    expect(() => parseNotebook(text)).toThrow(message);
  });
});

describe('a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quire-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is replaced whole, keeps its permissions, and nothing else is left', () => {
    const path = join(folder, 'a.ipynb');
    writeFileSync(path, 'old', { mode: 0o640 });
    writeText(path, 'new');
    expect(readText(path)).toBe('new');
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['a.ipynb']);
  });

  test.skipIf(process.platform === 'win32')('that a link leads to is replaced, and not the link', () => {
    writeFileSync(join(folder, 'a.ipynb'), 'old');
    symlinkSync('a.ipynb', join(folder, 'link.ipynb'));
    writeText(join(folder, 'link.ipynb'), 'new');
    expect(lstatSync(join(folder, 'link.ipynb')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'a.ipynb'), 'utf8')).toBe('new');
  });

  test('that is missing, or in a folder that is, is told', () => {
    expect(() => readText(join(folder, 'none.ipynb'))).toThrow(/no such file/);
    expect(() => writeText(join(folder, 'none', 'a.ipynb'), '')).toThrow(/can't be written/);
  });
});
