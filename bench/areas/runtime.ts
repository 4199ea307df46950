/** Compiled functions beside PyTorch, and beside TensorFlow.js on its own backends. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Area, Case, Measurement } from '../harness.ts';
import { CACHE, pythonEnvironment } from '../peers/cache.ts';
import { Engine, unavailable } from '../peers/engine.ts';

const TENSORS = fileURLToPath(new URL('../engines/tensors.js', import.meta.url));
const TORCH = fileURLToPath(new URL('../../engines/torch_engine.py', import.meta.url));
const QUIRE = fileURLToPath(new URL('../../../kernel/bin/quire.js', import.meta.url));
const TENSORFLOW = join(CACHE, 'tensorflow');

interface Request {
  task: string;
  runs: number;
  first?: boolean;
}

interface Answer {
  ms: number;
  parameters: number;
}

type TensorEngine = Engine<Request, Answer>;

async function measure(engine: TensorEngine, request: Request, parameters: number): Promise<Measurement> {
  if (engine.unavailable !== undefined) return { unavailable: engine.unavailable };
  const answer = await engine.ask(request);
  if ('error' in answer) return { unavailable: answer.error };
  if (answer.parameters !== parameters) {
    return { unavailable: `another model: ${answer.parameters} parameters, not ${parameters}` };
  }
  return answer.ms;
}

function setupTensorflow(): void {
  if (existsSync(join(TENSORFLOW, 'quire', 'tensorflow'))) return;
  execFileSync(process.execPath, [QUIRE, 'setup', 'tensorflow', '--cpu'], {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, QUIRE_DATA: TENSORFLOW },
  });
}

type EngineName =
  | 'ours'
  | 'PyTorch eager'
  | 'PyTorch compiled'
  | 'tfjs on TensorFlow'
  | 'tfjs wasm'
  | 'tfjs cpu';

function engines(): Record<EngineName, TensorEngine> {
  let python = 'python3';
  const noTorch = unavailable(() => {
    python = pythonEnvironment('torch', ['torch==2.13.0', 'numpy']);
  });
  const noTensorflow = unavailable(setupTensorflow);
  const env = { QUIRE_DATA: TENSORFLOW };
  const tensors = (mode: string, missing?: string): TensorEngine =>
    new Engine([process.execPath, '--conditions=built', TENSORS, mode], { unavailable: missing, env });
  return {
    ours: tensors('jit'),
    'PyTorch eager': new Engine([python, TORCH, 'eager'], { unavailable: noTorch }),
    'PyTorch compiled': new Engine([python, TORCH, 'compiled'], { unavailable: noTorch }),
    'tfjs on TensorFlow': tensors('tensorflow', noTensorflow),
    'tfjs wasm': tensors('wasm'),
    'tfjs cpu': tensors('cpu'),
  };
}

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
      Object.fromEntries(names.map((name) => [name, () => measure(all[name], request, parameters)]));
    const fast = TASKS.map(
      ({ task, name, parameters, runs }): Case => ({
        name,
        unit: 'ms',
        lowerIsBetter: true,
        ...(TARGETS[task] ? { target: TARGETS[task] } : {}),
        ours: () => measure(all.ours, { task, runs }, parameters),
        peers: peersOf(FAST, { task, runs }, parameters),
      }),
    );
    const compilation: Case = {
      name: 'first step of the GPT, compilation included',
      unit: 'ms',
      lowerIsBetter: true,
      target: '< 1,500 ms',
      rounds: 3,
      ours: () => measure(all.ours, { task: 'gpt', runs: 1, first: true }, 818_176),
      peers: peersOf(['PyTorch compiled'], { task: 'gpt', runs: 1, first: true }, 818_176),
    };
    const slow = TASKS.map(
      ({ task, name, parameters, runs }): Case => ({
        name: `${name}, beside slow backends`,
        unit: 'ms',
        lowerIsBetter: true,
        rounds: 1,
        ours: () => measure(all.ours, { task, runs }, parameters),
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
