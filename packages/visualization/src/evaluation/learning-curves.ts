/** What more training data would bring. */
import { bandBetween } from '../band.ts';
import { isList, type Numbers, named } from '../data.ts';
import { Figure, type FigureOptions } from '../figure.ts';
import { checkSameLength, readFinite } from '../finite.ts';
import { seriesColor } from '../palettes.ts';
import type { PlotlyTrace } from '../plotly.ts';
import { plotText, readable } from '../text.ts';
import { quantile } from './binary.ts';

/** Scores of trainings on S growing parts of the data: one of each part, or one of each of its F folds or seeds. */
export interface LearningScores {
  /** S: how many examples were trained on. */
  readonly sizes: Numbers;
  /** S, or S x F: on what was trained on. */
  readonly train?: Numbers | readonly Numbers[];
  /** S, or S x F: on other data. */
  readonly validation: Numbers | readonly Numbers[];
}

export interface LearningCurvesOptions extends FigureOptions {
  /** What a score is. Default: `'score'`. */
  score?: string;
  /** The band about the mean: one standard deviation, as scikit-learn's (default), or from the least to the greatest. */
  band?: 'deviation' | 'range';
  /** Whether sizes are on a logarithmic axis. Default: where the largest is more than 20 times the smallest. */
  log?: boolean;
}

const MOST_TICKS = 8;

interface Level {
  mean: number;
  low: number;
  high: number;
}

/**
 * Scores by the size of the training data, of one model or of several by name:
 * `learningCurves({ sizes: [100, 1000], train: [[0.99, 0.98], [0.97, 0.97]], validation: [[0.7, 0.74], [0.85, 0.86]] })`.
 * Train and validation far apart: more data would help. Close together and poor: a larger model would. With several
 * models, train is dotted.
 * @throws {TypeError} when scores aren't numbers
 * @throws {RangeError} when sizes and scores differ in number, a size isn't above 0 or occurs twice, or a score isn't finite
 */
export function learningCurves(
  scores: LearningScores | Readonly<Record<string, LearningScores>>,
  options: LearningCurvesOptions = {},
): Figure {
  const what = 'learningCurves';
  if (typeof scores !== 'object' || scores === null) {
    throw new TypeError(`${what}: scores have to be { sizes, train, validation }, not ${named(scores)}.`);
  }
  const { band = 'deviation', score = 'score' } = options;
  if (band !== 'deviation' && band !== 'range') {
    throw new TypeError(`${what}: band is 'deviation' or 'range', not ${named(band)}.`);
  }
  const models: [string | undefined, LearningScores][] = isList((scores as LearningScores).sizes)
    ? [[undefined, scores as LearningScores]]
    : Object.entries(scores as Readonly<Record<string, LearningScores>>);
  if (models.length === 0) throw new RangeError(`${what}: there is no model.`);
  const told: string[] = [];
  let [smallest, largest] = [Infinity, 0];
  const data = models.flatMap(([model, own], m): PlotlyTrace[] => {
    const of = model === undefined ? '' : ` of "${model}"`;
    const given = readFinite(what, `sizes${of}`, own?.sizes);
    const bad = given.findIndex((size) => size <= 0);
    if (bad >= 0) {
      throw new RangeError(`${what}: sizes${of} holds ${given[bad]} at ${bad}; a size is above 0.`);
    }
    if (new Set(given).size < given.length) {
      throw new RangeError(`${what}: a size occurs twice in sizes${of}; put its scores into one row.`);
    }
    const order = given.map((_, i) => i).sort((a, b) => given[a]! - given[b]!);
    const x = order.map((i) => given[i]!);
    smallest = Math.min(smallest, x[0]!);
    largest = Math.max(largest, x.at(-1)!);
    const parts = (['train', 'validation'] as const).filter(
      (part) => part === 'validation' || own.train !== undefined,
    );
    return parts.flatMap((part) => {
      const all = levels(what, `${part}${of}`, own[part]!, given, band);
      const level = order.map((i) => all[i]!);
      const alone = model === undefined;
      const color = seriesColor(alone ? (part === 'train' ? 0 : 1) : m);
      const name = alone ? part : `${model}, ${part}`;
      if (part === 'validation') {
        told.push(
          `${alone ? '' : `${model}: `}validation ${readable(level[0]!.mean)} at ${readable(x[0]!)} examples, ` +
            `${readable(level.at(-1)!.mean)} at ${readable(x.at(-1)!)}`,
        );
      }
      const group = { legendgroup: `${m} ${part}` };
      return [
        ...(level.some(({ low, high }) => low < high)
          ? bandBetween(
              x,
              level.map(({ low }) => low),
              level.map(({ high }) => high),
              color,
              group,
            )
          : []),
        {
          type: 'scatter',
          mode: 'lines+markers',
          name: plotText(name),
          x,
          y: level.map(({ mean }) => mean),
          line: { color, width: 2, ...(!alone && part === 'train' ? { dash: 'dot' } : {}) },
          marker: { color, size: 6 },
          customdata: level.map(({ low, high }) => [low, high]),
          hovertemplate: '%{y:.4~g} [%{customdata[0]:.4~g}, %{customdata[1]:.4~g}]',
          ...group,
        },
      ];
    });
  });
  const { log = largest > 20 * smallest } = options;
  const all = [...new Set(data.flatMap(({ x }) => x as number[]))];
  // The sizes themselves, where they have room.
  const ticks =
    log && all.length <= MOST_TICKS ? { tickvals: all, ticktext: all.map((size) => readable(size)) } : {};
  return new Figure(
    {
      data,
      layout: {
        xaxis: { title: { text: 'training examples' }, type: log ? 'log' : 'linear', ...ticks },
        yaxis: { title: { text: plotText(score) } },
        hovermode: 'x unified',
        showlegend: true,
      },
      alt: `Learning curves of ${score}${models.length > 1 ? `, ${models.length} models` : ''}: ${told.join('; ')}.`,
    },
    options,
  );
}

/** The scores at each size: their mean and the band about it. */
function levels(
  what: string,
  name: string,
  scores: unknown,
  sizes: readonly number[],
  band: 'deviation' | 'range',
): Level[] {
  if (!isList(scores))
    throw new TypeError(`${what}: ${name} has to be an array of scores, not ${named(scores)}.`);
  checkSameLength(what, ['sizes', sizes], [`scores of ${name}`, scores]);
  if (!isList(scores[0])) {
    return readFinite(what, name, scores).map((mean) => ({ mean, low: mean, high: mean }));
  }
  return Array.from(scores, (row, i) => {
    const values = readFinite(what, `row ${i} of ${name}`, row);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    if (band === 'range') return { mean, low: quantile(values, 0), high: quantile(values, 1) };
    const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
    return { mean, low: mean - deviation, high: mean + deviation };
  });
}
