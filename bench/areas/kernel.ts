/** This kernel beside tslab, Deno and ipykernel, through Python's jupyter_client. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { kernelCommand } from '@quire/kernel/launch';
import type { Area, Case, Measurement } from '../harness.ts';
import { npmFolder, pythonEnvironment } from '../peers/cache.ts';

/** A kernel and the cells that are run in it. */
interface PeerSpec {
  argv: string[];
  cwd: string;
  first: string;
  importTensorflow: string | null;
  math: string;
  busy: string;
  spin: string;
  lines: string;
  interrupt: 'message' | 'signal';
}

const CLIENT = fileURLToPath(new URL('../../areas/kernel_client.py', import.meta.url));

const CELLS = {
  first: '1+1',
  importTensorflow: "import * as tf from '@tensorflow/tfjs'",
  math: 'Math.',
  busy: 'const stopAt = Date.now() + 1500; while (Date.now() < stopAt);',
  spin: 'while (true);',
  lines: "for (let i = 0; i < COUNT; i++) console.log('line ' + i)",
} as const;

/** A peer, or why it can't be had. */
function attempt(make: () => PeerSpec): PeerSpec | { unavailable: string } {
  try {
    return make();
  } catch (error) {
    return { unavailable: `could not be set up: ${(error as Error).message.split('\n')[0]}` };
  }
}

function specs(python: string): Record<string, PeerSpec | { unavailable: string }> {
  const project = npmFolder('project', ['@tensorflow/tfjs@4.22.0']);
  return {
    ours: { argv: kernelCommand('{connection_file}'), cwd: project, ...CELLS, interrupt: 'message' },
    tslab: attempt(() => {
      const folder = npmFolder('tslab', ['tslab@1.0.22', '@tensorflow/tfjs@4.22.0']);
      return {
        argv: [
          process.execPath,
          join(folder, 'node_modules/tslab/bin/tslab'),
          'kernel',
          '--config-path',
          '{connection_file}',
        ],
        cwd: folder,
        ...CELLS,
        interrupt: 'signal',
      };
    }),
    deno: attempt(() => {
      const folder = npmFolder('deno', ['deno@2.9.6']);
      const deno = join(
        folder,
        'node_modules/deno',
        existsSync(join(folder, 'node_modules/deno/deno')) ? 'deno' : 'bin.cjs',
      );
      return {
        argv: [deno, 'jupyter', '--kernel', '--conn', '{connection_file}'],
        cwd: project,
        ...CELLS,
        interrupt: 'signal',
      };
    }),
    ipykernel: attempt(() => ({
      argv: [python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'],
      cwd: project,
      first: 'import math',
      importTensorflow: null,
      math: 'math.',
      busy: 'import time; time.sleep(1.5)',
      spin: 'while True: pass',
      lines: "for i in range(COUNT): print(f'line {i}')",
      interrupt: 'signal',
    })),
  };
}

export const kernel: Area = {
  name: 'kernel',
  async setup() {
    const python = pythonEnvironment('python', [
      'jupyter_client==8.10.0',
      'ipykernel==7.4.0',
      'psutil==7.2.2',
    ]);
    const client = spawn(python, [CLIENT], { stdio: ['pipe', 'pipe', 'inherit'] });
    client.stdin.on('error', () => {}); // that it has ended is said by its missing answer
    const answers = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
    const ask = async (request: Record<string, unknown>): Promise<Measurement> => {
      client.stdin.write(`${JSON.stringify(request)}\n`);
      const { value } = await answers.next();
      if (value === undefined) return { unavailable: 'the Python client ended' };
      const answer = JSON.parse(value) as { value?: number; error?: string };
      return answer.error === undefined ? (answer.value as number) : { unavailable: answer.error };
    };
    const all = specs(python);
    for (const [name, spec] of Object.entries(all)) if ('argv' in spec) await ask({ do: 'add', name, spec });

    /** A case that asks each kernel for the same measurement of `kernel_client.py`. */
    const everyone = (
      name: string,
      measurement: string,
      { args = [], ...options }: { args?: unknown[] } & Pick<Case, 'target' | 'rounds'> = {},
    ): Case => {
      const measure = (peer: string) => async (): Promise<Measurement> => {
        const spec = all[peer] as PeerSpec | { unavailable: string };
        return 'argv' in spec ? ask({ do: measurement, name: peer, args }) : spec;
      };
      return {
        name,
        unit: 'ms',
        lowerIsBetter: true,
        ours: measure('ours'),
        peers: Object.fromEntries(['tslab', 'deno', 'ipykernel'].map((peer) => [peer, measure(peer)])),
        ...options,
      };
    };
    const cases: Case[] = [
      everyone('cold start to the first reply', 'cold_start', { target: '≤ 1× deno' }),
      everyone('trivial cell `1+1` to its reply', 'trivial_cell', {
        args: ['reply'],
        target: '≤ 1× deno, ≤ 0.4× ipykernel',
      }),
      everyone('trivial cell `1+1` to idle', 'trivial_cell', { args: ['idle'] }),
      everyone('a cell with one TensorFlow.js op', 'tensor_cell', { target: '≤ 0.5× tslab' }),
      everyone('completion on `Math.`', 'math_completion', { args: [false], target: '≤ 1× tslab' }),
      everyone('completion on `Math.`, of the same cell again', 'math_completion', { args: [true] }),
      everyone('completion on `tf.`', 'tensor_completion', { args: [false], target: '≤ 0.5× tslab' }),
      everyone('completion on `tf.`, of the same cell again', 'tensor_completion', { args: [true] }),
      everyone('completion while a cell runs 1.5 s', 'completion_while_running', { rounds: 3 }),
      everyone('100,000 lines to idle', 'lines', { target: '≤ 0.5× ipykernel', rounds: 3 }),
      // What the lines of the case before this one were found to be.
      {
        ...everyone('100,000 lines: delivered before idle', 'lines_delivered', {
          target: '100,000',
          rounds: 1,
        }),
        unit: 'lines',
        lowerIsBetter: false,
      },
      {
        ...everyone('100,000 lines: in order', 'lines_in_order', { target: '100,000', rounds: 1 }),
        unit: 'lines',
        lowerIsBetter: false,
      },
      everyone('interrupt of a spinning loop', 'interrupt', { rounds: 3 }),
      {
        ...everyone('idle memory after one cell, RSS', 'idle_memory', { target: '< tslab', rounds: 3 }),
        unit: 'MB',
      },
      {
        ...everyone('idle memory after one cell, PSS', 'idle_memory_shared_once', { rounds: 3 }),
        unit: 'MB',
      },
    ];
    return {
      cases,
      // At the end of its input the client stops the kernels and ends.
      teardown: async () => {
        client.stdin.end();
        if (client.exitCode === null && client.signalCode === null) await once(client, 'exit');
      },
    };
  },
};
