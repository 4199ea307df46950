/** Where attention goes. */
import { Drawing, type DrawingOptions, onPage, PIXELATED, round, svgText } from '../drawing.ts';
import { checkSameLength, readTexts } from '../finite.ts';
import { BLUES, seriesColor } from '../palettes.ts';
import { textWidth } from '../static/fonts.js';
import { escapeHtml, readable, shorten } from '../text.ts';
import { GRID, INK, MUTED } from '../theme.ts';
import { visible } from '../tokens/flow.ts';
import { switched } from './attention-switch.ts';
import { picture } from './pixels.ts';
import { type ArrayInput, readArray, type Shaped } from './tensor-input.ts';

export interface AttentionGridOptions extends DrawingOptions {
  /** T tokens, named under the pointer. */
  tokens?: readonly string[];
  /** S tokens that are attended to, where they are others (cross-attention). */
  keys?: readonly string[];
}

/** Longer sides of a map are shown by the greatest weights of neighbours. */
const MOST_PIXELS = 128;

/**
 * All attention maps of a model: a row for each layer, a column for each head; in each map a row for each query, the
 * darker the greater the weight, from 0 to the map's greatest. Under the pointer: the strongest pair, and the mean
 * entropy of the rows, which is 0 where each query attends to one key and log S where it attends to all.
 * @param weights (L, H, T, S), rows that sum to 1
 * @throws {TypeError} when weights have another rank
 * @throws {RangeError} when tokens are more or fewer, or a weight isn't from 0 to 1
 */
export function attentionGrid(weights: ArrayInput, options: AttentionGridOptions = {}): Drawing {
  const { shape, data } = readWeights('attentionGrid', weights, [4]);
  const [layers, heads, queries, keys] = shape as [number, number, number, number];
  const { width = 700 } = options;
  const names = readNames('attentionGrid', options, queries, keys);
  const left = 66;
  const top = 26;
  const gap = heads > 16 ? 2 : 5;
  const tile = Math.max(8, Math.min(120, Math.floor((width - left - 8) / heads) - gap));
  let svg = '';
  const step = Math.ceil(28 / (tile + gap));
  for (let h = 0; h < heads; h += step) {
    svg += svgText(
      h === 0 && step === 1 && tile > 50 ? 'head 0' : String(h),
      left + h * (tile + gap) + tile / 2,
      18,
      {
        size: 11,
        color: MUTED,
        anchor: 'middle',
      },
    );
  }
  for (let l = 0; l < layers; l++) {
    const y = top + l * (tile + gap);
    if (tile >= 11 || l % 2 === 0) {
      svg += svgText(`layer ${l}`, left - 8, y + tile / 2 + 4, { size: 11, color: MUTED, anchor: 'end' });
    }
    for (let h = 0; h < heads; h++) {
      const at = (l * heads + h) * queries * keys;
      const map = data.subarray(at, at + queries * keys);
      const x = left + h * (tile + gap);
      const told = `layer ${l}, head ${h}\n${strongest(map, keys, names)}\nmean entropy ${readable(meanEntropy(map, keys))}`;
      const source = picture(pooled(map, queries, keys), { scale: BLUES, range: [0, greatest(map)] });
      svg +=
        `<g><title>${escapeHtml(told)}</title><image x="${x}" y="${y}" width="${tile}" height="${tile}" href="${source}"${PIXELATED}/>` +
        `<rect x="${x}" y="${y}" width="${tile}" height="${tile}" fill="none" pointer-events="all" stroke="${GRID}"/></g>`;
    }
  }
  return new Drawing(
    {
      svg,
      width: Math.max(left + heads * (tile + gap) + 4, 240),
      height: top + layers * (tile + gap) + 4,
      alt: `Attention maps of ${layers} layers with ${heads} heads, ${queries} by ${keys} tokens.`,
    },
    options,
  );
}

export interface AttentionLinesOptions extends DrawingOptions {
  /** S tokens that are attended to, where they are others (cross-attention). */
  keys?: readonly string[];
  /** Which heads are drawn. Default: all. With several layers: which are on at first. */
  heads?: readonly number[];
  /** The layer that is shown at first, and in the picture, where all are given. Default: the first. */
  layer?: number;
  /** Weights below this have no line. Default: 0.05. */
  least?: number;
}

