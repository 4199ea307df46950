import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Cell, formatNotebook, type Notebook, readNotebook, writeNotebook } from './notebook.ts';
import { OutputCollector } from './outputs.ts';
import { injectParameters, parseParameters } from './parameters.ts';

const code = (source: string, tags?: string[]): Cell => ({
  cell_type: 'code',
  id: 'abc',
  metadata: tags ? { tags } : {},
  source,
  execution_count: null,
  outputs: [],
});
const notebook = (...cells: Cell[]): Notebook => ({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });

describe('a notebook file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quire-test-'));
  const path = join(folder, 'a.ipynb');

  it('is written as nbformat writes it and read back the same', () => {
    const cell = code('a\nb');
    cell.outputs = [
      { output_type: 'stream', name: 'stdout', text: 'x\ny\n' },
      {
        output_type: 'display_data',
        data: { 'text/html': '<b>\n</b>', 'application/json': { a: ['kept'] } },
        metadata: {},
      },
    ];
    writeNotebook(path, notebook(cell));
    const text = readFileSync(path, 'utf8');
    expect(text).toContain('"source": [\n    "a\\n",\n    "b"\n   ]');
    expect(text).toMatch(/^\{\n "cells"/);
    expect(text.endsWith('}\n')).toBe(true);
    expect(readNotebook(path).cells[0]).toEqual(cell);
    expect(formatNotebook(readNotebook(path))).toBe(text);
    expect(readdirSync(folder)).toEqual(['a.ipynb']);
  });

  it('gets cell ids where it has none', () => {
    writeFileSync(
      path,
      JSON.stringify({
        nbformat: 4,
        nbformat_minor: 2,
        metadata: {},
        cells: [{ cell_type: 'markdown', source: ['x'], metadata: {} }],
      }),
    );
    expect(readNotebook(path).cells[0]?.id).toMatch(/^[a-zA-Z0-9-_]+$/);
    expect(JSON.parse(formatNotebook(readNotebook(path)))).toMatchObject({ nbformat_minor: 5 });
  });

  it('says what is wrong with a file that is none', () => {
    expect(() => readNotebook(join(folder, 'none.ipynb'))).toThrow(/There is no file/);
    writeFileSync(path, '{');
    expect(() => readNotebook(path)).toThrow(/isn't JSON/);
    writeFileSync(path, '{"nbformat": 3, "worksheets": []}');
    expect(() => readNotebook(path)).toThrow(/format 3/);
  });

  it('is as it was when it cannot be written', () => {
    expect(() => writeNotebook(join(folder, 'missing', 'a.ipynb'), notebook())).toThrow(/can't be written/);
  });
});

describe('outputs', () => {
  it('are assembled as nbclient does', () => {
    const cell = code('');
    const take = new OutputCollector().collect(cell);
    take('stream', { name: 'stdout', text: 'a' });
    take('stream', { name: 'stdout', text: 'b\n10%\r20%\n' });
    take('stream', { name: 'stderr', text: 'e' });
    take('execute_result', { execution_count: 3, data: { 'text/plain': '1' }, metadata: {} });
    expect(cell.outputs).toEqual([
      { output_type: 'stream', name: 'stdout', text: 'ab\n20%\n' },
      { output_type: 'stream', name: 'stderr', text: 'e' },
      { output_type: 'execute_result', execution_count: 3, data: { 'text/plain': '1' }, metadata: {} },
    ]);
  });

  it('are replaced by display id in every cell, and cleared at once or with the next one', () => {
    const collector = new OutputCollector();
    const [first, second] = [code(''), code('')];
    collector.collect(first)('display_data', {
      data: { 'text/plain': 'old' },
      metadata: {},
      transient: { display_id: 'd' },
    });
    const take = collector.collect(second);
    take('update_display_data', {
      data: { 'text/plain': 'new' },
      metadata: {},
      transient: { display_id: 'd' },
    });
    expect(first.outputs?.[0]).toMatchObject({ data: { 'text/plain': 'new' } });
    take('stream', { name: 'stdout', text: 'gone' });
    take('clear_output', { wait: true });
    expect(second.outputs).toHaveLength(1);
    take('stream', { name: 'stdout', text: 'here' });
    expect(second.outputs).toEqual([{ output_type: 'stream', name: 'stdout', text: 'here' }]);
    take('clear_output', { wait: false });
    expect(second.outputs).toEqual([]);
  });
});

describe('parameters', () => {
  it('are JSON or else text', () => {
    expect(parseParameters(['n=5', 'name=Ada', 'list=[1,2]', 'quoted="5"', 'empty='])).toEqual({
      n: 5,
      name: 'Ada',
      list: [1, 2],
      quoted: '5',
      empty: '',
    });
    expect(() => parseParameters(['5=n'])).toThrow(/name=value/);
  });

  it('go after the cell tagged parameters, with the types declared there, and replace an earlier injection', () => {
    const file = notebook(code('const n: number = 1;\nconst name = "x";', ['parameters']), code('n'));
    expect(injectParameters(file, { n: 5, name: 'Ada' })).toEqual([]);
    injectParameters(file, { n: 6 });
    expect(file.cells.map(({ source }) => source)).toEqual([
      'const n: number = 1;\nconst name = "x";',
      '// Parameters\nlet n: number = 6;',
      'n',
    ]);
    expect(file.cells[1]?.metadata.tags).toEqual(['injected-parameters']);
  });

  it('go to the top where no cell is tagged, with a warning for what is not declared', () => {
    const file = notebook(code('1'));
    expect(injectParameters(file, { n: 5 })).toEqual([expect.stringContaining('"n"')]);
    expect(file.cells[0]?.source).toBe('// Parameters\nlet n = 5;');
  });
});
