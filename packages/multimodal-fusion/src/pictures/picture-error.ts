import { FileError } from '../named-file.ts';

/** A picture that can't be read: which one, and why. */
export class PictureError extends FileError {
  override readonly name = 'PictureError';
}
