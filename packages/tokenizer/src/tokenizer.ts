import type { AlignedText } from './aligned.ts';
import type { PlacedTokens } from './batch/job.ts';
import { Threads, worthThreads } from './batch/threads.ts';
import { type DecodeStream, decodeStream } from './decode-stream.ts';
import { Encoding, ofOneText, type Tokens } from './encoding.ts';
import type { TokenizerConfig } from './load/config.ts';
import { modelOf } from './load/model.ts';
import type { Model } from './models/model.ts';
import { type AddedToken, AddedTokens, addedTokenOf } from './steps/added-tokens.ts';
import { type Decoder, decoderOf } from './steps/decoders.ts';
import { normalizerOf } from './steps/normalizers.ts';
import { type PostProcessor, plain, postProcessorOf } from './steps/post-processors.ts';
import { type PreTokenizer, preTokenizationOf, totalLength } from './steps/pre-tokenizers.ts';
import { keptLengths, type Padding, paddedLength, type Truncation, windowsOf } from './windows.ts';

export interface EncodeOptions {
  /** A second text: a question's passage, a premise's hypothesis. */
  pair?: string;
  /** Whether the post-processor adds its tokens, as `[CLS]` and `[SEP]`: true where not given. */
  addSpecialTokens?: boolean;
  /**
   * What to make of special tokens that are spelled out in the text. `'text'`, where not given: they are text like any
   * other, so that text from outside can't end a turn or begin one. `'parse'`: they are the tokens.
   */
  specialTokens?: 'text' | 'parse';
  /** What the tokenizer's file says where not given; null for none. */
  truncation?: Truncation | null;
  /** What the tokenizer's file says where not given; null for none. */
  padding?: PaddingOptions | null;
}

/** The id is the tokenizer's own where not given. */
export type PaddingOptions = Omit<Padding, 'id'> & { id?: number };

export interface DecodeOptions {
  /** Whether special tokens are left out: true where not given. */
  skipSpecialTokens?: boolean;
}

const PADDING_TOKENS = ['<pad>', '[PAD]', '<|pad|>', '<|endoftext|>'];

/** A tokenizer as its file describes it: text to ids and back, as Hugging Face's `tokenizers` does it. */
export class Tokenizer {
  /** What it was made of. */
  readonly config: TokenizerConfig;
  readonly model: Model;
  readonly addedTokens: readonly AddedToken[];
  /** What its file says is done where a call says nothing. */
  readonly truncation: Truncation | undefined;
  readonly padding: Padding | undefined;
  readonly #added: AddedTokens;
  readonly #steps: readonly PreTokenizer[];
  readonly #postProcessor: PostProcessor;
  readonly #decoder: Decoder;
  #threads: Threads | undefined;
  readonly #addedIds: ReadonlyMap<string, number>;
  readonly #addedById: ReadonlyMap<number, AddedToken>;

  /** @throws {Error} where the configuration has a part that isn't known, or doesn't fit together. */
  constructor(config: TokenizerConfig) {
    this.config = config;
    const { steps, byteLevel } = preTokenizationOf(config.pre_tokenizer ?? null);
    this.addedTokens = (config.added_tokens ?? []).map(addedTokenOf);
    const special = this.addedTokens.filter(({ special }) => special);
    this.model = modelOf(config.model, byteLevel, new Set(special.map(({ content }) => content)));
    this.#addedIds = new Map(this.addedTokens.map(({ content, id }) => [content, id]));
    this.#addedById = new Map(this.addedTokens.map((token) => [token.id, token]));
    this.#added = new AddedTokens(this.addedTokens, normalizerOf(config.normalizer ?? null));
    this.#steps = steps;
    this.#postProcessor = postProcessorOf(config.post_processor ?? null, (id) => this.tokenOf(id));
    this.#decoder = decoderOf(config.decoder ?? null);
    const { truncation, padding } = config;
    this.truncation = truncation
      ? {
          maxLength: truncation.max_length,
          stride: truncation.stride ?? 0,
          side: truncation.direction === 'Left' ? 'left' : 'right',
          strategy: (
            { LongestFirst: 'longestFirst', OnlyFirst: 'onlyFirst', OnlySecond: 'onlySecond' } as const
          )[truncation.strategy ?? 'LongestFirst'],
        }
      : undefined;
    this.padding = padding
      ? {
          length: padding.strategy === 'BatchLongest' ? 'longest' : padding.strategy.Fixed,
          side: padding.direction === 'Left' ? 'left' : 'right',
          id: padding.pad_id ?? 0,
          typeId: padding.pad_type_id ?? 0,
          ...(padding.pad_to_multiple_of ? { multipleOf: padding.pad_to_multiple_of } : {}),
        }
      : undefined;
  }

