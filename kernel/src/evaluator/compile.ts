/**
 * From a cell's TypeScript to JavaScript that V8's REPL mode evaluates.
 *
 * REPL mode lets a later script redeclare `let` with `let`, but not with `const` or `function`; so every top-level
 * binding becomes a `let`. Imports become calls of the kernel's importer, since a script can't import. Every `await`
 * goes through the kernel, which knows then which cell is running and ends the ones that were interrupted.
 */
import { createRequire } from 'node:module';
import MagicString from 'magic-string';
import type { HelperMode } from 'oxc-transform';
import {
  FUNCTION_TYPES,
  isTriviallyTyped,
  type Node,
  parse,
  patternBindings,
  type SyntaxProblem,
  unwrapExport,
  walk,
} from './analyze.ts';

/** The name under which the kernel's own functions are reached from compiled cells (a hidden global). */
export const RUNTIME = '__quire';
const CELL = `${RUNTIME}_cell`;

export interface SourceMap {
  version: number;
  sources: string[];
  names: string[];
  mappings: string;
}

export interface CompiledCell {
  code: string;
  /** From `code` to the cell's text: two maps, the second's sources being the first's output. */
  maps: () => SourceMap[];
}

export class CompileError extends Error {
  override name = 'SyntaxError';
  readonly offset: number | undefined;
  readonly end: number | undefined;

  constructor(message: string, offset: number | undefined, end: number | undefined) {
    super(message);
    this.offset = offset;
    this.end = end;
  }
}

export interface CompileOptions {
  /** Number of this evaluation: names the cell in `await`s. */
  id: number;
  /** The text is JavaScript: nothing is stripped or lowered but `using` and decorators. */
  javascript?: boolean;
  /** TypeScript's older decorators, as `experimentalDecorators` of a tsconfig asks. */
  experimentalDecorators?: boolean;
}

const require = createRequire(import.meta.url);
let oxc: typeof import('oxc-transform') | undefined;
let esbuild: typeof import('esbuild') | undefined;

/**
 * Strips types and lowers what this Node.js can't run.
 * oxc does it in-process in well under a millisecond; standard decorators it doesn't lower, so cells that hold one
 * go to esbuild.
 */
async function toJavaScript(
  source: string,
  name: string,
  options: { keepImports: boolean; decorated: boolean; experimentalDecorators: boolean; javascript: boolean },
): Promise<{ code: string; map: SourceMap }> {
  const lang = options.javascript ? 'js' : name.endsWith('x') ? 'tsx' : 'ts';
  if (options.decorated && !options.experimentalDecorators) {
    esbuild ??= require('esbuild') as typeof import('esbuild');
    const result = await esbuild.transform(source, {
      loader: lang,
      target: 'node20',
      format: 'esm',
      sourcemap: 'external',
      sourcefile: name,
      keepNames: false,
      logLevel: 'silent',
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: options.keepImports } },
    });
    return { code: result.code, map: JSON.parse(result.map) as SourceMap };
  }
  oxc ??= require('oxc-transform') as typeof import('oxc-transform');
  const result = oxc.transformSync(name, source, {
    lang,
    sourceType: 'module',
    target: 'es2023',
    sourcemap: true,
    jsx: { runtime: 'automatic' },
    helpers: { mode: 'External' as HelperMode },
    typescript: { onlyRemoveTypeImports: options.keepImports },
    decorator: { legacy: options.experimentalDecorators },
  });
  const problem = result.errors.find((error) => error.severity === 'Error');
  if (problem) throw new CompileError(problem.message, problem.labels[0]?.start, problem.labels[0]?.end);
  return { code: result.code, map: result.map as SourceMap };
}

function hasDecorators(body: readonly Node[]): boolean {
  let found = false;
  for (const statement of body) {
    walk(statement, (node) => {
      if (node.type === 'Decorator' || node.type === 'AccessorProperty') found = true;
      return !found;
    });
    if (found) break;
  }
  return found;
}