/** More lines than these can't be told apart; the strongest are kept. */
const MOST_LINES = 3000;
/** Of all layers together, that the page stays small. */
const MOST_LINES_IN_PAGE = 20_000;

interface Line {
  head: number;
  from: number;
  to: number;
  weight: number;
}

/**
 * A layer's attention as lines from each token, on the left, to those that it attends to, a colour for each head, the
 * stronger the greater the weight. Under the pointer a token's own lines stay (after Vig, "A Multiscale Visualization of
 * Attention in the Transformer Model", 2019). Given all layers, the page has a switch for the layer and one for each head.
 * @param weights (L, H, T, S) of all layers, (H, T, S), or (T, S) of one head
 * @param tokens T texts
 * @throws {TypeError} when weights have another rank
 * @throws {RangeError} when tokens are more or fewer, a weight isn't from 0 to 1, or there is no such head or layer
 */
export function attentionLines(
  weights: ArrayInput,
  tokens: readonly string[],
  options: AttentionLinesOptions = {},
): Drawing {
  const what = 'attentionLines';
  const { shape, data } = readWeights(what, weights, [2, 3, 4]);
  const [layers, heads, queries, keys] = [1, 1, ...shape].slice(-4) as [number, number, number, number];
  const names = readNames(what, { tokens, ...(options.keys ? { keys: options.keys } : {}) }, queries, keys)!;
  const { least = 0.05, width = 520, layer = 0 } = options;
  const isSwitched = shape.length === 4;
  if (!(Number.isInteger(layer) && layer >= 0 && layer < layers)) {
    throw new RangeError(`${what}: there is no layer ${layer}; there are ${layers}, counted from 0.`);
  }
  const chosen = options.heads ?? Array.from({ length: heads }, (_, h) => h);
  for (const head of chosen) {
    if (!(Number.isInteger(head) && head >= 0 && head < heads)) {
      throw new RangeError(`${what}: there is no head ${head}; there are ${heads}, counted from 0.`);
    }
  }
  // Where heads are switched, a head keeps its colour.
  const colorOf = (head: number): string => seriesColor(isSwitched ? head : chosen.indexOf(head));
  const linesOf = (l: number, among: readonly number[], most: number): Line[] => {
    const found: Line[] = [];
    for (const head of among) {
      const start = (l * heads + head) * queries * keys;
      for (let i = 0; i < queries * keys; i++) {
        const weight = data[start + i]!;
        if (weight >= least) found.push({ head, from: Math.floor(i / keys), to: i % keys, weight });
      }
    }
    return found.sort((a, b) => b.weight - a.weight).slice(0, most);
  };
  const lines = linesOf(layer, chosen, MOST_LINES);

  const row = 22;
  const top = heads > 1 || isSwitched ? 34 : 8;
  const labels = (texts: readonly string[]): string[] =>
    texts.map((text) => shorten(visible(text).trim() || visible(text), 24));
  const [fromNames, toNames] = [labels(names.queries), labels(names.keys)];
  const room = (texts: readonly string[]): number =>
    Math.max(...texts.map((text) => textWidth(text, 13))) + 20;
  const left = Math.min(180, room(fromNames));
  const right = width - Math.min(180, room(toNames));
  const middle = (left + right) / 2;
  const y = (i: number): number => top + i * row + row / 2;
  const groups = names.queries.map((text, from) => {
    const own = lines.filter((line) => line.from === from);
    const paths = own
      .map(
        ({ head, to, weight }) =>
          `<path d="M${round(left)} ${y(from)}C${round(middle)} ${y(from)} ${round(middle)} ${y(to)} ${round(right)} ${y(to)}" fill="none" stroke="${colorOf(head)}" stroke-width="${round(0.5 + 2.5 * weight)}" stroke-opacity="${round(0.15 + 0.75 * weight)}"/>`,
      )
      .join('');
    const told = own
      .slice(0, 8)
      .map(
        ({ head, to, weight }) =>
          `→ ${JSON.stringify(names.keys[to])} ${readable(weight)}${chosen.length > 1 ? ` (head ${head})` : ''}`,
      );
    return (
      `<g class="query"><title>${escapeHtml([JSON.stringify(text), ...told].join('\n'))}</title>` +
      `<g pointer-events="none">${paths}</g>` +
      `<rect x="0" y="${y(from) - row / 2}" width="${round(left)}" height="${row}" fill="none" pointer-events="all"/>` +
      `${svgText(fromNames[from]!, left - 8, y(from) + 4.5, { size: 13, anchor: 'end' })}</g>`
    );
  });
  const word = isSwitched ? `layer ${layer}, head` : 'head';
  const legend =
    heads > 1
      ? chosen
          .slice(0, 16)
          .map((head, i) => {
            const x = 8 + i * 34;
            return `<rect x="${x}" y="9" width="11" height="11" rx="2" fill="${colorOf(head)}"/>${svgText(String(head), x + 15, 19, { size: 12, color: MUTED })}`;
          })
          .join('') + svgText(word, 8 + Math.min(16, chosen.length) * 34, 19, { size: 12, color: MUTED })
      : isSwitched
        ? svgText(`layer ${layer}`, 8, 19, { size: 12, color: MUTED })
        : '';
  const strong = lines[0];
  const body = `${groups.join('')}${toNames.map((text, to) => svgText(text, right + 8, y(to) + 4.5, { size: 13, color: INK })).join('')}`;
  const styled = (name: string, inner: string): string =>
    `<style>.${name}:has(.query:hover) .query:not(:hover) path{opacity:0.04}</style><g class="${name}">${inner}</g>`;
  const height = top + row * Math.max(queries, keys) + 8;
  const alt =
    `Attention of ${chosen.length} head${chosen.length === 1 ? '' : 's'}${isSwitched ? ` of layer ${layer} of ${layers}` : ''} between ${queries} and ${keys} tokens as lines` +
    (strong
      ? `; the strongest from ${JSON.stringify(names.queries[strong.from])} to ${JSON.stringify(names.keys[strong.to])}, ${readable(strong.weight)}.`
      : '.');
  const most = Math.min(MOST_LINES, Math.floor(MOST_LINES_IN_PAGE / layers));
  const every = Array.from({ length: heads }, (_, h) => h);
  return new Drawing(
    {
      ...(isSwitched
        ? {
            html: (name: string) =>
              switched(name, {
                lines: Array.from({ length: layers }, (_, l) => linesOf(l, every, most)),
                heads,
                chosen,
                layer,
                svg: `<svg width="${width}" height="${height - top + 8}" viewBox="0 ${top - 8} ${width} ${height - top + 8}" font-family="inherit" style="max-width:100%;height:auto">${styled(name, onPage(body))}</svg>`,
                geometry: { left: round(left), middle: round(middle), right: round(right), top, row },
                names: names.keys,
              }),
          }
        : {}),
      svg: (name) => styled(name, legend + body),
      width,
      height,
      alt,
    },
    options,
  );
}

