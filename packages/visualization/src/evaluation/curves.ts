/** ROC and precision-recall curves. */
import { bandBetween } from '../band.ts';
import { isList, type Numbers, named } from '../data.ts';
import { Figure, type FigureOptions } from '../figure.ts';
import { seriesColor } from '../palettes.ts';
import type { PlotlyTrace } from '../plotly.ts';
import { plotText } from '../text.ts';
import { LINE } from '../theme.ts';
import {
  type BandOptions,
  bootstrapBand,
  type Counts,
  type Curve,
  countsOf,
  interpolated,
  precisionRecallOf,
  type Ranked,
  rank,
  rocOf,
  stepped,
  type Truth,
} from './binary.ts';

export interface ClassifierCurveOptions extends BandOptions, FigureOptions {}

/** Numbers of one model, or of several by name. */
export type Scores = Numbers | Readonly<Record<string, Numbers>>;

/**
 * The share of positives found by the share of negatives taken for positive, over all thresholds, with a band by
 * bootstrap and the area under it: `rocCurve(truth, { 'GPT-2': scores, BERT: others })`.
 * @param scores N of each model, the higher the more likely positive
 * @throws {TypeError} when truth holds anything but booleans, 1 and 0
 * @throws {RangeError} when lengths differ, a score is NaN or infinite, or a class has no example
 */
export function rocCurve(truth: Truth, scores: Scores, options: ClassifierCurveOptions = {}): Figure {
  return curves(truth, scores, options, {
    what: 'rocCurve',
    kind: 'ROC curve',
    areaName: 'AUC',
    xTitle: 'false positive rate',
    yTitle: 'true positive rate',
    of: rocOf,
    at: interpolated,
    shape: 'linear',
    chance: () => [0, 1],
    legend: { x: 0.98, y: 0.04, yanchor: 'bottom' },
  });
}

/**
 * Precision by recall, over all thresholds, with a band by bootstrap and the average precision. The dotted line is
 * chance: the share of positives.
 * @throws as `rocCurve` does
 */
export function precisionRecallCurve(
  truth: Truth,
  scores: Scores,
  options: ClassifierCurveOptions = {},
): Figure {
  return curves(truth, scores, options, {
    what: 'precisionRecallCurve',
    kind: 'Precision-recall curve',
    areaName: 'AP',
    xTitle: 'recall',
    yTitle: 'precision',
    of: precisionRecallOf,
    at: stepped,
    shape: 'vh',
    chance: ({ positives, negatives }) => {
      const share = positives / (positives + negatives);
      return [share, share];
    },
    legend: { x: 0.04, y: 0.04, yanchor: 'bottom', xanchor: 'left' },
  });
}

interface CurveKind {
  what: string;
  kind: string;
  areaName: string;
  xTitle: string;
  yTitle: string;
  of(counts: Counts): Curve;
  at(curve: Curve, x: readonly number[]): number[];
  shape: 'linear' | 'vh';
  /** Heights at 0 and 1 of a classifier that knows nothing. */
  chance(counts: Counts): [number, number];
  legend: object;
}

/** Points of a curve that are drawn at most: more can't be told apart. */
const MOST_POINTS = 1000;

function curves(truth: Truth, scores: Scores, options: ClassifierCurveOptions, kind: CurveKind): Figure {
  const { what, areaName } = kind;
  if (typeof scores !== 'object' || scores === null) {
    throw new TypeError(`${what}: scores have to be numbers, or numbers by model, not ${named(scores)}.`);
  }
  const models: [string | undefined, Numbers][] = isList(scores)
    ? [[undefined, scores as Numbers]]
    : Object.entries(scores as Readonly<Record<string, Numbers>>);
  if (models.length === 0) throw new RangeError(`${what}: there is no model.`);
  const told: string[] = [];
  let chance: [number, number] = [0, 1];
  const data = models.flatMap(([name, own], i): PlotlyTrace[] => {
    const ranked: Ranked = rank(what, truth, own, name === undefined ? 'scores' : `scores of "${name}"`);
    const counts = countsOf(ranked);
    chance = kind.chance(counts);
    const curve = kind.of(counts);
    const sure = bootstrapBand(what, ranked, kind.of, kind.at, options);
    const color = seriesColor(i);
    const area = `${areaName} ${curve.area.toFixed(3)}${
      sure ? ` [${sure.interval.map((value) => value.toFixed(3)).join(', ')}]` : ''
    }`;
    told.push(`${name === undefined ? '' : `${name}: `}${area}`);
    const group = { legendgroup: `m${i}` };
    const { x, y } = thinned(curve);
    return [
      ...(sure ? bandBetween(sure.x, sure.low, sure.high, color, group) : []),
      {
        type: 'scatter',
        mode: 'lines',
        x,
        y,
        line: { color, width: 2, shape: kind.shape },
        name: plotText(name === undefined ? area : `${name}, ${area}`),
        hovertemplate: `${kind.xTitle} %{x:.3f}<br>${kind.yTitle} %{y:.3f}<extra>${plotText(name ?? '')}</extra>`,
        ...group,
      },
    ];
  });
  return new Figure(
    {
      data: [
        {
          type: 'scatter',
          mode: 'lines',
          x: [0, 1],
          y: chance,
          line: { color: LINE, width: 1, dash: 'dot' },
          hoverinfo: 'skip',
          showlegend: false,
        },
        ...data,
      ],
      layout: {
        xaxis: { title: { text: kind.xTitle }, range: [-0.01, 1.01], constrain: 'domain' },
        yaxis: { title: { text: kind.yTitle }, range: [-0.01, 1.02], scaleanchor: 'x', constrain: 'domain' },
        showlegend: true,
        legend: { xanchor: 'right', ...kind.legend },
        hovermode: 'closest',
      },
      alt: `${kind.kind}${models.length > 1 ? `s of ${models.length} models` : ''}, ${truth.length} examples. ${told.join('; ')}.`,
    },
    { width: 520, height: 520, ...options },
  );
}

function thinned({ x, y }: Curve): { x: number[]; y: number[] } {
  if (x.length <= MOST_POINTS) return { x, y };
  const by = (x.length - 1) / (MOST_POINTS - 1);
  const kept = Array.from({ length: MOST_POINTS }, (_, i) => Math.round(i * by));
  return { x: kept.map((i) => x[i]!), y: kept.map((i) => y[i]!) };
}