/** Compiles a local module: TypeScript to an ES module, with its `await`s going through the kernel. */
export async function compileModule(
  source: string,
  path: string,
  options: { experimentalDecorators?: boolean } = {},
): Promise<{ code: string; maps: () => SourceMap[] }> {
  const javascript = /\.[cm]?jsx?$/.test(path);
  const decorated = /@[A-Za-z_$(]|\baccessor\b/.test(source) && hasDecorators(parse(source, 'ts').body);
  const { code, map } = await toJavaScript(source, path, {
    keepImports: false,
    decorated,
    experimentalDecorators: options.experimentalDecorators ?? false,
    javascript,
  });
  if (!/\bawait\b/.test(code)) return { code, maps: () => [map] };
  const edited = new MagicString(code);
  for (const statement of parse(code, 'js').body) instrumentAwaits(statement, edited, undefined);
  return { code: edited.toString(), maps: () => [edited.generateMap({ hires: true }) as SourceMap, map] };
}

/**
 * @throws {CompileError} with the offset in `source` where the text isn't TypeScript.
 */
export async function compileCell(
  source: string,
  parsed: { body: Node[]; problems: SyntaxProblem[] },
  options: CompileOptions,
): Promise<CompiledCell> {
  const problem = parsed.problems[0];
  if (problem) throw new CompileError(problem.message, problem.start, problem.end);

  // Literals are JavaScript as they stand.
  const trivial = isTriviallyTyped(parsed.body);
  const { code: stripped, map } = trivial
    ? { code: source, map: undefined }
    : await toJavaScript(lowerTopLevelUsing(source, parsed.body), 'cell.ts', {
        keepImports: true,
        decorated: hasDecorators(parsed.body),
        experimentalDecorators: options.experimentalDecorators ?? false,
        javascript: options.javascript ?? false,
      });

  const { body } = trivial ? parsed : parse(stripped, 'js');
  const edited = new MagicString(stripped);
  const hoisted: string[] = [];

  const functions: Node[] = [];
  const imports: string[] = [];
  for (const statement of body) {
    stripExport(statement, edited);
    const node = unwrapExport(statement);
    switch (node.type) {
      case 'ImportDeclaration':
        imports.push(importCall(node));
        edited.remove(node.start, node.end);
        break;
      case 'FunctionDeclaration':
        if (node.id) functions.push(node);
        break;
      case 'VariableDeclaration':
        if (node.kind === 'const') edited.overwrite(node.start, node.start + 'const'.length, 'let');
        break;
    }
    if (stripped.includes('var')) hoistVars(statement, edited, hoisted);
    if (/\bimport\b/.test(stripped)) rewriteImports(statement, edited);
    if (/\bawait\b/.test(stripped)) instrumentAwaits(statement, edited, String(options.id));
  }

  // A function is called before the line that declares it, and may be redeclared by any later cell.
  const functionNames = new Set<string>();
  for (const node of functions) {
    const id = node.id as Node;
    const name = id.name as string;
    edited.prependRight(node.start, `${functionNames.has(name) ? '' : 'let '}${name} = `);
    functionNames.add(name);
    edited.remove(id.start, id.end);
    edited.appendLeft(node.end, ';');
    if (node.start > 0) edited.move(node.start, node.end, 0);
  }

  const last = body.at(-1);
  let tail = '';
  // The last statement as written counts: an enum becomes an expression whose value nobody asked for.
  if (last?.type === 'ExpressionStatement' && parsed.body.at(-1)?.type === 'ExpressionStatement') {
    const expression = last.expression as Node;
    edited.prependLeft(expression.start, `${RUNTIME}.result(${options.id}, (`);
    edited.appendRight(expression.end, '));');
    tail = '\nvoid 0;';
  } else {
    tail = '\n;void 0;';
  }
  const head = [
    `'use strict';`,
    hoisted.length > 0 ? `let ${[...new Set(hoisted)].join(', ')};` : '',
    ...imports,
  ].join('');
  edited.prepend(head).append(tail);

  return {
    code: edited.toString(),
    maps: () => [edited.generateMap({ hires: true }) as SourceMap, ...(map ? [map] : [])],
  };
}

/** `using x = e` at the top of a cell is disposed when the cell ends, in reverse order. */
function lowerTopLevelUsing(source: string, body: readonly Node[]): string {
  const usings = body.filter(
    (node) => node.type === 'VariableDeclaration' && String(node.kind).endsWith('using'),
  );
  if (usings.length === 0) return source;
  const edited = new MagicString(source);
  for (const node of usings) {
    const asynchronous = node.kind === 'await using';
    const declarators = node.declarations as Node[];
    edited.overwrite(node.start, (declarators[0] as Node).start, 'const ');
    for (const declarator of declarators) {
      const init = declarator.init as Node;
      edited.appendLeft(init.start, `${RUNTIME}.use(${asynchronous}, `);
      edited.appendRight(init.end, ')');
    }
  }
  return edited.toString();
}

function stripExport(statement: Node, edited: MagicString): void {
  const declaration = statement.declaration as Node | null | undefined;
  if (statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration') {
    if (!declaration) edited.remove(statement.start, statement.end);
    else {
      edited.remove(statement.start, declaration.start);
      if (!declaration.id && /^(Function|Class)Declaration$/.test(declaration.type)) {
        edited.appendRight(declaration.start, '(').appendLeft(declaration.end, ')');
      }
    }
  } else if (statement.type === 'ExportAllDeclaration') {
    edited.remove(statement.start, statement.end);
  }
}

/** `import a, { b as c } from 'm'` → `let { default: a, b: c } = await __quire.import('m');` */
function importCall(node: Node): string {
  const source = JSON.stringify((node.source as Node).value);
  const attributes = ((node.attributes as Node[] | undefined) ?? []).map((attribute) => {
    const key = attribute.key as Node;
    return `${JSON.stringify(key.name ?? key.value)}: ${JSON.stringify((attribute.value as Node).value)}`;
  });
  const call = `await ${RUNTIME}.import(${source}${attributes.length > 0 ? `, { with: { ${attributes.join(', ')} } }` : ''})`;
  const specifiers = (node.specifiers as Node[] | null) ?? [];
  if (specifiers.length === 0) return `${call};`;
  const named: string[] = [];
  let namespace = '';
  for (const specifier of specifiers) {
    const local = (specifier.local as Node).name as string;
    if (specifier.type === 'ImportNamespaceSpecifier') namespace = `let ${local} = ${call};`;
    else if (specifier.type === 'ImportDefaultSpecifier') named.push(`default: ${local}`);
    else {
      const imported = specifier.imported as Node;
      named.push(`${JSON.stringify(imported.name ?? imported.value)}: ${local}`);
    }
  }
  return namespace + (named.length > 0 ? `let { ${named.join(', ')} } = ${call};` : '');
}

/** `import(x)` → `__quire.import(x)` and `import.meta` → `__quire.meta`. */
function rewriteImports(statement: Node, edited: MagicString): void {
  walk(statement, (node) => {
    if (node.type === 'ImportExpression') {
      edited.overwrite(node.start, node.start + 'import'.length, `${RUNTIME}.import`);
    } else if (node.type === 'MetaProperty' && (node.meta as Node).name === 'import') {
      edited.overwrite(node.start, node.end, `${RUNTIME}.meta`);
      return false;
    }
    return true;
  });
}

/** Turns the `var`s of a cell's top-level scope, nested blocks included, into assignments of hoisted `let`s. */
function hoistVars(statement: Node, edited: MagicString, hoisted: string[]): void {
  walk(statement, (node, parent) => {
    if (FUNCTION_TYPES.has(node.type) || node.type === 'StaticBlock' || node.type === 'PropertyDefinition')
      return false;
    if (node.type !== 'VariableDeclaration' || node.kind !== 'var') return true;
    const declarators = node.declarations as Node[];
    for (const { name } of declarators.flatMap((declarator) => patternBindings(declarator.id as Node))) {
      hoisted.push(name);
    }
    const first = declarators[0] as Node;
    edited.remove(node.start, first.start);
    const inFor = parent?.type === 'ForInStatement' || parent?.type === 'ForOfStatement';
    if (!inFor) {
      for (const declarator of declarators) {
        if ((declarator.id as Node).type === 'ObjectPattern') {
          edited.appendLeft(declarator.start, '(');
          edited.appendRight(declarator.end, ')');
        }
      }
      // `var x` alone would become the expression `x`, whose value nobody asked for.
      if (declarators.length === 1 && !first.init) edited.overwrite(first.start, first.end, 'void 0');
    }
    return true;
  });
}

/**
 * Sends every `await` and every turn of `for await` through the kernel.
 * Edits go from the outside in: starts are appended, ends prepended, so that they nest.
 * @param cell the cell's number as code, or undefined where the function that awaits has to ask when it is called
 */
function instrumentAwaits(root: Node, edited: MagicString, cell: string | undefined): void {
  const visit = (node: Node, current: string | undefined): void => {
    walk(node, (child) => {
      if (child !== node && FUNCTION_TYPES.has(child.type)) {
        enter(child);
        return false;
      }
      const here = current ?? `${RUNTIME}.cell()`;
      if (child.type === 'AwaitExpression') {
        edited.appendLeft(child.start, `${RUNTIME}.resume(${here}, `);
        edited.prependRight(child.end, ')');
      } else if (child.type === 'ForOfStatement' && child.await === true) {
        const body = child.body as Node;
        edited.appendLeft(body.start, `{ ${RUNTIME}.resume(${here}); `);
        edited.prependRight(body.end, ' }');
      }
      return true;
    });
  };
  const enter = (node: Node): void => {
    if (!node.async) {
      visit(node, undefined);
      return;
    }
    const body = node.body as Node;
    const capture = `const ${CELL} = ${RUNTIME}.cell();`;
    if (body.type === 'BlockStatement') edited.appendRight(body.start + 1, capture);
    else {
      edited.appendLeft(body.start, `{ ${capture} return `);
      edited.prependRight(body.end, '; }');
    }
    visit(node, CELL);
  };
  if (FUNCTION_TYPES.has(root.type)) enter(root);
  else visit(root, cell);
}
