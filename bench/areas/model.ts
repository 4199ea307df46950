/** Generation and fine-tuning of models of usual sizes beside PyTorch's `transformers` and transformers.js. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ModelAnswer, ModelRequest } from '../engines/models.ts';
import type { Area, Case, Measurement } from '../harness.ts';
import { cachedFolder, npmFolder, pythonEnvironment } from '../peers/cache.ts';
import { Engine, unavailable } from '../peers/engine.ts';

const OURS = fileURLToPath(new URL('../engines/models.js', import.meta.url));
const TRANSFORMERS = fileURLToPath(new URL('../../engines/transformers_engine.py', import.meta.url));
const MAKE_MODELS = fileURLToPath(new URL('../../engines/make_models.py', import.meta.url));

const PYTHON = ['torch==2.13.0', 'transformers==5.18.0', 'onnx==1.23.1', 'numpy'];
const TRANSFORMERS_JS = ['@huggingface/transformers@4.3.2'];

const TOKENS = 64;
const GENERATION: ModelRequest = {
  task: 'generation',
  runs: 1,
  options: { prompt: Array.from({ length: 16 }, (_, i) => i + 5), tokens: TOKENS },
};
const FINE_TUNING: ModelRequest = { task: 'fineTuning', runs: 1, options: { batch: 8, length: 128 } };

type ModelEngine = Engine<ModelRequest, ModelAnswer>;

async function ask(
  engine: ModelEngine,
  request: ModelRequest,
  pick: (answer: ModelAnswer) => Measurement,
): Promise<Measurement> {
  if (engine.unavailable !== undefined) return { unavailable: engine.unavailable };
  const answer = await engine.ask(request);
  return 'error' in answer ? { unavailable: answer.error } : pick(answer);
}

/** Engines of one task, each a process of its own, so that the memory of each is that of the task. */
function casesOf(
  request: ModelRequest,
  { ours, ...peers }: { ours: ModelEngine; [peer: string]: ModelEngine },
  speed: Pick<Case, 'name' | 'unit' | 'lowerIsBetter' | 'target'> & { of: (answer: ModelAnswer) => number },
): Case[] {
  const everyPeer = (measure: (engine: ModelEngine) => Promise<Measurement>): Case['peers'] =>
    Object.fromEntries(Object.entries(peers).map(([name, engine]) => [name, () => measure(engine)]));
  let expected: string | undefined;
  const measure = (engine: ModelEngine): Promise<Measurement> =>
    ask(engine, request, (answer) => {
      // A model makes the same tokens everywhere; a loss depends on the draws of dropout.
      const result = request.task === 'generation' ? answer.result.join(' ') : '';
      expected ??= result;
      return result === expected ? speed.of(answer) : { unavailable: 'made other tokens' };
    });
  const { of: _, ...row } = speed;
  const memory = (engine: ModelEngine): Promise<Measurement> =>
    ask(engine, request, ({ peakMiB }) => peakMiB);
  return [
    { ...row, ours: () => measure(ours), peers: everyPeer(measure) },
    {
      name: `memory of ${speed.name}`,
      unit: 'MiB, peak of the process',
      lowerIsBetter: true,
      rounds: 1,
      ours: () => memory(ours),
      peers: everyPeer(memory),
    },
  ];
}

export const model: Area = {
  name: 'model',
  setup: async () => {
    let python = 'python3';
    let models = '.';
    let npm = '.';
    const noModels = unavailable(() => {
      python = pythonEnvironment('transformers', PYTHON);
      models = cachedFolder('models', PYTHON.join(' '), (folder) => {
        execFileSync(python, [MAKE_MODELS, folder], { stdio: ['ignore', 2, 2] });
      });
    });
    const noTransformersJs =
      noModels ??
      unavailable(() => {
        // Otherwise its dependency downloads libraries for GPUs.
        npm = npmFolder('transformers-js', TRANSFORMERS_JS, { ONNXRUNTIME_NODE_INSTALL: 'skip' });
      });
    const ours = (): ModelEngine =>
      new Engine([process.execPath, '--conditions=built', OURS, models], { unavailable: noModels });
    const torch = (): ModelEngine => new Engine([python, TRANSFORMERS, models], { unavailable: noModels });
    const generation = {
      ours: ours(),
      'PyTorch eager': torch(),
      'transformers.js': new Engine<ModelRequest, ModelAnswer>(
        [process.execPath, '--conditions=built', OURS, models, npm],
        { unavailable: noTransformersJs },
      ),
    };
    const fineTuning = { ours: ours(), 'PyTorch eager': torch() };
    return {
      cases: [
        ...casesOf(GENERATION, generation, {
          name: `generation of ${TOKENS} tokens, GPT-2 small's shape, batch 1`,
          unit: 'tokens/s',
          lowerIsBetter: false,
          target: '≥ 1× PyTorch eager, ≥ 1× transformers.js',
          of: ({ ms }) => TOKENS / (ms / 1000),
        }),
        ...casesOf(FINE_TUNING, fineTuning, {
          name: 'fine-tuning step of DistilBERT, 8×128',
          unit: 'ms',
          lowerIsBetter: true,
          target: '≤ 1× PyTorch eager',
          of: ({ ms }) => ms,
        }),
      ],
      teardown: async () => {
        await Promise.all(
          [...Object.values(generation), ...Object.values(fineTuning)].map((engine) => engine.stop()),
        );
      },
    };
  },
};
