/** What quantization cost, by layer. */
import { isList, named } from '../data.ts';
import { Figure, type FigureOptions } from '../figure.ts';
import { seriesColor } from '../palettes.ts';
import type { PlotlyTrace } from '../plotly.ts';
import { plotText, readable, shorten } from '../text.ts';
import { type ArrayInput, readArray } from './tensor-input.ts';

/** A layer's weights (or activations) before quantization, and as the quantized ones stand for them; of one shape. */
export interface QuantizedPair {
  readonly original: ArrayInput;
  readonly dequantized: ArrayInput;
}

export interface LayerError {
  layer: string;
  /** How many numbers it has. */
  count: number;
  /** Signal to quantization noise, in dB: 10 log10(Σ x² / Σ (x − q)²). Infinity where nothing was lost. */
  sqnr: number;
  /** The greatest |x − q|. */
  maxError: number;
  /** The mean of |x − q|. */
  meanError: number;
}

const RANKS = Array.from({ length: 8 }, (_, i) => i + 1);

/**
 * The error of each layer, from pairs of arrays.
 * @throws {RangeError} when there is no layer, the two arrays differ in shape, or a number isn't finite
 * @throws {TypeError} when one is no array
 */
export function quantizationErrors(layers: Readonly<Record<string, QuantizedPair>>): LayerError[] {
  const what = 'quantizationErrors';
  if (typeof layers !== 'object' || layers === null || isList(layers)) {
    throw new TypeError(
      `${what}: layers have to be an object of { original, dequantized } by name, not ${named(layers)}.`,
    );
  }
  const rows = Object.entries(layers).map(([layer, pair]): LayerError => {
    const x = readArray(what, `the original of ${named(layer)}`, pair?.original, RANKS);
    const q = readArray(what, `the dequantized of ${named(layer)}`, pair?.dequantized, RANKS);
    if (String(x.shape) !== String(q.shape)) {
      throw new RangeError(
        `${what}: ${named(layer)} has the shape [${x.shape.join(', ')}], and dequantized [${q.shape.join(', ')}].`,
      );
    }
    let [signal, noise, maxError, total] = [0, 0, 0, 0];
    for (let i = 0; i < x.data.length; i++) {
      const error = Math.abs(x.data[i]! - q.data[i]!);
      if (!Number.isFinite(error)) {
        throw new RangeError(
          `${what}: ${named(layer)} holds ${x.data[i]} at ${i}, and dequantized ${q.data[i]}; both have to be finite.`,
        );
      }
      signal += x.data[i]! ** 2;
      noise += error ** 2;
      total += error;
      if (error > maxError) maxError = error;
    }
    const sqnr = noise === 0 ? Infinity : 10 * Math.log10(signal / noise);
    return { layer, count: x.data.length, sqnr, maxError, meanError: total / x.data.length };
  });
  if (rows.length === 0) throw new RangeError(`${what}: there is no layer.`);
  return rows;
}

export interface QuantizationErrorOptions extends FigureOptions {
  /** Default: `'given'`; `'worst'` has the layer of the least SQNR on top. */
  order?: 'given' | 'worst';
}

/**
 * Quantization error by layer: the signal-to-noise ratio as bars, the mean and the greatest error beside them.
 * `quantizationError({ 'h.0.attn': { original, dequantized } }, { order: 'worst' })`.
 * @throws as `quantizationErrors` does
 */
export function quantizationError(
  layers: Readonly<Record<string, QuantizedPair>>,
  options: QuantizationErrorOptions = {},
): Figure {
  const rows = quantizationErrors(layers);
  const { order = 'given' } = options;
  if (order !== 'given' && order !== 'worst') {
    throw new TypeError(`quantizationError: order is 'given' or 'worst', not ${named(order)}.`);
  }
  if (order === 'worst') rows.sort((a, b) => a.sqnr - b.sqnr);
  const names = rows.map(({ layer }) => plotText(layer));
  const worst = rows.reduce((a, b) => (b.sqnr < a.sqnr ? b : a));
  const dots = (name: string, key: 'meanError' | 'maxError', color: string, symbol: string): PlotlyTrace => ({
    type: 'scatter',
    mode: 'markers',
    name,
    x: rows.map((row) => (row[key] > 0 ? row[key] : null)),
    y: names,
    xaxis: 'x2',
    marker: { color, size: 8, symbol },
    hovertemplate: `%{y}: ${name} %{x:.3g}<extra></extra>`,
  });
  return new Figure(
    {
      data: [
        {
          type: 'bar',
          orientation: 'h',
          x: rows.map(({ sqnr }) => (Number.isFinite(sqnr) ? sqnr : 0)),
          y: names,
          marker: { color: seriesColor(0) },
          text: rows.map(({ sqnr }) => (Number.isFinite(sqnr) ? sqnr.toFixed(1) : 'exact')),
          textposition: rows.map(({ sqnr }) => (Number.isFinite(sqnr) ? 'auto' : 'outside')),
          showlegend: false,
          hovertemplate: '%{y}: %{x:.2f} dB<extra></extra>',
        },
        dots('mean error', 'meanError', seriesColor(2), 'circle'),
        dots('greatest error', 'maxError', seriesColor(1), 'diamond'),
      ],
      layout: {
        xaxis: { title: { text: 'SQNR in dB' }, domain: [0, 0.52], rangemode: 'tozero' },
        xaxis2: {
          title: { text: '|x − q|' },
          type: 'log',
          exponentformat: 'power',
          dtick: 1,
          domain: [0.58, 1],
          showgrid: true,
        },
        yaxis: { type: 'category', autorange: 'reversed', showgrid: false, dtick: 1 },
        bargap: 0.3,
        showlegend: true,
        legend: { orientation: 'h', x: 1, xanchor: 'right', y: 1, yanchor: 'bottom' },
      },
      alt:
        `Quantization error of ${rows.length} layers; least SQNR: ${shorten(worst.layer, 60)}, ` +
        `${Number.isFinite(worst.sqnr) ? `${readable(Number(worst.sqnr.toFixed(1)))} dB` : 'exact'}.`,
    },
    { height: Math.max(220, 120 + 24 * rows.length), ...options },
  );
}
