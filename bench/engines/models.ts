/**
 * Measures `@quire/model`, or transformers.js, on the models of make_models.py. Reads requests from standard input, one a
 * line, and answers each with a line.
 *
 * Usage: node --conditions=built models.js FOLDER [FOLDER_OF_TRANSFORMERS_JS]
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { distilbert, generateTokens, gpt2, loadPretrained } from '@quire/model';
import { device, jit, optimizers, random, tf, valueAndGradients } from '@quire/runtime';
import { randomIntegers } from '../models/parameters.ts';

const [folder = '.', transformersFolder] = process.argv.slice(2);

/** Once through the task; answers with numbers that engines can be compared by. */
type Run = () => Promise<number[]>;

export interface ModelRequest {
  task: 'generation' | 'fineTuning';
  /** Times are taken of so many runs, after one that isn't counted; the answer is their median. */
  runs: number;
  options: Record<string, unknown>;
}

export interface ModelAnswer {
  ms: number;
  /** Tokens, or the loss. */
  result: number[];
  /** The most memory that the process had so far. */
  peakMiB: number;
}

interface GenerationOptions {
  prompt: number[];
  tokens: number;
}

async function generation({ prompt, tokens }: GenerationOptions): Promise<Run> {
  const model = await loadPretrained(join(folder, 'gpt2'), { architecture: gpt2, tokenizer: false });
  return async () => {
    const ids: number[] = [];
    for await (const [token] of generateTokens(model, [prompt], { maxNewTokens: tokens, eosTokenId: [] })) {
      if (token) ids.push(token.id);
    }
    return ids;
  };
}

async function fineTuning({ batch, length }: { batch: number; length: number }): Promise<Run> {
  const { params, config } = await loadPretrained(join(folder, 'distilbert'), {
    architecture: distilbert,
    tokenizer: false,
  });
  const optimizer = optimizers.adamW({ learningRate: 5e-5 });
  const inputIds = randomIntegers([batch, length], config.vocabularySize) as tf.Tensor2D;
  const attentionMask = tf.ones([batch, length], 'int32') as tf.Tensor2D;
  const labels = randomIntegers([batch], 2);
  const step = jit(
    (state: { params: typeof params; optimizer: ReturnType<typeof optimizer.init> }, key: random.Key) => {
      const { value: loss, gradients } = valueAndGradients(
        (params: typeof state.params) =>
          distilbert.loss(params, { inputIds, attentionMask, labels }, config, { dropoutKey: key }),
        state.params,
      );
      const next = optimizer.update(gradients, state.optimizer, state.params);
      return { state: { params: next.params, optimizer: next.state }, loss };
    },
    { donate: [0] },
  );
  let state = { params, optimizer: optimizer.init(params) };
  const key = random.key(1);
  let steps = 0;
  return async () => {
    const next = random.foldIn(key, steps++);
    const result = await step(state, next);
    state = result.state as typeof state;
    const [loss] = await (result.loss as tf.Scalar).data();
    tf.dispose([next, result.loss]);
    return [loss as number];
  };
}

/** What is used of transformers.js. */
interface TransformersJs {
  env: { allowRemoteModels: boolean; localModelPath: string };
  Tensor: new (type: string, data: BigInt64Array, dims: number[]) => object;
  AutoModelForCausalLM: {
    from_pretrained(
      name: string,
      options: object,
    ): Promise<{ generate(options: object): Promise<{ tolist(): bigint[][] }> }>;
  };
}

async function transformersGeneration(from: string, options: GenerationOptions): Promise<Run> {
  const { env, Tensor, AutoModelForCausalLM } = createRequire(join(from, 'x.js'))(
    '@huggingface/transformers',
  ) as TransformersJs;
  env.allowRemoteModels = false;
  env.localModelPath = folder;
  const model = await AutoModelForCausalLM.from_pretrained('gpt2-onnx', { dtype: 'fp32', device: 'cpu' });
  const { prompt, tokens } = options;
  const tensor = (values: readonly number[]): object =>
    new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  return async () => {
    const output = await model.generate({
      inputs: tensor(prompt),
      attention_mask: tensor(prompt.map(() => 1)),
      max_new_tokens: tokens,
      min_new_tokens: tokens,
      do_sample: false,
    });
    return (output.tolist()[0] as bigint[]).slice(prompt.length).map(Number);
  };
}

if (transformersFolder === undefined) await device.use('cpu');
const prepared = new Map<string, Run>();

async function answer({ task, runs, options }: ModelRequest): Promise<ModelAnswer> {
  let run = prepared.get(task);
  if (!run) {
    if (transformersFolder !== undefined) {
      if (task !== 'generation') throw new Error('transformers.js does not train');
      run = await transformersGeneration(transformersFolder, options as never);
    } else run = await { generation, fineTuning }[task](options as never);
    await run();
    prepared.set(task, run);
  }
  const times: number[] = [];
  let result: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    result = await run();
    times.push(performance.now() - start);
  }
  const ms = times.sort((a, b) => a - b)[times.length >> 1] as number;
  return { ms, result, peakMiB: process.resourceUsage().maxRSS / 2 ** 10 };
}

for await (const line of createInterface({ input: process.stdin })) {
  const reply = await answer(JSON.parse(line) as ModelRequest).catch((error: Error) => ({
    error: error.message.split('\n')[0],
  }));
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
