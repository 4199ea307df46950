/** Interrupting cells that trace, run or differentiate with `@quire/runtime`, which calls native code and keeps state. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { conformance, Kernel, sleep, stopped } from './kernel.ts';

const CELLS: [what: string, code: string][] = [
  ['compiled steps', 'let y: tf.Tensor2D = big;\nfor (;;) { const z = await product(y); z.dispose(); }'],
  [
    'a function that is traced',
    'await jit((x: tf.Tensor) => { let y = x; for (;;) y = y.add(1).mul(0.9); return y; })(tf.scalar(1));',
  ],
  [
    'a gradient',
    'tf.tidy(() => tf.grad((x: tf.Tensor) => { for (;;) x = x.square(); return x; })(tf.scalar(2)));',
  ],
];

conformance('interrupting a cell with the runtime', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start({ cwd: fileURLToPath(new URL('../../notebooks', import.meta.url)) });
    await kernel.run(
      [
        "import { device, jit, tf } from '@quire/runtime';",
        "await device.use('cpu');",
        "const big = tf.randomUniform<tf.Rank.R2>([700, 700], 0, 1e-3, 'float32', 1);",
        'const product = jit((x: tf.Tensor2D) => x.matMul(x));',
        'const slope = jit((x: tf.Tensor) => tf.grad((x: tf.Tensor) => x.square())(x));',
      ].join('\n'),
    );
  });
  afterAll(() => stopped(kernel));

  test.each(CELLS)('%s', async (_, code) => {
    const request = await kernel.running(code);
    await sleep(1000);
    await kernel.interrupt();
    await request.end(10);
    expect(request.error.ename).toBe('Interrupted');
    const next = await kernel.run(
      '[tf.grad((x: tf.Tensor) => x.square())(tf.scalar(3)).dataSync()[0], (await (await slope(tf.scalar(5))).data())[0], Math.random() < 1].join()',
    );
    expect(next.text).toContain('6,10,true');
  });
});
