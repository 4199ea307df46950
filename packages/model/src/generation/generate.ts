import { type Tokenizer, text as textTools } from '@quire/tokenizer';
import { beamSearch } from './beam-search.ts';
import type { LanguageModel } from './decoding.ts';
import { speculativeTokens } from './speculative.ts';
import { type GeneratedToken, generateTokens, type TokenOptions } from './tokens.ts';

export interface GenerateOptions extends TokenOptions {
  /** Ends a text where one of these comes, which is left out. */
  stop?: string | readonly string[];
  /** Follows so many continuations and takes the best; without sampling. */
  beams?: number;
  /** Of `beams`: the power of the length that scores are divided by. 1 where not given. */
  lengthPenalty?: number;
  /** A smaller model with the same vocabulary, which proposes tokens that this one checks. */
  draft?: LanguageModel;
}

/** A language model with the tokenizer that it was trained with. */
export interface TextModel extends LanguageModel {
  tokenizer?: Tokenizer | undefined;
}

/** Why a text ended: at a token that ends texts, at a stop sequence, or for want of room. */
export type FinishReason = 'end' | 'stop' | 'length';

export interface GeneratedText {
  text: string;
  finishReason: FinishReason;
  /** Those that the text is made of, and the one that ended it; of beams and drafts without probabilities. */
  tokens: Partial<GeneratedToken>[];
}

interface Piece {
  /** The text that came, for each prompt. */
  texts: string[];
}

/**
 * A text as it is made: `for await (const piece of generation)`, or whole with `await generation.result()`. It starts
 * when it is first asked for, and ends when nobody asks on.
 */
export class Generation<Chunk, Whole> implements AsyncIterable<Chunk> {
  readonly #pieces: AsyncGenerator<Piece, GeneratedText[]>;
  readonly #chunk: (piece: Piece) => Chunk;
  readonly #whole: (texts: GeneratedText[]) => Whole;
  #done: GeneratedText[] | undefined;

  constructor(
    pieces: AsyncGenerator<Piece, GeneratedText[]>,
    chunk: (piece: Piece) => Chunk,
    whole: (texts: GeneratedText[]) => Whole,
  ) {
    this.#pieces = pieces;
    this.#chunk = chunk;
    this.#whole = whole;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Chunk> {
    try {
      for (;;) {
        const { done, value } = await this.#pieces.next();
        if (done) {
          this.#done ??= value;
          return;
        }
        yield this.#chunk(value);
      }
    } finally {
      await this.#pieces.return([]);
    }
  }

