import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from './dataset-error.ts';
import { type DatasetOptions, datasetFolder } from './folder.ts';

/** Throws an error that names the file, its line, and what was expected there. */
export type Fail = (expected: string) => never;

/**
 * Bytes of a set's file, equal to their SHA-256 in the set's SHA256SUMS.
 *
 * `inspect` is called with the bytes before they are compared: what it throws about a damaged file says more than that
 * the sums differ.
 *
 * @throws DatasetError where the file or SHA256SUMS is missing, or the sums differ.
 */
export async function readChecked<Result>(
  set: string,
  file: string,
  options: DatasetOptions,
  inspect: (bytes: Buffer) => Result,
): Promise<Result> {
  const [bytes, sums] = await Promise.all([readExisting(set, file, options), checksums(set, options)]);
  const result = inspect(bytes);
  const expected = sums.get(file);
  if (expected === undefined) throw new DatasetError(set, 'SHA256SUMS', `has no sum of ${file}`);
  const sum = createHash('sha256').update(bytes).digest('hex');
  if (expected !== sum) {
    throw new DatasetError(set, file, `its SHA-256 is ${sum}, and SHA256SUMS expects ${expected}`);
  }
  return result;
}

/**
 * SHA-256 by file, of a set's SHA256SUMS.
 *
 * @throws DatasetError where it is missing.
 */
export async function checksums(set: string, options: DatasetOptions): Promise<Map<string, string>> {
  const sums = await readExisting(set, 'SHA256SUMS', options);
  const lines = sums.toString('utf8').split('\n');
  return new Map(lines.filter((line) => line !== '').map((line) => [line.slice(66), line.slice(0, 64)]));
}

async function readExisting(set: string, file: string, options: DatasetOptions): Promise<Buffer> {
  const folder = datasetFolder(set, options);
  try {
    return await readFile(join(folder, file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new DatasetError(
      set,
      file,
      `there is no such file in ${folder} (the folder comes from the option \`folder\`, QUIRE_DATASETS, or the clone)`,
    );
  }
}

/**
 * The rows of a tab-separated file whose first line names `columns`.
 *
 * `parse` gets the cells of a line, as many as there are columns, and `fail`, which throws for that line.
 *
 * @throws DatasetError as `readChecked` does, and where the header or a line isn't as expected.
 */
export function readTable<Row>(
  set: string,
  file: string,
  columns: readonly string[],
  options: DatasetOptions,
  parse: (cells: readonly string[], fail: Fail) => Row,
): Promise<Row[]> {
  return readChecked(set, file, options, (bytes) => {
    const [header, ...lines] = toLines(set, file, bytes);
    if (header !== columns.join('\t')) {
      throw new DatasetError(set, file, `expected the columns ${columns.join(', ')}`, 1);
    }
    return lines.map((line, i) => parseLine(set, file, line, i + 2, columns, parse));
  });
}

/** The rows of a tab-separated file that has no line with the names of its columns. */
export function readTableWithoutHeader<Row>(
  set: string,
  file: string,
  columns: readonly string[],
  options: DatasetOptions,
  parse: (cells: readonly string[], fail: Fail) => Row,
): Promise<Row[]> {
  return readChecked(set, file, options, (bytes) =>
    toLines(set, file, bytes).map((line, i) => parseLine(set, file, line, i + 1, columns, parse)),
  );
}

function toLines(set: string, file: string, bytes: Buffer): string[] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new DatasetError(set, file, 'expected UTF-8');
  }
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new DatasetError(set, file, 'ends within a line', lines.length + 1);
  return lines;
}

function parseLine<Row>(
  set: string,
  file: string,
  line: string,
  number: number,
  columns: readonly string[],
  parse: (cells: readonly string[], fail: Fail) => Row,
): Row {
  const fail: Fail = (expected) => {
    const shown = line.length > 80 ? `${line.slice(0, 80)}…` : line;
    throw new DatasetError(set, file, `expected ${expected}, found ${JSON.stringify(shown)}`, number);
  };
  const cells = line.split('\t');
  if (cells.length !== columns.length)
    fail(`${columns.length} cells separated by tabs (${columns.join(', ')})`);
  return parse(cells, fail);
}

/** A cell as a finite number. */
export function toNumber(cell: string, column: string, fail: Fail): number {
  const value = Number(cell);
  if (cell.trim() === '' || !Number.isFinite(value)) fail(`a number as ${column}`);
  return value;
}

/** A cell as one of the values that its column can have. */
export function toChoice<Choice extends string>(
  cell: string,
  choices: readonly Choice[],
  column: string,
  fail: Fail,
): Choice {
  const choice = choices.find((each) => each === cell);
  return choice ?? fail(`${choices.join(' or ')} as ${column}`);
}
