/** Writes the lines and the tokenizers for `fixtures/make_fixtures.py`: `node test/dist/tokenizer/write.js FOLDER`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenizerConfig } from '@quire/tokenizer';
import { parityLines } from './lines.ts';
import { listedMerges, PARITY_TOKENIZERS } from './tokenizers.ts';

const folder = process.argv[2];
if (!folder) throw new Error('Where to? node test/dist/tokenizer/write.js FOLDER');
mkdirSync(folder, { recursive: true });
const lines = await parityLines();
writeFileSync(join(folder, 'lines.json'), JSON.stringify(lines.map((line) => line.toWellFormed())));
for (const { name, reference, config } of PARITY_TOKENIZERS) {
  if (reference !== 'tokenizers') continue;
  try {
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(forReference(await config())));
  } catch (error) {
    console.warn(`${name}: ${(error as Error).message}`);
  }
}

/** The reference wants every field, and special tokens in the vocabulary where ids have gaps. */
function forReference(config: TokenizerConfig): object {
  const full =
    config.model.type === 'BPE' && config.model.merges === 'implied' ? listedMerges(config) : config;
  const added = (full.added_tokens ?? []).map((token) => ({
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
    ...token,
  }));
  const model =
    full.model.type === 'BPE'
      ? {
          dropout: null,
          unk_token: null,
          continuing_subword_prefix: null,
          end_of_word_suffix: null,
          fuse_unk: false,
          byte_fallback: false,
          ...full.model,
          vocab: {
            ...full.model.vocab,
            ...Object.fromEntries(added.map(({ content, id }) => [content, id])),
          },
        }
      : full.model;
  const written = JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    ...full,
    added_tokens: added,
    model,
  });
  return JSON.parse(written, (_, value) => {
    if (value?.type === 'ByteLevel')
      return { add_prefix_space: true, trim_offsets: true, use_regex: true, ...value };
    if (value?.type === 'Split') return { invert: false, ...value };
    return value;
  });
}
