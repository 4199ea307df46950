/** This kernel beside tslab, Deno and ipykernel, through Python's jupyter_client. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { kernelCommand } from '@quire/kernel/launch';
import type { Area, Case, Measurement } from '../harness.ts';
import { npmFolder, pythonEnvironment } from '../peers/cache.ts';

interface PeerSpec {
  argv: string[];
  cwd: string;
  env?: Record<string, string | undefined>;
  import_tensorflow: string;
  math: string;
  busy: string;
  spin: string;
  lines: string;
  interrupt?: 'signal';
}

const CLIENT = fileURLToPath(new URL('../../areas/kernel_client.py', import.meta.url));

const SCRIPT = {
  import_tensorflow: "import * as tf from '@tensorflow/tfjs'",
  math: 'Math.',
  busy: 'const stopAt = Date.now() + 1500; while (Date.now() < stopAt);',
  spin: 'while (true);',
  lines: "for (let i = 0; i < COUNT; i++) console.log('line ' + i)",
};

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
    ours: { argv: kernelCommand('{connection_file}'), cwd: project, ...SCRIPT },
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
        ...SCRIPT,
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
        ...SCRIPT,
        interrupt: 'signal',
      };
    }),
    ipykernel: attempt(() => ({
      argv: [python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'],
      cwd: project,
      import_tensorflow: 'raise ImportError("no TensorFlow.js in Python")',
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
    const answers = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
    const ask = async (request: Record<string, unknown>): Promise<Measurement> => {
      client.stdin.write(`${JSON.stringify(request)}\n`);
      const { value } = await answers.next();
      const answer = JSON.parse(value as string) as { value?: number; error?: string };
      return answer.error === undefined ? (answer.value as number) : { unavailable: answer.error };
    };
    const all = specs(python);
    for (const [name, spec] of Object.entries(all)) if ('argv' in spec) await ask({ do: 'add', name, spec });

    const measure =
      (name: string, what: string, args: unknown[] = []) =>
      async (): Promise<Measurement> => {
        const spec = all[name] as PeerSpec | { unavailable: string };
        return 'argv' in spec ? ask({ do: what, name, args }) : spec;
      };
    const everyone = (what: string, args: unknown[], peers = ['tslab', 'deno', 'ipykernel']) => ({
      ours: measure('ours', what, args),
      peers: Object.fromEntries(peers.map((peer) => [peer, measure(peer, what, args)])),
    });
    const cases: Case[] = [
      {
        name: 'cold start to the first reply',
        unit: 'ms',
        target: '≤ 1× deno',
        ...everyone('cold_start', []),
      },
      {
        name: 'trivial cell `1+1`',
        unit: 'ms',
        target: '≤ 1× deno, ≤ 0.4× ipykernel',
        ...everyone('trivial_cell', []),
      },
      {
        name: 'a checked cell with one TensorFlow.js op',
        unit: 'ms',
        target: '≤ 0.5× tslab',
        ...everyone('tensor_cell', [], ['tslab', 'deno']),
      },
      {
        name: 'completion on `Math.`',
        unit: 'ms',
        target: '≤ 1× tslab',
        ...everyone('completion', ['Math.'], ['tslab', 'deno']),
      },
      {
        name: 'completion on `tf.`',
        unit: 'ms',
        target: '≤ 0.5× tslab',
        ...everyone('tensor_completion', [], ['tslab', 'deno']),
      },
      {
        name: 'completion while a cell runs 1.5 s',
        unit: 'ms',
        ...everyone('completion_while_running', []),
        rounds: 2,
      },
      {
        name: '100,000 lines to idle',
        unit: 'ms',
        target: '≤ 0.5× ipykernel',
        ...everyone('lines', []),
        rounds: 3,
      },
      {
        name: '100,000 lines: in order',
        unit: 'lines',
        target: '100,000',
        ...everyone('lines_in_order', []),
        rounds: 1,
      },
      { name: 'interrupt of a spinning loop', unit: 'ms', ...everyone('interrupt', []), rounds: 3 },
      {
        name: 'idle memory after one cell',
        unit: 'MB',
        target: '< tslab',
        ...everyone('idle_memory', []),
        rounds: 3,
      },
    ];
    return {
      cases,
      teardown: async () => {
        await ask({ do: 'end' });
        client.stdin.end();
      },
    };
  },
};
