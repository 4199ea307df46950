import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What `load` gives, asked for at the first call only: a library is not loaded until a function needs it. */
export function lazy<T>(load: (require: NodeJS.Require) => T): () => T {
  let loaded: { value: T } | undefined;
  return () => {
    loaded ??= { value: load(require) };
    return loaded.value;
  };
}
