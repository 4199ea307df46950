import type { Example } from '../examples.ts';

const SENTENCE = `['The', ' animal', ' did', "n't", ' cross', ' the', ' street', ' because', ' it', ' was', ' tired', '.']`;
/** Weights of 2 layers and 6 heads: to the token before, to the first, to itself, to all, and to what resembles. */
const WEIGHTS = `(() => {
  const T = 12;
  const softmax = (row) => { const e = row.map(Math.exp); const sum = e.reduce((a, b) => a + b); return e.map((x) => x / sum); };
  return Array.from({ length: 2 }, (_, l) => Array.from({ length: 6 }, (_, h) => Array.from({ length: T }, (_, q) => softmax(
    Array.from({ length: T }, (_, k) => [4 * Number(k === q - 1), 3 * Number(k === 0), 5 * Number(k === q), 0.3 * Math.sin(k), -Math.abs(k - q) / (l + 1), 6 * Number(q === 8 && k === 1) + Math.sin(k * q)][h] + Math.sin(l + 2 * q + k) / 2)))));
})()`;

export const MODEL_EXAMPLES: readonly Example[] = [
  {
    name: 'attention-grid',
    code: `v.attentionGrid(${WEIGHTS}, { tokens: ${SENTENCE}, title: 'Attention' })`,
    marks: { '.quire-drawing image': 12 },
  },
  {
    name: 'attention-lines',
    code: `v.attentionLines(${WEIGHTS}[1], ${SENTENCE}, { heads: [0, 2, 5], least: 0.2, title: 'Attention of layer 1' })`,
    marks: { '.quire-drawing svg text': 29 },
  },
  {
    name: 'attention-rollout',
    code: `v.heatmap(v.attentionRollout(${WEIGHTS}), { x: ${SENTENCE}, y: ${SENTENCE}, colorScale: 'blues', square: true, values: false, xTitle: 'token of the input', title: 'Attention rollout' })`,
    marks: { '.heatmaplayer image': 1, '.colorbar': 1 },
  },
  {
    name: 'operator-times',
    code: `v.operatorTimes([
  { operator: 'MatMul', count: 34, milliseconds: 21.4 }, { operator: 'FusedMatMul', count: 18, milliseconds: 9.7 },
  { operator: 'LayerNormalization', count: 9, milliseconds: 2.3 }, { operator: 'Gelu', count: 4, milliseconds: 1.9 },
  { operator: 'Softmax', count: 5, milliseconds: 1.1 }, { operator: 'Transpose', count: 22, milliseconds: 0.8 }])`,
    marks: { '.barlayer .point path': 6 },
  },
  {
    name: 'saliency-overlay',
    code: `v.saliencyOverlay({ shape: [32, 32, 3], data: Float32Array.from({ length: 3072 }, (_, i) => {
  const [y, x, c] = [Math.floor(i / 96), Math.floor(i / 3) % 32, i % 3];
  return Math.hypot(x - 11, y - 13) < 7 ? [0.95, 0.8, 0.3][c] : [0.3, 0.5, 0.6][c] - y / 100; }) },
  Array.from({ length: 8 }, (_, y) => Array.from({ length: 8 }, (_, x) => Math.exp(-((x - 2.5) ** 2 + (y - 3) ** 2) / 3) - 0.4 * Math.exp(-((x - 6) ** 2 + (y - 6) ** 2) / 2))), { title: 'Occlusion' })`,
    marks: { '.quire-drawing image': 3 },
  },
  {
    name: 'attention-layers',
    code: `v.attentionLines(${WEIGHTS}, ${SENTENCE}, { layer: 1, heads: [5], least: 0.1, title: 'Attention of all layers' })`,
    marks: { '.quire-drawing select option': 2, '.quire-drawing input': 6, '.quire-drawing svg text': 24 },
  },
  {
    name: 'weight-histograms',
    code: `v.weightHistograms(Object.fromEntries(['embedding', 'attention', 'feed-forward', 'norm', 'head'].map((name, k) => [name,
  Float32Array.from({ length: 3000 }, (_, i) => k === 3 ? 1 + 0.05 * Math.sin(i * 1.3) : i % 10 < k ? 0
    : (0.2 + k / 8) * (Math.sin(i * 1.7) + Math.sin(i * 2.9) + Math.cos(i * 4.3)))])), { title: 'Weights by layer' })`,
    marks: { '.scatterlayer path.js-fill': 5, '.annotation': 5 },
  },
  {
    name: 'activation-histograms',
    code: `v.activationHistograms(Object.fromEntries([0, 1, 2].map((k) => [\`block \${k}\`, { shape: [100, 32],
  data: Float32Array.from({ length: 3200 }, (_, i) => i === 7 && k === 2 ? NaN : i % 32 < 4 * k ? 0
    : Math.max(0, Math.sin(i * 1.7) + Math.sin(i * 2.9) + Math.cos(i * 4.3) + 1 - k)) }])), { title: 'Activations after ReLU' })`,
    marks: { '.scatterlayer path.js-fill': 3, '.annotation': 3 },
  },
  {
    name: 'weight-histograms-over-time',
    code: `v.weightHistograms(Array.from({ length: 8 }, (_, t) => ({ step: 100 * t, layers: Object.fromEntries(['attention', 'head'].map((name, k) => [name,
  Float32Array.from({ length: 1000 }, (_, i) => (0.3 + t / (10 + 10 * k)) * (Math.sin(i * 1.7) + Math.sin(i * 2.9) + Math.cos(i * 4.3)) + k * t / 20)])) })),
  { bins: 30, height: 360, title: 'Weights while training' })`,
    marks: { '.scatterlayer path.js-fill': 16, '.cartesianlayer .subplot': 2 },
  },
  {
    name: 'feature-maps',
    code: `v.featureMaps({ shape: [14, 14, 12], data: Float32Array.from({ length: 14 * 14 * 12 }, (_, i) => {
  const [y, x, c] = [Math.floor(i / 168), Math.floor(i / 12) % 14, i % 12];
  return c === 5 ? 0 : Math.max(0, Math.sin(x * Math.cos(c / 2) / 1.5 + y * Math.sin(c / 2) / 1.5) * Math.exp(-((x - 7) ** 2 + (y - 7) ** 2) / 40)); }) },
  { title: 'Feature maps' })`,
    marks: { '.quire-drawing image': 12 },
  },
  {
    name: 'filters',
    code: `v.filters({ shape: [7, 7, 3, 16], data: Float32Array.from({ length: 7 * 7 * 3 * 16 }, (_, i) => {
  const [y, x, c, o] = [Math.floor(i / 336) - 3, (Math.floor(i / 48) % 7) - 3, Math.floor(i / 16) % 3, i % 16];
  return Math.sin((x * Math.cos(o / 5) + y * Math.sin(o / 5)) * (1 + (o % 3) / 2) + (o % 4 === 3 ? c * 2 : 0)) * Math.exp(-(x * x + y * y) / 8); }) },
  { columns: 8, title: 'Filters of the first layer' })`,
    marks: { '.quire-drawing image': 16 },
  },
  {
    name: 'quantization-error',
    code: `v.quantizationError(Object.fromEntries(['embedding', 'h.0.attn', 'h.0.mlp', 'h.1.attn', 'h.1.mlp', 'head'].map((name, k) => {
  const original = Float32Array.from({ length: 2000 }, (_, i) => Math.sin(i * 1.7) + Math.sin(i * 2.9) + (k === 4 && i % 500 === 0 ? 12 : 0));
  const scale = Math.max(...original.map(Math.abs)) / 127;
  return [name, { original, dequantized: k === 5 ? original : original.map((x) => Math.round(x / scale) * scale) }];
})), { title: 'int8, one scale for each layer' })`,
    marks: { '.barlayer .point path': 6, '.scatterlayer path.point': 10 },
  },
  {
    name: 'loss-landscape',
    code: `v.lossLandscape({ x: Array.from({ length: 25 }, (_, i) => i / 12 - 1), y: Array.from({ length: 25 }, (_, i) => i / 12 - 1),
  losses: Array.from({ length: 25 }, (_, i) => Array.from({ length: 25 }, (_, j) => 0.2 + 3 * (j / 12 - 1) ** 2 + (i / 12 - 1 - (j / 12 - 1) ** 2) ** 2 + Math.sin(i) / 20)) },
  { path: { x: Array.from({ length: 14 }, (_, i) => 0.9 * 0.7 ** i * Math.cos(i / 2)), y: Array.from({ length: 14 }, (_, i) => 0.8 * 0.8 ** i) }, title: 'Loss landscape' })`,
    marks: { '.contourlayer .contour': 1, '.scatterlayer path.point': 15 },
  },
  {
    name: 'onnx-graph',
    code: `v.onnxGraph({ inputs: ['tokens'], outputs: ['logits'],
  initializers: { wte: [65, 128], w1: [128, 512], w2: [512, 128], head: [128, 65] },
  shapes: { tokens: ['batch', 64], e: ['batch', 64, 128], n: ['batch', 64, 128], h: ['batch', 64, 512], logits: ['batch', 64, 65] },
  nodes: [
    { name: 'wte', operator: 'Gather', inputs: ['wte', 'tokens'], outputs: ['e'] },
    { name: 'ln', operator: 'LayerNormalization', inputs: ['e'], outputs: ['n'] },
    { name: 'fc', operator: 'MatMul', inputs: ['n', 'w1'], outputs: ['h'] },
    { name: 'act', operator: 'Gelu', inputs: ['h'], outputs: ['a'] },
    { name: 'proj', operator: 'MatMul', inputs: ['a', 'w2'], outputs: ['p'] },
    { name: 'residual', operator: 'Add', inputs: ['e', 'p'], outputs: ['r'] },
    { name: 'head', operator: 'MatMul', inputs: ['r', 'head'], outputs: ['logits'] },
  ] }, { times: { wte: 0.1, ln: 0.3, fc: 2.4, act: 0.6, proj: 2.2, residual: 0.2, head: 1.1 }, title: 'A feed-forward block' })`,
    marks: { '.quire-drawing .node': 9, '.quire-drawing .arrow': 9 },
  },
  {
    name: 'architecture',
    code: `v.architecture({ name: 'GPT', children: [
  { name: 'wte', kind: 'Embedding', parameters: { weight: [65, 128] }, outputShape: ['batch', 64, 128] },
  ...[0, 1, 2, 3].map((i) => ({ name: \`h.\${i}\`, kind: 'Block', children: [
    { name: 'attn', kind: 'Attention', parameters: { qkv: [128, 384], proj: [128, 128] }, outputShape: ['batch', 64, 128] },
    { name: 'mlp', kind: 'MLP', parameters: { fc: [128, 512], proj: [512, 128] }, outputShape: ['batch', 64, 128] }] })),
  { name: 'head', kind: 'Linear', parameters: { weight: [128, 65] }, outputShape: ['batch', 64, 65] },
] }, { title: 'A small GPT' })`,
    marks: { '.quire-drawing .node': 4, '.quire-drawing .arrow': 3, '.quire-drawing summary': 15 },
  },
  {
    name: 'architecture-parameters',
    code: `v.architecture({ transformer: {
  wte: { weight: { shape: [50257, 768] } }, wpe: { weight: { shape: [1024, 768] } },
  h: Array.from({ length: 12 }, () => ({
    ln_1: { weight: { shape: [768] }, bias: { shape: [768] } },
    attn: { c_attn: { weight: { shape: [768, 2304] }, bias: { shape: [2304] } }, c_proj: { weight: { shape: [768, 768] }, bias: { shape: [768] } } },
    ln_2: { weight: { shape: [768] }, bias: { shape: [768] } },
    mlp: { c_fc: { weight: { shape: [768, 3072] }, bias: { shape: [3072] } }, c_proj: { weight: { shape: [3072, 768] }, bias: { shape: [768] } } } })),
  ln_f: { weight: { shape: [768] }, bias: { shape: [768] } } } }, { name: 'gpt2', title: 'GPT-2, of its parameters' })`,
    marks: { '.quire-drawing .node': 7, '.quire-drawing .group': 2, '.quire-drawing summary': 112 },
  },
  {
    name: 'onnx-graph-layers',
    code: `(() => {
  const nodes = [];
  const add = (path, operator, ...inputs) => { const name = path + '/' + operator; nodes.push({ name, operator, inputs, outputs: [name] }); return name; };
  let x = add('/gpt/wte', 'Gather', 'wte', 'tokens');
  for (let i = 0; i < 12; i++) {
    const at = '/gpt/h.' + i;
    const qkv = add(at + '/attn/qkv', 'MatMul', add(at + '/ln_1', 'LayerNormalization', x), 'w.qkv');
    const weights = add(at + '/attn', 'Softmax', add(at + '/attn/scores', 'MatMul', qkv, qkv));
    x = add(at + '/first', 'Add', x, add(at + '/attn/proj', 'MatMul', add(at + '/attn/mix', 'MatMul', weights, qkv), 'w.proj'));
    const wide = add(at + '/mlp', 'Gelu', add(at + '/mlp/fc', 'MatMul', add(at + '/ln_2', 'LayerNormalization', x), 'w.fc'));
    x = add(at + '/second', 'Add', x, add(at + '/mlp/out', 'MatMul', wide, 'w.out'));
  }
  const logits = add('/gpt/head', 'MatMul', x, 'w.head');
  const times = Object.fromEntries(nodes.map(({ name, operator }) => [name, { MatMul: 0.4, Gelu: 0.2, Softmax: 0.15 }[operator] ?? 0.03]));
  return v.onnxGraph({ inputs: ['tokens'], outputs: [logits], initializers: { wte: [50257, 768] }, shapes: { tokens: [1, 64], [logits]: [1, 64, 50257] }, nodes },
    { times, depth: 2, title: 'Twelve layers' });
})()`,
    marks: { '.quire-drawing .node': 10, '.quire-drawing .group': 1 },
  },
];
