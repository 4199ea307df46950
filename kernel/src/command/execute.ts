/** Runs the cells of a notebook, from top to bottom, in a kernel of their own. */
import { KernelClient } from '../client/client.ts';
import { KernelDied, type KernelOptions } from '../client/process.ts';
import { DISPLAY_NAME, KERNEL_NAME } from './kernelspec.ts';
import { type Bundle, type CodeCell, hasTag, type Notebook, type Output } from './notebook.ts';
import { OutputAssembler } from './outputs.ts';
import type { Progress } from './progress.ts';

export interface ExecuteSettings {
  kernel: KernelOptions;
  /** Seconds for each cell. */
  timeout: number | undefined;
  /** Whether the cells after one that failed are run. */
  allowErrors: boolean;
  /** Stops the cell that runs, and the notebook with it. */
  signal: AbortSignal;
  progress: Progress;
}

/** How long a cell may take to stop when it was interrupted, before its kernel is ended. */
const STOP_MS = 10_000;

/**
 * Puts outputs and counts into the notebook's cells. Those of the cells that aren't reached are removed, so that what
 * is written is of one run; cells tagged `skip-execution` keep theirs.
 * @returns whether all went well
 * @throws {KernelDied} when the kernel could not be started; a later end is told as the failure of a cell
 */
export async function executeNotebook(notebook: Notebook, settings: ExecuteSettings): Promise<boolean> {
  const client = await KernelClient.start(settings.kernel, settings.signal);
  try {
    await describe(notebook, client);
    return await new NotebookRun(notebook, client, settings).run();
  } finally {
    await client.shutdown();
  }
}

async function describe({ metadata }: Notebook, client: KernelClient): Promise<void> {
  const info = await client.request('kernel_info_request');
  metadata.language_info = info.language_info as Bundle;
  metadata.kernelspec ??= { display_name: DISPLAY_NAME, language: 'typescript', name: KERNEL_NAME };
}

type CellEnd = 'succeeded' | 'failed' | 'timed out' | 'killed';

class NotebookRun {
  readonly #cells: CodeCell[];
  readonly #client: KernelClient;
  readonly #settings: ExecuteSettings;
  readonly #assembler = new OutputAssembler();

  constructor(notebook: Notebook, client: KernelClient, settings: ExecuteSettings) {
    const cells = notebook.cells.filter((cell) => cell.cell_type === 'code');
    this.#cells = cells.filter((cell) => !hasTag(cell, 'skip-execution') && cell.source.trim() !== '');
    this.#client = client;
    this.#settings = settings;
    for (const cell of cells) {
      if (hasTag(cell, 'skip-execution')) continue;
      cell.outputs = [];
      cell.execution_count = null;
    }
  }

  async run(): Promise<boolean> {
    const { signal } = this.#settings;
    const succeeded = new Set<CodeCell>();
    let failed = false;
    for (const [index, cell] of this.#cells.entries()) {
      if (signal.aborted) break;
      const end = await this.#runCell(cell, index + 1);
      if (end === 'succeeded') succeeded.add(cell);
      else if (end === 'killed') failed = true;
      else if (end === 'timed out' || !this.#mayFail(cell)) failed = true;
      if (end === 'killed' || (failed && !this.#settings.allowErrors)) break;
    }
    this.#assembler.finish();
    for (const cell of succeeded) failed = this.#reportStray(cell) || failed;
    return !failed && !signal.aborted;
  }

  async #runCell(cell: CodeCell, number: number): Promise<CellEnd> {
    const { progress, signal, timeout } = this.#settings;
    const done = progress.cell(number, this.#cells.length, cell.source);
    const onOutput = this.#assembler.begin(cell);
    const stop = new Stopper(this.#client);
    const timer = timeout && setTimeout(() => stop.stop(`took longer than ${timeout} s`), timeout * 1000);
    const interrupt = (): void => stop.stop('was interrupted');
    signal.addEventListener('abort', interrupt);
    try {
      const reply = await this.#client.execute(cell.source, { onOutput, stopOnError: false });
      cell.execution_count = reply.execution_count ?? null;
      const good = reply.status === 'ok' && !stop.reason;
      done(good || (!stop.reason && this.#mayFail(cell)));
      if (good) return 'succeeded';
      if (stop.reason) progress.problem(`Cell ${number} ${stop.reason}.`);
      else if (!this.#mayFail(cell)) progress.problem(`Cell ${number} failed.`, reply.traceback);
      return stop.reason && !signal.aborted ? 'timed out' : 'failed';
    } catch (error) {
      if (!(error instanceof KernelDied)) throw error;
      done(false);
      const why = stop.reason ? `It ${stop.reason} and did not stop: its kernel was ended.` : error.message;
      cell.outputs.push(errorOutput(why));
      progress.problem(`Cell ${number} did not finish. ${why}`);
      return 'killed';
    } finally {
      clearTimeout(timer);
      stop.done();
      signal.removeEventListener('abort', interrupt);
    }
  }

  #mayFail(cell: CodeCell): boolean {
    return hasTag(cell, 'raises-exception') && !this.#settings.signal.aborted;
  }

  /** Errors that no answer told of, as of a promise that nobody awaited. */
  #reportStray(cell: CodeCell): boolean {
    const error = cell.outputs.find((output) => output.output_type === 'error');
    if (!error || this.#mayFail(cell)) return false;
    const number = this.#cells.indexOf(cell) + 1;
    this.#settings.progress.problem(`Cell ${number} left an error behind.`, error.traceback);
    return true;
  }
}

/** Stops the running cell, by ending its kernel where nothing else helps. */
class Stopper {
  /** Why the cell had to stop. */
  reason: string | undefined;
  readonly #client: KernelClient;
  #timer: NodeJS.Timeout | undefined;

  constructor(client: KernelClient) {
    this.#client = client;
  }

  stop(reason: string): void {
    if (this.reason) return;
    this.reason = reason;
    this.#client.interrupt().catch(() => {});
    this.#timer = setTimeout(() => void this.#client.kill(), STOP_MS);
  }

  done(): void {
    clearTimeout(this.#timer);
  }
}

function errorOutput(text: string): Output {
  return { output_type: 'error', ename: 'KernelDied', evalue: text, traceback: [`KernelDied: ${text}`] };
}
