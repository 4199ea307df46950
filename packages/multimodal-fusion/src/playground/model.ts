import type { Picture } from '../pictures/picture.ts';
import type { Sound } from '../sound/sound.ts';

export type Modality = 'text' | 'picture' | 'sound';

/** What was entered. What is absent isn't there. */
export interface PlaygroundInput {
  text?: string;
  /** Red, green and blue, of the file's size. */
  picture?: Picture;
  /** Mono, of the file's rate. */
  sound?: Sound;
  /** How much each of the model's modalities counts, from 0 to 1. */
  weights: Readonly<Partial<Record<Modality, number>>>;
}

/** Something with a number: a label, an example, a token. */
export interface Scored {
  label: string;
  value: number;
}

export interface PlaygroundOutput {
  /** Probabilities of labels, from 0 to 1. */
  predictions: readonly Scored[];
  /** Cosine similarities to what the model knows, from -1 to 1. */
  similarities?: readonly Scored[];
  /** What speaks for the first prediction, and against it: of modalities, tokens, or parts of the picture. */
  attributions?: readonly Scored[];
}

/** What `playground` asks. */
export interface PlaygroundModel {
  /** What can be entered. */
  readonly modalities: readonly Modality[];
  predict(input: PlaygroundInput): PlaygroundOutput | Promise<PlaygroundOutput>;
}
