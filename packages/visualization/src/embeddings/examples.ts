import type { Example } from '../examples.ts';

/** Points about a corner for each of 5 classes, in 12 dimensions. */
const POINTS = `(each) => { const noise = (i, d) => { const s = Math.sin(i * 12.9898 + d * 78.233) * 43758.5453; return s - Math.floor(s) - 0.5; };
  return Array.from({ length: 5 * each }, (_, i) => Array.from({ length: 12 }, (_, d) => (d === i % 5 ? 3 : 0) + 2 * noise(i, d) + noise(d, i))); }`;

export const EMBEDDING_EXAMPLES: readonly Example[] = [
  {
    name: 'embedding-tsne',
    code: `await v.embedding((${POINTS})(40), { method: 'tsne', iterations: 400, title: 't-SNE of word vectors', colorTitle: 'part of speech',
  color: Array.from({ length: 200 }, (_, i) => ['noun', 'verb', 'adjective', 'adverb', 'number'][i % 5]), text: Array.from({ length: 200 }, (_, i) => 'word ' + i) })`,
    marks: { '.scatterlayer path.point': 200, '.legend .traces': 5 },
  },
];
