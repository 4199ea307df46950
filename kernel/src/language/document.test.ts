import { describe, expect, it } from 'vitest';
import { analyze } from '../evaluator/analyze.ts';
import { SessionDocument } from './document.ts';

function after(...cells: [string, boolean?][]): SessionDocument {
  const document = new SessionDocument();
  for (const [source, succeeded = true] of cells) document.add(source, analyze(source), succeeded);
  return document;
}

const render = (document: SessionDocument, source: string): string =>
  document.render(source, analyze(source).bindings).text;

describe('SessionDocument', () => {
  it('puts the cell after those that ran, at the offset it tells', () => {
    const document = after(['const a = 1']);
    const { text, offset } = document.render('a + 1', []);
    expect(text.slice(offset)).toBe('a + 1');
    expect(text.indexOf('const a = 1')).toBeLessThan(offset);
  });

  it('renames a binding that a later cell replaces, and not its uses', () => {
    const text = render(after(['const { a, b } = f(); use(a)']), 'const a = 2');
    expect(text).toContain('const { a: __quire1_a, b } = f(); use(a)');
    expect(text).toContain('const a = 2');
  });

  it('renames imports by their local name', () => {
    expect(render(after(["import { x, y as z } from 'm'; import d from 'n'"]), 'let x, z, d')).toContain(
      "import { x as __quire1_x, y as __quire1_z } from 'm'; import __quire1_d from 'n'",
    );
  });

  it('forgets a cell when all that it bound is bound anew', () => {
    const document = after(['const a = "first"'], ['const a = "second"']);
    expect(render(document, '')).not.toContain('first');
    expect(document.names()).toEqual(['a']);
  });

  it('takes only the declarations of a cell that failed', () => {
    const text = render(after(['const a = 1;\nthrow new Error("x");\nfunction f() {}', false]), '');
    expect(text).toContain('const a = 1;');
    expect(text).toContain('function f() {}');
    expect(text).not.toContain('throw');
  });

  it('keeps assignments, which narrow types, and drops other expressions', () => {
    const text = render(after(['let a: number | undefined'], ['a = 5'], ['console.log(a)']), 'a.toFixed()');
    expect(text).toContain('a = 5');
    expect(text).not.toContain('console.log');
  });
});
