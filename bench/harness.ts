/** Runs an area's cases for Quire and its peers side by side, and says how they compare. */
import { cpus, release, totalmem, type } from 'node:os';

/** One measurement, or why there is none. */
export type Measurement = number | { unavailable: string };

export interface Case {
  name: string;
  unit: string;
  lowerIsBetter: boolean;
  /** What has to be reached, as text: `≤ 1× deno`. */
  target?: string;
  /** Measured once per round, ours and the peers' one after the other. */
  ours: () => Promise<Measurement>;
  peers: Record<string, () => Promise<Measurement>>;
  /** At most so many rounds, where they are costly. */
  rounds?: number;
}

export interface Area {
  name: string;
  setup: () => Promise<{ cases: Case[]; teardown: () => Promise<void> }>;
}

export interface Ratio {
  median: number;
  min: number;
  max: number;
}

export interface Row {
  name: string;
  unit: string;
  lowerIsBetter: boolean;
  target?: string;
  ours: number | null;
  peers: Record<string, number | null>;
  /** Ours divided by the peer's, pair by pair. */
  ratio: Record<string, Ratio | null>;
  /** Why a number is missing, by who it is. */
  missing: Record<string, string>;
}

export interface Machine {
  cpu: string;
  cores: number;
  memory: string;
  system: string;
  node: string;
}

export function machine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}`,
    node: process.versions.node,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Quotients of measurements that were taken in the same round. */
export function ratioOf(
  ours: readonly (number | undefined)[],
  peer: readonly (number | undefined)[],
): Ratio | null {
  const quotients = ours.flatMap((value, i) => {
    const other = peer[i];
    return value === undefined || other === undefined || other === 0 ? [] : [value / other];
  });
  if (quotients.length === 0) return null;
  return { median: median(quotients), min: Math.min(...quotients), max: Math.max(...quotients) };
}

export interface RunOptions {
  rounds: number;
  /** Milliseconds for all cases together; rounds are left out when it runs short. */
  budget: number;
  report: (text: string) => void;
}

export async function runCases(
  cases: readonly Case[],
  { rounds, budget, report }: RunOptions,
): Promise<Row[]> {
  const rows = new Map<Case, Row>();
  const deadline = performance.now() + budget;
  const roundsOf = (one: Case): number => Math.min(one.rounds ?? rounds, rounds);
  // Those of few rounds first: what they leave of the budget goes to the others.
  const order = [...cases].sort((a, b) => roundsOf(a) - roundsOf(b));
  for (const [index, one] of order.entries()) {
    const everyone: [string, () => Promise<Measurement>][] = [
      ['ours', one.ours],
      ...Object.entries(one.peers),
    ];
    const measured: Record<string, (number | undefined)[]> = Object.fromEntries(
      everyone.map(([name]) => [name, []]),
    );
    const missing: Record<string, string> = {};
    const share = performance.now() + (deadline - performance.now()) / (cases.length - index);
    const wanted = roundsOf(one);
    let roundTook = 0;
    // Round -1 warms up and isn't counted; what is measured once only is not warmed up either.
    for (let round = wanted === 1 || performance.now() > deadline ? 0 : -1; round < wanted; round++) {
      const started = performance.now();
      if (round > 0 && started + roundTook > share) {
        report(`${one.name}: ${round} of ${wanted} rounds, for lack of time`);
        break;
      }
      // Who goes first changes, so that nobody always runs in another's wake.
      const turn = Math.max(0, round) % everyone.length;
      for (const [name, measure] of [...everyone.slice(turn), ...everyone.slice(0, turn)]) {
        if (missing[name] !== undefined) continue;
        let value: Measurement;
        try {
          value = await measure();
        } catch (error) {
          value = { unavailable: (error as Error).message };
        }
        // One failure is the result: a median of the rounds that went well would hide it.
        if (typeof value !== 'number') {
          missing[name] = value.unavailable;
          measured[name] = [];
        } else if (round >= 0) (measured[name] as (number | undefined)[])[round] = value;
      }
      roundTook = performance.now() - started;
    }
    const middle = (name: string): number | null => {
      const values = (measured[name] ?? []).filter((value) => value !== undefined);
      return values.length > 0 ? median(values) : null;
    };
    const row: Row = {
      name: one.name,
      unit: one.unit,
      lowerIsBetter: one.lowerIsBetter,
      ...(one.target ? { target: one.target } : {}),
      ours: middle('ours'),
      peers: Object.fromEntries(Object.keys(one.peers).map((name) => [name, middle(name)])),
      ratio: Object.fromEntries(
        Object.keys(one.peers).map((name) => [name, ratioOf(measured.ours ?? [], measured[name] ?? [])]),
      ),
      missing,
    };
    rows.set(one, row);
    report(formatRow(row));
  }
  return cases.map((one) => rows.get(one) as Row);
}

function number(value: number | null): string {
  if (value === null) return '–';
  if (value >= 1000) return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
  return String(Number(value.toPrecision(3)));
}

function ratioText(ratio: Ratio | null | undefined): string {
  return ratio ? `${number(ratio.median)}× (${number(ratio.min)}–${number(ratio.max)})` : '';
}

function formatRow({ name, unit, ours, peers, ratio, missing }: Row): string {
  const others = Object.keys(peers).map((peer) =>
    missing[peer] === undefined
      ? [`${peer} ${number(peers[peer] ?? null)}`, ratioText(ratio[peer])].filter(Boolean).join(', ')
      : `${peer}: ${missing[peer]}`,
  );
  return `${name} [${unit}]: ours ${missing.ours ?? number(ours)}; ${others.join('; ')}`;
}

/** The rows as a Markdown table. */
export function table(rows: readonly Row[]): string {
  const peers = [...new Set(rows.flatMap((row) => Object.keys(row.peers)))];
  const head = ['case', 'unit', 'ours', ...peers.flatMap((peer) => [peer, `ours ÷ ${peer}`]), 'target'];
  const lines = rows.map((row) => [
    row.name,
    row.lowerIsBetter ? row.unit : `${row.unit}, more is better`,
    row.missing.ours ?? number(row.ours),
    ...peers.flatMap((peer) => [
      row.missing[peer] ?? number(row.peers[peer] ?? null),
      ratioText(row.ratio[peer]),
    ]),
    row.target ?? '',
  ]);
  const escapeCell = (cell: string): string => cell.replaceAll('|', '\\|').replaceAll('\n', ' ');
  return [head, head.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`)
    .join('\n');
}
