/** Which tensor of a checkpoint is which parameter, and what doesn't fit. */
import type { Architecture } from '../architectures/architecture.ts';
import { namedLeaves } from '../parameters/names.ts';
import type { ParameterSpec } from '../parameters/spec.ts';

export interface Match {
  /** For each parameter of the spec, by its name and in order, the tensor's name; undefined where none fits. */
  sources: Map<string, string | undefined>;
  /** Parameters that the checkpoint lacks. */
  missing: string[];
  /** Tensors of the checkpoint that are no parameters. */
  unexpected: string[];
  /** Tensors of another shape than the parameter. */
  misshaped: { name: string; wanted: readonly number[]; found: readonly number[] }[];
  /** Tensors that were saved a second time, and the parameter that each must be equal to. */
  tied: { stored: string; parameter: string }[];
}

/**
 * Compares the names and shapes of a checkpoint with what `spec` declares. A checkpoint of the model without its head
 * has the names without the prefix.
 *
 * @throws {Error} where two tensors are the same parameter.
 */
export function matchParameters(
  { prefix, ignoredNames, renamed = (name) => name, tied = {} }: Architecture,
  spec: unknown,
  stored: ReadonlyMap<string, readonly number[]>,
): Match {
  const wanted = new Map(namedLeaves<ParameterSpec>(spec).map(({ name, value }) => [name, value]));
  const match: Match = {
    sources: new Map([...wanted.keys()].map((name) => [name, undefined])),
    missing: [],
    unexpected: [],
    misshaped: [],
    tied: [],
  };
  for (const name of stored.keys()) {
    const current = renamed(name);
    const parameter = [current, `${prefix}.${current}`].find((each) => wanted.has(each));
    if (parameter === undefined) {
      const same = Object.hasOwn(tied, current) ? tied[current] : undefined;
      if (same !== undefined && wanted.has(same)) match.tied.push({ stored: name, parameter: same });
      else if (!ignoredNames?.test(name)) match.unexpected.push(name);
      continue;
    }
    const other = match.sources.get(parameter);
    if (other !== undefined) throw new Error(`${other} and ${name} are both the parameter ${parameter}.`);
    match.sources.set(parameter, name);
  }
  // Some libraries keep of names for the same numbers the other one.
  match.tied = match.tied.filter(({ stored: name, parameter }) => {
    if (match.sources.get(parameter) !== undefined) return true;
    match.sources.set(parameter, name);
    return false;
  });
  for (const [name, { shape }] of wanted) {
    const source = match.sources.get(name);
    const found = source === undefined ? undefined : stored.get(source);
    if (found && `${shape}` !== `${found}`) match.misshaped.push({ name, wanted: shape, found });
  }
  for (const [name, source] of match.sources) if (source === undefined) match.missing.push(name);
  return match;
}

/** What doesn't fit, a line each; empty where all does. */
export function describeMismatch({
  missing,
  unexpected,
  misshaped,
}: Pick<Match, 'missing' | 'unexpected' | 'misshaped'>): string {
  const lines = [
    ...misshaped.map(({ name, wanted, found }) => `  ${name} is [${found}], and has to be [${wanted}]`),
    ...missing.map((name) => `  ${name} is missing`),
    ...unexpected.map((name) => `  ${name} is not a parameter of this model`),
  ];
  const shown = lines.slice(0, 20);
  return [
    ...shown,
    ...(lines.length > shown.length ? [`  and ${lines.length - shown.length} more`] : []),
  ].join('\n');
}
