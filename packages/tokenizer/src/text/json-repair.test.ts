import { describe, expect, it } from 'vitest';
import { extractJson, parseRepairedJson, partialJson, repairJson } from './json-repair.ts';

describe('repairing JSON', () => {
  it('leaves valid JSON as it is', () => {
    for (const text of ['{"a" : [1, 2.50]}', ' "x" ', 'null', '[]']) expect(repairJson(text)).toBe(text);
  });

  it.each([
    ["{name: 'Ann', tags: ['a', 'b',],}", { name: 'Ann', tags: ['a', 'b'] }],
    ['{"ok": True, "none": None}', { ok: true, none: null }],
    ['{"a": 1 "b": 2}', { a: 1, b: 2 }],
    ['{"a": [1, 2', { a: [1, 2] }],
    ['{"text": "cut o', { text: 'cut o' }],
    ['{"a": 1, // one\n "b": /* two */ 2}', { a: 1, b: 2 }],
    ['{“a”: “😀é”}', { a: '😀é' }],
    ['[1, 2, 3, ...]', [1, 2, 3]],
  ])('puts %s right', (text, expected) => {
    expect(parseRepairedJson(text)).toEqual(expected);
  });

  it.each([
    ['Sure! Here it is:\n```json\n{"a": [1, {"b": "}"}]}\n```\nAnything else?', '{"a": [1, {"b": "}"}]}'],
    ['As in [1], ```\n[2]\n``` ok', '[2]'],
    ['The answer is {"a": "x ] y"} and {"b": 2}.', '{"a": "x ] y"}'],
    ['```json\n{"a": [1,\n```', '{"a": [1,'],
    ['```js\ncode\n```\n```json\n{"a": 1}\n```', '{"a": 1}'],
    ['```\n"text"\n```', '"text"'],
    ['As in [1] and {x}: {"a": 1, "b": [2', '{"a": 1, "b": [2'],
    ['{"a": 1} is what [I think is best of all].', '{"a": 1}'],
    ['{a: 1}', '{a: 1}'],
  ])('finds the JSON in %j', (text, expected) => {
    expect(extractJson(text)).toBe(expected);
  });

  it('says what is wrong where there is none', () => {
    expect(() => repairJson('I am sorry.')).toThrow('there is no JSON in "I am sorry."');
    for (const text of ['', '3 apples', 'True love', 'Use {x} as [see there].']) {
      expect(() => repairJson(text)).toThrow('there is no JSON in');
    }
    expect(repairJson('True')).toBe('true');
    expect(() => repairJson(`{"a":"b, "c":"d, {"a`)).toThrow("can't be repaired");
  });

  it('stops where it takes too long, and where it is nested too deeply', () => {
    expect(() => repairJson(`{"a": "${'x"'.repeat(100_000)}`, { timeLimit: 50 })).toThrow(
      'it takes longer than 50 ms',
    );
    expect(() => repairJson('['.repeat(100_000))).toThrow('it is nested too deeply');
  });

  it('gives what is there so far of a stream', async () => {
    const values: unknown[] = [];
    for await (const value of partialJson([
      'Here: ',
      '```json\n',
      '{"a',
      '": [1, ',
      '2',
      '], "b": "x',
      'y"}',
      '\n```',
      ' ok',
    ])) {
      values.push(value);
    }
    expect(values.at(-1)).toEqual({ a: [1, 2], b: 'xy' });
    expect(values).toContainEqual({ a: [1, 2] });
    expect(values).toContainEqual({ a: [1, 2], b: 'x' });
  });
});
