/** Progress bars in tqdm's manner: https://github.com/tqdm/tqdm#readme */
import { randomUUID } from 'node:crypto';
import { escapeHtml } from './html.ts';
import type { DisplaySink } from './types.ts';

export interface ProgressOptions {
  /** Shown before the bar. */
  description?: string;
  /** How many items there will be, where the iterable doesn't tell. */
  total?: number;
  /** What is counted; `it` unless given. */
  unit?: string;
  /** Whether the finished bar stays; true unless given. */
  leave?: boolean;
  /** Seconds between two updates; 0.25 unless given, and never less than 0.1. */
  minInterval?: number;
}

export interface ProgressBar extends Disposable {
  /** Counts `n` more items, 1 unless given. */
  update(n?: number): void;
  /** Goes to a count. */
  set(count: number): void;
  setDescription(text: string): void;
  /** Shows values after the bar: `{ loss: 0.31 }`. */
  setPostfix(values: Record<string, string | number>): void;
  /** Shows the last state. Called by itself at the end of a loop. */
  close(): void;
}

export interface Progress {
  /** A bar for a loop over `items`: counts one item a turn, and closes also when the loop is left early. */
  <T>(items: Iterable<T>, options?: ProgressOptions): Iterable<T>;
  <T>(items: AsyncIterable<T>, options?: ProgressOptions): AsyncIterable<T>;
  /** A bar for `total` items that is moved by hand. */
  (total: number, options?: ProgressOptions): ProgressBar;
}

export interface ProgressEnvironment {
  /** Milliseconds. */
  now: () => number;
  /** Whether outputs can be replaced; otherwise the bar is a line on stderr. */
  rich: boolean;
}

/** `03:25`, or `1:02:03`. */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => String(n).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  return `${hours > 0 ? `${hours}:` : ''}${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const BAR_CELLS = 10;

interface State {
  count: number;
  total: number | undefined;
  seconds: number;
  /** Items a second, lately. */
  rate: number | undefined;
  description: string;
  unit: string;
  postfix: string;
}

/** tqdm's line: `42%|████▏     | 42/100 [00:03<00:04, 12.30it/s]`. */
export function progressLine({ count, total, seconds, rate, description, unit, postfix }: State): string {
  const speed =
    rate === undefined
      ? `?${unit}/s`
      : rate >= 1 || rate === 0
        ? `${rate.toFixed(2)}${unit}/s`
        : `${(1 / rate).toFixed(2)}s/${unit}`;
  const head = description ? `${description}: ` : '';
  const tail = postfix ? `, ${postfix}` : '';
  if (total === undefined) return `${head}${count}${unit} [${clockTime(seconds)}, ${speed}${tail}]`;
  const fraction = total > 0 ? Math.min(1, count / total) : 1;
  const eighths = Math.floor(fraction * BAR_CELLS * 8);
  const bar = ('█'.repeat(eighths >> 3) + (EIGHTHS[eighths & 7] as string)).padEnd(BAR_CELLS);
  const left = rate ? clockTime((total - count) / rate) : '?';
  return `${head}${String(Math.floor(fraction * 100)).padStart(3)}%|${bar}| ${count}/${total} [${clockTime(seconds)}<${left}, ${speed}${tail}]`;
}

function progressHtml(state: State): string {
  const { count, total, description } = state;
  const label = escapeHtml(description || 'progress');
  const line = escapeHtml(
    progressLine(state)
      .replace(/\|.*?\|/, '')
      .trim(),
  );
  const value =
    total === undefined
      ? ''
      : ` value="${count}" max="${Math.max(total, 1)}" aria-valuemin="0" aria-valuemax="${total}" aria-valuenow="${count}"`;
  return `<div style="display:flex;gap:.75em;align-items:center;font-family:var(--jp-code-font-family,monospace);font-size:var(--jp-code-font-size,13px)"><progress role="progressbar" aria-label="${label}"${value} style="width:16em"></progress><span>${line}</span></div>`;
}

export function createProgress(sink: DisplaySink, environment: Partial<ProgressEnvironment> = {}): Progress {
  const now = environment.now ?? (() => performance.now());
  const rich = environment.rich ?? true;

  const open = (total: number | undefined, options: ProgressOptions): ProgressBar => {
    const interval = Math.max(0.1, options.minInterval ?? 0.25) * 1000;
    const displayId = randomUUID();
    const started = now();
    let count = 0;
    let description = options.description ?? '';
    let postfix = '';
    let lastTime = started;
    let lastCount = 0;
    let rate: number | undefined;
    let shown = false;
    let closed = false;

    const show = (at: number): void => {
      if (at > lastTime && count > lastCount) {
        const recent = ((count - lastCount) / (at - lastTime)) * 1000;
        rate = rate === undefined ? recent : 0.3 * recent + 0.7 * rate;
        lastCount = count;
        lastTime = at;
      }
      const seconds = (at - started) / 1000;
      const state: State = {
        count,
        total,
        seconds,
        rate: closed && seconds > 0 ? count / seconds : rate,
        description,
        unit: options.unit ?? 'it',
        postfix,
      };
      if (!rich) {
        const removed = closed && options.leave === false;
        sink.stream(
          'stderr',
          removed
            ? `\r${' '.repeat(progressLine(state).length)}\r`
            : `\r${progressLine(state)}${closed ? '\n' : ''}`,
        );
        return;
      }
      const data =
        closed && options.leave === false
          ? { 'text/html': '', 'text/plain': '' }
          : { 'text/html': progressHtml(state), 'text/plain': progressLine(state) };
      if (shown) sink.update({ data, displayId });
      else sink.display({ data, displayId });
      shown = true;
    };

    let next = started + interval;
    const changed = (): void => {
      const at = now();
      if (at < next) return;
      next = at + interval;
      show(at);
    };

    show(started);
    return {
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
        postfix = Object.entries(values)
          .map(
            ([name, value]) =>
              `${name}=${typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(4) : value}`,
          )
          .join(', ');
        changed();
      },
      close() {
        if (closed) return;
        closed = true;
        show(now());
      },
      [Symbol.dispose]() {
        this.close();
      },
    };
  };

  function* iterate<T>(items: Iterable<T>, bar: ProgressBar): Generator<T> {
    try {
      for (const item of items) {
        yield item;
        bar.update();
      }
    } finally {
      bar.close();
    }
  }

  async function* iterateAsync<T>(items: AsyncIterable<T>, bar: ProgressBar): AsyncGenerator<T> {
    try {
      for await (const item of items) {
        yield item;
        bar.update();
      }
    } finally {
      bar.close();
    }
  }

  return ((items: Iterable<unknown> | AsyncIterable<unknown> | number, options: ProgressOptions = {}) => {
    if (typeof items === 'number') {
      if (!(items >= 0)) throw new RangeError(`progress() needs a total of 0 or more, not ${items}.`);
      return open(items, options);
    }
    if (typeof items === 'object' && items !== null && Symbol.asyncIterator in items) {
      return iterateAsync(items, open(options.total, options));
    }
    if (
      (typeof items === 'object' || typeof items === 'string') &&
      items !== null &&
      Symbol.iterator in Object(items)
    ) {
      const known = items as { length?: unknown; size?: unknown };
      const total =
        options.total ??
        (typeof known.length === 'number'
          ? known.length
          : typeof known.size === 'number'
            ? known.size
            : undefined);
      return iterate(items as Iterable<unknown>, open(total, options));
    }
    throw new TypeError('progress() takes an iterable, an async iterable, or the total as a number.');
  }) as Progress;
}
