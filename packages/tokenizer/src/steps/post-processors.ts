/** What is put around the tokens of a text, or of two. */
import { joinTokens, noTokens, type Tokens } from '../encoding.ts';
import type { PostProcessorConfig, TemplatePiece } from '../load/config.ts';

export interface PostProcessor {
  /** How many tokens it adds. */
  added(pair: boolean): number;
  process(sequences: readonly Tokens[]): Tokens;
}

type TokenOf = (id: number) => string | undefined;

/** Two texts one after the other, with nothing around them. */
export const plain: PostProcessor = { added: () => 0, process: joinTokens };

/**
 * @param text the tokens' texts, for trimming their offsets
 * @throws {Error} for a post-processor that isn't known.
 */
export function postProcessorOf(config: PostProcessorConfig | null, tokenOf: TokenOf): PostProcessor {
  if (config === null) return plain;
  switch (config.type) {
    case 'Sequence': {
      const steps = config.processors.map((each) => postProcessorOf(each, tokenOf));
      const template = steps.findLast((step) => step.added(false) > 0) ?? plain;
      const others = steps.filter((step) => step !== template);
      return {
        added: (pair) => template.added(pair),
        process: (sequences) =>
          template.process(
            sequences.map((each) => others.reduce((tokens, step) => step.process([tokens]), each)),
          ),
      };
    }
    case 'TemplateProcessing':
      return template(config.single, config.pair, (name) => {
        const special = config.special_tokens[name];
        if (!special)
          throw new Error(
            `The post-processor's template names ${name}, which isn't among its special tokens.`,
          );
        return special.ids;
      });
    case 'BertProcessing': {
      const { cls, sep } = config;
      return aroundTexts(cls[1], [sep[1]], [sep[1]], [0, 1]);
    }
    case 'RobertaProcessing': {
      const { cls, sep, trim_offsets: trim = true, add_prefix_space: prefix = true } = config;
      const around = aroundTexts(cls[1], [sep[1]], [sep[1], sep[1]], [0, 0]);
      if (!trim) return around;
      return {
        added: around.added,
        process: (sequences) => around.process(sequences.map((each) => trimmed(each, prefix, tokenOf))),
      };
    }
    case 'ByteLevel': {
      const { trim_offsets: trim = true, add_prefix_space: prefix = true } = config;
      return {
        added: () => 0,
        process: (sequences) =>
          joinTokens(trim ? sequences.map((each) => trimmed(each, prefix, tokenOf)) : sequences),
      };
    }
    default:
      throw new Error(
        `The post-processor ${(config as { type: string }).type} isn't known. Known are Sequence, TemplateProcessing, BertProcessing, RobertaProcessing and ByteLevel.`,
      );
  }
}

function template(
  single: readonly TemplatePiece[],
  pair: readonly TemplatePiece[],
  idsOf: (name: string) => readonly number[],
): PostProcessor {
  const added = (pieces: readonly TemplatePiece[]): number =>
    pieces.reduce(
      (sum, piece) => sum + ('SpecialToken' in piece ? idsOf(piece.SpecialToken.id).length : 0),
      0,
    );
  const counts = [added(single), added(pair)];
  return {
    added: (isPair) => counts[Number(isPair)] as number,
    process: (sequences) =>
      joinTokens(
        (sequences.length === 2 ? pair : single).map((piece) => {
          if ('SpecialToken' in piece)
            return specialTokens(idsOf(piece.SpecialToken.id), piece.SpecialToken.type_id);
          const tokens = sequences[piece.Sequence.id === 'A' ? 0 : 1] as Tokens;
          return { ...tokens, typeIds: tokens.ids.map(() => piece.Sequence.type_id) };
        }),
      ),
  };
}

/** `first` A `end`, and for two texts `first` A `between` B `end`. */
function aroundTexts(
  first: number,
  end: readonly number[],
  between: readonly number[],
  [typeA, typeB]: readonly [number, number],
): PostProcessor {
  const ids: Record<string, readonly number[]> = { first: [first], end, between };
  const special = (id: string, type_id: number): TemplatePiece => ({ SpecialToken: { id, type_id } });
  const text = (id: 'A' | 'B', type_id: number): TemplatePiece => ({ Sequence: { id, type_id } });
  const begin = [special('first', typeA), text('A', typeA)];
  return template(
    [...begin, special('end', typeA)],
    [...begin, special('between', typeA), text('B', typeB), special('end', typeB)],
    (name) => ids[name] as readonly number[],
  );
}

function specialTokens(ids: readonly number[], typeId: number): Tokens {
  const tokens = noTokens();
  for (const id of ids) {
    tokens.ids.push(id);
    tokens.typeIds.push(typeId);
    tokens.special.push(1);
    tokens.starts.push(0);
    tokens.ends.push(0);
    tokens.words.push(-1);
    tokens.sequences.push(-1);
  }
  return tokens;
}

const SPACES_BEFORE = /^[Ġ\p{White_Space}]*/u;
const SPACES_AFTER = /[Ġ\p{White_Space}]*$/u;

/** Offsets without the space that byte-level tokens begin or end with. */
function trimmed(tokens: Tokens, addPrefixSpace: boolean, tokenOf: TokenOf): Tokens {
  const starts = tokens.starts.slice();
  const ends = tokens.ends.slice();
  tokens.ids.forEach((id, i) => {
    const token = tokenOf(id) ?? '';
    let before = SPACES_BEFORE.exec(token)?.[0].length ?? 0;
    const after = before === token.length ? before : (SPACES_AFTER.exec(token)?.[0].length ?? 0);
    const [start, end] = [starts[i] as number, ends[i] as number];
    // A space that was put before the text isn't one of the text's.
    if (addPrefixSpace && before === 1 && (i === 0 || start === 0)) before = 0;
    const trimmedStart = Math.min(start + before, end);
    starts[i] = trimmedStart;
    if (after > 0 && end >= after) ends[i] = Math.max(end - after, trimmedStart);
  });
  return { ...tokens, starts, ends };
}
