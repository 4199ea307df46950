/** `bench/RESULTS.md`: the last full run of every area, with notes that people write. */
import type { Machine, Row } from './harness.ts';
import { table } from './harness.ts';

const TITLE =
  "# Results\n\nThe last full run of each area, `pnpm bench AREA`. Ratios are ours divided by the peer's, pair by pair: median (min–max).\n";

export function sectionText(area: string, machine: Machine, rows: readonly Row[], date: string): string {
  const where = `${date} · ${machine.cpu}, ${machine.cores} cores, ${machine.memory} · ${machine.system} · Node.js ${machine.node}`;
  return `## ${area}\n\n${where}\n\n${table(rows)}\n`;
}

/** Puts an area's section into the file's text; its notes, under `### Notes`, stay. */
export function replaceSection(text: string, area: string, section: string): string {
  const all = text.trim() === '' ? TITLE : text;
  const start = new RegExp(`^## ${area}$`, 'm').exec(all);
  if (!start) return `${all.trimEnd()}\n\n${section}`;
  const rest = all.slice(start.index + 1);
  const next = /^## /m.exec(rest);
  const old = next ? rest.slice(0, next.index) : rest;
  const notes = /^### Notes$[\s\S]*/m.exec(old)?.[0].trimEnd();
  const after = next ? `\n${rest.slice(next.index)}` : '';
  return `${all.slice(0, start.index)}${section}${notes ? `\n${notes}\n` : ''}${after}`;
}
