/**
 * Measures TensorFlow.js code: compiled by `jit`, or eagerly on one of TensorFlow.js's backends. Reads requests from
 * standard input, one a line, and answers each with a line.
 *
 * Usage: node --conditions=built tensors.js jit|cpu|wasm|tensorflow [device]
 */
import { createInterface } from 'node:readline';
import { device, jit, leavesOf, optimizers, tf } from '@quire/runtime';
import { type GptConfig, initializeGpt, mulberry32, SMALL, trainingStep } from '@quire/test/gpt';
import { BERT, bert, initializeBert } from '../models/bert.ts';
import { initializeMlp, MLP, mlpStep } from '../models/mlp.ts';
import { randomIntegers, randomTensor } from '../models/parameters.ts';
import { initializeResNet, resNet } from '../models/resnet.ts';

const [mode = 'jit', where = 'cpu'] = process.argv.slice(2);
const compiling = mode === 'jit';
await device.use(where as 'cpu', compiling ? {} : { eager: mode as 'wasm' });

type Run = () => Promise<void>;

interface Prepared {
  /** Elements of all parameters, so that it is seen that everyone measures the same model. */
  parameters: number;
  run: Run;
}

const sizeOf = (tree: unknown): number =>
  leavesOf<tf.Tensor>(tree).reduce((sum, { value }) => sum + value.size, 0);

/** Waits until `result` is there. */
async function finish(result: tf.Tensor): Promise<void> {
  await result.data();
  result.dispose();
}

/** A function of data whose parameters don't change. */
function inference(params: unknown, input: tf.Tensor, forward: (input: never) => tf.Tensor): Prepared {
  const compiled = jit(forward as (input: tf.Tensor) => tf.Tensor);
  const run: Run = async () =>
    finish(compiling ? await compiled(input) : tf.tidy(() => forward(input as never)));
  return { parameters: sizeOf(params), run };
}

/** A step from state to state; the loss is read after each. */
function training<State>(
  initial: State,
  parameters: number,
  step: (state: State) => { state: State; loss: tf.Tensor },
): Prepared {
  const compiled = jit(step, { donate: [0] });
  let state = initial;
  const run: Run = async () => {
    if (compiling) {
      const result = await compiled(state);
      state = result.state as State;
      return finish(result.loss as tf.Tensor);
    }
    const old = state;
    const result = tf.tidy(() => step(old) as never) as { state: State; loss: tf.Tensor };
    state = result.state;
    for (const { value } of leavesOf<tf.Tensor>(old)) value.dispose();
    return finish(result.loss);
  };
  return { parameters, run };
}

function gptTraining(config: GptConfig, batch: number): Prepared {
  const optimizer = optimizers.adamW();
  const params = initializeGpt(config, mulberry32(1));
  const tokens = randomIntegers([batch, config.context], config.vocabulary) as tf.Tensor2D;
  const targets = randomIntegers([batch, config.context], config.vocabulary) as tf.Tensor2D;
  const step = trainingStep(config, optimizer);
  return training({ params, optimizer: optimizer.init(params) }, sizeOf(params), (state) =>
    step(state, tokens, targets),
  );
}

/** GPT-2 small's shape. */
const GPT2 = { layers: 12, width: 768, heads: 12, context: 512, vocabulary: 50257 };

const TASKS: Record<string, () => Prepared> = {
  gpt: () => gptTraining({ ...SMALL, vocabulary: 65 }, 12),
  gpt2: () => gptTraining(GPT2, 4),
  mlp: () => {
    const params = initializeMlp();
    const optimizer = optimizers.sgd({ learningRate: 0.1 });
    const images = randomTensor([MLP.batch, MLP.inputs], 1) as tf.Tensor2D;
    const labels = randomIntegers([MLP.batch], MLP.classes) as tf.Tensor1D;
    const step = mlpStep(optimizer, images, labels);
    return training({ params, optimizer: optimizer.init(params) }, sizeOf(params), step);
  },
  matmul: () => {
    const a = tf.keep(randomTensor([1024, 1024], 1)) as tf.Tensor2D;
    const b = randomTensor([1024, 1024], 1) as tf.Tensor2D;
    const compiled = jit((a: tf.Tensor2D, b: tf.Tensor2D) => a.matMul(b));
    return { parameters: 0, run: async () => finish(compiling ? await compiled(a, b) : a.matMul(b)) };
  },
  bert: () => {
    const params = initializeBert();
    const tokens = randomIntegers([BERT.batch, BERT.length], BERT.vocabulary);
    return inference(params, tokens, (tokens: tf.Tensor2D) => bert(params, tokens));
  },
  resnet1: () => resNetTask(1),
  resnet8: () => resNetTask(8),
};

function resNetTask(batch: number): Prepared {
  const params = initializeResNet();
  const images = randomTensor([batch, 224, 224, 3], 1);
  // Running means and variances are no parameters.
  const { stages, stem, weight, bias } = params;
  const learned = [stem, ...stages.flat().flatMap((block) => Object.values(block))].map(
    ({ filter, scale, bias }: typeof stem) => [filter, scale, bias],
  );
  return {
    ...inference(params, images, (images: tf.Tensor4D) => resNet(params, images)),
    parameters: sizeOf([learned, weight, bias]),
  };
}

const prepared = new Map<string, Prepared>();

interface Request {
  task: string;
  /** Times are taken of so many runs; the answer is their median. */
  runs: number;
  /** Make the task anew and answer with the time of its first run. */
  first?: boolean;
}

async function answer({ task, runs, first }: Request): Promise<object> {
  let known = first ? undefined : prepared.get(task);
  if (!known) {
    const make = TASKS[task];
    if (!make) throw new Error(`no task ${task}`);
    known = make();
    if (first) {
      const start = performance.now();
      await known.run();
      return { ms: performance.now() - start, parameters: known.parameters };
    }
    await known.run();
    if (runs > 1) await known.run();
    prepared.set(task, known);
  }
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await known.run();
    times.push(performance.now() - start);
  }
  return { ms: times.sort((a, b) => a - b)[times.length >> 1], parameters: known.parameters };
}

for await (const line of createInterface({ input: process.stdin })) {
  const reply = await answer(JSON.parse(line) as Request).catch((error: Error) => ({
    error: error.message.split('\n')[0],
  }));
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
