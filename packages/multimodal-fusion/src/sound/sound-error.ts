/** A sound that can't be read: which one, and why. */
export class SoundError extends Error {
  override readonly name = 'SoundError';
  /** The file, as it was asked for. */
  readonly file: string;

  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file}: ${problem}`, options);
    this.file = file;
  }
}