export interface AttentionRolloutOptions {
  /** How a layer's heads become one. Default: `'mean'`, the paper's. */
  heads?: 'mean' | 'max' | 'min';
  /** How much of each layer's input goes on unchanged. Default: 0.5, the paper's. */
  residual?: number;
}

/**
 * Attention rollout: how much of each token of the input reaches each token of the last layer, if attention only mixed
 * and each layer's input went on beside it (Abnar and Zuidema, "Quantifying Attention Flow in Transformers", 2020, § 3.1).
 * Show it by `heatmap(rollout, { x: tokens, y: tokens })`, or a row of it by `tokens(pieces, { values })`.
 * @param weights (L, H, T, T), rows that sum to 1
 * @returns (T, T), rows that sum to 1
 * @throws as `attentionGrid` does, and when the maps aren't square
 */
export function attentionRollout(weights: ArrayInput, options: AttentionRolloutOptions = {}): number[][] {
  const { shape, data } = readWeights('attentionRollout', weights, [4]);
  const [layers, heads, length, keys] = shape as [number, number, number, number];
  const { heads: fuse = 'mean', residual = 0.5 } = options;
  if (length !== keys) {
    throw new RangeError(`attentionRollout: maps have to be square, and are ${length} by ${keys}.`);
  }
  if (!(residual >= 0 && residual <= 1)) {
    throw new RangeError(`attentionRollout: residual has to be from 0 to 1, not ${residual}.`);
  }
  if (fuse !== 'mean' && fuse !== 'max' && fuse !== 'min') {
    throw new TypeError(`attentionRollout: heads is 'mean', 'max' or 'min', not ${JSON.stringify(fuse)}.`);
  }
  const size = length * length;
  let rollout: Float64Array | undefined;
  for (let l = 0; l < layers; l++) {
    const mixed = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      let value = fuse === 'min' ? Infinity : 0;
      for (let h = 0; h < heads; h++) {
        const weight = data[(l * heads + h) * size + i]!;
        value = fuse === 'mean' ? value + weight / heads : Math[fuse](value, weight);
      }
      mixed[i] = (1 - residual) * value + (i % (length + 1) === 0 ? residual : 0);
    }
    for (let q = 0; q < length; q++) {
      const row = mixed.subarray(q * length, (q + 1) * length);
      const sum = row.reduce((a, b) => a + b, 0);
      for (let k = 0; k < length; k++) row[k] = sum === 0 ? 0 : row[k]! / sum;
    }
    if (!rollout) {
      rollout = mixed;
      continue;
    }
    // (T, T) times (T, T): the later layer mixes what the earlier ones have made.
    const next = new Float64Array(size);
    for (let q = 0; q < length; q++) {
      for (let k = 0; k < length; k++) {
        const weight = mixed[q * length + k]!;
        if (weight === 0) continue;
        for (let j = 0; j < length; j++) next[q * length + j]! += weight * rollout[k * length + j]!;
      }
    }
    rollout = next;
  }
  return Array.from({ length }, (_, q) => Array.from(rollout!.subarray(q * length, (q + 1) * length)));
}

