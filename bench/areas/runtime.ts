/** Compiled functions beside PyTorch, and beside TensorFlow.js on its own backends. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Area, Case, Measurement } from '../harness.ts';
import { CACHE, pythonEnvironment } from '../peers/cache.ts';

const TENSORS = fileURLToPath(new URL('../engines/tensors.js', import.meta.url));
const TORCH = fileURLToPath(new URL('../../engines/torch_engine.py', import.meta.url));
const QUIRE = fileURLToPath(new URL('../../../kernel/bin/quire.js', import.meta.url));
const TENSORFLOW = join(CACHE, 'tensorflow');

interface Request {
  task: string;
  runs: number;
  first?: boolean;
}

type Answer = { ms: number; parameters: number } | { error: string };

/** A process that measures one engine, started when it is first asked. */
class Engine {
  readonly #command: readonly [program: string, ...args: string[]];
  readonly #unavailable: string | undefined;
  #ask: ((request: Request) => Promise<Answer>) | undefined;
  #stop: () => Promise<void> = async () => {};

  constructor(command: readonly [program: string, ...args: string[]], unavailable?: string) {
    this.#command = command;
    this.#unavailable = unavailable;
  }

  async measure(request: Request, parameters: number): Promise<Measurement> {
    if (this.#unavailable !== undefined) return { unavailable: this.#unavailable };
    this.#ask ??= this.#start();
    const answer = await this.#ask(request);
    if ('error' in answer) return { unavailable: answer.error };
    if (answer.parameters !== parameters) {
      return { unavailable: `another model: ${answer.parameters} parameters, not ${parameters}` };
    }
    return answer.ms;
  }

  #start(): (request: Request) => Promise<Answer> {
    const [program, ...args] = this.#command;
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, QUIRE_DATA: TENSORFLOW },
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#stop = async () => {
      if (child.exitCode !== null) return;
      child.stdin.end();
      await once(child, 'exit');
    };
    return async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await lines.next();
      return done ? { error: 'the engine ended' } : (JSON.parse(value) as Answer);
    };
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}

/** @returns what to say where it can't be had. */
function unavailable(make: () => void): string | undefined {
  try {
    make();
    return undefined;
  } catch (error) {
    return `could not be set up: ${(error as Error).message.split('\n')[0]}`;
  }
}

function setupTensorflow(): void {
  if (existsSync(join(TENSORFLOW, 'quire', 'tensorflow'))) return;
  execFileSync(process.execPath, [QUIRE, 'setup', 'tensorflow', '--cpu'], {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, QUIRE_DATA: TENSORFLOW },
  });
}

function engines() {
  let python = 'python3';
  const noTorch = unavailable(() => {
    python = pythonEnvironment('torch', ['torch==2.13.0', 'numpy']);
  });
  const noTensorflow = unavailable(setupTensorflow);
  const tensors = (mode: string, missing?: string): Engine =>
    new Engine([process.execPath, '--conditions=built', TENSORS, mode], missing);
  return {
    ours: tensors('jit'),
    'PyTorch eager': new Engine([python, TORCH, 'eager'], noTorch),
    'PyTorch compiled': new Engine([python, TORCH, 'compiled'], noTorch),
    'tfjs on TensorFlow': tensors('tensorflow', noTensorflow),
    'tfjs wasm': tensors('wasm'),
    'tfjs cpu': tensors('cpu'),
  };
}

type EngineName = keyof ReturnType<typeof engines>;

/** With as many parameters as PyTorch's own implementations of the models have. */
const TASKS = [
  {
    task: 'gpt',
    name: 'training step of a GPT, 4 layers of width 128, 12×64',
    parameters: 818_176,
    runs: 20,
  },
  { task: 'mlp', name: 'training step of a 2-layer MLP, 128×784', parameters: 407_050, runs: 100 },
  { task: 'matmul', name: 'matrix product 1024³', parameters: 0, runs: 20 },
  { task: 'bert', name: 'forward of BERT-base, 8×128', parameters: 108_891_648, runs: 1 },
  { task: 'resnet1', name: 'forward of ResNet-50, batch 1', parameters: 25_557_032, runs: 5 },
  { task: 'resnet8', name: 'forward of ResNet-50, batch 8', parameters: 25_557_032, runs: 1 },
] as const;

const TARGETS: Record<string, string> = {
  gpt: '≤ 1× PyTorch eager; 0.83× to aim for',
  bert: '≤ 1× PyTorch eager',
  resnet1: '≤ 1× PyTorch eager',
  resnet8: '≤ 1× PyTorch eager',
};

const FAST: readonly EngineName[] = ['PyTorch eager', 'PyTorch compiled', 'tfjs on TensorFlow'];
const SLOW: readonly EngineName[] = ['tfjs wasm', 'tfjs cpu'];

/** Takes minutes in plain JavaScript. */
const TOO_SLOW = new Set(['bert', 'resnet8']);

export const runtime: Area = {
  name: 'runtime',
  setup: async () => {
    const all = engines();
    const peersOf = (names: readonly EngineName[], request: Request, parameters: number): Case['peers'] =>
      Object.fromEntries(names.map((name) => [name, () => all[name].measure(request, parameters)]));
    const fast = TASKS.map(
      ({ task, name, parameters, runs }): Case => ({
        name,
        unit: 'ms',
        lowerIsBetter: true,
        ...(TARGETS[task] ? { target: TARGETS[task] } : {}),
        ours: () => all.ours.measure({ task, runs }, parameters),
        peers: peersOf(FAST, { task, runs }, parameters),
      }),
    );
    const compilation: Case = {
      name: 'first step of the GPT, compilation included',
      unit: 'ms',
      lowerIsBetter: true,
      target: '< 1,500 ms',
      rounds: 3,
      ours: () => all.ours.measure({ task: 'gpt', runs: 1, first: true }, 818_176),
      peers: peersOf(['PyTorch compiled'], { task: 'gpt', runs: 1, first: true }, 818_176),
    };
    const slow = TASKS.map(
      ({ task, name, parameters, runs }): Case => ({
        name: `${name}, beside slow backends`,
        unit: 'ms',
        lowerIsBetter: true,
        rounds: 1,
        ours: () => all.ours.measure({ task, runs }, parameters),
        peers: peersOf(
          SLOW.filter((engine) => engine !== 'tfjs cpu' || !TOO_SLOW.has(task)),
          { task, runs: 1 },
          parameters,
        ),
      }),
    );
    return {
      cases: [...fast, compilation, ...slow],
      teardown: async () => {
        await Promise.all(Object.values(all).map((engine) => engine.stop()));
      },
    };
  },
};