  /** All of it, after what is left has been made. @throws {Error} where it was left before its end. */
  async result(): Promise<Whole> {
    for await (const _ of this);
    if (!this.#done) throw new Error('This generation was left before its end.');
    return this.#whole(this.#done);
  }
}

/**
 * Text that follows a prompt, or each of several. Without `temperature`, `topK`, `topP` or `minP` the most probable token
 * is taken each time; with `topK`, `topP` or `minP` alone the temperature is 1.
 *
 * @param prompt special tokens that it spells out are text
 * @throws {TypeError} where the model has no tokenizer; {RangeError} for an option or prompt out of range, when it starts.
 */
export function generate(
  model: TextModel,
  prompt: string,
  options?: GenerateOptions,
): Generation<string, GeneratedText>;
export function generate(
  model: TextModel,
  prompt: readonly string[],
  options?: GenerateOptions,
): Generation<string[], GeneratedText[]>;
export function generate(
  model: TextModel,
  prompt: string | readonly string[],
  options: GenerateOptions = {},
): Generation<string, GeneratedText> | Generation<string[], GeneratedText[]> {
  const { tokenizer } = model;
  if (!tokenizer) {
    throw new TypeError(
      'generate needs the model’s tokenizer: { ...model, tokenizer }, or use generateTokens.',
    );
  }
  const prompts = typeof prompt === 'string' ? [prompt] : prompt;
  const pieces = texts(model, tokenizer, prompts, options);
  if (typeof prompt !== 'string')
    return new Generation(
      pieces,
      ({ texts }) => texts,
      (all) => all,
    );
  return new Generation(
    pieces,
    ({ texts }) => texts[0] as string,
    (all) => all[0] as GeneratedText,
  );
}

/** Steps of tokens for each sequence, however they are found. */
async function* steps(
  model: TextModel,
  prompts: number[][],
  options: GenerateOptions,
): AsyncGenerator<Partial<GeneratedToken>[][]> {
  const { beams = 1, draft, ...rest } = options;
  if (beams > 1 && draft)
    throw new RangeError('Choose beams or a draft: beams are not proposed by another model.');
  if (beams > 1) {
    const { temperature, topK, topP, minP } = options;
    if ((temperature ?? topK ?? topP ?? minP) !== undefined) {
      throw new RangeError(
        'Beams take the most probable text, without sampling: leave out temperature, topK, topP, minP.',
      );
    }
    const found: Partial<GeneratedToken>[][] = [];
    for (const prompt of prompts) {
      const [best] = await beamSearch(model, prompt, { ...rest, beams });
      found.push((best?.tokens ?? []).map((id) => ({ id })));
    }
    yield found;
  } else if (draft) {
    for (const [i, prompt] of prompts.entries()) {
      for await (const { tokens } of speculativeTokens(model, prompt, { ...rest, draft })) {
        yield prompts.map((_, row) => (row === i ? tokens.map((id) => ({ id })) : []));
      }
    }
  } else {
    for await (const tokens of generateTokens(model, prompts, rest)) {
      yield tokens.map((token) => (token ? [token] : []));
    }
  }
}

/** A decoder that has read the prompt: whether a space comes before a token depends on what was before it. */
function decoderAfter(
  tokenizer: Tokenizer,
  prompt: readonly number[],
): ReturnType<Tokenizer['decodeStream']> {
  const decoder = tokenizer.decodeStream();
  for (const id of prompt) decoder.push(id);
  return decoder;
}

async function* texts(
  model: TextModel,
  tokenizer: Tokenizer,
  prompts: readonly string[],
  options: GenerateOptions,
): AsyncGenerator<Piece, GeneratedText[]> {
  const stops = typeof options.stop === 'string' ? [options.stop] : (options.stop ?? []);
  const { eosTokenId = model.config.eosTokenId } = options;
  const ends = new Set(typeof eosTokenId === 'number' ? [eosTokenId] : (eosTokenId ?? []));
  const ids = prompts.map((prompt) => tokenizer.encodeIds(prompt));
  const rows = ids.map((own) => ({
    decoder: decoderAfter(tokenizer, own),
    filter: textTools.stopFilter(stops),
    made: { text: '', finishReason: 'length', tokens: [] } as GeneratedText,
  }));
  const isDone = ({ made }: (typeof rows)[number]): boolean => made.finishReason !== 'length';
  for await (const tokens of steps(model, ids, options)) {
    const pieces = rows.map((row, i) => {
      let piece = '';
      for (const token of tokens[i] ?? []) {
        if (isDone(row)) break;
        row.made.tokens.push(token);
        if (ends.has(token.id as number)) row.made.finishReason = 'end';
        else piece += row.filter.push(row.decoder.push(token.id as number));
        if (row.filter.stop !== undefined) row.made.finishReason = 'stop';
      }
      row.made.text += piece;
      return piece;
    });
    yield { texts: pieces };
    if (rows.every(isDone)) break;
  }
  const rest = rows.map(({ filter, decoder, made }) => {
    if (made.finishReason === 'stop') return '';
    const piece = filter.push(decoder.flush()) + filter.flush();
    made.text += piece;
    return piece;
  });
  if (rest.some((piece) => piece !== '')) yield { texts: rest };
  return rows.map(({ made }) => made);
}
