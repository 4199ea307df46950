import { Bpe } from '../models/bpe.ts';
import { ByteBpe } from '../models/byte-bpe.ts';
import type { Model, Unreachable } from '../models/model.ts';
import { Unigram } from '../models/unigram.ts';
import { WordLevel } from '../models/word-level.ts';
import { WordPiece } from '../models/word-piece.ts';
import type { ModelConfig } from './config.ts';

/**
 * @param byteLevel whether tokens are written in byte-level characters
 * @throws {Error} for a model that isn't known, or whose parts don't fit.
 */
export function modelOf(config: ModelConfig, byteLevel: boolean, unreachable: Unreachable): Model {
  if (byteLevel && config.type !== 'BPE') {
    throw new Error(`The pre-tokenizer ByteLevel is only known with BPE, and the model is ${config.type}.`);
  }
  switch (config.type) {
    case 'BPE': {
      if (config.dropout)
        throw new Error('BPE with dropout gives other tokens each time, and is only for training.');
      const vocabulary = Object.entries(config.vocab);
      if (config.merges === 'implied') return new ByteBpe({ vocabulary, unreachable });
      const merges = config.merges.map(mergeOf);
      const wholeWords = config.ignore_merges ?? false;
      if (byteLevel && (config.continuing_subword_prefix || config.end_of_word_suffix)) {
        throw new Error(
          'BPE of bytes is only known without continuing_subword_prefix and end_of_word_suffix.',
        );
      }
      if (byteLevel) return new ByteBpe({ vocabulary, merges, wholeWords, unreachable });
      return new Bpe({
        vocabulary,
        merges,
        wholeWords,
        unreachable,
        fuseUnknown: config.fuse_unk ?? false,
        byteFallback: config.byte_fallback ?? false,
        ...(config.unk_token ? { unknown: config.unk_token } : {}),
        ...(config.continuing_subword_prefix ? { continuingPrefix: config.continuing_subword_prefix } : {}),
        ...(config.end_of_word_suffix ? { wordSuffix: config.end_of_word_suffix } : {}),
      });
    }
    case 'WordPiece':
      return new WordPiece({
        vocabulary: Object.entries(config.vocab),
        unreachable,
        ...(config.unk_token === undefined ? {} : { unknown: config.unk_token }),
        ...(config.continuing_subword_prefix === undefined
          ? {}
          : { continuingPrefix: config.continuing_subword_prefix }),
        ...(config.max_input_chars_per_word === undefined
          ? {}
          : { longestWord: config.max_input_chars_per_word }),
      });
    case 'Unigram':
      return new Unigram({
        vocabulary: config.vocab,
        unreachable,
        byteFallback: config.byte_fallback ?? false,
        ...(typeof config.unk_id === 'number' ? { unknownId: config.unk_id } : {}),
      });
    case 'WordLevel':
      return new WordLevel(Object.entries(config.vocab), unreachable, config.unk_token);
    default:
      throw new Error(
        `The model ${String((config as { type?: string }).type)} isn't known. Known are BPE, WordPiece, Unigram and WordLevel.`,
      );
  }
}

function mergeOf(merge: readonly [string, string] | string, line: number): readonly [string, string] {
  if (typeof merge !== 'string') return merge;
  const parts = merge.split(' ');
  if (parts.length !== 2) {
    throw new Error(
      `Merge ${line + 1} is ${JSON.stringify(merge)}: two tokens with a space between were expected.`,
    );
  }
  return parts as [string, string];
}
