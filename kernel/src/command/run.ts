/** `quire run`: notebooks without a front end, each in a kernel of its own. */
import { mkdirSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { KernelClient, KernelDied } from '../client/client.ts';
import { kernelCommand } from '../launch.ts';
import { type Cell, type Notebook, readNotebook, UserError, writeNotebook } from './notebook.ts';
import { OutputCollector } from './outputs.ts';
import { injectParameters, type Parameters, parseParameters } from './parameters.ts';

export const RUN_HELP = `quire run NOTEBOOK… [options]

Runs each notebook in a fresh kernel, from top to bottom, in the notebook's own folder.

  -p name=value       sets a parameter (JSON, or else text); repeat for more
  --output FILE       where the executed notebook goes (one notebook only)
  --in-place          writes the outputs into the notebook itself
                      without either: NAME.executed.ipynb beside the notebook
  --timeout SECONDS   interrupts a cell that takes longer, which fails it
  --allow-errors      goes on after a cell that failed
  --jobs N            how many notebooks run at once (1)
  --quiet             prints nothing but errors and where the output is

Cells tagged skip-execution are left out, and those tagged raises-exception may fail.
Exit status: 0, 1 where a cell failed, 2 for wrong arguments, 130 after Ctrl-C.`;

interface Settings {
  parameters: Parameters;
  timeout: number | undefined;
  allowErrors: boolean;
  quiet: boolean;
  prefix: string;
}

/** Ctrl-C, told to every notebook that runs. */
class Interruption {
  requested = false;
  readonly #listeners = new Set<() => void>();

  on(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  request(): void {
    this.requested = true;
    for (const listener of this.#listeners) listener();
  }
}

function positive(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0)) throw new UserError(`${option} takes a number above 0, not ${JSON.stringify(text)}.`);
  return value;
}

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      parameter: { type: 'string', short: 'p', multiple: true },
      output: { type: 'string', short: 'o' },
      'in-place': { type: 'boolean' },
      timeout: { type: 'string' },
      'allow-errors': { type: 'boolean' },
      jobs: { type: 'string', short: 'j' },
      quiet: { type: 'boolean', short: 'q' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(RUN_HELP);
    return 0;
  }
  if (positionals.length === 0) throw new UserError('quire run needs a notebook.');
  if (values.output !== undefined && values['in-place'])
    throw new UserError('--output and --in-place exclude each other.');
  if (values.output !== undefined && positionals.length > 1) {
    throw new UserError('--output names one file, but there are several notebooks.');
  }
  const parameters = parseParameters(values.parameter ?? []);
  const timeout = positive(values.timeout, '--timeout');
  const jobs = Math.floor(positive(values.jobs, '--jobs') ?? 1);

  const interruption = new Interruption();
  const stop = (): void => {
    if (interruption.requested) process.exit(130);
    interruption.request();
  };
  process.on('SIGINT', stop);

  const pending = positionals.map((path) => resolve(path));
  let failed = 0;
  const worker = async (): Promise<void> => {
    for (let path = pending.shift(); path !== undefined && !interruption.requested; path = pending.shift()) {
      const output = values['in-place']
        ? path
        : values.output !== undefined
          ? resolve(values.output)
          : besides(path);
      const settings: Settings = {
        parameters,
        timeout,
        allowErrors: values['allow-errors'] ?? false,
        quiet: values.quiet ?? false,
        prefix: positionals.length > 1 ? `${basename(path)} ` : '',
      };
      try {
        if (!(await runNotebook(path, output, settings, interruption))) failed += 1;
      } catch (error) {
        if (!(error instanceof UserError || error instanceof KernelDied)) throw error;
        failed += 1;
        console.error(`${settings.prefix}${error.message}`);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, worker));
  process.off('SIGINT', stop);
  if (interruption.requested) return 130;
  return failed > 0 ? 1 : 0;
}

function besides(path: string): string {
  return join(dirname(path), `${basename(path, extname(path))}.executed.ipynb`);
}

function tagged(cell: Cell, tag: string): boolean {
  return (cell.metadata.tags ?? []).includes(tag);
}

/** @returns whether every cell that had to succeed did */
async function runNotebook(
  path: string,
  output: string,
  settings: Settings,
  interruption: Interruption,
): Promise<boolean> {
  const notebook = readNotebook(path);
  for (const warning of injectParameters(notebook, settings.parameters))
    console.error(`${settings.prefix}${warning}`);
  for (const cell of notebook.cells) {
    if (cell.cell_type !== 'code') continue;
    cell.outputs = [];
    cell.execution_count = null;
  }
  const started = performance.now();
  const client = await KernelClient.start(kernelCommand, dirname(path));
  let succeeded: boolean;
  try {
    notebook.metadata = await describeKernel(client, notebook.metadata);
    succeeded = await runCells(notebook, client, settings, interruption);
  } finally {
    mkdirSync(dirname(output), { recursive: true });
    writeNotebook(output, notebook);
    await client.shutdown();
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.error(
    `${settings.prefix}${succeeded ? 'Done' : 'Stopped'} after ${seconds} s. Output: ${relative(process.cwd(), output) || output}`,
  );
  return succeeded;
}

async function describeKernel(
  client: KernelClient,
  metadata: Notebook['metadata'],
): Promise<Notebook['metadata']> {
  const info = (await client.request('kernel_info_request')).language_info as Record<string, unknown>;
  return {
    ...metadata,
    kernelspec: metadata.kernelspec ?? {
      display_name: 'TypeScript (Quire)',
      language: 'typescript',
      name: 'quire',
    },
    language_info: info,
  };
}

async function runCells(
  notebook: Notebook,
  client: KernelClient,
  settings: Settings,
  interruption: Interruption,
): Promise<boolean> {
  const collector = new OutputCollector();
  const cells = notebook.cells.filter(
    (cell) => cell.cell_type === 'code' && cell.source.trim() !== '' && !tagged(cell, 'skip-execution'),
  );
  let succeeded = true;
  for (const [index, cell] of cells.entries()) {
    if (interruption.requested) return false;
    const line = progressLine(settings, `[${index + 1}/${cells.length}]`, firstLine(cell.source));
    let timedOut = false;
    const interrupt = (): void => void client.interrupt().catch(() => {});
    const forget = interruption.on(interrupt);
    const timer =
      settings.timeout === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            interrupt();
          }, settings.timeout * 1000);
    try {
      const reply = await client.execute(cell.source, {
        output: collector.collect(cell),
        stopOnError: false,
      });
      cell.execution_count = Number(reply.execution_count);
      line.done(reply.status === 'ok');
      if (reply.status === 'ok') continue;
      if (tagged(cell, 'raises-exception') && !interruption.requested) continue;
      succeeded = false;
      showError(settings, index + 1, reply.traceback as string[], timedOut ? settings.timeout : undefined);
      if (!settings.allowErrors) return false;
    } finally {
      clearTimeout(timer);
      forget();
    }
  }
  return succeeded;
}

