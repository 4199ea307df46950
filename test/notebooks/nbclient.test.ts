/** Notebooks through Python's nbclient, which is what papermill, nbconvert and Jupyter Book run them with. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { cleanEnvironment } from '../clean.ts';

const environment = inject('environment');
const script = fileURLToPath(new URL('./execute.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'quire-nbclient-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Output {
  output_type: string;
  text?: string | string[];
  data?: Record<string, string | string[]>;
  ename?: string;
}

interface Cell {
  cell_type: string;
  execution_count: number | null;
  outputs: Output[];
}

/** In files, text may be a list of its lines. */
const joined = (text: string | string[] | undefined): string => [text ?? ''].flat().join('');

function notebook(...sources: string[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { name: environment.kernelName, display_name: 'TypeScript', language: 'typescript' },
    },
    cells: sources.map((source, i) => ({
      id: `cell-${i}`,
      cell_type: 'code',
      metadata: {},
      source,
      outputs: [],
      execution_count: null,
    })),
  });
}

function execute(
  name: string,
  ...sources: string[]
): { status: number | null; printed: string; cells: Cell[] } {
  if ('missing' in environment.python) throw new Error(environment.python.missing);
  const [source, output] = [join(folder, `${name}.ipynb`), join(folder, `${name}.out.ipynb`)];
  writeFileSync(source, notebook(...sources));
  const { status, stdout, stderr } = spawnSync(
    environment.python.path,
    [script, source, environment.kernelName, output],
    { encoding: 'utf8', cwd: folder, env: cleanEnvironment({ JUPYTER_PATH: environment.jupyterPath }) },
  );
  const { cells } = JSON.parse(readFileSync(output, 'utf8')) as { cells: Cell[] };
  return { status, printed: stdout + stderr, cells };
}

const suite = 'path' in environment.python ? describe : describe.skip;

suite(`notebooks in nbclient${'missing' in environment.python ? ` (${environment.python.missing})` : ''}`, () => {
  test('a notebook runs from top to bottom, and its outputs are where they belong', () => {
    const { status, printed, cells } = execute(
      'whole',
      'interface Score { name: string; points: number }\nconst scores: Score[] = [{ name: "Ada", points: 3 }, { name: "Alan", points: 4 }];\nscores',
      "console.log('total', scores.reduce((sum, { points }) => sum + points, 0));\nconsole.error('to standard error');",
      "display(html('<b>shown</b>'));\nawait Promise.resolve(scores.length)",
      'for (let i = 0; i < 20_000; i++) console.log(i);',
      "display('first', { displayId: 'one' });\nupdateDisplay('second', { displayId: 'one' });",
    );
    expect(status, printed).toBe(0);
    expect(cells.map(({ execution_count: count }) => count)).toEqual([1, 2, 3, 4, 5]);
    const [table, printing, showing, many, updated] = cells.map(({ outputs }) => outputs) as [
      Output[],
      Output[],
      Output[],
      Output[],
      Output[],
    ];
    expect(joined(table[0]?.data?.['text/html'])).toContain('<table');
    expect(printing.map(({ text }) => joined(text))).toEqual(['total 7\n', 'to standard error\n']);
    expect(showing.map(({ output_type: type }) => type)).toEqual(['display_data', 'execute_result']);
    expect(
      many
        .map(({ text }) => joined(text))
        .join('')
        .split('\n'),
    ).toHaveLength(20_001);
    expect(updated).toHaveLength(1);
    expect(joined(updated[0]?.data?.['text/plain'])).toContain('second');
  });

  test('a cell that fails ends the run, with its error in the notebook', () => {
    const { status, printed, cells } = execute(
      'failing',
      "console.log('before');",
      "\nthrow new RangeError('in a notebook');",
      "console.log('must not run');",
    );
    expect(status).toBe(1);
    expect(printed).toContain('RangeError');
    expect(cells[1]?.outputs.map(({ ename }) => ename)).toEqual(['RangeError']);
    expect(cells[2]?.outputs).toEqual([]);
  });

  test('a cell that asks for input, which nbclient does not give, fails and does not hang', () => {
    const { status, printed } = execute('asking', "await input('?')");
    expect(status).toBe(1);
    expect(printed).toMatch(/input/);
  });
});
