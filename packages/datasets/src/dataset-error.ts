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
    super(`${place}: ${problem}. ${remedy(set)}`);
    this.set = set;
    this.file = file;
    this.line = line;
  }
}

function remedy(set: string): string {
  const [folder, part] = set.split('/');
  const restore = `Restore it with \`git checkout datasets/${set}\`, or make it again with`;
  if (part === undefined) return `${restore} \`node datasets/${set}/build.mjs\`.`;
  if (folder === 'checkpoints') {
    return `${restore} \`node --conditions=built datasets/checkpoints/dist/train.js ${part}\`.`;
  }
  return `Make it again with \`node datasets/${folder}/build.mjs --all\`.`;
}
