/**
 * Measures models of `@quire/model` before and after their weights became small integers. Reads requests from standard
 * input, one a line, and answers each with a line.
 *
 * Usage: node --conditions=built compression.js
 */
import { createInterface } from 'node:readline';
import { bert, compression, generateTokens, gpt2, namedLeaves } from '@quire/model';
import { device, jit, ops, random, type tf } from '@quire/runtime';
import { randomIntegers } from '../models/parameters.ts';

export type Weights = 'float32' | 'dynamic' | 'static' | '8 bits' | '4 bits';

export interface CompressionRequest {
  task: 'bert' | 'generation';
  weights: Weights;
}

export interface CompressionAnswer {
  ms: number;
  /** Of all parameters, with their scales. */
  bytes: number;
}

interface Prepared {
  bytes: number;
  run: () => Promise<void>;
}

const TOKENS = 32;
const PROMPT = Array.from({ length: 16 }, (_, i) => i + 5);
const LAYERS = 4;

function bytesOf(params: object): number {
  return namedLeaves<tf.Tensor | ops.QuantizedMatrix>(params).reduce(
    (sum, { value }) => sum + (value instanceof ops.QuantizedMatrix ? value.bytes : 4 * value.size),
    0,
  );
}

const compressed: Record<
  Weights,
  <Params>(params: Params, calibrate: () => Promise<compression.ActivationRanges>) => Promise<Params>
> = {
  float32: async (params) => params,
  dynamic: (params) => compression.quantizeDynamic(params),
  static: async (params, calibrate) => compression.quantizeStatic(params, await calibrate()),
  '8 bits': (params) => compression.quantizeWeights(params, { bits: 8 }),
  '4 bits': (params) => compression.quantizeWeights(params, { bits: 4, blockSize: 128 }),
};

const bertConfig = bert.readConfig({ num_hidden_layers: LAYERS }, 'none');
const gpt2Config = gpt2.readConfig({}, 'languageModel');
/** Weights of each model, made once. */
const params = new Map<string, Promise<object>>();

async function prepare({ task, weights }: CompressionRequest): Promise<Prepared> {
  const key = random.key(1);
  const own = params.get(task) ?? (task === 'bert' ? bert.init(bertConfig, key) : gpt2.init(gpt2Config, key));
  params.set(task, own);
  const before = (await own) as bert.BertParameters & gpt2.Gpt2Parameters;
  if (task === 'bert') {
    const inputIds = randomIntegers([8, 128], bertConfig.vocabularySize) as tf.Tensor2D;
    const forward = (own: bert.BertParameters, inputIds: tf.Tensor2D): tf.Tensor =>
      bert.forward(own, { inputIds }, bertConfig).hidden;
    const after = await compressed[weights](before as bert.BertParameters, () =>
      compression.calibrate(before as bert.BertParameters, forward, [inputIds]),
    );
    const compiled = jit(forward, { name: weights });
    return { bytes: bytesOf(after), run: async () => (await compiled(after, inputIds)).dispose() };
  }
  const after = await compressed[weights](before as gpt2.Gpt2Parameters, () => {
    throw new Error('Generation is measured with weights of few bits.');
  });
  const model = { architecture: gpt2, config: { ...gpt2Config }, params: after };
  const run = async (): Promise<void> => {
    let count = 0;
    for await (const [token] of generateTokens(model, [PROMPT], { maxNewTokens: TOKENS, eosTokenId: [] })) {
      if (token) count++;
    }
    if (count !== TOKENS) throw new Error(`${count} tokens in place of ${TOKENS} were made.`);
  };
  return { bytes: bytesOf(after), run };
}

await device.use('cpu');
const prepared = new Map<string, Prepared>();

async function answer(request: CompressionRequest): Promise<CompressionAnswer> {
  const name = `${request.task}, ${request.weights}`;
  let known = prepared.get(name);
  if (!known) {
    known = await prepare(request);
    await known.run();
    prepared.set(name, known);
  }
  const start = performance.now();
  await known.run();
  return { ms: performance.now() - start, bytes: known.bytes };
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply: CompressionAnswer | { error: string };
  try {
    reply = await answer(JSON.parse(line) as CompressionRequest);
  } catch (error) {
    reply = { error: (error as Error).message.split('\n')[0] as string };
  }
  console.log(JSON.stringify(reply));
}
process.exit(0);
