/** Figures made fit to be drawn without WebGL. */
import type { PlotlyFigure, PlotlyLayout, PlotlyTrace } from '../plotly.ts';
import { plotText } from '../text.ts';
import { DARK, GRID, INK, MUTED, PANEL, PAPER } from '../theme.ts';
import { dots } from './dots.ts';
import { projectScene, ticks } from './projection.ts';

/** The same figure of traces that plotly.js draws as SVG. */
export function still(figure: PlotlyFigure, width: number, height: number): PlotlyFigure {
  if (figure.data.some(({ type }) => type === 'surface' || type === 'scatter3d'))
    return flatScene(figure, width, height);
  if (figure.data.some(({ type }) => type === 'parcoords')) return flatParallel(figure);
  if (figure.data.some(({ type }) => type === 'scattergl')) return flatPoints(figure);
  return figure;
}

function isDarkFigure({ layout }: PlotlyFigure): boolean {
  const template = layout.template as { layout?: { paper_bgcolor?: string } } | undefined;
  return template?.layout?.paper_bgcolor === DARK[PAPER];
}

/** A trace without marks that brings the colour bar of `source`. */
function barOf(source: { colorscale?: unknown; colorbar?: unknown }, low: number, high: number): PlotlyTrace {
  return {
    type: 'heatmap',
    z: [[low, high]],
    x: [0, 1],
    y: [0],
    opacity: 0,
    colorscale: source.colorscale,
    colorbar: source.colorbar,
    hoverinfo: 'skip',
  };
}

/** A trace without marks that is in the legend as `trace` is. */
function legendOf({ name, marker, showlegend }: PlotlyTrace): PlotlyTrace {
  return {
    type: 'scatter',
    mode: 'markers',
    x: [null],
    y: [null],
    name,
    marker: { ...(marker as object), size: 8 },
    showlegend,
  };
}

const finite = (values: unknown): number[] =>
  (Array.isArray(values) ? values.flat() : []).filter((value) => typeof value === 'number');
const least = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.min(a, b), Infinity);
const greatest = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.max(a, b), -Infinity);

function flatScene(figure: PlotlyFigure, width: number, height: number): PlotlyFigure {
  const { scene = {}, ...layout } = figure.layout;
  const margin = layout.margin as { l: number; r: number; t: number; b: number };
  const named = figure.data.filter((trace) => trace.type === 'scatter3d' && trace.name !== undefined);
  const scaled = figure.data.flatMap((trace) => {
    const source = trace.type === 'surface' ? trace : (trace.marker as Record<string, unknown> | undefined);
    if (!source || source.colorbar === undefined || source.showscale === false) return [];
    const values = finite(trace.type === 'surface' ? trace.z : source.color);
    const [cmin, cmax] = [source.cmin, source.cmax] as (number | undefined)[];
    return [barOf(source, cmin ?? least(values), cmax ?? greatest(values))];
  });
  // Room for what stands at the side.
  const side = scaled.length > 0 ? 80 : named.length > 0 && layout.showlegend !== false ? 130 : 0;
  const [w, h] = [width - margin.l - margin.r - side, height - margin.t - margin.b];
  const dark = isDarkFigure(figure);
  const shade = (color: string): string => (dark ? (DARK[color] ?? color) : color);
  const { svg, labels } = projectScene(figure.data, scene as PlotlyLayout, w, h, {
    grid: shade(GRID),
    panel: shade(PANEL),
  });
  return {
    ...figure,
    data: [...named.map(legendOf), ...scaled],
    layout: {
      ...layout,
      xaxis: { visible: false, range: [0, 1] },
      yaxis: { visible: false, range: [0, 1] },
      images: [
        {
          source: `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`,
          xref: 'paper',
          yref: 'paper',
          x: 0,
          y: 1,
          sizex: 1,
          sizey: 1,
          sizing: 'stretch',
          layer: 'below',
        },
      ],
      annotations: labels.map(({ x, y, text, anchor, title, turned }) => ({
        xref: 'paper',
        yref: 'paper',
        x,
        y: 1 - y,
        text: plotText(text.replaceAll('\u200b', '')),
        showarrow: false,
        xanchor: anchor,
        yanchor: 'middle',
        textangle: turned ? -90 : 0,
        font: { size: title ? 13 : 11, color: shade(title ? INK : MUTED) },
      })),
    },
  };
}

interface Dimension {
  label: string;
  values: (number | null)[];
  range?: [number, number];
  tickvals?: number[];
  ticktext?: string[];
}

/** Shades that lines are grouped by, so that there is a trace for each and not for every line. */
const SHADES = 24;

