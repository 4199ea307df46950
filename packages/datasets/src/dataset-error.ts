/** What was wrong with a data set's files, where, and how to put it right. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  /** The set's folder name, such as `udhr`. */
  readonly set: string;
  /** The file, relative to the set's folder. */
  readonly file: string;
  /** The line, counted from 1, where the trouble is in one. */
  readonly line: number | undefined;

  constructor(set: string, file: string, problem: string, line?: number) {
    const place = line === undefined ? `datasets/${set}/${file}` : `datasets/${set}/${file}, line ${line}`;
    super(
      `${place}: ${problem}. Restore it with \`git checkout datasets/${set}\`, ` +
        `or make it again with \`node datasets/${set}/build.mjs\`.`,
    );
    this.set = set;
    this.file = file;
    this.line = line;
  }
}
