/** Training of a model of pictures, names and sounds beside the same model in PyTorch, from the same files. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { MultimodalAnswer, MultimodalRequest } from '../engines/multimodal.ts';
import type { Area, Case, Measurement } from '../harness.ts';
import { cachedFolder, pythonEnvironment } from '../peers/cache.ts';
import { Engine, unavailable } from '../peers/engine.ts';

const OURS = fileURLToPath(new URL('../engines/multimodal.js', import.meta.url));
const MAKE_FILES = fileURLToPath(new URL('../engines/make_multimodal.js', import.meta.url));
const TORCH = fileURLToPath(new URL('../../engines/multimodal_torch.py', import.meta.url));

const PYTHON = ['torch==2.13.0', 'numpy', 'pillow==12.3.0', 'tokenizers==0.23.2', 'safetensors==0.8.0'];
/** Of the files and of what `models/multimodal.ts` begins with: another one has them made anew. */
const FILES = '1';

const BATCH = 32;
/** Batches that are trained on in a round. */
const STEPS = 20;
const STEPS_ALONE = 10;
/** How far losses of the first steps, from the same weights, may be apart. */
const TOLERANCE = 2e-4;

type MultimodalEngine = Engine<MultimodalRequest, MultimodalAnswer>;

async function ask(engine: MultimodalEngine, request: MultimodalRequest): Promise<MultimodalAnswer> {
  if (engine.unavailable !== undefined) throw new Error(engine.unavailable);
  const answer = await engine.ask(request);
  if ('error' in answer) throw new Error(answer.error);
  return answer;
}

export const multimodal: Area = {
  name: 'multimodal',
  setup: async () => {
    let python = 'python3';
    const folder = cachedFolder('multimodal-data', FILES, (made) => {
      execFileSync(process.execPath, ['--conditions=built', MAKE_FILES, made], { stdio: ['ignore', 2, 2] });
    });
    const noTorch = unavailable(() => {
      python = pythonEnvironment('multimodal', PYTHON);
    });
    const ours = (): MultimodalEngine => new Engine([process.execPath, '--conditions=built', OURS, folder]);
    const torch = (workers: number): MultimodalEngine =>
      new Engine([python, TORCH, folder, String(workers)], { unavailable: noTorch });
    // What is measured alone is in processes of its own, so that the memory of a training is that of a training.
    const alone = { ours: ours(), torch: torch(0) };
    const training = {
      ours: ours(),
      'PyTorch, loading in its process': torch(0),
      'PyTorch, 2 loading processes': torch(2),
    };
    let expected: Promise<number[]> | undefined;
    const firstLosses = (engine: MultimodalEngine): Promise<number[]> =>
      ask(engine, { task: 'step', steps: 4 }).then(({ losses }) => losses);
    let same: Promise<void> | undefined;
    /** @throws where PyTorch's model isn't ours: from the same weights, its first losses are others. */
    const requireSame = async (): Promise<void> => {
      expected ??= firstLosses(alone.ours);
      const [wanted, found] = [await expected, await firstLosses(alone.torch)];
      if (wanted.some((loss, i) => !(Math.abs(loss - (found[i] as number)) <= TOLERANCE))) {
        throw new Error(`another model: its first losses are ${found.join(', ')}, not ${wanted.join(', ')}`);
      }
    };
    const measure =
      (
        engine: MultimodalEngine,
        request: MultimodalRequest,
        pick: (answer: MultimodalAnswer) => Measurement,
      ): (() => Promise<Measurement>) =>
      async () => {
        if (engine !== training.ours && engine !== alone.ours) {
          same ??= requireSame();
          await same;
        }
        return pick(await ask(engine, request));
      };
    const speed = ({ ms }: MultimodalAnswer, steps: number): number => (steps * BATCH) / (ms / 1000);
    const ofTraining = (
      row: Omit<Case, 'ours' | 'peers'>,
      task: MultimodalRequest['task'],
      pick: (answer: MultimodalAnswer) => number,
    ): Case => {
      const { ours, ...peers } = training;
      const request = { task, steps: STEPS };
      return {
        ...row,
        ours: measure(ours, request, pick),
        peers: Object.fromEntries(
          Object.entries(peers).map(([name, engine]) => [name, measure(engine, request, pick)]),
        ),
      };
    };
    return {
      cases: [
        ofTraining(
          {
            name: 'training on pictures, names and sounds, loading included',
            unit: 'examples/s',
            lowerIsBetter: false,
            target: '≥ 1× PyTorch',
            rounds: 7,
          },
          'training',
          (answer) => speed(answer, STEPS),
        ),
        ofTraining(
          {
            name: 'processor time of this training',
            unit: 'ms an example, all cores',
            lowerIsBetter: true,
            rounds: 2,
          },
          'training',
          ({ processorMs }) => processorMs / (STEPS * BATCH),
        ),
        ofTraining(
          { name: 'memory of this training', unit: 'MiB, all processes', lowerIsBetter: true, rounds: 1 },
          'training',
          ({ memoryMiB }) => memoryMiB,
        ),
        ofTraining(
          { name: 'loading alone', unit: 'examples/s', lowerIsBetter: false, rounds: 3 },
          'loading',
          (answer) => speed(answer, STEPS),
        ),
        {
          name: `training step alone, batch ${BATCH}`,
          unit: 'ms',
          lowerIsBetter: true,
          rounds: 5,
          ours: measure(alone.ours, { task: 'step', steps: STEPS_ALONE }, ({ ms }) => ms / STEPS_ALONE),
          peers: {
            'PyTorch, loading in its process': measure(
              alone.torch,
              { task: 'step', steps: STEPS_ALONE },
              ({ ms }) => ms / STEPS_ALONE,
            ),
          },
        },
      ],
      teardown: async () => {
        await Promise.all(
          [...Object.values(alone), ...Object.values(training)].map((engine) => engine.stop()),
        );
      },
    };
  },
};
