import type { random, tf } from '@quire/runtime';
import type { CommonConfig, JsonObject } from '../config-json.ts';

/**
 * What the module of an architecture exports: plain functions over parameters that are plain objects. What they take is
 * the architecture's own, which its module says; loading hands each only what it made itself.
 */
export interface Architecture {
  /** As `config.json` has it. */
  readonly modelType: string;
  /** All that `config.json` may have there, where that are several. */
  readonly modelTypes?: readonly string[];
  /** The head that a class of Hugging Face's has. */
  readonly heads: Readonly<Record<string, string>>;
  /** What names of a checkpoint start with where it has a head; a checkpoint without a head may lack it. */
  readonly prefix: string;
  /** Names in a checkpoint that aren't parameters. */
  readonly ignoredNames?: RegExp;
  /** Names under which a parameter may be saved once more, because it is used twice, and the parameter's own. */
  readonly tied?: Readonly<Record<string, string>>;
  /** A name of an old checkpoint as it is now. */
  readonly renamed?: (name: string) => string;
  readConfig(json: JsonObject, head: never): CommonConfig & { head: string };
  writeConfig(config: never): JsonObject;
  spec(config: never): unknown;
  init(config: never, key: random.Key): Promise<object>;
  forward(params: never, inputs: never, config: never, options?: never): object;
  loss(params: never, batch: never, config: never, options?: never): tf.Scalar;
}
