import type { Example } from '../examples.ts';

export const TENSORBOARD_EXAMPLES: readonly Example[] = [
  {
    name: 'tensorboard',
    code: `await (async () => {
  const [{ mkdtempSync }, { tmpdir }, { join }] = await Promise.all([import('node:fs'), import('node:os'), import('node:path')]);
  const logdir = mkdtempSync(join(tmpdir(), 'runs-'));
  for (const [k, name] of ['baseline', 'wider'].entries()) {
    const writer = new v.EventWriter(join(logdir, name));
    for (let step = 0; step < 300; step++) {
      const noise = Math.sin(step * 12.9 + k) * Math.cos(step * 7.3);
      writer.scalars({ 'loss/train': 3 * Math.exp(-step / (60 + 20 * k)) + 0.4 - 0.1 * k + 0.2 * noise, accuracy: 0.9 - 0.6 * Math.exp(-step / 50) + 0.03 * noise }, step);
      if (step % 50 !== 0) continue;
      writer.histogram('weights', Float32Array.from({ length: 400 }, (_, i) => (0.3 + step / 600) * (Math.sin(i * 1.7) + Math.sin(i * 2.9) + Math.cos(i * 4.3))), step);
      writer.text('sample', ['the the the', 'the cat the cat', 'a cat sat on', 'a cat sat on a mat', 'A cat sat on a mat.', 'A cat sat on a mat. <script>alert(1)</script>'][step / 50] ?? "", step);
      const picture = v.imageGrid({ shape: [2, 24, 24, 3], data: Float32Array.from({ length: 3456 }, (_, i) => 0.5 + 0.5 * Math.sin((Math.floor(i / 3) % 24) / (1 + step / 90) + i % 3) * Math.cos(Math.floor(i / 72) / (4 + k))) });
      writer.image('filter', { width: picture.width, height: picture.height, bytes: await picture.toPng({ scale: 1 }) }, step);
    }
    writer.close();
  }
  return v.tensorboard(logdir, { title: 'Two runs' });
})()`,
    marks: {
      '.quire-panel': 7,
      '.quire-panel[open] .cartesianlayer .subplot': 3,
      '.quire-panel[open] .quire-drawing image': 6,
      '.runs input': 2,
    },
  },
];
