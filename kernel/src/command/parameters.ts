/** Parameters of a notebook, in papermill's way: https://papermill.readthedocs.io/en/latest/usage-parameterize.html */
import { randomUUID } from 'node:crypto';
import { type Cell, type Notebook, UserError } from './notebook.ts';

export type Parameters = Record<string, unknown>;

/** `name=value`: the value is JSON, or else the text as it stands. @throws {UserError} */
export function parseParameters(given: readonly string[]): Parameters {
  const parameters: Parameters = {};
  for (const text of given) {
    const match = /^([\p{ID_Start}$_][\p{ID_Continue}$]*)=([\s\S]*)$/u.exec(text);
    if (!match) throw new UserError(`-p takes name=value, not ${JSON.stringify(text)}.`);
    const [, name, value] = match as unknown as [string, string, string];
    try {
      parameters[name] = JSON.parse(value) as unknown;
    } catch {
      parameters[name] = value;
    }
  }
  return parameters;
}

function hasTag(cell: Cell, tag: string): boolean {
  return cell.cell_type === 'code' && (cell.metadata.tags ?? []).includes(tag);
}

/**
 * Puts a cell that sets `parameters` after the one tagged `parameters`, or at the top; one that an earlier run put
 * there is replaced.
 * @returns what to warn of: names that the notebook doesn't declare
 */
export function injectParameters(notebook: Notebook, parameters: Parameters): string[] {
  const names = Object.keys(parameters);
  if (names.length === 0) return [];
  notebook.cells = notebook.cells.filter((cell) => !hasTag(cell, 'injected-parameters'));
  const at = notebook.cells.findIndex((cell) => hasTag(cell, 'parameters'));
  const declared = notebook.cells[at]?.source ?? '';
  const warnings: string[] = [];
  const lines = names.map((name) => {
    const declaration = new RegExp(
      `\\b(?:const|let|var)\\s+${name.replaceAll('$', '\\$')}\\s*(:[^=;\\n]+)?[=;\\n]`,
    ).exec(declared);
    if (!declaration)
      warnings.push(`The notebook's parameters do not declare "${name}"; it is set all the same.`);
    return `let ${name}${declaration?.[1]?.trimEnd() ?? ''} = ${JSON.stringify(parameters[name])};`;
  });
  notebook.cells.splice(at + 1, 0, {
    cell_type: 'code',
    id: randomUUID().slice(0, 8),
    metadata: { tags: ['injected-parameters'] },
    source: `// Parameters\n${lines.join('\n')}`,
    execution_count: null,
    outputs: [],
  });
  return warnings;
}