function flatParallel(figure: PlotlyFigure): PlotlyFigure {
  const [trace] = figure.data as [PlotlyTrace];
  const dimensions = trace.dimensions as Dimension[];
  const line = trace.line as {
    color: unknown;
    colorscale?: [number, string][];
    colorbar?: unknown;
    showscale?: boolean;
  };
  const count = dimensions[0]!.values.length;
  const ranges = dimensions.map(({ range, values }): [number, number] => {
    if (range) return range;
    const numbers = finite(values);
    const [low, high] = [least(numbers), greatest(numbers)];
    return low < high ? [low, high] : [low - 0.5, high + 0.5];
  });
  const shades = Array.isArray(line.color) ? (line.color as (number | null)[]) : undefined;
  const [low, high] = shades ? [least(finite(shades)), greatest(finite(shades))] : [0, 1];
  const groups = new Map<number, number[]>();
  for (let row = 0; row < count; row++) {
    const value = shades?.[row];
    const t = typeof value === 'number' && high > low ? (value - low) / (high - low) : 0.5;
    const shade = Math.min(SHADES - 1, Math.floor(t * SHADES));
    groups.set(shade, [...(groups.get(shade) ?? []), row]);
  }
  const lines = [...groups]
    .sort(([a], [b]) => a - b)
    .map(([shade, rows]): PlotlyTrace => {
      const at = (shade + 0.5) / SHADES;
      const stops = line.colorscale;
      const color =
        shades && stops
          ? stops.reduce((a, b) => (Math.abs(b[0] - at) < Math.abs(a[0] - at) ? b : a))[1]
          : line.color;
      return {
        type: 'scatter',
        mode: 'lines',
        x: rows.flatMap(() => [...dimensions.map((_, i) => i), null]),
        y: rows.flatMap((row) => [
          ...dimensions.map(({ values }, i) => {
            const value = values[row];
            return typeof value === 'number'
              ? (value - ranges[i]![0]) / (ranges[i]![1] - ranges[i]![0])
              : null;
          }),
          null,
        ]),
        line: { color, width: 1 },
        opacity: count > 200 ? 0.5 : 0.8,
        showlegend: false,
      };
    });
  const bar = shades && line.showscale ? [barOf(line, low, high)] : [];
  const annotations = dimensions.flatMap(({ label, tickvals, ticktext }, i) => {
    const [from, to] = ranges[i]!;
    const base = { x: i, showarrow: false };
    const marks = (tickvals ?? ticks([from, to])).map((value, k) => ({
      ...base,
      y: (value - from) / (to - from),
      xanchor: 'right',
      xshift: -4,
      text: ticktext ? plotText(ticktext[k]) : String(Number(value.toPrecision(6))).replace('-', '−'),
      font: { size: 11 },
      bgcolor: isDarkFigure(figure) ? 'rgba(21,25,30,0.7)' : 'rgba(255,255,255,0.7)',
      borderpad: 0,
    }));
    return [{ ...base, y: 1, yshift: 22, text: label, font: { size: 13 } }, ...marks];
  });
  const shapes = dimensions.map((_, i) => ({
    type: 'line',
    x0: i,
    x1: i,
    y0: 0,
    y1: 1,
    line: { width: 1, color: isDarkFigure(figure) ? DARK[MUTED] : MUTED },
  }));
  return {
    ...figure,
    data: [...lines, ...bar],
    layout: {
      ...figure.layout,
      xaxis: { visible: false, range: [-0.02 * dimensions.length, (dimensions.length - 1) * 1.02] },
      yaxis: { visible: false, range: [-0.02, 1.02] },
      annotations,
      shapes,
      showlegend: false,
    },
  };
}

function flatPoints(figure: PlotlyFigure): PlotlyFigure {
  const clouds = figure.data.filter((trace) => trace.type === 'scattergl' && trace.mode === 'markers');
  const axes = new Set(clouds.map(({ xaxis = 'x', yaxis = 'y' }) => `${xaxis} ${yaxis}`));
  const layout = figure.layout as Record<
    'xaxis' | 'yaxis',
    { type?: string; range?: [number, number] } | undefined
  >;
  const linear = [layout.xaxis, layout.yaxis].every(
    (axis) => axis?.type === undefined || axis.type === 'linear',
  );
  const picture =
    axes.size === 1 && axes.has('x y') && linear
      ? dots(clouds, { x: layout.xaxis?.range, y: layout.yaxis?.range })
      : undefined;
  if (!picture) {
    const data = figure.data.map((trace) =>
      trace.type === 'scattergl' ? { ...trace, type: 'scatter' } : trace,
    );
    return { ...figure, data };
  }
  const { source, xRange, yRange } = picture;
  return {
    ...figure,
    data: figure.data.map((trace): PlotlyTrace => {
      if (!clouds.includes(trace)) return trace.type === 'scattergl' ? { ...trace, type: 'scatter' } : trace;
      const { color, ...marker } = (trace.marker ?? {}) as { color?: unknown };
      const numbers = finite(color);
      const scaled = numbers.length > 0 ? { color: [least(numbers), greatest(numbers)] } : { color };
      return {
        ...legendOf(trace),
        x: [null, null],
        y: [null, null],
        marker: { ...marker, ...scaled, size: 8 },
      };
    }),
    layout: {
      ...figure.layout,
      xaxis: { ...layout.xaxis, range: xRange },
      yaxis: { ...layout.yaxis, range: yRange },
      images: [
        ...((figure.layout.images as object[] | undefined) ?? []),
        {
          source,
          xref: 'x',
          yref: 'y',
          x: xRange[0],
          y: yRange[1],
          sizex: xRange[1] - xRange[0],
          sizey: yRange[1] - yRange[0],
          sizing: 'stretch',
          layer: 'above',
        },
      ],
    },
  };
}
