/** Curves that grow in place while a cell trains. */
import { bandBetween } from '../band.ts';
import { DISPLAY, type MimeBundle } from '../display.ts';
import { Figure, type FigureOptions } from '../figure.ts';
import { seriesColor } from '../palettes.ts';
import type { PlotlyTrace } from '../plotly.ts';
import { smallMultiples } from '../small-multiples.ts';
import { plotText, readable } from '../text.ts';
import { MUTED } from '../theme.ts';
import { DecimatedCurve } from './decimated.ts';

/** Where frames go: what the kernel's cells find as `display`. */
export interface LiveDisplay {
  display(
    value: unknown,
    options: { raw?: boolean },
  ): { update(value: unknown, options?: { raw?: boolean }): Promise<void> };
}

export interface LiveCurvesOptions extends FigureOptions {
  /** The names of metrics on a logarithmic axis, as the part before `/`. */
  log?: readonly string[];
  /** Seconds between two frames at least. Default and least: 0.2. */
  interval?: number;
  /** Where frames go. Default: the notebook, if there is one. */
  display?: LiveDisplay;
  /** Milliseconds now. */
  now?: () => number;
}

/** Milliseconds between two frames at least. */
const LEAST_INTERVAL = 200;
/** Frames take at most this share of the time since the first one, and what the first ones take more, not being compiled yet. */
const LARGEST_SHARE = 1 / 250;
const ALLOWED = 10;
/** Points of a curve in a frame, and in the figure that is left. */
const FRAME_POINTS = 100;
const FIGURE_POINTS = 512;
/** Without a new value for so long, the last frame gets its static picture. */
const QUIET = 1000;

/**
 * Curves of metrics, step by step. A metric `loss/train` is the curve `train` of the plot `loss`.
 *
 * ```ts
 * const curves = liveCurves();
 * for (let step = 0; step < 1000; step++) curves.log(step, { 'loss/train': trainStep(), rate: schedule(step) });
 * await curves.close();
 * ```
 */
