import { describe, expect, test } from 'vitest';
import { UsageError } from './arguments.ts';
import type { Cell, Notebook } from './notebook.ts';
import { injectParameters, parseParameters } from './parameters.ts';

function code(source: string, ...tags: string[]): Cell {
  return {
    cell_type: 'code',
    id: `id-${source.length}`,
    metadata: { tags },
    source,
    execution_count: null,
    outputs: [],
  };
}

function newNotebook(...cells: Cell[]): Notebook {
  return { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

/** The cell that sets the parameters for one tagged `parameters`. */
function injected(declarations: string, ...given: string[]): string | undefined {
  const notebook = newNotebook(code(declarations, 'parameters'));
  injectParameters(notebook, parseParameters(given));
  return notebook.cells[1]?.source;
}

describe('values', () => {
  test('are JSON, or else strings', () => {
    const parameters = parseParameters([
      'n=5',
      'rate=1e-3',
      'name=Ada',
      'list=[1, 2]',
      'text="5"',
      'a=b=c',
      'none=',
    ]);
    expect(Object.fromEntries(parameters)).toEqual({
      n: '5',
      rate: '1e-3',
      name: '"Ada"',
      list: '[1, 2]',
      text: '"5"',
      a: '"b=c"',
      none: '""',
    });
  });

  test('need the name of a variable', () => {
    for (const text of ['n', '=5', '5=n', 'a.b=1', 'a b=1']) {
      expect(() => parseParameters([text])).toThrow(UsageError);
    }
    expect([...parseParameters(['größe=1', '$x=2']).keys()]).toEqual(['größe', '$x']);
  });
});

describe('the cell that sets them', () => {
  test('comes after the one tagged "parameters" and replaces that of an earlier run', () => {
    const notebook = newNotebook(code('let n = 1;', 'parameters'), code('n'));
    expect(injectParameters(notebook, parseParameters(['n=2']))).toEqual([]);
    expect(injectParameters(notebook, parseParameters(['n=3']))).toEqual([]);
    expect(notebook.cells.map(({ source }) => source)).toEqual([
      'let n = 1;',
      '// Parameters\nlet n: number = 3;',
      'n',
    ]);
    expect(notebook.cells[1]?.metadata.tags).toEqual(['injected-parameters']);
    expect(new Set(notebook.cells.map(({ id }) => id)).size).toBe(3);
  });

  test('declares them as they were declared, with their types', () => {
    expect(injected('let task: "train" | "test" = "train";', 'task=test')).toContain(
      'let task: "train" | "test" = "test";',
    );
    expect(injected('export const rate = 0.1, name = "x";', 'rate=1', 'name=y')).toContain(
      'const rate: number = 1;\nconst name: string = "y";',
    );
    expect(
      injected('let sizes = []; let path = null; let rest;', 'sizes=[1]', 'path=/x', 'rest=2'),
    ).toContain('let sizes = [1];\nlet path = "/x";\nlet rest = 2;');
    expect(injected('const { a, b: [c], ...d } = f();', 'a=1', 'c=2', 'd={}')).toContain(
      'const a = 1;\nconst c = 2;\nconst d = {};',
    );
  });

  test('comes first where no cell is tagged, with a warning', () => {
    const notebook = newNotebook(code('1'));
    expect(injectParameters(notebook, parseParameters(['n=5']))).toEqual([
      expect.stringContaining('No cell is tagged "parameters"'),
    ]);
    expect(notebook.cells[0]?.source).toBe('// Parameters\nlet n = 5;');
  });

  test('sets what is not declared, too, with a warning', () => {
    const notebook = newNotebook(code('// let n = 1;\nlet m = 1;', 'parameters'));
    expect(injectParameters(notebook, parseParameters(['n=5', 'm=2']))).toEqual([
      'The cell tagged "parameters" does not declare "n".',
    ]);
    expect(notebook.cells[1]?.source).toContain('let n = 5;');
  });

  test('is not there without parameters', () => {
    const notebook = newNotebook(code('let n = 1;', 'parameters'));
    expect(injectParameters(notebook, new Map())).toEqual([]);
    expect(notebook.cells).toHaveLength(1);
  });
});