  /** How many ids there are, added tokens included: one more than the largest. */
  get vocabularySize(): number {
    return this.addedTokens.reduce((size, { id }) => Math.max(size, id + 1), this.model.size);
  }

  /** The id of a token as the vocabulary writes it. */
  idOf(token: string): number | undefined {
    return this.#addedIds.get(token) ?? this.model.idOf(token);
  }

  tokenOf(id: number): string | undefined {
    return this.#addedById.get(id)?.content ?? this.model.tokenOf(id);
  }

  /** One text, or a pair of them, as the model takes it. */
  encode(text: string, options: EncodeOptions = {}): Encoding {
    const [encoding] = this.#encode([text], options) as [Encoding];
    return encoding;
  }

  /**
   * Several texts, padded to the longest where padding says so. Batches of 64 texts and more, of 8,192 UTF-16 units
   * together, are divided among all cores. The threads for it start when 131,072 units have come in such batches, and end
   * with the process.
   */
  encodeBatch(
    texts: readonly (string | readonly [text: string, pair: string])[],
    options: Omit<EncodeOptions, 'pair'> = {},
  ): Encoding[] {
    return this.#encode(texts, options);
  }

  /** The ids alone, of one text, without padding: the fastest way. */
  encodeIds(text: string, options: Pick<EncodeOptions, 'addSpecialTokens' | 'specialTokens'> = {}): number[] {
    const ids: number[] = [];
    for (const { piece, id } of this.#added.split(wellFormed(text), options.specialTokens === 'parse')) {
      if (id === undefined) this.#pushIds(piece, 0, ids);
      else ids.push(id);
    }
    if (!(options.addSpecialTokens ?? true) || this.#postProcessor.added(false) === 0) return ids;
    const same = ofOneText(ids.length);
    return this.#postProcessor.process([
      { ids, starts: same.special, ends: same.special, words: same.special, ...same },
    ]).ids;
  }

  /** The text of ids. What isn't an id of this tokenizer is left out. */
  decode(ids: Iterable<number>, { skipSpecialTokens = true }: DecodeOptions = {}): string {
    const tokens: string[] = [];
    for (const id of ids) {
      if (skipSpecialTokens && this.#addedById.get(id)?.special) continue;
      const token = this.tokenOf(id);
      if (token !== undefined) tokens.push(token);
    }
    return this.#decoder(tokens).join('');
  }

  decodeBatch(batch: Iterable<Iterable<number>>, options: DecodeOptions = {}): string[] {
    return Array.from(batch, (ids) => this.decode(ids, options));
  }

  /** Decodes ids one by one, as they are generated. */
  decodeStream(options: DecodeOptions = {}): DecodeStream {
    return decodeStream((ids) => this.decode(ids, options));
  }

  #encode(inputs: readonly (string | readonly [string, string])[], options: EncodeOptions): Encoding[] {
    const all = inputs.map((input) => {
      const texts = typeof input === 'string' ? [input] : [...input];
      if (options.pair !== undefined) texts.push(options.pair);
      return texts;
    });
    const tokens = this.#tokenizeAll(all, options);
    const windows = all.map((texts, i) => ({ texts, all: this.#windows(tokens[i] as Tokens[], options) }));
    const padding = this.#paddingOf(options);
    const longest = padding
      ? paddedLength(
          windows.map(({ all }) => (all[0] as Tokens).ids.length),
          padding,
        )
      : 0;
    return windows.map(({ texts, all }) => {
      const [first, ...overflowing] = all.map((tokens) => ({ tokens: { ...tokens }, texts }));
      const finish = ({ tokens, texts }: { tokens: Tokens; texts: string[] }, more: Encoding[]): Encoding =>
        new Encoding({
          attentionMask: padding && pad(tokens, longest, padding),
          tokens,
          texts,
          tokenOf: (id) => this.tokenOf(id),
          overflowing: more,
        });
      return finish(
        first as { tokens: Tokens; texts: string[] },
        overflowing.map((each) => finish(each, [])),
      );
    });
  }

  /** The tokens of each text of each input, on all cores where there are many inputs. */
  #tokenizeAll(inputs: readonly (readonly string[])[], options: EncodeOptions): Tokens[][] {
    const all = inputs.flat();
    if (!worthThreads(inputs.length, all)) {
      return inputs.map((texts) => texts.map((text, i) => this.tokenize(text, options, i as 0 | 1)));
    }
    this.#threads ??= new Threads(this);
    const { specialTokens = 'text' } = options;
    const found = this.#threads.tokenize(all, { specialTokens }).values();
    return inputs.map((texts) =>
      texts.map((_, i) => {
        const tokens = found.next().value as PlacedTokens;
        return { ...tokens, ...ofOneText(tokens.ids.length, i) };
      }),
    );
  }

  /** The tokens of one input; of several windows where it was truncated. */
  #windows(sequences: readonly Tokens[], options: EncodeOptions): Tokens[] {
    const { addSpecialTokens = true } = options;
    const truncation = options.truncation === undefined ? this.truncation : options.truncation;
    const isPair = sequences.length === 2;
    const { process, added } = addSpecialTokens ? this.#postProcessor : plain;
    if (!truncation) return [process(sequences)];
    const limit = truncation.maxLength - added(isPair);
    if (limit < 0) {
      throw new RangeError(
        `truncation.maxLength is ${truncation.maxLength}, and the tokenizer alone adds ${added(isPair)} tokens.`,
      );
    }
    const lengths = keptLengths(
      sequences.map(({ ids }) => ids.length),
      limit,
      truncation.strategy,
    );
    const [first, second] = sequences.map((tokens, i) => windowsOf(tokens, lengths[i] as number, truncation));
    if (!first) return [];
    if (!second) return [first.tokens, ...first.more].map((tokens) => process([tokens]));
    const seconds = [second.tokens, ...second.more];
    const pairs = [
      [first.tokens, second.tokens],
      ...first.more.flatMap((a) => seconds.map((b) => [a, b])),
      ...second.more.map((b) => [first.tokens, b]),
    ];
    return pairs.map((pair) => process(pair));
  }

  #paddingOf(options: EncodeOptions): Padding | undefined {
    if (options.padding === null) return undefined;
    if (options.padding === undefined) return this.padding;
    const id = options.padding.id ?? this.padding?.id ?? this.#paddingId();
    if (id === undefined) {
      throw new Error(
        `The tokenizer has no padding token (looked for: ${PADDING_TOKENS.join(', ')}). Say which: padding: { id: … }.`,
      );
    }
    return { ...options.padding, id };
  }

  #paddingId(): number | undefined {
    return PADDING_TOKENS.map((token) => this.idOf(token)).find((id) => id !== undefined);
  }

  /**
   * The tokens of one text with their places, without those that a post-processor adds, truncation or padding.
   *
   * @param sequence 1 for the second text of a pair
   */
  tokenize(
    text: string,
    { specialTokens = 'text' }: Pick<EncodeOptions, 'specialTokens'> = {},
    sequence: 0 | 1 = 0,
  ): Tokens {
    const ids: number[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    const words: number[] = [];
    let word = 0;
    const visit = (piece: AlignedText, from: number, text: string): void => {
      const found = this.model.tokenize(text);
      if (typeof found === 'number') {
        ids.push(found);
        starts.push(piece.start(from));
        ends.push(piece.end(from + text.length));
        words.push(word++);
        return;
      }
      for (let i = 0; i < found.ids.length; i++) {
        ids.push(found.ids[i] as number);
        starts.push(piece.start(from + (found.starts[i] as number)));
        ends.push(piece.end(from + (found.ends[i] as number)));
        words.push(word);
      }
      word++;
    };
    for (const { piece, id } of this.#added.split(wellFormed(text), specialTokens === 'parse')) {
      if (id === undefined) {
        this.#split(piece, 0, visit);
        continue;
      }
      ids.push(id);
      starts.push(piece.start(0));
      ends.push(piece.end(piece.text.length));
      words.push(word++);
    }
    return { ids, starts, ends, words, ...ofOneText(ids.length, sequence) };
  }

  #split(
    piece: AlignedText,
    step: number,
    visit: (piece: AlignedText, from: number, word: string) => void,
  ): void {
    const current = this.#steps[step];
    if (!current) {
      if (piece.text !== '') visit(piece, 0, piece.text);
      return;
    }
    const prepared = current.prepare?.(piece) ?? piece;
    const last = step === this.#steps.length - 1;
    const words = last ? current.words?.(prepared.text) : undefined;
    if (words && totalLength(words) === prepared.text.length) {
      let at = 0;
      for (const word of words) {
        visit(prepared, at, word);
        at += word.length;
      }
      return;
    }
    current.split(prepared.text, (from, to) => {
      if (last) visit(prepared, from, prepared.text.slice(from, to));
      else this.#split(prepared.slice(from, to), step + 1, visit);
    });
  }

  /** What `#split` and the model give, without places. */
  #pushIds(piece: AlignedText, step: number, ids: number[]): void {
    const current = this.#steps[step];
    const prepared = current?.prepare?.(piece) ?? piece;
    if (!current) {
      if (piece.text !== '') this.#pushWord(piece.text, ids);
      return;
    }
    const last = step === this.#steps.length - 1;
    const words = last ? current.words?.(prepared.text) : undefined;
    if (words) {
      for (const word of words) this.#pushWord(word, ids);
      return;
    }
    current.split(prepared.text, (from, to) => {
      const part = prepared.slice(from, to);
      if (last) this.#pushWord(part.text, ids);
      else this.#pushIds(part, step + 1, ids);
    });
  }

  #pushWord(word: string, ids: number[]): void {
    const found = this.model.tokenize(word);
    if (typeof found === 'number') ids.push(found);
    else for (let i = 0; i < found.ids.length; i++) ids.push(found.ids[i] as number);
  }
}

/** Lone surrogates become U+FFFD, as in UTF-8. */
function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

/** Fills up in place. @returns the attention mask */
function pad(tokens: Tokens, length: number, { side = 'right', id, typeId = 0 }: Padding): Int32Array {
  const own = tokens.ids.length;
  const missing = Math.max(0, length - own);
  const fill: Tokens = {
    ids: new Array<number>(missing).fill(id),
    typeIds: new Array<number>(missing).fill(typeId),
    special: new Array<number>(missing).fill(1),
    starts: new Array<number>(missing).fill(0),
    ends: new Array<number>(missing).fill(0),
    words: new Array<number>(missing).fill(-1),
    sequences: new Array<number>(missing).fill(-1),
  };
  for (const field of Object.keys(fill) as (keyof Tokens)[]) {
    tokens[field] =
      side === 'right' ? [...tokens[field], ...fill[field]] : [...fill[field], ...tokens[field]];
  }
  const from = side === 'right' ? 0 : missing;
  return new Int32Array(own + missing).fill(1, from, from + own);
}
