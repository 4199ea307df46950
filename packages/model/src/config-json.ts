/** Reading `config.json`, whose fields are another program's: each is checked, and named where it is wrong. */
import type { Problem } from './layers/losses.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** @throws {TypeError} where the field is there and isn't a number, or is missing without a default. */
export function numberField(json: JsonObject, name: string, missing?: number): number {
  const value = json[name] ?? missing;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError(`config.json: ${name} must be a number, and is ${JSON.stringify(value) ?? 'missing'}.`);
}

/** A size: a whole number above 0. */
export function sizeField(json: JsonObject, name: string, missing?: number): number {
  const value = numberField(json, name, missing);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`config.json: ${name} must be a whole number above 0, and is ${value}.`);
}

/** Sizes, one or more. */
export function sizeListField(json: JsonObject, name: string): number[] {
  const value = json[name];
  const fits = (size: Json): boolean => Number.isSafeInteger(size) && Number(size) > 0;
  if (Array.isArray(value) && value.length > 0 && value.every(fits)) return value as number[];
  throw new TypeError(
    `config.json: ${name} must be a list of whole numbers above 0, and is ${JSON.stringify(value) ?? 'missing'}.`,
  );
}

/** Height and width: two sizes, or one for both. */
export function heightAndWidthField(
  json: JsonObject,
  name: string,
  missing?: number,
): [height: number, width: number] {
  if (!Array.isArray(json[name])) {
    const size = sizeField(json, name, missing);
    return [size, size];
  }
  const [height, width, ...others] = sizeListField(json, name);
  if (height !== undefined && width !== undefined && others.length === 0) return [height, width];
  throw new TypeError(
    `config.json: ${name} must be a size or two, height and width, and is ${JSON.stringify(json[name])}.`,
  );
}

/** @throws {TypeError} where it is none of `choices`. */
export function choiceField<Choice extends string>(
  json: JsonObject,
  name: string,
  choices: readonly Choice[],
  missing?: Choice,
): Choice {
  const value = json[name] ?? missing;
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new TypeError(
    `config.json: ${name} is ${JSON.stringify(value) ?? 'missing'}, and can be ${choices.map((choice) => `"${choice}"`).join(', ')}.`,
  );
}

export function booleanField(json: JsonObject, name: string, missing: boolean): boolean {
  const value = json[name] ?? missing;
  if (typeof value === 'boolean') return value;
  throw new TypeError(`config.json: ${name} must be true or false, and is ${JSON.stringify(value)}.`);
}

/** @throws {TypeError} where the field is there and isn't an object; it is empty where there is none. */
export function objectField(json: JsonObject, name: string): JsonObject {
  const value = json[name] ?? {};
  if (typeof value === 'object' && !Array.isArray(value)) return value;
  throw new TypeError(`config.json: ${name} must be an object, and is ${JSON.stringify(value)}.`);
}

/** A token's id, or undefined where there is none. */
export function tokenField(json: JsonObject, name: string): number | undefined {
  const value = json[name];
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`config.json: ${name} must be a token's id, and is ${JSON.stringify(value)}.`);
}

/** Names of the classes by `id2label`, or those that Hugging Face gives where there are none. */
function labelsField(json: JsonObject): string[] {
  const named = json.id2label;
  if (named === undefined || named === null) {
    return Array.from({ length: sizeField(json, 'num_labels', 2) }, (_, i) => `LABEL_${i}`);
  }
  if (typeof named !== 'object' || Array.isArray(named)) {
    throw new TypeError('config.json: id2label must be an object of ids and names.');
  }
  return Object.keys(named).map((_, i) => {
    const label = named[String(i)];
    if (typeof label === 'string') return label;
    throw new TypeError(`config.json: id2label has no name for ${i}.`);
  });
}

/** `id2label` and `label2id` of classes. */
function labelsJson(labels: readonly string[]): JsonObject {
  return {
    id2label: Object.fromEntries(labels.map((label, i) => [String(i), label])),
    label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
  };
}

/** Without the fields that are undefined, which JSON doesn't have. */
export function defined(fields: { [key: string]: Json | undefined }): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, Json] => field[1] !== undefined),
  );
}

/** What all configurations share. */
export interface CommonConfig {
  /** Names of the classes of a classification head. */
  labels: string[];
  /** What the labels of whole sequences are. */
  problem: Problem;
  /** Standard deviation of new weights. */
  initializerDeviation: number;
  padTokenId?: number;
  bosTokenId?: number;
  eosTokenId?: number;
}

export const COMMON: CommonConfig = {
  labels: ['LABEL_0', 'LABEL_1'],
  problem: 'singleLabel',
  initializerDeviation: 0.02,
};

const PROBLEMS = {
  regression: 'regression',
  single_label_classification: 'singleLabel',
  multi_label_classification: 'multiLabel',
} as const;

const TOKENS = {
  padTokenId: 'pad_token_id',
  bosTokenId: 'bos_token_id',
  eosTokenId: 'eos_token_id',
} as const;

export function readCommon(json: JsonObject): CommonConfig {
  const labels = labelsField(json);
  const named = Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[];
  // As Hugging Face: one number without a problem_type is a regression.
  const usual = labels.length === 1 ? 'regression' : 'single_label_classification';
  const ids = Object.entries(TOKENS).map(([field, name]) => [field, tokenField(json, name)] as const);
  return {
    labels,
    problem: PROBLEMS[choiceField(json, 'problem_type', named, usual)],
    initializerDeviation: numberField(json, 'initializer_range', 0.02),
    ...Object.fromEntries(ids.filter(([, id]) => id !== undefined)),
  };
}

export function commonJson(config: CommonConfig): JsonObject {
  const [problem] = Object.entries(PROBLEMS).find(([, name]) => name === config.problem) ?? [];
  const ids = Object.entries(TOKENS).map(([field, name]) => [name, config[field as keyof typeof TOKENS]]);
  return defined({
    ...labelsJson(config.labels),
    problem_type: problem,
    initializer_range: config.initializerDeviation,
    ...Object.fromEntries(ids),
  });
}

/** What transformers of all kinds have. */
export interface TransformerSizes {
  /** Of the hidden state. */
  width: number;
  layers: number;
  heads: number;
  /** Of the feed-forward block. */
  innerWidth: number;
}

/** How `config.json` calls them, unless an architecture has names of its own. */
const SIZE_NAMES: Record<keyof TransformerSizes, string> = {
  width: 'hidden_size',
  layers: 'num_hidden_layers',
  heads: 'num_attention_heads',
  innerWidth: 'intermediate_size',
};

/** @throws {TypeError} where one is wrong, or heads don't share the width evenly and have no `head_dim` of their own. */
export function readSizes(json: JsonObject, missing: TransformerSizes, names = SIZE_NAMES): TransformerSizes {
  const read = (size: keyof TransformerSizes): number => sizeField(json, names[size], missing[size]);
  const sizes = {
    width: read('width'),
    layers: read('layers'),
    heads: read('heads'),
    innerWidth: read('innerWidth'),
  };
  if (sizes.width % sizes.heads !== 0 && json.head_dim === undefined) {
    throw new TypeError(
      `config.json: ${names.width} is ${sizes.width}, and must be a multiple of ${names.heads}, ${sizes.heads}.`,
    );
  }
  return sizes;
}

export function sizesJson(sizes: TransformerSizes, names = SIZE_NAMES): JsonObject {
  const own = Object.entries(names) as [keyof TransformerSizes, string][];
  return Object.fromEntries(own.map(([size, name]) => [name, sizes[size]]));
}
