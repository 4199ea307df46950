/**
 * One JavaScript tokenizer, measured in a process of its own: `tokenizers.js ENGINE DATA [PACKAGES]`. DATA is the folder
 * that `areas/tokenizer.ts` has filled, PACKAGES that of the peers' npm packages.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { Tokenizer, type TokenizerConfig } from '@quire/tokenizer';

export interface TokenizerRequest {
  set: string;
  part: number;
  /** All texts in one call. */
  batch?: boolean;
}

export interface TokenizerAnswer {
  seconds: number;
  tokens: number;
}

const WARM_UP_MS = 3000;

type Encode = (texts: readonly string[], batch: boolean) => number | Promise<number>;

interface Ranks {
  bpe_ranks: string;
  special_tokens: Record<string, number>;
  pat_str: string;
}

const [engine, data = '', packages = ''] = process.argv.slice(2);

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(data, name), 'utf8'));
}

/** Each text by itself. */
function eachBy(encode: (text: string) => { readonly length: number }): Encode {
  return (texts) => {
    let tokens = 0;
    for (const text of texts) tokens += encode(text).length;
    return tokens;
  };
}

const ENGINES: Record<string, () => Promise<Encode>> = {
  quire: async () => {
    const tokenizer = new Tokenizer(read('tokenizer.json') as TokenizerConfig);
    const one = eachBy((text) => tokenizer.encodeIds(text));
    return (texts, batch) =>
      batch ? tokenizer.encodeBatch(texts).reduce((sum, { length }) => sum + length, 0) : one(texts, batch);
  },
  'quire with places': async () => {
    const tokenizer = new Tokenizer(read('tokenizer.json') as TokenizerConfig);
    return eachBy((text) => tokenizer.encode(text));
  },
  'gpt-tokenizer': async () => {
    const path = createRequire(join(packages, 'x.js')).resolve('gpt-tokenizer/encoding/o200k_base');
    const { encode } = (await import(pathToFileURL(path).href)) as {
      encode: (text: string, options: { disallowedSpecial: Set<string> }) => number[];
    };
    const options = { disallowedSpecial: new Set<string>() };
    return eachBy((text) => encode(text, options));
  },
  tiktoken: async () => {
    const require = createRequire(join(packages, 'x.js'));
    const { Tiktoken } = require('tiktoken/lite') as {
      Tiktoken: new (
        ranks: string,
        special: Record<string, number>,
        pattern: string,
      ) => { encode_ordinary: (text: string) => Uint32Array };
    };
    const { bpe_ranks, special_tokens, pat_str } = require('tiktoken/encoders/o200k_base.json') as Ranks;
    const tiktoken = new Tiktoken(bpe_ranks, special_tokens, pat_str);
    return eachBy((text) => tiktoken.encode_ordinary(text));
  },
  '@huggingface/tokenizers': async () => {
    const module = createRequire(join(packages, 'x.js'))('@huggingface/tokenizers') as {
      Tokenizer: new (config: unknown, options: object) => { encode: (text: string) => { ids: number[] } };
    };
    const tokenizer = new module.Tokenizer(read('tokenizer-listed.json'), {});
    return eachBy((text) => tokenizer.encode(text).ids);
  },
  tokenizers: async () => {
    const module = createRequire(join(packages, 'x.js'))('tokenizers') as {
      Tokenizer: {
        fromFile: (path: string) => { encode: (text: string) => Promise<{ getLength: () => number }> };
      };
    };
    const tokenizer = module.Tokenizer.fromFile(join(data, 'tokenizer-listed.json'));
    return async (texts) => {
      let tokens = 0;
      for (const text of texts) tokens += (await tokenizer.encode(text)).getLength();
      return tokens;
    };
  },
};

const make = ENGINES[engine ?? ''];
if (!make) throw new Error(`No engine ${engine}; there are ${Object.keys(ENGINES).join(', ')}.`);
const encode = await make();
const sets = new Map<string, string[][]>();
for await (const line of createInterface({ input: process.stdin })) {
  const { set, part, batch = false } = JSON.parse(line) as TokenizerRequest;
  let parts = sets.get(set);
  if (!parts) {
    parts = read(`${set}.json`) as string[][];
    sets.set(set, parts);
    // Text of the same kind, but another: compiled code is warm, and what is common is known.
    const until = performance.now() + WARM_UP_MS;
    do {
      await encode(parts[0] as string[], batch);
      // What has to be started, as threads, gets a turn.
      await new Promise((done) => setTimeout(done, 1));
    } while (performance.now() < until);
  }
  const texts = parts[1 + part] as string[];
  const start = performance.now();
  const tokens = await encode(texts, batch);
  const answer: TokenizerAnswer = { seconds: (performance.now() - start) / 1000, tokens };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit();