function firstLine(source: string): string {
  const line = source.split('\n').find((text) => text.trim() !== '') ?? '';
  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}

/** A line for a cell: on a terminal it is there while the cell runs, else when it is done. */
function progressLine({ quiet, prefix }: Settings, head: string, text: string): { done(ok: boolean): void } {
  if (quiet) return { done: () => {} };
  const started = performance.now();
  const live = process.stderr.isTTY && prefix === '';
  const line = (seconds: number, mark: string): string =>
    `${prefix}${head} ${mark}${seconds.toFixed(1).padStart(6)} s  ${text}`;
  const elapsed = (): number => (performance.now() - started) / 1000;
  const draw = (): void => void process.stderr.write(`\r\u001b[2K${line(elapsed(), '…')}`);
  const timer = live ? setInterval(draw, 250) : undefined;
  if (live) draw();
  return {
    done(ok) {
      clearInterval(timer);
      process.stderr.write(`${live ? '\r\u001b[2K' : ''}${line(elapsed(), ok ? '✓' : '✗')}\n`);
    },
  };
}

function showError(
  { prefix }: Settings,
  cell: number,
  traceback: string[],
  timeout: number | undefined,
): void {
  const text = (traceback ?? []).join('\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const shown = process.stderr.isTTY ? text : text.replace(/\u001b\[[0-9;]*m/g, '');
  if (timeout !== undefined)
    console.error(`${prefix}Cell ${cell} took longer than ${timeout} s and was interrupted.`);
  else console.error(`${prefix}Cell ${cell} failed:`);
  console.error(shown);
}
