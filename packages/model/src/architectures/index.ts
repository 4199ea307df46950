import * as gpt2 from './gpt2.ts';

export { gpt2 };

/** All that a checkpoint can be of. */
export const ARCHITECTURES = [gpt2] as const;

export type KnownArchitecture = (typeof ARCHITECTURES)[number];
