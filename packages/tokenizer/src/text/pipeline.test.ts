import { describe, expect, expectTypeOf, it } from 'vitest';
import { gather, PipelineError, pipeline, step } from './pipeline.ts';

const trim = (text: string): string => text.trim();
const split = (text: string): string[] => text.split(' ');
const join = gather('join', (texts) => texts.join('-'));

describe('a pipeline', () => {
  it('without steps gives the text', () => {
    expect(pipeline()('a')).toBe('a');
  });

  it('of text to text gives a text', () => {
    const run = pipeline(
      trim,
      step('upper case', (text) => text.toUpperCase()),
    );
    expectTypeOf(run).returns.toEqualTypeOf<string>();
    expect(run(' a b ')).toBe('A B');
    expect(run.steps).toEqual(['trim', 'upper case']);
  });

  it('with a step that splits gives several texts, and later steps take them one by one', () => {
    const run = pipeline(
      split,
      step('double', (text) => [text, text]),
      step('upper case', (text) => text.toUpperCase()),
    );
    expectTypeOf(run).returns.toEqualTypeOf<string[]>();
    expect(run('a b')).toEqual(['A', 'A', 'B', 'B']);
  });

  it('can gather what it split', () => {
    const one = pipeline(split, join, trim);
    expectTypeOf(one).returns.toEqualTypeOf<string>();
    expect(one('a b ')).toBe('a-b-');
    const several = pipeline(
      split,
      gather('distinct', (texts) => [...new Set(texts)]),
    );
    expectTypeOf(several).returns.toEqualTypeOf<string[]>();
    expect(several('a b a')).toEqual(['a', 'b']);
  });

  it('is a step itself, which keeps pieces of pieces together', () => {
    const lines = (text: string): string[] => text.split('\n');
    const run = pipeline(lines, pipeline(split, join));
    expectTypeOf(run).returns.toEqualTypeOf<string[]>();
    expect(run('a b\nc d')).toEqual(['a-b', 'c-d']);
    expect(run.steps[1]).toBe('pipeline(split, join)');
  });

  it('can be mapped over texts', () => {
    expect([' a', 'b '].map(pipeline(trim))).toEqual(['a', 'b']);
  });

  it('traces what each step did', () => {
    expect(pipeline(trim, split, join).trace('a b')).toEqual([
      { step: 'trim', input: ['a b'], output: ['a b'], changed: false },
      { step: 'split', input: ['a b'], output: ['a', 'b'], changed: true },
      { step: 'join', input: ['a', 'b'], output: ['a-b'], changed: true },
    ]);
  });

  it('names the step that threw, and keeps the cause and the input', () => {
    const cause = new Error('no');
    const run = pipeline(
      trim,
      step('breaks', (): string => {
        throw cause;
      }),
    );
    expect(() => run(' a ')).toThrow('pipeline: step 2 (breaks), given "a": no');
    expect.assertions(3);
    try {
      run('a');
    } catch (error) {
      expect(error).toBeInstanceOf(PipelineError);
      expect(error).toMatchObject({ step: 'breaks', input: 'a', cause });
    }
  });

  it('refuses what is no text and no step', () => {
    expect(() => pipeline(5 as never)).toThrow('step 1 is a number; give a function of a text');
    expect(() => pipeline((async () => 'a') as never)('a')).toThrow('it returned a promise');
    expect(() => pipeline(trim)(['a'] as never)).toThrow('the input is an array; give one string');
  });
});
