type Output = string | readonly string[];

/** A step that takes one text after the other. */
export interface EachStep<O extends Output = Output> {
  readonly name: string;
  readonly each: (text: string) => O;
}

/** A step that takes all texts at once. */
export interface AllStep<O extends Output = Output> {
  readonly name: string;
  readonly all: (texts: readonly string[]) => O;
}

/** A step of a pipeline: a function, known by its own name, or what `step` or `gather` gives. */
export type Step = ((text: string) => Output) | EachStep | AllStep;

type Many<O, Before extends boolean> = [O] extends [string]
  ? Before
  : [O] extends [readonly string[]]
    ? true
    : boolean;
type After<S, Before extends boolean> =
  S extends AllStep<infer O>
    ? Many<O, false>
    : S extends EachStep<infer O>
      ? Many<O, Before>
      : S extends (text: string) => infer O
        ? Many<O, Before>
        : never;
/** What a pipeline of these steps gives: a text, or several once a step has made several of one. */
export type PipelineOutput<
  Steps extends readonly Step[],
  M extends boolean = false,
> = Steps extends readonly [infer First, ...infer Rest extends readonly Step[]]
  ? PipelineOutput<Rest, After<First, M>>
  : M extends true
    ? string[]
    : string;

/** What one step made of the texts that it was given. */
export interface TraceEntry {
  readonly step: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly changed: boolean;
}

export interface Pipeline<O extends Output> {
  (text: string): O;
  /** The names of the steps. */
  readonly steps: readonly string[];
  /**
   * Runs the pipeline and tells what each step did; records, which a notebook shows as a table.
   * @throws {PipelineError} as the pipeline itself.
   */
  trace(text: string): TraceEntry[];
}

/** A step of a pipeline threw, or returned what isn't text. `cause` is what it threw. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';
  /** The name of the step. */
  readonly step: string;
  /** The text, or texts, that the step was given. */
  readonly input: Output;

  constructor(step: string, position: string, failure: { input: Output; reason: string; cause?: unknown }) {
    const text = typeof failure.input === 'string' ? failure.input : failure.input.join(' | ');
    const shown = text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text;
    super(`${position} (${step}), given ${JSON.stringify(shown)}: ${failure.reason}`, {
      cause: failure.cause,
    });
    this.step = step;
    this.input = failure.input;
  }
}

/** Names a step: `step('Turkish lower case', (text) => lowerCase(text, { locale: 'tr' }))`. */
export function step<O extends Output>(name: string, each: (text: string) => O): EachStep<O> {
  return { name, each };
}

/**
 * A step that takes all the texts there are by then: it can drop some (`gather('distinct', removeNearDuplicates)`), or make
 * one text of them (`gather('join', detokenize)`).
 */
export function gather<O extends Output>(name: string, all: (texts: readonly string[]) => O): AllStep<O> {
  return { name, all };
}

interface State {
  readonly texts: readonly string[];
  readonly many: boolean;
}

/**
 * One function of several steps. A step that gives several texts makes the pipeline give several: the steps after it take
 * them one by one, and what they give is one flat list. A pipeline is a function of a text, and so can be a step itself.
 * @throws where a step is no step. The pipeline throws a PipelineError that names the step that failed.
 */
export function pipeline<const Steps extends readonly Step[]>(
  ...steps: Steps
): Pipeline<PipelineOutput<Steps>> {
  const named = steps.map(nameStep);
  const run = (text: string, seen?: (entry: TraceEntry) => void): State => {
    if (typeof text !== 'string') {
      throw new TypeError(`pipeline: the input is ${describe(text)}; give one string, or map over several.`);
    }
    let state: State = { texts: [text], many: false };
    for (const [i, each] of named.entries()) {
      const next = 'all' in each ? applyToAll(each, i, state) : applyToEach(each, i, state);
      seen?.({
        step: each.name,
        input: state.texts,
        output: next.texts,
        changed:
          next.texts.length !== state.texts.length ||
          next.texts.some((output, at) => output !== state.texts[at]),
      });
      state = next;
    }
    return state;
  };
  const call = (text: string): Output => {
    const { texts, many } = run(text);
    return many ? [...texts] : texts[0]!;
  };
  const names = named.map((each) => each.name);
  Object.defineProperty(call, 'name', { value: `pipeline(${names.join(', ')})` });
  return Object.assign(call as (text: string) => PipelineOutput<Steps>, {
    steps: names,
    trace: (text: string) => {
      const entries: TraceEntry[] = [];
      run(text, (entry) => entries.push(entry));
      return entries;
    },
  });
}

function nameStep(value: Step, i: number): EachStep | AllStep {
  if (typeof value === 'function') return { name: value.name || 'unnamed function', each: value };
  if (typeof value === 'object' && value !== null && ('each' in value || 'all' in value)) return value;
  throw new TypeError(
    `pipeline: step ${i + 1} is ${describe(value)}; give a function of a text, step(name, function) or gather(name, function).`,
  );
}

function applyToEach(each: EachStep, i: number, { texts, many }: State): State {
  const out: string[] = [];
  let several = many;
  for (const text of texts) {
    const result = apply(each.name, i, { input: text, call: () => each.each(text) });
    if (typeof result === 'string') {
      out.push(result);
    } else {
      several = true;
      for (const one of result) out.push(one);
    }
  }
  return { texts: out, many: several };
}

function applyToAll(each: AllStep, i: number, { texts }: State): State {
  const result = apply(each.name, i, { input: texts, call: () => each.all(texts) });
  return typeof result === 'string' ? { texts: [result], many: false } : { texts: [...result], many: true };
}

function apply(name: string, i: number, { input, call }: { input: Output; call: () => Output }): Output {
  const position = `pipeline: step ${i + 1}`;
  let result: unknown;
  try {
    result = call();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PipelineError(name, position, { input, reason, cause });
  }
  if (typeof result === 'string') return result;
  if (Array.isArray(result) && result.every((one) => typeof one === 'string')) return result;
  const reason = `it returned ${describe(result)}; a step returns a string or an array of strings.`;
  throw new PipelineError(name, position, { input, reason });
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
