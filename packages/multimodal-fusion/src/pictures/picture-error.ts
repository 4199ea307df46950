/** A picture that can't be read: which one, and why. */
export class PictureError extends Error {
  override readonly name = 'PictureError';
  /** The file, as it was asked for. */
  readonly file: string;

  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file}: ${problem}`, options);
    this.file = file;
  }
}
