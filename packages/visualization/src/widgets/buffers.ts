/** Binary values beside JSON: https://github.com/jupyter-widgets/ipywidgets/blob/main/packages/schema/messages.md */

/** Where a buffer belongs in a state: keys of records and places in lists. */
export type BufferPath = (string | number)[];

export interface SplitState {
  /** Without bytes: left out of records, null in lists. */
  state: Record<string, unknown>;
  bufferPaths: BufferPath[];
  /** One for each path. */
  buffers: Uint8Array[];
}

/** Takes the `Uint8Array`s out of a state, at any depth. The state given isn't changed. */
export function splitBuffers(state: Readonly<Record<string, unknown>>): SplitState {
  const bufferPaths: BufferPath[] = [];
  const buffers: Uint8Array[] = [];
  const take = (bytes: Uint8Array, path: BufferPath): void => {
    bufferPaths.push(path);
    buffers.push(bytes);
  };
  const record = (values: object, path: BufferPath): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(values).flatMap(([key, value]) => {
        if (!(value instanceof Uint8Array)) return [[key, inner(value, [...path, key])]];
        take(value, [...path, key]);
        return [];
      }),
    );
  const inner = (value: unknown, path: BufferPath): unknown => {
    if (value instanceof Uint8Array) {
      take(value, path);
      return null;
    }
    if (Array.isArray(value)) return value.map((item, i) => inner(item, [...path, i]));
    return typeof value === 'object' && value !== null ? record(value, path) : value;
  };
  return { state: record(state, []), bufferPaths, buffers };
}

/**
 * Puts buffers where they belong in a state, which is changed.
 * @throws {RangeError} where there isn't one buffer for each path, or a path leads nowhere
 */
export function joinBuffers({ state, bufferPaths, buffers }: SplitState): Record<string, unknown> {
  if (bufferPaths.length !== buffers.length) {
    throw new RangeError(
      `A widget's message has ${buffers.length} buffers for ${bufferPaths.length} buffer paths.`,
    );
  }
  bufferPaths.forEach((path, i) => {
    let place: unknown = state;
    for (const key of path.slice(0, -1))
      place = (place as Record<string | number, unknown> | undefined)?.[key];
    const last = path.at(-1);
    if (typeof place !== 'object' || place === null || last === undefined) {
      throw new RangeError(`A widget's message has a buffer for ${path.join('.')}, which its state lacks.`);
    }
    (place as Record<string | number, unknown>)[last] = buffers[i];
  });
  return state;
}
