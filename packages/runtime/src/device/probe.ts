/** Whether a device works, found out in a process of its own: a broken graphics driver can end the process. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { Graph } from '../graph/graph.ts';
import { writeModel } from '../graph/onnx.ts';
import type { DeviceName } from './session.ts';

const PROBE = `
const [, onnxruntime, device, model] = process.argv;
const ort = require(onnxruntime);
const providers = device === 'cpu' ? ['cpu'] : [device];
const session = ort.InferenceSession.create(Buffer.from(model, 'base64'), { executionProviders: providers, logSeverityLevel: 4 });
session
  .then((session) => session.run({ x: new ort.Tensor('float32', Float32Array.of(1, 2, 3, 4), [2, 2]) }))
  .then(({ y0 }) => {
    if (y0.data.join() !== '7,10,15,22') throw new Error('a matrix product came out wrong: ' + y0.data.join());
  })
  .then(() => process.stdout.write('works', () => process.exit(0)), (error) => process.stdout.write(String(error.message), () => process.exit(1)));
`;

const LIMIT = 60_000;

/** What matrix products and convolutions compute in. */
export type Precision = 'float32' | 'float16';

export const PRECISIONS: readonly Precision[] = ['float32', 'float16'];

const probes = new Map<string, Promise<string | undefined>>();

/** Undefined where a matrix product runs on the device, else why it doesn't; found out once. */
export function whyNot(device: DeviceName, precision: Precision = 'float32'): Promise<string | undefined> {
  const key = `${device} ${precision}`;
  let probe = probes.get(key);
  if (!probe) {
    probe = tryProduct(device, precision);
    probes.set(key, probe);
  }
  return probe;
}

function tryProduct(device: DeviceName, precision: Precision): Promise<string | undefined> {
  const graph = new Graph();
  const x = graph.input('x', [2, 2], 'float32');
  const written = writeModel(graph, [graph.matMul(x, x)], {
    dialect: 'onnx',
    halfProducts: precision === 'float16',
  });
  const model = Buffer.from(written.bytes).toString('base64');
  const onnxruntime = createRequire(import.meta.url).resolve('onnxruntime-node');
  const child = spawn(process.execPath, ['-e', PROBE, onnxruntime, device, model], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: LIMIT,
    windowsHide: true,
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (status, signal) => {
      if (status === 0 && said === 'works') resolve(undefined);
      else resolve(shortened(said) || `the driver ended the process (${signal ?? `status ${status}`})`);
    });
  });
}

/** ONNX Runtime puts the place in its own source before what it has to say. */
function shortened(message: string): string {
  return message
    .replace(/^.*was false\.\s*/s, '')
    .split('\n')[0]
    ?.trim() as string;
}
