/** Progress bars in tqdm's manner: https://github.com/tqdm/tqdm#readme */
import { randomUUID } from 'node:crypto';
import { escapeHtml } from './html.ts';
import { fractionOf, type Meter, meterLine, meterParts, postfixText } from './meter.ts';
import { columns, oneLine } from './text.ts';
import type { DisplaySink, MimeBundle } from './types.ts';

export interface ProgressOptions {
  /** Shown before the bar. */
  description?: string;
  /** How many items there will be, where the iterable doesn't tell. */
  total?: number;
  /** What is counted; `it` unless given. */
  unit?: string;
  /** Whether large counts are written as `1.23k`, as for bytes or tokens; false unless given. */
  unitScale?: boolean;
  /** Whether the finished bar stays; true unless given. */
  leave?: boolean;
  /** Seconds between two updates: 0.25 unless given, and never less. */
  minInterval?: number;
}

/** What a bar says besides its count. */
export interface ProgressText {
  /** Replaces what is shown before the bar. */
  setDescription(text: string): void;
  /** Shows values after the bar: `{ loss: 0.31 }`. */
  setPostfix(values: Readonly<Record<string, unknown>>): void;
}

/** A bar that is moved by hand. It shows its last state when it is full, when it is closed, and after a pause. */
export interface ProgressBar extends ProgressText, Disposable {
  /** How many were counted. */
  readonly count: number;
  /** Counts `n` more items, 1 unless given. */
  update(n?: number): void;
  /** Goes to a count. */
  set(count: number): void;
  /** Shows the last state. Later calls do nothing. */
  close(): void;
}

/** Gives the items of an iterable and counts them. Each loop over it has a bar of its own. */
export interface ProgressLoop<T> extends Iterable<T>, ProgressText {}

/** Gives the items of an async iterable and counts them. Each loop over it has a bar of its own. */
export interface AsyncProgressLoop<T> extends AsyncIterable<T>, ProgressText {}

export interface Progress {
  /**
   * A bar for a loop over `items`: `for (const x of progress(xs)) …`. Counts an item when its turn ends, and closes
   * also when the loop is left early, by `break`, `return` or an error.
   */
  <T>(items: Iterable<T>, options?: ProgressOptions): ProgressLoop<T>;
  /** The same for an async iterable: `for await (const x of progress(xs)) …`. */
  <T>(items: AsyncIterable<T>, options?: ProgressOptions): AsyncProgressLoop<T>;
  /**
   * A bar for `total` items that is moved by hand, and closed by `close()` or `using`.
   * @throws {RangeError} when the total is negative or not a number
   */
  (total: number, options?: ProgressOptions): ProgressBar;
}

export interface ProgressEnvironment {
  /** Milliseconds. */
  now: () => number;
  /** Whether outputs can be replaced; otherwise a bar is a line on stderr. */
  rich: boolean;
  /** Runs `show` in `ms` milliseconds, unless the function that it returns is called before. */
  later: (show: () => void, ms: number) => () => void;
}

const MIN_INTERVAL = 0.25;
/** tqdm's: how much the latest speed counts beside the earlier ones. */
const SMOOTHING = 0.3;

function timer(show: () => void, ms: number): () => void {
  const timeout = setTimeout(show, ms);
  timeout.unref();
  return () => clearTimeout(timeout);
}

type Outcome = 'running' | 'finished' | 'left';

/** Where a bar is drawn. */
interface Surface {
  draw(meter: Meter, outcome: Outcome): void;
  /** Draws for the last time; without a meter, takes the bar away. */
  end(meter: Meter | undefined, outcome: Outcome): void;
}

/** An output that is replaced. */
function outputSurface(sink: DisplaySink): Surface {
  const displayId = randomUUID();
  let shown = false;
  const put = (data: MimeBundle): void => {
    if (shown) sink.update({ data, displayId });
    else sink.display({ data, displayId });
    shown = true;
  };
  const draw = (meter: Meter, outcome: Outcome): void =>
    put({ 'text/html': meterHtml(meter, outcome), 'text/plain': meterLine(meter) });
  return {
    draw,
    end: (meter, outcome) => (meter ? draw(meter, outcome) : put({ 'text/html': '', 'text/plain': '' })),
  };
}

/** A line of stderr that is written over. `lines` are those in use: nested bars have one each, as in tqdm. */
function lineSurface(sink: DisplaySink, lines: boolean[]): Surface {
  const free = lines.indexOf(false);
  const line = free >= 0 ? free : lines.length;
  lines[line] = true;
  let width = 0;
  const write = (text: string, at: number): void => {
    const filled = text + ' '.repeat(Math.max(0, width - columns(text)));
    width = columns(text);
    sink.stream('stderr', `${'\n'.repeat(at)}\r${filled}${'\u001b[A'.repeat(at)}`);
  };
  return {
    draw: (meter) => write(meterLine(meter), line),
    end(meter) {
      lines[line] = false;
      if (meter) {
        write(meterLine(meter), 0);
        sink.stream('stderr', '\n');
      } else {
        write('', line);
        if (line === 0) sink.stream('stderr', '\r');
      }
    },
  };
}

const COLOURS: Record<Outcome, string> = {
  running: 'var(--jp-brand-color1,#1976d2)',
  finished: 'var(--jp-success-color1,#388e3c)',
  left: 'var(--jp-error-color1,#d32f2f)',
};

