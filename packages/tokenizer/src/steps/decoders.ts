/** From tokens back to text: each step takes a list of pieces and gives one, as Hugging Face's `tokenizers` does it. */
import { byteOfToken, fromByteLevel } from '../bytes.ts';
import type { DecoderConfig } from '../load/config.ts';
import { patternOf } from './normalizers.ts';

export type Decoder = (tokens: readonly string[]) => string[];

/** @throws {Error} for a decoder that isn't known. */
export function decoderOf(config: DecoderConfig | null): Decoder {
  if (config === null) return (tokens) => [tokens.join(' ')];
  switch (config.type) {
    case 'Sequence': {
      const steps = config.decoders.map(decoderOf);
      return (tokens) => steps.reduce<string[]>((pieces, step) => step(pieces), [...tokens]);
    }
    case 'ByteLevel':
      return (tokens) => [
        Buffer.concat(tokens.map((token) => fromByteLevel(token) ?? Buffer.from(token, 'utf8'))).toString(
          'utf8',
        ),
      ];
    case 'ByteFallback':
      return byteFallback;
    case 'Fuse':
      return (tokens) => [tokens.join('')];
    case 'WordPiece': {
      const { prefix = '##', cleanup = true } = config;
      return (tokens) =>
        tokens.map((token, i) => {
          const joined =
            i === 0 ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
          return cleanup ? cleanedUp(joined) : joined;
        });
    }
    case 'Metaspace': {
      const { replacement = '▁' } = config;
      const prefixed =
        (config.prepend_scheme ?? (config.add_prefix_space === false ? 'never' : 'always')) !== 'never';
      return (tokens) =>
        tokens.map((token, i) =>
          i === 0 && prefixed ? token.replaceAll(replacement, '') : token.replaceAll(replacement, ' '),
        );
    }
    case 'BPEDecoder': {
      const { suffix = '</w>' } = config;
      return (tokens) =>
        tokens.map((token, i) => token.replaceAll(suffix, i === tokens.length - 1 ? '' : ' '));
    }
    case 'CTC':
      return ctc(config);
    case 'Strip':
      return (tokens) => tokens.map((token) => stripped(token, config.content, config.start, config.stop));
    case 'Replace': {
      const pattern = patternOf(config.pattern);
      return (tokens) => tokens.map((token) => token.replaceAll(pattern, () => config.content));
    }
    default:
      throw new Error(
        `The decoder ${(config as { type: string }).type} isn't known. Known are Sequence, ByteLevel, ByteFallback, Fuse, WordPiece, Metaspace, BPEDecoder, CTC, Strip and Replace.`,
      );
  }
}

/** Runs of tokens like `<0xE2>` as the text whose UTF-8 they are; where they are none, U+FFFD for each. */
function byteFallback(tokens: readonly string[]): string[] {
  const pieces: string[] = [];
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length === 0) return;
    try {
      pieces.push(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes)));
    } catch {
      pieces.push(...bytes.map(() => '\ufffd'));
    }
    bytes = [];
  };
  for (const token of tokens) {
    const byte = byteOfToken(token);
    if (byte !== undefined) bytes.push(byte);
    else {
      flush();
      pieces.push(token);
    }
  }
  flush();
  return pieces;
}

/** No space before punctuation and within contractions. */
function cleanedUp(text: string): string {
  return text
    .replaceAll(' .', '.')
    .replaceAll(' ?', '?')
    .replaceAll(' !', '!')
    .replaceAll(' ,', ',')
    .replaceAll(" ' ", "'")
    .replaceAll(" n't", "n't")
    .replaceAll(" 'm", "'m")
    .replaceAll(' do not', " don't")
    .replaceAll(" 's", "'s")
    .replaceAll(" 've", "'ve")
    .replaceAll(" 're", "'re");
}

function ctc(config: Extract<DecoderConfig, { type: 'CTC' }>): Decoder {
  const { pad_token: pad = '<pad>', word_delimiter_token: delimiter = '|', cleanup = true } = config;
  return (tokens) =>
    tokens
      .filter((token, i) => token !== tokens[i - 1])
      .map((token) => {
        const text = token.replaceAll(pad, '');
        return cleanup ? cleanedUp(text).replaceAll(delimiter, ' ') : text;
      })
      .filter((text) => text !== '');
}

function stripped(token: string, content: string, start: number, stop: number): string {
  let from = 0;
  while (from < start && token[from] === content) from++;
  let to = token.length;
  while (token.length - to < stop && to > from && token[to - 1] === content) to--;
  return token.slice(from, to);
}
