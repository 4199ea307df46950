/** Which parameters are meant, by their published names: for freezing, for rates, for what is adapted or pruned. */

export type NamePredicate = (name: string) => boolean;

/**
 * Names that start with one of these, part by part (`transformer.h.1` isn't the start of `transformer.h.10.ln_1.weight`),
 * or match a regular expression.
 */
export function named(...patterns: readonly (string | RegExp)[]): NamePredicate {
  return (name) =>
    patterns.some((pattern) =>
      typeof pattern === 'string' ? name === pattern || name.startsWith(`${pattern}.`) : pattern.test(name),
    );
}

/**
 * The layers from `from` on, of those under `layers`: `layersFrom('transformer.h', 10)` are the last two of twelve, whose
 * names start with `transformer.h.10.` and `transformer.h.11.`.
 */
export function layersFrom(layers: string, from: number): NamePredicate {
  return (name) => (layerIndex(name, layers) ?? -1) >= from;
}

export function not(predicate: NamePredicate): NamePredicate {
  return (name) => !predicate(name);
}

export function anyOf(...predicates: readonly NamePredicate[]): NamePredicate {
  return (name) => predicates.some((predicate) => predicate(name));
}

/** Which of the layers under `layers` a parameter belongs to: 3 for `transformer.h.3.ln_1.weight`; else undefined. */
export function layerIndex(name: string, layers: string): number | undefined {
  if (!name.startsWith(`${layers}.`)) return undefined;
  const [first] = name.slice(layers.length + 1).split('.');
  return first !== undefined && /^\d+$/.test(first) ? Number(first) : undefined;
}
