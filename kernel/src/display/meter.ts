/** The line of a progress bar, in tqdm's format: https://github.com/tqdm/tqdm/blob/v4.70.1/tqdm/std.py */

export interface Meter {
  count: number;
  /** How many there will be; undefined when nobody knows. */
  total: number | undefined;
  /** Since the beginning. */
  seconds: number;
  /** Items a second; undefined when there were none yet. */
  rate: number | undefined;
  description: string;
  /** What is counted. */
  unit: string;
  /** Whether large counts are written as `1.23k`. */
  unitScale: boolean;
  postfix: string;
}

/** `03:25`, or `1:02:03`. */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => String(n).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  return `${hours > 0 ? `${hours}:` : ''}${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** Three digits and a prefix of the SI: `1.23k`, `12.3M`, `123G`. */
export function scaled(value: number): string {
  let rest = value;
  for (const prefix of ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z']) {
    const size = Math.abs(rest);
    if (size < 999.5) return rest.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0) + prefix;
    rest /= 1000;
  }
  return `${rest.toFixed(1)}Y`;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const CELLS = 10;

/** The bar of the line: `████▌     `. */
function bar(fraction: number): string {
  const eighths = Math.floor(fraction * CELLS * 8);
  return ('█'.repeat(eighths >> 3) + (EIGHTHS[eighths & 7] as string)).padEnd(CELLS);
}

/** How much is done, from 0 to 1; undefined when that isn't known, as after more items than there should be. */
export function fractionOf({ count, total }: Meter): number | undefined {
  if (total === undefined || !Number.isFinite(total) || count > total) return undefined;
  return total > 0 ? Math.max(0, count / total) : 1;
}

/** The parts of the line that aren't the bar: `train: `, ` 42%` and `42/100 [00:03<00:04, 12.30it/s, loss=0.31]`. */
export function meterParts(meter: Meter): { label: string; percent: string; numbers: string } {
  const { count, total, seconds, rate, description, unit, unitScale, postfix } = meter;
  const number = (value: number): string =>
    unitScale ? scaled(value) : String(Number(value.toPrecision(15)));
  const perSecond = (value: number): string => (unitScale ? scaled(value) : value.toFixed(2).padStart(5));
  const speed =
    rate === undefined
      ? `?${unit}/s`
      : rate > 0 && rate < 1
        ? `${perSecond(1 / rate)}s/${unit}`
        : `${perSecond(rate)}${unit}/s`;
  const tail = `${speed}${postfix ? `, ${postfix}` : ''}]`;
  const label = description ? `${description}: ` : '';
  const fraction = fractionOf(meter);
  if (fraction === undefined || total === undefined) {
    return { label, percent: '', numbers: `${number(count)}${unit} [${clockTime(seconds)}, ${tail}` };
  }
  const left = rate ? clockTime((total - count) / rate) : '?';
  return {
    label,
    percent: `${String(Math.floor(fraction * 100)).padStart(3)}%`,
    numbers: `${number(count)}/${number(total)} [${clockTime(seconds)}<${left}, ${tail}`,
  };
}

/** `train:  42%|████▏     | 42/100 [00:03<00:04, 12.30it/s]` */
export function meterLine(meter: Meter): string {
  const { label, percent, numbers } = meterParts(meter);
  const fraction = fractionOf(meter);
  return fraction === undefined ? `${label}${numbers}` : `${label}${percent}|${bar(fraction)}| ${numbers}`;
}

/** The values after the bar: `loss=0.123, epoch=2`, numbers to four digits. */
export function postfixText(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      const short = typeof value === 'number' && !Number.isInteger(value);
      return `${name}=${short ? Number(value.toPrecision(4)) : String(value)}`;
    })
    .join(', ');
}
