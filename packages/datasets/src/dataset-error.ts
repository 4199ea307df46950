/** What was wrong with a data set's files, where, and how to put it right. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  /** The set's folder name, such as `udhr`; with the path of its cache, where what was made on demand is at fault. */
  readonly set: string;
  /** The file, relative to the set's folder. */
  readonly file: string;
  /** The line, counted from 1, where the trouble is in one. */
  readonly line: number | undefined;

  constructor(set: string, file: string, problem: string, line?: number) {
    const place = line === undefined ? `datasets/${set}/${file}` : `datasets/${set}/${file}, line ${line}`;
    const [folder, cache] = set.split('/');
    super(
      cache === undefined
        ? `${place}: ${problem}. Restore it with \`git checkout datasets/${set}\`, ` +
            `or make it again with \`node datasets/${set}/build.mjs\`.`
        : `${place}: ${problem}. Make it again with \`node datasets/${folder}/build.mjs --all\`.`,
    );
    this.set = set;
    this.file = file;
    this.line = line;
  }
}
