/** The magics that cells may hold, and how their text becomes TypeScript. Lines keep their number. */

import { parse } from '../evaluator/analyze.ts';
import { RUNTIME } from '../evaluator/compile.ts';

export type TypecheckMode = 'error' | 'warn' | 'off';

export interface Prepared {
  /** The cell as TypeScript (or JavaScript). */
  source: string;
  /** `%%js`: no types. */
  javascript: boolean;
  /** `%%time`. */
  timed: boolean;
  /** `%typecheck …`, in order. */
  typecheck: TypecheckMode | undefined;
  /** `name?`: the name to show help for. */
  help: string | undefined;
}

const LINE: Record<string, string> = {
  cd: '%cd FOLDER            goes to another folder',
  env: '%env [NAME[=VALUE]]   shows or sets environment variables',
  install: "%install PACKAGE…     installs npm packages into the notebook's project",
  lsmagic: '%lsmagic              lists the magics',
  pwd: '%pwd                  the current folder',
  reset: '%reset                forgets every name that cells bound',
  time: '%time CODE            runs a line and prints how long it took',
  timeit: '%timeit [-n N -r R] CODE   runs a line many times and prints the mean',
  typecheck: '%typecheck off|warn|error   what a cell with type errors does',
  who: '%who                  the names that cells bound',
};

const CELL: Record<string, string> = {
  bash: '%%bash                the cell is a bash script',
  html: '%%html                shows the cell as HTML',
  javascript: '%%javascript          the cell is JavaScript: it runs unchecked',
  js: '%%js                  the same',
  latex: '%%latex               shows the cell as LaTeX',
  markdown: '%%markdown            shows the cell as Markdown',
  sh: '%%sh                  the cell is a shell script',
  svg: '%%svg                 shows the cell as SVG',
  time: '%%time                prints how long the cell took',
};

export function describeMagics(): string {
  return [
    'Line magics:',
    ...Object.values(LINE),
    '',
    'Cell magics:',
    ...Object.values(CELL),
    '',
    '!COMMAND              runs a shell command',
    'NAME?                 shows what is known of a name',
  ].join('\n');
}

/** A magic that isn't there, or is used wrongly. */
export class MagicError extends Error {
  override name = 'UsageError';
  /** Where in the kernel it was found is nothing to show. */
  override stack = '';
}

function unknown(marker: string, name: string): MagicError {
  const known = Object.keys(marker === '%%' ? CELL : LINE).map((one) => marker + one);
  return new MagicError(`There is no magic ${marker}${name}. There are: ${known.join(', ')}.`);
}

/** @throws {MagicError} for an unknown magic, or wrong arguments */
export function prepare(source: string): Prepared {
  const prepared: Prepared = {
    source,
    javascript: false,
    timed: false,
    typecheck: undefined,
    help: undefined,
  };
  const cell = /^\s*%%(\w+)[ \t]*(.*)(?:\n|$)/.exec(source);
  if (cell)
    return prepareCell(
      prepared,
      source.slice(cell[0].length),
      cell[1] as string,
      (cell[2] as string).trim(),
      cell[0].split('\n').length - 1,
    );

  const help = /^\s*(?:\?{1,2}\s*([\w$.]+)|([\w$.]+)\s*\?{1,2})\s*$/.exec(source);
  if (help) return { ...prepared, source: '', help: help[1] ?? help[2] };

  const object = objectLiteral(source);
  if (object !== undefined) return { ...prepared, source: object };
  if (!/^[%!]/m.test(source)) return prepared;
  prepared.source = withLineMagics(source, prepared);
  return prepared;
}

function prepareCell(
  prepared: Prepared,
  body: string,
  name: string,
  args: string,
  skipped: number,
): Prepared {
  const blank = '\n'.repeat(skipped);
  const text = JSON.stringify(body);
  switch (name) {
    case 'time':
      return {
        ...prepared,
        source: blank + withLineMagics(args ? `${args}\n${body}` : body, prepared),
        timed: true,
      };
    case 'js':
    case 'javascript':
      return { ...prepared, source: blank + body, javascript: true };
    case 'html':
    case 'markdown':
    case 'latex':
    case 'svg':
      return { ...prepared, source: `quire.display(quire.${name}(${text})); void 0;`, javascript: true };
    case 'bash':
    case 'sh':
      return {
        ...prepared,
        source: `await ${RUNTIME}.magics.script(${JSON.stringify(name)}, ${text});`,
        javascript: true,
      };
    default:
      throw unknown('%%', name);
  }
}

/** A cell that is one object literal, `{ a: 1 }`, is that object and not a block with a label. */
function objectLiteral(source: string): string | undefined {
  if (!/^\s*\{[\s\S]*\}\s*$/.test(source)) return undefined;
  const wrapped = `(${source.trimEnd()})`;
  return parse(wrapped).problems.length === 0 ? wrapped : undefined;
}

