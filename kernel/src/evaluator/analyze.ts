/** What the kernel needs to know of a cell's text: parsed once, used by the compiler and the type checker. */
import { createRequire } from 'node:module';

/** An ESTree node with TypeScript's additions, as oxc-parser gives it. Offsets are in UTF-16 code units. */
export interface Node {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

export interface SyntaxProblem {
  message: string;
  /** Offset into the source, when the parser gave one. */
  start?: number | undefined;
  end?: number | undefined;
}

/** Where a top-level name is bound, so that the name can be replaced there. */
export interface Binding {
  name: string;
  start: number;
  end: number;
  /** What has to stand before the replaced name: `a: ` for the shorthand `{ a }`, `a as ` for `import { a }`. */
  prefix: string;
}

export interface Analysis {
  body: Node[];
  problems: SyntaxProblem[];
  /** Every name bound at the top level: values, types, imports. */
  bindings: Binding[];
}

// oxc-parser's CommonJS build loads in half the time of its ESM one.
const require = createRequire(import.meta.url);
let parser: typeof import('oxc-parser') | undefined;

export function parse(source: string, lang: 'ts' | 'js' = 'ts'): { body: Node[]; problems: SyntaxProblem[] } {
  parser ??= require('oxc-parser') as typeof import('oxc-parser');
  const result = parser.parseSync(`cell.${lang}`, source, { lang, sourceType: 'module' });
  return {
    body: result.program.body as unknown as Node[],
    problems: result.errors
      .filter((error) => error.severity === 'Error')
      .map((error) => ({
        message: error.message,
        start: error.labels[0]?.start,
        end: error.labels[0]?.end,
      })),
  };
}

/** Calls `visit` for `node` and everything below it; a `false` answer keeps it from going below. */
export function walk(
  node: Node,
  visit: (node: Node, parent: Node | undefined) => unknown,
  parent?: Node,
): void {
  if (visit(node, parent) === false) return;
  for (const key in node) {
    const value = node[key];
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) walk(item, visit, node);
    } else if (isNode(value)) walk(value, visit, node);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

export const FUNCTION_TYPES = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
]);

/** The identifiers that a binding pattern introduces. */
export function patternBindings(pattern: Node | null | undefined, shorthand = false): Binding[] {
  if (!pattern) return [];
  switch (pattern.type) {
    case 'Identifier': {
      const name = pattern.name as string;
      // The identifier's own span ends before its type annotation.
      return [
        {
          name,
          start: pattern.start,
          end: pattern.start + name.length,
          prefix: shorthand ? `${name}: ` : '',
        },
      ];
    }
    case 'ObjectPattern':
      return (pattern.properties as Node[]).flatMap((property) =>
        property.type === 'RestElement'
          ? patternBindings(property.argument as Node)
          : patternBindings(property.value as Node, property.shorthand as boolean),
      );
    case 'ArrayPattern':
      return (pattern.elements as (Node | null)[]).flatMap((element) => patternBindings(element));
    case 'AssignmentPattern':
      return patternBindings(pattern.left as Node, shorthand);
    case 'RestElement':
      return patternBindings(pattern.argument as Node);
    default:
      return [];
  }
}

/** The declaration inside an `export`, or the statement itself. */
export function unwrapExport(statement: Node): Node {
  if (statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration') {
    const declaration = statement.declaration as Node | null;
    if (declaration) return declaration;
  }
  return statement;
}

function statementBindings(statement: Node): Binding[] {
  const node = unwrapExport(statement);
  switch (node.type) {
    case 'VariableDeclaration':
      return (node.declarations as Node[]).flatMap((declarator) => patternBindings(declarator.id as Node));
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
    case 'ClassDeclaration':
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
    case 'TSEnumDeclaration':
    case 'TSImportEqualsDeclaration':
    case 'TSModuleDeclaration':
      return patternBindings(node.id as Node | null);
    case 'ImportDeclaration':
      return ((node.specifiers as Node[] | null) ?? []).flatMap((specifier) => {
        const imported = specifier.imported as Node | undefined;
        const shorthand = imported !== undefined && imported.start === (specifier.local as Node).start;
        return patternBindings(specifier.local as Node).map((binding) => ({
          ...binding,
          prefix: shorthand ? `${binding.name} as ` : '',
        }));
      });
    default:
      return [];
  }
}

export function analyze(source: string): Analysis {
  const { body, problems } = parse(source);
  return { body, problems, bindings: body.flatMap(statementBindings) };
}

/**
 * Whether type checking can't find anything in a cell: only literals, arithmetic on number literals, and
 * `console.log` or a declaration of these. Such cells are answered without waiting for the checker.
 */
export function isTriviallyTyped(body: readonly Node[]): boolean {
  return body.every((statement) => {
    if (statement.type === 'ExpressionStatement') return isLiteral(statement.expression as Node, true);
    if (statement.type === 'EmptyStatement') return true;
    if (statement.type !== 'VariableDeclaration') return false;
    return (statement.declarations as Node[]).every((declarator) => {
      const id = declarator.id as Node;
      const init = declarator.init as Node | null;
      return id.type === 'Identifier' && !id.typeAnnotation && init !== null && isLiteral(init, false);
    });
  });
}

const CONSOLE_METHODS = new Set(['log', 'error', 'warn', 'info', 'debug']);

function isLiteral(node: Node, allowLog: boolean): boolean {
  switch (node.type) {
    case 'Literal':
      return true;
    case 'TemplateLiteral':
      return (node.expressions as Node[]).every((expression) => isLiteral(expression, false));
    case 'BinaryExpression':
      return isNumeric(node);
    case 'UnaryExpression':
      return isNumeric(node);
    case 'CallExpression': {
      const callee = node.callee as Node;
      return (
        allowLog &&
        callee.type === 'MemberExpression' &&
        !callee.computed &&
        (callee.object as Node).name === 'console' &&
        CONSOLE_METHODS.has((callee.property as Node).name as string) &&
        (node.arguments as Node[]).every((argument) => isLiteral(argument, false))
      );
    }
    default:
      return false;
  }
}

const ARITHMETIC = new Set(['+', '-', '*', '/', '%', '**']);

function isNumeric(node: Node): boolean {
  if (node.type === 'ParenthesizedExpression') return isNumeric(node.expression as Node);
  if (node.type === 'Literal') return typeof node.value === 'number';
  if (node.type === 'UnaryExpression')
    return (node.operator === '-' || node.operator === '+') && isNumeric(node.argument as Node);
  return (
    node.type === 'BinaryExpression' &&
    ARITHMETIC.has(node.operator as string) &&
    isNumeric(node.left as Node) &&
    isNumeric(node.right as Node)
  );
}
