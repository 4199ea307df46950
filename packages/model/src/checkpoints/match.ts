/** Which tensor of a checkpoint is which parameter, and what doesn't fit. */
import type { Architecture } from '../architectures/architecture.ts';
import { namedLeaves } from '../parameters/names.ts';
import type { ParameterSpec } from '../parameters/spec.ts';

export interface Match {
  /** For each parameter of the spec, in order, the tensor's name in the checkpoint; undefined where it is missing. */
  sources: (string | undefined)[];
  /** Parameters that the checkpoint lacks. */
  missing: string[];
  /** Tensors of the checkpoint that are no parameters. */
  unexpected: string[];
  /** Tensors of another shape than the parameter. */
  misshaped: { name: string; wanted: readonly number[]; found: readonly number[] }[];
}

/** Compares the names and shapes of a checkpoint with what `spec` declares. */
export function matchParameters(
  { prefix, ignoredNames, renamed = (name) => name }: Architecture,
  spec: unknown,
  stored: ReadonlyMap<string, readonly number[]>,
): Match {
  const wanted = namedLeaves<ParameterSpec>(spec);
  // A checkpoint of the model without a head has its names without the prefix.
  const hasPrefix = prefix === '' || [...stored.keys()].some((name) => name.startsWith(`${prefix}.`));
  const byName = new Map<string, string>();
  for (const name of stored.keys()) {
    if (ignoredNames?.test(name)) continue;
    const current = renamed(name);
    byName.set(hasPrefix ? current : `${prefix}.${current}`, name);
  }
  const match: Match = { sources: [], missing: [], unexpected: [], misshaped: [] };
  for (const { name, value } of wanted) {
    const source = byName.get(name);
    match.sources.push(source);
    byName.delete(name);
    if (source === undefined) {
      match.missing.push(name);
      continue;
    }
    const found = stored.get(source) as readonly number[];
    const shape = value.shape as readonly number[];
    if (`${found}` !== `${shape}`) match.misshaped.push({ name, wanted: shape, found });
  }
  match.unexpected = [...byName.values()];
  return match;
}

/** What doesn't fit, a line each; empty where all does. */
export function describeMismatch({ missing, unexpected, misshaped }: Match): string {
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