function withLineMagics(source: string, prepared: Prepared): string {
  const lines = source.split('\n');
  const scanner = createScanner();
  for (const [index, line] of lines.entries()) {
    if (
      scanner.atStatement() &&
      (/^![^=]/.test(line) || /^%[A-Za-z_]/.test(line) || /^%%[A-Za-z_]/.test(line))
    ) {
      if (line.startsWith('%%'))
        throw new MagicError(`${line.trim()} is a cell magic: it has to be the first line of its cell.`);
      lines[index] = lineMagic(line, prepared);
    } else scanner.feed(line);
  }
  return lines.join('\n');
}

function lineMagic(line: string, prepared: Prepared): string {
  if (line.startsWith('!')) return `await ${RUNTIME}.magics.shell(${JSON.stringify(line.slice(1).trim())});`;
  const [, name, args] = /^%(\w+)\s*(.*)$/.exec(line) as unknown as [string, string, string];
  if (!(name in LINE)) throw unknown('%', name);
  const call = `await ${RUNTIME}.magics.${name}`;
  switch (name) {
    case 'typecheck': {
      const mode = args.trim();
      if (mode !== 'off' && mode !== 'warn' && mode !== 'error') {
        throw new MagicError(`%typecheck takes off, warn or error, not ${JSON.stringify(mode)}.`);
      }
      prepared.typecheck = mode;
      return '';
    }
    case 'time': {
      const code = args.replace(/;\s*$/, '');
      const binding = /^((?:const|let|var)\s+[\w$]+\s*(?::[^=]+)?=)\s*([^=].*)$/.exec(code);
      if (binding) return `${binding[1]} ${call}(async () => (${binding[2]}));`;
      return isExpression(code) ? `${call}(async () => (${code}));` : `${call}(async () => { ${args} });`;
    }
    case 'timeit': {
      const [, options, code] = /^((?:-[nr]\s*\d+\s*)*)(.*)$/.exec(args) as unknown as [
        string,
        string,
        string,
      ];
      const body = code.replace(/;\s*$/, '');
      if (body.trim() === '') throw new MagicError('%timeit needs the code to time: %timeit f(x)');
      const asynchronous = /\bawait\b/.test(body) ? 'async ' : '';
      return `${call}(${JSON.stringify(options)}, ${asynchronous}() => ${isExpression(body) ? `(${body})` : `{ ${code} }`});`;
    }
    case 'pwd':
    case 'who':
    case 'reset':
    case 'lsmagic':
      return `${call}();`;
    default:
      return `${call}(${JSON.stringify(args)});`;
  }
}

function isExpression(code: string): boolean {
  return code.trim() !== '' && parse(`(${code})`).problems.length === 0;
}

/**
 * Follows strings, templates, comments and brackets over lines, to know whether a line begins a statement. Regular
 * expression literals are taken for what their characters say, which a bracket inside one can confuse; then a magic
 * after it in the same cell is read as code.
 */
function createScanner(): { feed(line: string): void; atStatement(): boolean } {
  let depth = 0;
  let inComment = false;
  // One entry for each open template: the bracket depth at which its `${` began, or -1 while in its text.
  const templates: number[] = [];
  let last = '';
  return {
    atStatement: () =>
      depth === 0 && !inComment && templates.length === 0 && (last === '' || /[;{}\w$)\]'"`]/.test(last)),
    feed(line) {
      let quote = '';
      for (let i = 0; i < line.length; i++) {
        const char = line[i] as string;
        if (inComment) {
          if (char === '*' && line[i + 1] === '/') {
            inComment = false;
            i++;
          }
          continue;
        }
        if (quote) {
          if (char === '\\') i++;
          else if (char === quote) quote = '';
          continue;
        }
        if (templates.at(-1) === -1) {
          if (char === '\\') i++;
          else if (char === '`') templates.pop();
          else if (char === '$' && line[i + 1] === '{') {
            templates[templates.length - 1] = depth++;
            i++;
          }
          continue;
        }
        if (char === '/' && line[i + 1] === '/') break;
        if (char === '/' && line[i + 1] === '*') {
          inComment = true;
          i++;
          continue;
        }
        if (char === '`') templates.push(-1);
        else if (char === '"' || char === "'") quote = char;
        else if ('([{'.includes(char)) depth++;
        else if (')]}'.includes(char)) {
          depth = Math.max(0, depth - 1);
          if (char === '}' && templates.at(-1) === depth) templates[templates.length - 1] = -1;
        }
        if (!/\s/.test(char)) last = char;
      }
    },
  };
}
