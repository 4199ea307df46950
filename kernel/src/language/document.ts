/**
 * The cells that ran, as one TypeScript module that the checker reads: the log of the session, in the order in which
 * it happened. A name that a later cell binds again is renamed where the earlier cell bound it, so that every
 * reference means the latest, as it does when the code runs.
 */
import type { Analysis, Binding, Node } from '../evaluator/analyze.ts';
import { FUNCTION_TYPES, unwrapExport, walk } from '../evaluator/analyze.ts';

interface Entry {
  text: string;
  bindings: Binding[];
  replaced: Set<string>;
  serial: number;
}

const HEAD = 'export {};\n';
/** Ends a cell's last statement, whatever the next cell begins with. */
const SEPARATOR = '\n;\n';
const MAX_ENTRIES = 2000;

const DECLARATIONS = new Set([
  'ImportDeclaration',
  'VariableDeclaration',
  'FunctionDeclaration',
  'TSDeclareFunction',
  'ClassDeclaration',
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
  'TSEnumDeclaration',
  'TSModuleDeclaration',
  'TSImportEqualsDeclaration',
  'TSGlobalDeclaration',
]);

export class SessionDocument {
  #entries: Entry[] = [];
  #serial = 0;

  /** Adds a cell that ran. Of one that failed only the declarations count: where it stopped isn't known. */
  add(source: string, analysis: Analysis, succeeded: boolean): void {
    const names = new Set(analysis.bindings.map(({ name }) => name));
    for (const entry of this.#entries) {
      for (const { name } of entry.bindings) if (names.has(name)) entry.replaced.add(name);
    }
    this.#entries = this.#entries.filter(
      ({ bindings, replaced }) => bindings.length === 0 || bindings.some(({ name }) => !replaced.has(name)),
    );
    const text = succeeded ? source : declarationsOnly(source, analysis.body);
    if (names.size === 0 && !analysis.body.some(assigns)) return;
    this.#entries.push({ text, bindings: analysis.bindings, replaced: new Set(), serial: ++this.#serial });
    if (this.#entries.length > MAX_ENTRIES) {
      const oldest = this.#entries.findIndex(({ bindings }) => bindings.length === 0);
      this.#entries.splice(Math.max(oldest, 0), 1);
    }
  }

  /** The names that cells bound, as they now stand. */
  names(): string[] {
    return this.#entries.flatMap(({ bindings, replaced }) =>
      bindings.map(({ name }) => name).filter((name) => !replaced.has(name)),
    );
  }

  clear(): void {
    this.#entries = [];
  }

  /** The module with `source` as its last cell, and the offset at which that begins. */
  render(source: string, bindings: readonly Binding[]): { text: string; offset: number } {
    const names = new Set(bindings.map(({ name }) => name));
    let text = HEAD;
    for (const entry of this.#entries) text += renderEntry(entry, names) + SEPARATOR;
    return { text: text + source, offset: text.length };
  }
}

function renderEntry({ text, bindings, replaced, serial }: Entry, names: ReadonlySet<string>): string {
  let rendered = '';
  let at = 0;
  for (const { name, start, end, prefix } of bindings) {
    if (!replaced.has(name) && !names.has(name)) continue;
    rendered += `${text.slice(at, start)}${prefix}__quire${serial}_${name}`;
    at = end;
  }
  return rendered + text.slice(at);
}

function declarationsOnly(source: string, body: readonly Node[]): string {
  let text = '';
  let at = 0;
  for (const statement of body) {
    if (DECLARATIONS.has(unwrapExport(statement).type)) continue;
    text +=
      source.slice(at, statement.start) + source.slice(statement.start, statement.end).replace(/[^\n]/g, ' ');
    at = statement.end;
  }
  return text + source.slice(at);
}

/** Whether a statement assigns to a variable when it runs, and so may narrow its type for later cells. */
function assigns(statement: Node): boolean {
  let found = false;
  walk(statement, (node) => {
    if (FUNCTION_TYPES.has(node.type)) return false;
    if (node.type === 'AssignmentExpression' && (node.left as Node).type === 'Identifier') found = true;
    return !found;
  });
  return found;
}
