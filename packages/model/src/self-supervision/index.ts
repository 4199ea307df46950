export { type ChunkOptions, chunkTokens } from './chunks.ts';
export { type ContrastiveOptions, contrastive } from './contrastive.ts';
export { type MaskedTokens, type MaskingOptions, maskTokens } from './masking.ts';
export { type NextSentenceOptions, nextSentencePairs, type SentencePair } from './next-sentence.ts';
