/** What is logged below a folder, as TensorBoard shows it. */
import { seriesColor } from '../palettes.ts';
import { type Panel, Panels } from '../panels.ts';
import { currentTheme, type Theme } from '../theme.ts';
import { CONTROLS_SCRIPT, controls } from './controls.ts';
import { histogramPlots } from './histograms.ts';
import { imageStrips, textLists } from './media.ts';
import { type Run, readRuns, type TagSeries } from './reader.ts';
import { scalarPlots } from './scalars.ts';

export interface TensorBoardOptions {
  /** The tags that are shown. Default: all. */
  tags?: readonly string[];
  /** The runs that are shown. Default: all. */
  runs?: readonly string[];
  /** What is shown of each tag. Default: all. */
  kinds?: readonly (keyof Omit<Run, 'name'>)[];
  /** From 0 to below 1. Default: 0.6, as in TensorBoard; what the curves were is shown faintly. */
  smoothing?: number;
  /** What the x axis of scalars is. Default: `'step'`. */
  x?: 'step' | 'seconds';
  /** The scalars on a logarithmic axis. */
  log?: readonly string[];
  title?: string;
  /** In CSS pixels; plots are as wide as the page. Default: 700. */
  width?: number;
  /** Default: what `setTheme` set, `'auto'` at first. */
  theme?: Theme;
}

const KINDS = ['scalars', 'histograms', 'images', 'texts'] as const;
const TITLES = { scalars: 'Scalars', histograms: 'Histograms', images: 'Images', texts: 'Text' } as const;
/** So many tags are in one panel; scalars that are more are told apart by what stands before the slash. */
const MOST_TAGS = { scalars: 8, histograms: 8, images: 20, texts: 20 } as const;

/**
 * What is logged below a folder, without TensorBoard: `tensorboard('runs')`. Scalars are a plot for each tag and a curve
 * for each run, histograms a distribution for each step, pictures stand side by side by step, and text as typed, the
 * last step on top. The page has a slider that smooths and a switch for each run; what doesn't come first is closed until
 * it is clicked. `readRuns` gives the numbers themselves.
 * @throws {Error} when the folder isn't there or a file in it is damaged
 * @throws {RangeError} when nothing is logged, a tag or run isn't there, or smoothing is out of range
 */
export function tensorboard(logdir: string, options: TensorBoardOptions = {}): Panels {
  const what = 'tensorboard';
  const {
    smoothing = 0.6,
    x = 'step',
    log = [],
    kinds = KINDS,
    width = 700,
    theme = currentTheme(),
  } = options;
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new RangeError(`${what}: smoothing is from 0 to below 1, not ${smoothing}.`);
  }
  for (const kind of kinds) {
    if (!KINDS.includes(kind)) {
      throw new TypeError(`${what}: kinds are ${quoted(KINDS)}, not ${JSON.stringify(kind)}.`);
    }
  }
  const all = readRuns(logdir).filter((run) => kinds.some((kind) => run[kind].size > 0));
  const isThere = (name: string, known: readonly string[], kind: string): void => {
    if (known.includes(name)) return;
    throw new RangeError(`${what}: ${logdir} has no ${kind} "${name}". It has ${quoted(known)}.`);
  };
  if (all.length === 0) throw new RangeError(`${what}: there are no ${kinds.join(' or ')} below ${logdir}.`);
  for (const name of options.runs ?? []) {
    isThere(
      name,
      all.map((run) => run.name),
      'run',
    );
  }
  const runs = all.filter(({ name }) => options.runs?.includes(name) ?? true);
  const tagsOf = (own: readonly Run[], kind: keyof typeof TITLES): string[] =>
    [...new Set(own.flatMap((run) => [...run[kind].keys()]))].sort();
  const known = [...new Set(kinds.flatMap((kind) => tagsOf(runs, kind)))].sort();
  for (const tag of options.tags ?? []) isThere(tag, known, 'tag');
  const isShown = (tag: string): boolean => options.tags?.includes(tag) ?? true;
  const color = (name: string): string => seriesColor(all.findIndex((run) => run.name === name));
  const size = { width, theme };
  const panels: Panel[] = [];
  const add = (kind: keyof typeof TITLES, of: string[], content: Panel['content'], run?: string): void => {
    panels.push({
      title: [TITLES[kind], ...of].join(' · '),
      content,
      isOpen: !panels.some(({ data }) => data?.kind === kind),
      data: { kind, ...(run === undefined ? {} : { run }) },
    });
  };
  for (const kind of KINDS.filter((own) => kinds.includes(own))) {
    if (kind === 'scalars') {
      for (const { name, tags } of groupsOf(tagsOf(runs, kind).filter(isShown))) {
        add(kind, name === '' ? [] : [name], scalarPlots(runs, tags, { smoothing, x, log, color }, size));
      }
      continue;
    }
    for (const run of runs) {
      const tags = [...(run[kind] as Run['texts'])].filter(([tag]) => isShown(tag)).sort(byName);
      const pieces = chunks(tags, MOST_TAGS[kind]);
      pieces.forEach((piece, i) => {
        const of = [
          ...(all.length > 1 ? [run.name] : []),
          ...(pieces.length > 1 ? [`${i + 1} of ${pieces.length}`] : []),
        ];
        add(kind, of, CONTENTS[kind](piece as never, size), run.name);
      });
    }
  }
  const told = kinds.flatMap((kind) => {
    const count = tagsOf(runs, kind).filter(isShown).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  return new Panels(
    {
      panels,
      head: controls(
        runs.map(({ name }) => ({ name, color: color(name) })),
        panels.some(({ data }) => data?.kind === 'scalars') ? smoothing : undefined,
      ),
      script: CONTROLS_SCRIPT,
      alt: `TensorBoard of ${runs.length === 1 ? 'a run' : `${runs.length} runs`}: ${told.join(', ')}.`,
    },
    { title: options.title, theme },
  );
}

const CONTENTS = { histograms: histogramPlots, images: imageStrips, texts: textLists } as const;

/** All tags together if they are few, or else by what stands before their slash, as TensorBoard has them. */
function groupsOf(tags: readonly string[]): { name: string; tags: string[] }[] {
  if (tags.length === 0) return [];
  if (tags.length <= MOST_TAGS.scalars) return [{ name: '', tags: [...tags] }];
  const groups = new Map<string, string[]>();
  for (const tag of tags) {
    const name = tag.includes('/') ? tag.slice(0, tag.indexOf('/')) : '';
    groups.set(name, [...(groups.get(name) ?? []), tag]);
  }
  return [...groups].flatMap(([name, own]) => {
    const pieces = chunks(own, MOST_TAGS.scalars);
    return pieces.map((piece, i) => ({
      name: pieces.length > 1 ? `${name} ${i + 1} of ${pieces.length}`.trim() : name,
      tags: piece,
    }));
  });
}

function chunks<T>(list: readonly T[], most: number): T[][] {
  const count = Math.ceil(list.length / most);
  const each = Math.ceil(list.length / Math.max(1, count));
  return Array.from({ length: count }, (_, i) => list.slice(i * each, (i + 1) * each));
}

const byName = ([a]: readonly [string, TagSeries<unknown>], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
