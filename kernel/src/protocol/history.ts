/** What was executed in this session, for `history_request`. */

export type HistoryEntry = [
  session: number,
  line: number,
  input: string | [input: string, output: string | null],
];

export interface HistoryRequest {
  hist_access_type?: string;
  output?: boolean;
  n?: number;
  pattern?: string;
  unique?: boolean;
  session?: number;
  start?: number;
  stop?: number | null;
}

export class History {
  readonly #entries: { line: number; input: string; output: string | null }[] = [];

  add(line: number, input: string): void {
    this.#entries.push({ line, input, output: null });
  }

  setOutput(line: number, output: string): void {
    const entry = this.#entries.findLast((one) => one.line === line);
    if (entry) entry.output = output;
  }

  /** `tail`: the last n; `range`: lines start to stop, stop left out; `search`: the last n that match a glob. */
  find(request: HistoryRequest): HistoryEntry[] {
    let found = this.#entries;
    switch (request.hist_access_type) {
      case 'range': {
        // Session 0 is the current one; others aren't kept.
        if ((request.session ?? 0) > 1 || (request.session ?? 0) < 0) return [];
        const start = request.start ?? 1;
        const stop = request.stop ?? Number.POSITIVE_INFINITY;
        found = found.filter(({ line }) => line >= start && line < stop);
        break;
      }
      case 'search': {
        const pattern = glob(request.pattern ?? '*');
        found = found.filter(({ input }) => pattern.test(input));
        if (request.unique)
          found = found.filter(
            (entry, index) => found.findLastIndex((other) => other.input === entry.input) === index,
          );
        found = last(found, request.n);
        break;
      }
      default:
        found = last(found, request.n);
    }
    return found.map(({ line, input, output }) => [1, line, request.output ? [input, output] : input]);
  }
}

function last<T>(items: T[], n: number | undefined): T[] {
  return n === undefined || n === null ? items : n <= 0 ? [] : items.slice(-n);
}

function glob(pattern: string): RegExp {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '[\\s\\S]*')
    .replace(/\?/g, '[\\s\\S]');
  return new RegExp(`^${escaped}$`);
}
