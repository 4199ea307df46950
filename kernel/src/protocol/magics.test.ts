import { describe, expect, it } from 'vitest';
import { describeMagics, MagicError, prepare } from './magics.ts';

describe('prepare', () => {
  it('leaves TypeScript alone', () => {
    for (const source of [
      'const a = b\n% c',
      'x = `\n%who\n!ls\n`',
      '/*\n!ls\n*/ 1',
      'f(\n!x,\n)',
      'a !== b',
      'const t = `${\n[1].map(x => `%`)\n}`',
    ]) {
      expect(prepare(source).source).toBe(source);
    }
  });

  it('keeps every line where it was', () => {
    const { source } = prepare('const a = 1\n!echo "hi" `x`\n%cd /tmp\nconst b = 2');
    const lines = source.split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toBe('await __quire.magics.shell("echo \\"hi\\" `x`");');
    expect(lines[2]).toBe('await __quire.magics.cd("/tmp");');
    expect(lines[3]).toBe('const b = 2');
  });

  it('knows where a statement begins again', () => {
    const { source } = prepare('const text = `a ${ {b: "}"}.b } !`\n!ls');
    expect(source.split('\n')[1]).toContain('magics.shell("ls")');
  });

  it('times an expression, a statement, and a declaration whose name stays', () => {
    expect(prepare('%time f(1);').source).toBe('await __quire.magics.time(async () => (f(1)));');
    expect(prepare('%time const x: number = await g()').source).toBe(
      'const x: number = await __quire.magics.time(async () => (await g()));',
    );
    expect(prepare('%timeit -n 5 -r 2 await h()').source).toBe(
      'await __quire.magics.timeit("-n 5 -r 2 ", async () => (await h()));',
    );
  });

  it('reads cell magics', () => {
    expect(prepare('%%time\nf()')).toMatchObject({ timed: true, source: '\nf()' });
    expect(prepare('%%js\nvar x = 1')).toMatchObject({ javascript: true, source: '\nvar x = 1' });
    expect(prepare('%%html\n<b>"</b>').source).toContain(JSON.stringify('<b>"</b>'));
  });

  it('reads help and the mode of type checking', () => {
    expect(prepare('tf.add?').help).toBe('tf.add');
    expect(prepare('?Math').help).toBe('Math');
    expect(prepare('a ? b : c').help).toBeUndefined();
    expect(prepare('%typecheck warn').typecheck).toBe('warn');
  });

  it('takes a cell that is one object literal for the object', () => {
    expect(prepare('{ a: 1, b: 2 }').source).toBe('({ a: 1, b: 2 })');
    expect(prepare('{ let a = 1; }').source).toBe('{ let a = 1; }');
  });

  it('says what there is when a magic is unknown or misplaced', () => {
    expect(() => prepare('%nothing')).toThrow(/no magic %nothing\. There are: .*%timeit/);
    expect(() => prepare('%%nothing\n')).toThrow(/%%html/);
    expect(() => prepare('1\n%%html')).toThrow(/first line/);
    expect(() => prepare('%typecheck maybe')).toThrow(MagicError);
    expect(describeMagics()).toContain('%%markdown');
  });
});
