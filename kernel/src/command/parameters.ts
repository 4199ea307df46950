/** Parameters of a notebook, in papermill's way: https://papermill.readthedocs.io/en/latest/usage-parameterize.html */
import { createRequire } from 'node:module';
import type { BindingPattern, Expression } from 'oxc-parser';
import { UsageError } from './arguments.ts';
import { type CodeCell, giveIds, hasTag, type Notebook } from './notebook.ts';

const require = createRequire(import.meta.url);

/** From each name to its value, as TypeScript. */
export type Parameters = ReadonlyMap<string, string>;

interface Declaration {
  /** `const`, `let` and the like. */
  keyword: string;
  /** With its colon; empty where the type can't be told from the declaration alone. */
  annotation: string;
}

/**
 * Reads `name=value`, where the value is JSON, and any other text is a string.
 * @throws {UsageError} where it isn't that
 */
export function parseParameters(given: readonly string[]): Parameters {
  const parameters = new Map<string, string>();
  for (const text of given) {
    const [, name, value] = /^([\p{ID_Start}$_][\p{ID_Continue}$]*)=(.*)$/su.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(`-p takes name=value, where the name is one of a variable; "${text}" is not.`);
    }
    parameters.set(name, isJson(value) ? value.trim() : JSON.stringify(value));
  }
  return parameters;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Puts a cell that sets the parameters after the one tagged `parameters`, or at the top. One that an earlier run put
 * there is replaced.
 * @returns warnings
 */
export function injectParameters(notebook: Notebook, parameters: Parameters): string[] {
  if (parameters.size === 0) return [];
  const cells = notebook.cells.filter(
    (cell) => !(cell.cell_type === 'code' && hasTag(cell, 'injected-parameters')),
  );
  const at = cells.findIndex((cell) => cell.cell_type === 'code' && hasTag(cell, 'parameters'));
  const declared = declarations(cells[at]?.source ?? '');
  const lines = [...parameters].map(([name, value]) => setParameter(name, value, declared.get(name)));
  const injected: CodeCell = {
    cell_type: 'code',
    id: '',
    metadata: { tags: ['injected-parameters'] },
    source: ['// Parameters', ...lines].join('\n'),
    execution_count: null,
    outputs: [],
  };
  cells.splice(at + 1, 0, injected);
  giveIds(cells);
  notebook.cells = cells;
  if (at < 0) return ['No cell is tagged "parameters": the parameters are set at the top.'];
  const unknown = [...parameters.keys()].filter((name) => !declared.has(name));
  return unknown.map((name) => `The cell tagged "parameters" does not declare "${name}".`);
}

/** Declares the parameter again as it was declared, so that a value of a wrong type is reported here. */
function setParameter(name: string, value: string, declaration?: Declaration): string {
  return `${declaration?.keyword ?? 'let'} ${name}${declaration?.annotation ?? ''} = ${value};`;
}

/** The variables that a cell declares. */
function declarations(source: string): Map<string, Declaration> {
  const { parseSync } = require('oxc-parser') as typeof import('oxc-parser');
  const found = new Map<string, Declaration>();
  for (const statement of parseSync('parameters.ts', source).program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const { id, init } of declaration.declarations) {
      for (const { name, typeAnnotation } of names(id)) {
        const written = typeAnnotation && source.slice(typeAnnotation.start, typeAnnotation.end);
        const annotation = written ?? (id.type === 'Identifier' ? typeOf(init) : '');
        found.set(name, { keyword: declaration.kind, annotation });
      }
    }
  }
  return found;
}

function typeOf(value: Expression | null): string {
  if (value?.type !== 'Literal') return '';
  const type = typeof value.value;
  return type === 'number' || type === 'string' || type === 'boolean' ? `: ${type}` : '';
}

function names(pattern: BindingPattern): Extract<BindingPattern, { type: 'Identifier' }>[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern];
    case 'AssignmentPattern':
      return names(pattern.left);
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        property.type === 'RestElement' ? names(property.argument) : names(property.value),
      );
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => {
        if (element === null) return [];
        return names(element.type === 'RestElement' ? element.argument : element);
      });
  }
}
