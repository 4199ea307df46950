/** Models before and after their weights became small integers, beside PyTorch's `quantize_dynamic`. */
import { fileURLToPath } from 'node:url';
import type { CompressionAnswer, CompressionRequest, Weights } from '../engines/compression.ts';
import type { Area, Case, Measurement } from '../harness.ts';
import { pythonEnvironment } from '../peers/cache.ts';
import { Engine, unavailable } from '../peers/engine.ts';

const OURS = fileURLToPath(new URL('../engines/compression.js', import.meta.url));
const TORCH = fileURLToPath(new URL('../../engines/torch_engine.py', import.meta.url));

const TOKENS = 32;

export const compression: Area = {
  name: 'compression',
  setup: async () => {
    let python = 'python3';
    const noTorch = unavailable(() => {
      python = pythonEnvironment('torch', ['torch==2.13.0', 'numpy']);
    });
    // One process for each task: the variants of a task share the weights that they were made from.
    const command = [process.execPath, '--conditions=built', OURS] as const;
    const engines = {
      bert: new Engine<CompressionRequest, CompressionAnswer>(command),
      generation: new Engine<CompressionRequest, CompressionAnswer>(command),
    };
    const torch = new Engine<{ task: string; runs: number }, { ms: number }>([python, TORCH, 'eager'], {
      unavailable: noTorch,
    });
    const ask = async (
      task: CompressionRequest['task'],
      weights: Weights,
      pick: (answer: CompressionAnswer) => number,
    ): Promise<Measurement> => {
      const answer = await engines[task].ask({ task, weights });
      return 'error' in answer ? { unavailable: answer.error } : pick(answer);
    };
    const quantizedTorch = async (): Promise<Measurement> => {
      if (torch.unavailable !== undefined) return { unavailable: torch.unavailable };
      const answer = await torch.ask({ task: 'bertInt8', runs: 1 });
      return 'error' in answer ? { unavailable: answer.error } : answer.ms;
    };
    const encoding = (weights: Weights, more: Case['peers'] = {}): Case => ({
      name: `four layers of BERT-base's shape, 8×128, ${weights} int8`,
      unit: 'ms',
      lowerIsBetter: true,
      target: '≤ 0.67× float32 with VNNI',
      ours: () => ask('bert', weights, ({ ms }) => ms),
      peers: { float32: () => ask('bert', 'float32', ({ ms }) => ms), ...more },
    });
    const generation = (weights: Weights): Case => ({
      name: `generation of ${TOKENS} tokens, GPT-2 small's shape, batch 1, ${weights}`,
      unit: 'tokens/s',
      lowerIsBetter: false,
      target: '≥ 1× float32',
      ours: () => ask('generation', weights, ({ ms }) => TOKENS / (ms / 1000)),
      peers: { float32: () => ask('generation', 'float32', ({ ms }) => TOKENS / (ms / 1000)) },
    });
    const mebibytes = ({ bytes }: CompressionAnswer): number => bytes / 2 ** 20;
    const size = (task: CompressionRequest['task'], name: string, weights: Weights): Case => ({
      name: `parameters of ${name}, ${weights}`,
      unit: 'MiB',
      lowerIsBetter: true,
      rounds: 1,
      ours: () => ask(task, weights, mebibytes),
      peers: { float32: () => ask(task, 'float32', mebibytes) },
    });
    return {
      cases: [
        encoding('dynamic', { 'PyTorch quantize_dynamic': quantizedTorch }),
        encoding('static'),
        generation('4 bits'),
        generation('8 bits'),
        size('bert', "four layers of BERT-base's shape", 'dynamic'),
        size('generation', "GPT-2 small's shape", '4 bits'),
        size('generation', "GPT-2 small's shape", '8 bits'),
      ],
      teardown: async () => {
        await Promise.all([...Object.values(engines), torch].map((engine) => engine.stop()));
      },
    };
  },
};
