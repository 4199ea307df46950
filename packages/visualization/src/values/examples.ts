import type { Example } from '../examples.ts';

export const VALUE_EXAMPLES: readonly Example[] = [
  {
    name: 'show-tensor',
    code: `v.show({ shape: [3, 5], dtype: 'float32', dataSync: () => Float32Array.of(0.5, -1.25, 2, NaN, 0, 1, 1.5, -Infinity, 0.125, -2, 0, 3, -3, 1e-7, 12) }, { title: 'A tensor' })`,
    marks: { '.quire-drawing image': 1, '.quire-drawing svg text': 19 },
  },
  {
    name: 'show-weights',
    code: `v.show({ shape: [64, 192], data: Float32Array.from({ length: 64 * 192 }, (_, i) => Math.sin(i / 7) * Math.cos(i / 192 / 5)) })`,
    marks: { '.quire-drawing image': 1 },
  },
  {
    name: 'image-grid',
    code: `v.imageGrid({ shape: [8, 16, 16, 3], data: Float32Array.from({ length: 8 * 16 * 16 * 3 }, (_, i) => {
  const [n, y, x, c] = [Math.floor(i / 768), Math.floor(i / 48) % 16, Math.floor(i / 3) % 16, i % 3];
  return n === 7 && x === y ? NaN : Math.hypot(x - 8, y - 8) < 3 + n / 2 ? [0.9, 0.5, 0.1][(c + n) % 3] : 0.15; }) },
  { labels: ['sun', 'leaf', 'sea', 'ember', 'moss', 'sky', 'rust', 'NaN'], title: 'A batch' })`,
    marks: { '.quire-drawing image': 8 },
  },
  {
    name: 'sound',
    code: `v.sound(Float32Array.from({ length: 8000 }, (_, i) => Math.sin(i / 6) * Math.exp(-i / 2500)), { sampleRate: 16000, title: 'A pluck' })`,
    marks: { '.quire-drawing audio': 1, '.quire-drawing svg path': 2 },
  },
  {
    name: 'sound-spectrogram',
    code: `v.sound(Float32Array.from({ length: 16000 }, (_, i) => 0.5 * Math.sin(i * (0.1 + i / 40000))), { sampleRate: 16000, title: 'A chirp',
  spectrogram: { values: Array.from({ length: 32 }, (_, band) => Array.from({ length: 100 }, (_, t) => -Math.abs(band - 1 - t / 4))),
    frequencies: Array.from({ length: 32 }, (_, band) => 125 + 250 * band) } })`,
    marks: {
      '.quire-drawing audio': 1,
      '.quire-drawing svg path': 2,
      '.quire-drawing svg image': 1,
      '.playhead': 1,
    },
  },
  {
    name: 'summary',
    code: `v.summary({ wte: { shape: [65, 128], dtype: 'float32' }, h: [0, 1].map(() => ({
  attn: { weight: { shape: [128, 384], dtype: 'float32' }, bias: { shape: [384], dtype: 'float32' } },
  mlp: { weight: { shape: [128, 512], dtype: 'float32' }, bias: { shape: [512], dtype: 'float32' } } })) }, { title: 'A small GPT' })`,
    marks: { 'tbody tr': 9, th: 5 },
  },
];