function readWeights(what: string, input: unknown, ranks: readonly number[]): Shaped {
  const weights = readArray(what, 'weights', input, ranks);
  const bad = weights.data.findIndex((weight) => !(weight >= 0 && weight <= 1 + 1e-3));
  if (bad >= 0) {
    let rest = bad;
    const place = [...weights.shape].reverse().map((size) => {
      const index = rest % size;
      rest = Math.floor(rest / size);
      return index;
    });
    throw new RangeError(
      `${what}: a weight has to be from 0 to 1; at [${place.reverse().join(', ')}] there is ${weights.data[bad]}. Are these scores before the softmax?`,
    );
  }
  return weights;
}

function readNames(
  what: string,
  { tokens, keys }: { tokens?: readonly string[]; keys?: readonly string[] },
  queryCount: number,
  keyCount: number,
): { queries: string[]; keys: string[] } | undefined {
  if (tokens === undefined) return undefined;
  const queries = readTexts(what, 'tokens', tokens);
  const others = keys === undefined ? queries : readTexts(what, 'keys', keys);
  checkSameLength(what, ['queries in weights', { length: queryCount }], ['tokens', queries]);
  checkSameLength(
    what,
    ['keys in weights', { length: keyCount }],
    [keys === undefined ? 'tokens' : 'keys', others],
  );
  return { queries, keys: others };
}

const greatest = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0) || 1;

function strongest(
  map: Float64Array,
  keys: number,
  names: { queries: string[]; keys: string[] } | undefined,
): string {
  const at = map.reduce((best, weight, i) => (weight > map[best]! ? i : best), 0);
  const [from, to] = [Math.floor(at / keys), at % keys];
  const [query, key] = names
    ? [JSON.stringify(names.queries[from]), JSON.stringify(names.keys[to])]
    : [from, to];
  return `strongest: ${query} → ${key} ${readable(map[at]!)}`;
}

/** In nats. */
function meanEntropy(map: Float64Array, keys: number): number {
  const sum = map.reduce((total, weight) => (weight > 0 ? total - weight * Math.log(weight) : total), 0);
  return (sum * keys) / map.length;
}

/** At most 128 by 128, each the greatest of what it stands for. */
function pooled(map: Float64Array, rows: number, columns: number): Shaped {
  const by = Math.ceil(Math.max(rows, columns) / MOST_PIXELS);
  const [h, w] = [Math.ceil(rows / by), Math.ceil(columns / by)];
  const out = new Float64Array(h * w);
  for (let i = 0; i < map.length; i++) {
    const at = Math.floor(Math.floor(i / columns) / by) * w + Math.floor((i % columns) / by);
    out[at] = Math.max(out[at]!, map[i]!);
  }
  return { shape: [h, w], data: out };
}
