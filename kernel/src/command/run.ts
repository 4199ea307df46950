/** `quire run`: notebooks without a front end, each in a kernel of its own. */
import { accessSync, constants as fileConstants, mkdirSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { KernelDied } from '../client/process.ts';
import { kernelCommand } from '../launch.ts';
import { type Command, parse, positive, UsageError, UserError } from './arguments.ts';
import { executeNotebook } from './execute.ts';
import { formatNotebook, type Notebook, parseNotebook, readText, writeText } from './notebook.ts';
import { injectParameters, type Parameters, parseParameters } from './parameters.ts';
import { Progress } from './progress.ts';

const HELP = `Usage: quire run NOTEBOOK… [options]

Runs each notebook from top to bottom in a fresh kernel, in the notebook's own folder, and
writes it with its outputs to NAME.executed.ipynb beside it.

  -o, --output PATH    writes to that file instead; for several notebooks, or where PATH is a
                       folder, into that folder
      --in-place       writes the outputs into the notebook itself
  -p name=value        sets a parameter, in a cell after the one tagged "parameters"; the
                       value is JSON, or else a string; repeat it for more
      --timeout S      interrupts a cell that takes longer than S seconds, which fails it
      --allow-errors   goes on after a cell that failed
  -j, --jobs N         runs N notebooks at once; 1 unless given
  -q, --quiet          shows no progress

Cells tagged "skip-execution" are left as they are; those tagged "raises-exception" may
fail. Where a cell fails, what there is so far is written. Ctrl-C interrupts the running
cells, and a second one ends their kernels.

Exit status: 0 when all went well, 1 when something failed, 2 for wrong arguments, 130
after Ctrl-C.`;

interface Job {
  notebook: string;
  output: string;
}

interface RunSettings {
  parameters: Parameters;
  timeout: number | undefined;
  allowErrors: boolean;
  signal: AbortSignal;
}

export const run: Command = {
  help: HELP,

  async run(args) {
    const { values, positionals } = parse(
      args,
      {
        output: { type: 'string', short: 'o' },
        'in-place': { type: 'boolean', default: false },
        parameter: { type: 'string', short: 'p', multiple: true, default: [] },
        timeout: { type: 'string' },
        'allow-errors': { type: 'boolean', default: false },
        jobs: { type: 'string', short: 'j' },
        quiet: { type: 'boolean', short: 'q', default: false },
      },
      true,
    );
    const pending = planJobs(positionals, { output: values.output, inPlace: values['in-place'] });
    const parameters = parseParameters(values.parameter);
    const timeout = positive(values.timeout, '--timeout');
    const jobs = Math.min(Math.ceil(positive(values.jobs, '--jobs') ?? 1), pending.length);

    const stop = stopOnSignals();
    const settings = { parameters, timeout, allowErrors: values['allow-errors'], signal: stop.signal };
    const several = pending.length > 1;
    let failed = false;
    const work = async (): Promise<void> => {
      for (let job = pending.shift(); job && !stop.signal.aborted; job = pending.shift()) {
        const progress = new Progress({
          name: shown(job.notebook),
          several,
          quiet: values.quiet,
          live: jobs === 1 && process.stderr.isTTY === true,
        });
        if (!(await runJob(job, settings, progress))) failed = true;
      }
    };
    await Promise.all(Array.from({ length: jobs }, work));
    return stop.status() ?? (failed ? 1 : 0);
  },
};

/** @throws {UsageError} when there is no notebook, or two would be written to one file */
export function planJobs(
  notebooks: readonly string[],
  { output, inPlace }: { output?: string | undefined; inPlace: boolean },
): Job[] {
  if (notebooks.length === 0) throw new UsageError('quire run takes one notebook or more.');
  if (output !== undefined && inPlace) throw new UsageError('--output and --in-place exclude each other.');
  const intoFolder = output !== undefined && (notebooks.length > 1 || namesFolder(output));
  const jobs = notebooks.map((path) => {
    const notebook = resolve(path);
    if (inPlace) return { notebook, output: notebook };
    if (output === undefined) return { notebook, output: executed(notebook) };
    return { notebook, output: resolve(intoFolder ? join(output, basename(path)) : output) };
  });
  const outputs = new Set<string>();
  for (const job of jobs) {
    if (outputs.has(job.output)) {
      throw new UsageError(`Two of the notebooks would be written to ${shown(job.output)}.`);
    }
    outputs.add(job.output);
  }
  return jobs;
}

function namesFolder(path: string): boolean {
  if (/[\\/]$/.test(path)) return true;
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function executed(notebook: string): string {
  return join(dirname(notebook), `${basename(notebook, '.ipynb')}.executed.ipynb`);
}

/** A path as the user would write it. */
function shown(path: string): string {
  const short = relative('', path);
  return short === '' || short.startsWith('..') ? path : short;
}

/** @returns whether all went well; what didn't is told */
async function runJob(job: Job, settings: RunSettings, progress: Progress): Promise<boolean> {
  const started = performance.now();
  try {
    const text = readText(job.notebook);
    const notebook = parseNotebook(text);
    checkLanguage(notebook);
    makeFolder(dirname(job.output));
    for (const warning of injectParameters(notebook, settings.parameters)) {
      progress.problem(`Warning: ${warning}`);
    }
    const kernel = { command: kernelCommand, folder: dirname(job.notebook) };
    const succeeded = await executeNotebook(notebook, { ...settings, kernel, progress });
    const output = unlessChanged(job, text, progress);
    writeText(output, formatNotebook(notebook));
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`Wrote ${shown(output)} (${seconds} s)`);
    return succeeded;
  } catch (error) {
    if (settings.signal.aborted) return false;
    if (!(error instanceof UserError || error instanceof KernelDied)) throw error;
    progress.abandoned(error.message);
    return false;
  }
}

function checkLanguage({ metadata }: Notebook): void {
  const language = metadata.kernelspec?.language ?? metadata.language_info?.name;
  if (language === undefined || /^(?:typescript|javascript)$/i.test(String(language))) return;
  throw new UserError(`It is a notebook in ${String(language)}, not TypeScript.`);
}

/** Before the notebook runs, and not after an hour of it. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, fileConstants.W_OK);
  } catch (error) {
    throw new UserError(`Its output can't be written: ${(error as Error).message}`);
  }
}

/** Somebody may have edited the notebook while it ran: what they wrote stays. */
function unlessChanged({ notebook, output }: Job, text: string, progress: Progress): string {
  if (output !== notebook || readText(notebook) === text) return output;
  progress.problem(`Warning: ${shown(notebook)} was changed while it ran, and stays as it is.`);
  return executed(notebook);
}

/** The first signal interrupts what runs; the second ends this process, and the kernels with it. */
function stopOnSignals(): { signal: AbortSignal; status: () => number | undefined } {
  const controller = new AbortController();
  let status: number | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    if (status !== undefined) process.exit(status);
    status = 128 + constants.signals[signal];
    controller.abort(new UserError('Interrupted.'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  return { signal: controller.signal, status: () => status };
}
