/** The arguments of a command, and what is told about wrong ones. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Something that the user can mend: told without a stack, exit status 1. */
export class UserError extends Error {
  override name = 'UserError';
}

/** Wrong arguments: told together with what there is, exit status 2. */
export class UsageError extends UserError {
  override name = 'UsageError';
}

/** A command of `quire`. */
export interface Command {
  help: string;
  /** @returns the exit status */
  run(args: string[]): number | Promise<number>;
}

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<T extends Options> = ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>>;

/** @throws {UsageError} for an unknown option, a missing value, or an argument that no option takes */
export function parse<T extends Options>(args: string[], options: T, positionals = false): Parsed<T> {
  try {
    return parseArgs({ args, options, allowPositionals: positionals }) as Parsed<T>;
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')) throw error;
    // Node.js adds advice on "--" that helps nobody here.
    const message = (error as Error).message.replace(/(?<=['"])\. (?:To specify|This command).*/s, '.');
    throw new UsageError(message.endsWith('.') ? message : `${message}.`);
  }
}

/** @throws {UsageError} unless `text` is a number above 0 */
export function positive(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new UsageError(`${option} takes a number above 0, not "${text}".`);
  }
  return value;
}