function meterHtml(meter: Meter, outcome: Outcome): string {
  const { label, percent, numbers } = meterParts(meter);
  const { count, total, description } = meter;
  let value = '';
  if (fractionOf(meter) !== undefined) {
    // Of nothing, nothing is left to do.
    const [at, max] = total === 0 ? [1, 1] : [count, total];
    value = ` value="${at}" max="${max}" aria-valuemin="0" aria-valuemax="${max}" aria-valuenow="${at}"`;
  } else if (outcome !== 'running') value = ' value="1" max="1"';
  const spoken = escapeHtml(`${percent} ${numbers}`.trim());
  return (
    '<div style="display:flex;gap:.75em;align-items:center;font-family:var(--jp-code-font-family,monospace);font-size:var(--jp-code-font-size,13px)">' +
    `<progress role="progressbar" aria-label="${escapeHtml(description || 'progress')}" aria-valuetext="${spoken}"${value} style="width:16em;accent-color:${COLOURS[outcome]}"></progress>` +
    `<span>${escapeHtml(label)}${spoken}</span></div>`
  );
}

/** The function `progress` of cells. */
export function createProgress(sink: DisplaySink, environment: Partial<ProgressEnvironment> = {}): Progress {
  const { now = () => performance.now(), rich = true, later = timer } = environment;
  const lines: boolean[] = [];

  const open = (total: number | undefined, options: ProgressOptions): ProgressBar => {
    const interval = Math.max(MIN_INTERVAL, options.minInterval ?? MIN_INTERVAL) * 1000;
    const surface = rich ? outputSurface(sink) : lineSurface(sink, lines);
    const started = now();
    let count = 0;
    let description = options.description ?? '';
    let postfix = '';
    let next = started + interval;
    let measuredAt = started;
    let measuredCount = 0;
    let rate: number | undefined;
    let full = false;
    let closed = false;
    let cancel: (() => void) | undefined;

    const meterAt = (at: number): Meter => {
      if (at > measuredAt && count !== measuredCount) {
        const latest = (Math.max(0, count - measuredCount) / (at - measuredAt)) * 1000;
        rate = rate === undefined ? latest : SMOOTHING * latest + (1 - SMOOTHING) * rate;
        measuredAt = at;
        measuredCount = count;
      }
      const seconds = (at - started) / 1000;
      return {
        count,
        total,
        seconds,
        // At the end, that of all of it.
        rate: (closed || full) && seconds > 0 ? count / seconds : rate,
        description: oneLine(description).toWellFormed(),
        unit: options.unit ?? 'it',
        unitScale: options.unitScale ?? false,
        postfix: oneLine(postfix).toWellFormed(),
      };
    };
    const show = (at: number): void => {
      cancel?.();
      cancel = undefined;
      next = at + interval;
      surface.draw(meterAt(at), full ? 'finished' : 'running');
    };
    const changed = (): void => {
      if (closed) return;
      const filled = total !== undefined && count >= total;
      const at = now();
      if (at >= next || (filled && !full)) {
        full = filled;
        show(at);
      } else cancel ??= later(() => show(now()), next - at);
    };

    show(started);
    return {
      get count() {
        return count;
      },
      update(n = 1) {
        count += n;
        changed();
      },
      set(value) {
        count = value;
        changed();
      },
      setDescription(text) {
        description = text;
        changed();
      },
      setPostfix(values) {
        postfix = postfixText(values);
        changed();
      },
      close() {
        if (closed) return;
        closed = true;
        cancel?.();
        const left = total !== undefined && count < total;
        surface.end(options.leave === false ? undefined : meterAt(now()), left ? 'left' : 'finished');
      },
      [Symbol.dispose]() {
        this.close();
      },
    };
  };

  /** A loop has one bar at a time; what is set before it begins opens the bar. */
  const loop = (
    items: Iterable<unknown> | AsyncIterable<unknown>,
    total: number | undefined,
    options: ProgressOptions,
  ): ProgressLoop<unknown> & AsyncProgressLoop<unknown> => {
    let bar: ProgressBar | undefined;
    const current = (): ProgressBar => {
      bar ??= open(total, options);
      return bar;
    };
    const closeOwn = (own: ProgressBar): void => {
      own.close();
      if (bar === own) bar = undefined;
    };
    const looped = {
      setDescription: (text: string) => current().setDescription(text),
      setPostfix: (values: Readonly<Record<string, unknown>>) => current().setPostfix(values),
    } as ProgressLoop<unknown> & AsyncProgressLoop<unknown>;
    if (Symbol.iterator in items) {
      looped[Symbol.iterator] = function* () {
        const own = current();
        try {
          for (const item of items) {
            yield item;
            own.update();
          }
        } finally {
          closeOwn(own);
        }
      };
    }
    if (Symbol.asyncIterator in items) {
      looped[Symbol.asyncIterator] = async function* () {
        const own = current();
        try {
          for await (const item of items) {
            yield item;
            own.update();
          }
        } finally {
          closeOwn(own);
        }
      };
    }
    return looped;
  };

  return ((given: unknown, options: ProgressOptions = {}) => {
    if (typeof given === 'number') {
      if (!(given >= 0)) throw new RangeError(`progress() needs a total of 0 or more, not ${given}.`);
      return open(options.total ?? given, options);
    }
    const items = Object(given) as Iterable<unknown> & AsyncIterable<unknown>;
    if (given === null || !(Symbol.asyncIterator in items || Symbol.iterator in items)) {
      throw new TypeError('progress() takes an iterable, an async iterable, or the total as a number.');
    }
    return loop(items, options.total ?? lengthOf(items), options);
  }) as Progress;
}

/** How many items an array, a string, a typed array, a map or a set gives. */
function lengthOf(items: object): number | undefined {
  const { length, size } = items as { length?: unknown; size?: unknown };
  const count = length ?? size;
  return typeof count === 'number' && count >= 0 ? count : undefined;
}
