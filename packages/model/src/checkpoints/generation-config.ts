/** `generation_config.json`: how a model's authors mean it to generate. */
import { defined, type Json, type JsonObject } from '../config-json.ts';

/**
 * Fields as `generate` takes them: `generate(model, prompt, { ...model.generation, seed: 1 })`. Those that aren't there are
 * for whoever generates to choose.
 */
export interface GenerationConfig {
  /** With it tokens are drawn; without it the most probable is taken. */
  temperature?: number;
  topK?: number;
  topP?: number;
  minP?: number;
  repetitionPenalty?: number;
  /** Tokens in a row that may not come twice; 0 for any. */
  noRepeatNgramSize?: number;
  beams?: number;
  lengthPenalty?: number;
  /** Of prompt and continuation. */
  maxLength?: number;
  /** Of the continuation. */
  maxNewTokens?: number;
  minNewTokens?: number;
  padTokenId?: number;
  bosTokenId?: number;
  decoderStartTokenId?: number;
  /** What ends a text; of several any. */
  eosTokenId?: number | number[];
}

const NUMBERS = {
  temperature: 'temperature',
  topK: 'top_k',
  topP: 'top_p',
  minP: 'min_p',
  repetitionPenalty: 'repetition_penalty',
  noRepeatNgramSize: 'no_repeat_ngram_size',
  beams: 'num_beams',
  lengthPenalty: 'length_penalty',
  maxLength: 'max_length',
  maxNewTokens: 'max_new_tokens',
  minNewTokens: 'min_new_tokens',
  padTokenId: 'pad_token_id',
  bosTokenId: 'bos_token_id',
  decoderStartTokenId: 'decoder_start_token_id',
} as const satisfies Partial<Record<keyof GenerationConfig, string>>;

/** Fields that do nothing where `do_sample` is off, and what the reference takes where it is on and they aren't there. */
const SAMPLING = { temperature: 1, topK: 50, topP: undefined, minP: undefined } as const;

/**
 * @param file names the file in errors
 * @throws {TypeError} where a field that is known is of another type.
 */
export function readGenerationConfig(json: JsonObject, file = 'generation_config.json'): GenerationConfig {
  const wrong = (name: string, what: string): TypeError =>
    new TypeError(`${file}: ${name} must be ${what}, and is ${JSON.stringify(json[name])}.`);
  const config: GenerationConfig = {};
  for (const [field, name] of Object.entries(NUMBERS)) {
    const value = json[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(name, 'a number');
    config[field as keyof typeof NUMBERS] = value;
  }
  const { do_sample: sample, eos_token_id: eos } = json;
  if (sample !== undefined && sample !== null && typeof sample !== 'boolean') {
    throw wrong('do_sample', 'true or false');
  }
  for (const [field, usual] of Object.entries(SAMPLING) as [keyof typeof SAMPLING, number | undefined][]) {
    if (sample !== true) delete config[field];
    else if (usual !== undefined) config[field] ??= usual;
  }
  if (eos !== undefined && eos !== null) {
    const ids: Json[] = Array.isArray(eos) ? eos : [eos];
    if (!ids.every((id): id is number => typeof id === 'number' && Number.isSafeInteger(id))) {
      throw wrong('eos_token_id', "a token's id or a list of them");
    }
    config.eosTokenId = Array.isArray(eos) ? ids : (eos as number);
  }
  return config;
}

export function generationConfigJson(config: GenerationConfig): JsonObject {
  return defined({
    ...Object.fromEntries(
      Object.entries(NUMBERS).map(([field, name]) => [name, config[field as keyof typeof NUMBERS]]),
    ),
    do_sample: config.temperature !== undefined && config.temperature > 0 ? true : undefined,
    eos_token_id: config.eosTokenId,
  });
}
