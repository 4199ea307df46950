import type { Span } from './span.ts';

export interface Segment extends Span {
  /** Whether a segment of granularity `word` has letters, digits or ideographs. */
  readonly isWordLike: boolean;
}

export interface SegmentOptions {
  granularity: 'word' | 'sentence';
  /** A BCP 47 tag. */
  language: string;
}

/** What is segmented at once, in UTF-16 units: Intl.Segmenter takes time quadratic in the length of a text. */
const WINDOW = 2048;
/** A boundary counts if this much of the text after it was seen. */
const LOOKAHEAD = 64;

const segmenters = new Map<string, Intl.Segmenter>();

/**
 * The segments of a text by Intl.Segmenter (Unicode Standard Annex 29, with dictionaries for Thai, Chinese and the like), in
 * linear time: a window moves over the text, and grows where one segment doesn't fit.
 * @throws {RangeError} where the language is no BCP 47 tag.
 */
export function* segments(text: string, options: SegmentOptions): Generator<Segment> {
  const segmenter = getSegmenter(options);
  let start = 0;
  let size = WINDOW;
  while (start < text.length) {
    const end = Math.min(start + size, text.length);
    const limit = end === text.length ? size : size - LOOKAHEAD;
    const from = start;
    for (const { segment, index, isWordLike } of segmenter.segment(text.slice(from, end))) {
      if (index + segment.length > limit) break;
      yield {
        start: from + index,
        end: from + index + segment.length,
        text: segment,
        isWordLike: isWordLike ?? false,
      };
      start = from + index + segment.length;
      if (size > WINDOW) break;
    }
    size = start === from ? size * 2 : WINDOW;
  }
}

function getSegmenter({ granularity, language }: SegmentOptions): Intl.Segmenter {
  const key = `${granularity} ${language}`;
  let segmenter = segmenters.get(key);
  if (!segmenter) {
    try {
      segmenter = new Intl.Segmenter(language, { granularity });
    } catch (cause) {
      throw new RangeError(
        `language is ${JSON.stringify(language)}, no BCP 47 language tag; give one such as en or pt-BR.`,
        { cause },
      );
    }
    if (segmenters.size < 100) segmenters.set(key, segmenter);
  }
  return segmenter;
}
