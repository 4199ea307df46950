/** Completions that don't come from types: paths in imports, packages, magics. */
import { readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { describeMagics } from '../protocol/magics.ts';

export interface CompletionEntry {
  name: string;
  /** A word that front ends show an icon for. */
  kind: string;
  signature?: string;
}

const KINDS = [
  '', 'text', 'method', 'function', 'class', 'property', 'instance', 'class', 'interface', 'module', 'property',
  'unit', 'value', 'enum', 'keyword', 'snippet', 'color', 'file', 'reference', 'folder', 'enum', 'constant', 'struct',
  'event', 'operator', 'type',
]; // biome-ignore format: the numbers are positions

/** The word for one of the language server protocol's completion kinds. */
export function kindName(kind: number | undefined): string {
  return KINDS[kind ?? 0] || 'text';
}

export function magicNames(prefix: string): CompletionEntry[] {
  const names = new Set(describeMagics().match(/^%%?\w+/gm) ?? []);
  return [...names]
    .filter(
      (name) =>
        name.startsWith(prefix) && (prefix.startsWith('%%') || !name.startsWith('%%') || prefix === '%'),
    )
    .map((name) => ({ name, kind: 'magic' }));
}

const IMPORTABLE = /\.(?:[cm]?[jt]sx?|json)$/;

/** Files and packages that the text of an import may go on with; only the part after the last slash is completed. */
export function pathCompletions(text: string, folder: string): CompletionEntry[] {
  const slash = text.lastIndexOf('/');
  const last = text.slice(slash + 1);
  const head = text.slice(0, slash + 1);
  const list = (path: string) => {
    try {
      return readdirSync(path, { withFileTypes: true });
    } catch {
      return [];
    }
  };
  if (/^(\.|\/)/.test(text)) {
    return list(resolve(folder, head || '.'))
      .filter(({ name }) => name.startsWith(last) && !name.startsWith('.') && name !== 'node_modules')
      .filter((entry) => entry.isDirectory() || IMPORTABLE.test(entry.name))
      .map((entry) => ({
        name: entry.isDirectory() ? `${entry.name}/` : entry.name,
        kind: entry.isDirectory() ? 'folder' : 'file',
      }));
  }
  const names = new Set<string>();
  for (let at = folder; ; at = dirname(at)) {
    for (const { name } of list(join(at, 'node_modules', head))) if (!name.startsWith('.')) names.add(name);
    if (at === dirname(at)) break;
  }
  if (head === '')
    for (const name of builtinModules)
      if (!name.startsWith('_')) names.add(`node:${name.replace(/^node:/, '')}`);
  return [...names]
    .filter((name) => name.startsWith(last))
    .sort()
    .map((name) => ({ name, kind: 'module' }));
}

const KEYWORDS =
  'abstract any as async await bigint boolean break case catch class const continue debugger declare default delete do else enum export extends false finally for from function get if implements import in instanceof interface is keyof let namespace never new null number object of private protected public readonly return satisfies set static string super switch symbol this throw true try type typeof undefined unknown using var void while yield'.split(
    ' ',
  );

/** What cells find without an import, beside Node.js' own globals. */
const CELL_GLOBALS =
  'audio clearOutput confirm display html image input javascript jpeg json latex markdown password plotly png progress quire raw require svg updateDisplay vegaLite'.split(
    ' ',
  );

/**
 * Names that can stand at `start`: those of the cell and of the session first, then globals, then keywords.
 * @param names what earlier cells bound
 */
export function scopeCompletions(code: string, start: number, names: readonly string[]): CompletionEntry[] {
  const others = code.slice(0, start) + code.slice(start).replace(/^[\w$]*/, '');
  const bound = [
    ...others.matchAll(
      /\b(?:const|let|var|function\*?|class|enum|namespace|type|interface|import)\s+(?:\{([^}]*)\}|([\p{ID_Start}$_][\p{ID_Continue}$]*))/gu,
    ),
  ].flatMap(([, list, name]) =>
    name
      ? [name]
      : (list ?? '').split(',').map(
          (part) =>
            part
              .split(/\bas\b|:/)
              .at(-1)
              ?.split('=')[0]
              ?.trim() ?? '',
        ),
  );
  const parameters = [...others.matchAll(/\(([^()]*)\)\s*(?::[^={]*)?(?:=>|\{)/g)].flatMap(([, list]) =>
    (list as string)
      .split(',')
      .map((part) => /^\s*(?:\.\.\.)?([\p{ID_Start}$_][\p{ID_Continue}$]*)/u.exec(part)?.[1] ?? ''),
  );
  const seen = new Set<string>();
  const take = (list: readonly string[], kind: string): CompletionEntry[] =>
    list.flatMap((name) => {
      if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) || seen.has(name)) return [];
      seen.add(name);
      return [{ name, kind }];
    });
  return [
    ...take([...bound, ...parameters].sort(), 'instance'),
    ...take([...names].sort(), 'instance'),
    ...take(CELL_GLOBALS, 'function'),
    ...take(Object.getOwnPropertyNames(globalThis).sort(), 'instance'),
    ...take(KEYWORDS, 'keyword'),
  ];
}