export class LiveCurves {
  readonly #options: LiveCurvesOptions;
  readonly #curves = new Map<string, DecimatedCurve>();
  readonly #display: LiveDisplay | undefined;
  readonly #now: () => number;
  readonly #interval: number;
  #handle: ReturnType<LiveDisplay['display']> | undefined;
  #next = 0;
  #begun: number | undefined;
  #step = 0;
  #frames = 0;
  #spent = 0;
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: LiveCurvesOptions) {
    this.#options = options;
    this.#display = options.display ?? (globalThis as { quire?: LiveDisplay }).quire;
    this.#now = options.now ?? (() => performance.now());
    this.#interval = Math.max(LEAST_INTERVAL, 1000 * (options.interval ?? 0));
  }

  /** How many frames were shown, and the milliseconds that they took. */
  get cost(): { frames: number; milliseconds: number } {
    return { frames: this.#frames, milliseconds: this.#spent };
  }

  /**
   * Adds the values of metrics at `step`. Draws at most 5 times a second. The first NaN or infinite value is marked.
   * @throws {TypeError} when a value is no number
   */
  log(step: number, metrics: Readonly<Record<string, number>>): void {
    for (const name in metrics) {
      const value = metrics[name];
      if (typeof value !== 'number') {
        throw new TypeError(
          `liveCurves: metric "${name}" has to be a number, not ${typeof value}. Read tensors first.`,
        );
      }
      let curve = this.#curves.get(name);
      if (!curve) {
        curve = new DecimatedCurve();
        this.#curves.set(name, curve);
      }
      curve.add(step, value);
    }
    this.#step = step;
    if (!this.#display || this.#closed) return;
    const now = this.#now();
    if (now >= this.#next) this.#draw(now);
  }

  #draw(now: number): void {
    const frame = this.figure(FRAME_POINTS).frame();
    frame['text/plain'] = this.#text();
    this.#show(frame, { raw: true });
    const end = this.#now();
    this.#frames++;
    this.#spent += end - now;
    this.#begun ??= now;
    this.#next = Math.max(now + this.#interval, this.#begun + (this.#spent - ALLOWED) / LARGEST_SHARE);
    // Put off rather than set again each time: a timer costs less than a frame, but not nothing.
    if (this.#quiet) this.#quiet.refresh();
    else {
      this.#quiet = setTimeout(() => void this.#finish().catch(() => {}), QUIET);
      this.#quiet.unref();
    }
  }

  #show(value: unknown, options: { raw?: boolean }): Promise<void> {
    if (this.#handle) return this.#handle.update(value, options);
    this.#handle = this.#display!.display(value, options);
    return Promise.resolve();
  }

  async #finish(): Promise<void> {
    if (this.#curves.size === 0) return;
    const bundle = await this.figure()[DISPLAY]();
    await this.#show({ ...bundle, 'text/plain': this.#text() } satisfies MimeBundle, { raw: true });
  }

  /** Shows the last values, with the static picture that a saved notebook keeps. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#quiet);
    if (this.#display) await this.#finish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * The curves as they are.
   * @param points points of each curve at most
   * @throws {RangeError} when nothing was logged yet
   */
  figure(points = FIGURE_POINTS): Figure {
    const plots = new Map<string, [string, DecimatedCurve][]>();
    const names: string[] = [];
    for (const [name, curve] of this.#curves) {
      const slash = name.indexOf('/');
      const [plot, series] = slash < 0 ? [name, name] : [name.slice(0, slash), name.slice(slash + 1)];
      plots.set(plot, [...(plots.get(plot) ?? []), [series, curve]]);
      if (slash >= 0 && !names.includes(series)) names.push(series);
    }
    if (plots.size === 0) throw new RangeError('liveCurves: nothing was logged yet.');
    const { title, width, theme } = this.#options;
    const columns = plots.size === 1 ? 1 : 2;
    const rows = Math.ceil(plots.size / columns);
    const figures = [...plots].map(
      ([plot, curves]) => [plot, this.#plot(plot, curves, names, points)] as const,
    );
    return smallMultiples(Object.fromEntries(figures), {
      columns,
      height: this.#options.height ?? (rows === 1 ? 320 : 90 + 220 * rows),
      ...(title === undefined ? {} : { title }),
      ...(width === undefined ? {} : { width }),
      ...(theme === undefined ? {} : { theme }),
    });
  }

  #plot(
    plot: string,
    curves: readonly [string, DecimatedCurve][],
    names: readonly string[],
    points: number,
  ): Figure {
    const annotations: object[] = [];
    const data = curves.flatMap(([series, decimated]): PlotlyTrace[] => {
      const color = seriesColor(Math.max(0, names.indexOf(series)));
      const { steps, mean, least, greatest } = decimated.curve(points);
      if (decimated.broken) {
        const { step, value } = decimated.broken;
        annotations.push({
          x: step,
          y: 1,
          yref: 'y domain',
          yanchor: 'top',
          text: plotText(`${Number.isNaN(value) ? 'NaN' : readable(value)} from step ${step}`),
          showarrow: false,
          font: { size: 11, color: '#d55e00' },
        });
      }
      const line: PlotlyTrace = {
        type: 'scatter',
        mode: steps.length === 1 ? 'markers' : 'lines',
        x: steps,
        y: mean,
        line: { color, width: 2 },
        marker: { color },
        ...(names.includes(series) ? { name: plotText(series), showlegend: true } : { showlegend: false }),
      };
      if (least.every((value, i) => value === greatest[i])) return [line];
      return [...bandBetween(steps, least, greatest, color), line];
    });
    return new Figure({
      data,
      layout: {
        xaxis: { title: { text: 'step', font: { size: 12, color: MUTED } } },
        yaxis: { type: this.#options.log?.includes(plot) ? 'log' : 'linear' },
        annotations,
        hovermode: 'x unified',
        showlegend: curves.length > 1,
      },
      alt: `Curve of ${curves.map(([series, { last }]) => `${series}, last ${readable(last ?? Number.NaN)}`).join('; ')}.`,
    });
  }

  #text(): string {
    const values = [...this.#curves].map(([name, { last }]) => `${name} ${readable(last ?? Number.NaN)}`);
    return `step ${this.#step}  ${values.join('  ')}`;
  }
}

/** Curves that grow in place while a cell trains. */
export function liveCurves(options: LiveCurvesOptions = {}): LiveCurves {
  return new LiveCurves(options);
}
