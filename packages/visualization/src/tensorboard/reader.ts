import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { decodeEvent, type SummaryValue, type TensorBoardEvent } from './events.ts';
import { records } from './records.ts';

/**
 * The events of a file, in the order in which they were written. A last one that isn't whole yet is left out.
 * @throws {Error} when the file is damaged, or no event file
 */
export function readEvents(path: string): TensorBoardEvent[] {
  return [...records(readFileSync(path), path)].map((data, i) => {
    try {
      return decodeEvent(data);
    } catch (error) {
      throw new Error(`${path}: record ${i} is no event: ${(error as Error).message}`);
    }
  });
}

type Kind = SummaryValue['kind'];
type ValueOf<K extends Kind> = Extract<SummaryValue, { kind: K }>['value'];

/** A tag's values, in the order in which they were written. */
export interface TagSeries<T> {
  steps: number[];
  /** Seconds since 1970. */
  wallTimes: number[];
  values: T[];
}

/** What a run logged, by tag. */
export interface Run {
  /** The folder below the log folder, with slashes; `.` for that itself. */
  name: string;
  scalars: Map<string, TagSeries<number>>;
  histograms: Map<string, TagSeries<ValueOf<'histogram'>>>;
  texts: Map<string, TagSeries<string>>;
  images: Map<string, TagSeries<ValueOf<'image'>>>;
}

const PLACES = { scalar: 'scalars', histogram: 'histograms', text: 'texts', image: 'images' } as const;

/**
 * The runs below a folder: each folder with event files is one, as TensorBoard has it, its files in order of their names.
 * @throws {Error} when the folder isn't there or a file in it is damaged
 */
export function readRuns(logdir: string): Run[] {
  const files = readdirSync(logdir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.includes('tfevents'))
    .map((entry) => ({ folder: entry.parentPath, name: entry.name }))
    .sort((a, b) => (a.folder === b.folder ? compare(a.name, b.name) : compare(a.folder, b.folder)));
  const runs = new Map<string, Run>();
  for (const { folder, name } of files) {
    const own = relative(logdir, folder).split(sep).join('/') || '.';
    let run = runs.get(own);
    if (!run) {
      run = { name: own, scalars: new Map(), histograms: new Map(), texts: new Map(), images: new Map() };
      runs.set(own, run);
    }
    for (const event of readEvents(join(folder, name))) {
      for (const value of event.values) {
        const tags = run[PLACES[value.kind]] as Map<string, TagSeries<unknown>>;
        let series = tags.get(value.tag);
        if (!series) {
          series = { steps: [], wallTimes: [], values: [] };
          tags.set(value.tag, series);
        }
        series.steps.push(event.step);
        series.wallTimes.push(event.wallTime);
        series.values.push(value.value);
      }
    }
  }
  return [...runs.values()];
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
