import { escapeText } from 'entities';
import type { Encoding } from '../encoding.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { htmlOfPieces } from './pieces.ts';

/** How one tokenizer divides a text. */
export interface TokenizerResult {
  name: string;
  encoding: Encoding;
  /** Tokens that are of the text; without `[CLS]` and the like. */
  tokens: number;
  charactersPerToken: number;
  bytesPerToken: number;
  /** Ids that there are, added tokens included. */
  vocabularySize: number;
}

/** Several tokenizers on one text. In a notebook it shows itself: a row for each, with its pieces. */
export class TokenizerComparison {
  readonly text: string;
  readonly results: readonly TokenizerResult[];

  constructor(text: string, results: readonly TokenizerResult[]) {
    this.text = text;
    this.results = results;
  }

  [Symbol.for('Jupyter.display')](): Record<string, string> {
    const rows = this.results.map(
      ({ name, tokens, charactersPerToken, bytesPerToken, encoding }) =>
        `<tr><th style="text-align:left;vertical-align:top">${escapeText(name)}</th>` +
        `<td style="vertical-align:top">${tokens}</td>` +
        `<td style="vertical-align:top">${charactersPerToken.toFixed(2)}</td>` +
        `<td style="vertical-align:top">${bytesPerToken.toFixed(2)}</td>` +
        `<td style="text-align:left">${htmlOfPieces(this.text, encoding.pieces())}</td></tr>`,
    );
    return {
      'text/plain': this.toString(),
      'text/html':
        '<table><thead><tr><th style="text-align:left">tokenizer</th><th>tokens</th><th>characters per token</th>' +
        `<th>bytes per token</th><th style="text-align:left">pieces</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
    };
  }

  toString(): string {
    return this.results
      .map(({ name, tokens, encoding }) => `${name}: ${tokens} tokens\n  ${encoding.tokens.join(' | ')}`)
      .join('\n');
  }
}

/**
 * The same text through several tokenizers, side by side.
 *
 * @param tokenizers by the names that the comparison shows
 * @throws {RangeError} where no tokenizer is given.
 */
export function compareTokenizers(
  text: string,
  tokenizers: Readonly<Record<string, Tokenizer>>,
): TokenizerComparison {
  const entries = Object.entries(tokenizers);
  if (entries.length === 0)
    throw new RangeError('compareTokenizers needs at least one tokenizer, by its name.');
  const characters = Array.from(text).length;
  const bytes = Buffer.byteLength(text);
  const results = entries.map(([name, tokenizer]): TokenizerResult => {
    const encoding = tokenizer.encode(text, { truncation: null, padding: null });
    const tokens = encoding.specialTokensMask.reduce((sum, special) => sum + 1 - special, 0);
    return {
      name,
      encoding,
      tokens,
      charactersPerToken: tokens === 0 ? 0 : characters / tokens,
      bytesPerToken: tokens === 0 ? 0 : bytes / tokens,
      vocabularySize: tokenizer.vocabularySize,
    };
  });
  return new TokenizerComparison(text, results);
}
