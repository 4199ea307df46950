import { describe, expect, it } from 'vitest';
import { cutAtStop, stopFilter, untilStop } from './stop-sequences.ts';

async function collect(chunks: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

describe('a stop sequence', () => {
  it('cuts the text before it', () => {
    expect(cutAtStop('one\n\nUser: two', ['\nUser:', '###'])).toEqual({ text: 'one\n', stop: '\nUser:' });
    expect(cutAtStop('nothing', ['###'])).toEqual({ text: 'nothing', stop: undefined });
    expect(cutAtStop('a', [])).toEqual({ text: 'a', stop: undefined });
    expect(cutAtStop('##', ['###'])).toEqual({ text: '##', stop: undefined });
  });

  it('is the one that ends first, and of two that end together the longest', () => {
    expect(cutAtStop('xabcd', ['abcd', 'bc'])).toEqual({ text: 'xa', stop: 'bc' });
    expect(cutAtStop('xabc', ['bc', 'abc'])).toEqual({ text: 'x', stop: 'abc' });
    expect(cutAtStop('aaab', ['aab'])).toEqual({ text: 'a', stop: 'aab' });
  });

  it('is not passed on in part, wherever chunks are cut', () => {
    const stops = ['<end>', '<e!', 'aab', '👩‍🚀'];
    for (const text of ['a<en<end>x', 'a<e<e!b', 'aaaab', 'no stop <en', '👩 👩‍🚀 x', 'a👨b', '<end']) {
      const whole = cutAtStop(text, stops);
      for (let first = 0; first <= text.length; first++) {
        for (let second = first; second <= text.length; second++) {
          const filter = stopFilter(stops);
          const out = [text.slice(0, first), text.slice(first, second), text.slice(second)].map((chunk) =>
            filter.push(chunk),
          );
          expect(out.join('') + filter.flush()).toBe(whole.text);
          expect(filter.stop).toBe(whole.stop);
        }
      }
    }
  });

  it('holds back only what might be its beginning', () => {
    const filter = stopFilter(['###']);
    expect(['a#', '#', 'b', '##'].map((chunk) => filter.push(chunk))).toEqual(['a', '', '##b', '']);
    expect(filter.flush()).toBe('##');
    expect(filter.push('#')).toBe('');
    expect(filter.stop).toBeUndefined();
  });

  it('ends a stream', async () => {
    let ended = false;
    async function* source(): AsyncGenerator<string> {
      try {
        yield* ['Hel', 'lo ', '#', '#', '# more', 'never'];
      } finally {
        ended = true;
      }
    }
    expect(await collect(untilStop(source(), ['###']))).toEqual(['Hel', 'lo ']);
    expect(ended).toBe(true);
    expect(await collect(untilStop(['a', '#', '#'], ['###']))).toEqual(['a', '##']);
  });

  it('is not empty', () => {
    expect(() => stopFilter(['a', ''])).toThrow('stops[1] is empty');
  });
});
