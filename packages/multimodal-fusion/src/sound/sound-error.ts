import { FileError } from '../named-file.ts';

/** A sound that can't be read: which one, and why. */
export class SoundError extends FileError {
  override readonly name = 'SoundError';
}
