export interface CutText {
  /** The text before the stop sequence, or all of it. */
  readonly text: string;
  /** The stop sequence that was found first. */
  readonly stop: string | undefined;
}

/** Passes text on up to a stop sequence, and never a part of one. */
export interface StopFilter {
  /** What can be passed on now that the chunk is there; nothing once a stop sequence was found. */
  push(chunk: string): string;
  /** What was held back because a stop sequence might have begun there. */
  flush(): string;
  /** The stop sequence that was found, or undefined. */
  readonly stop: string | undefined;
}

/**
 * A filter for text that comes in chunks. Of several sequences that which ends first counts, and of those that end together the
 * longest; how the text is cut into chunks makes no difference. Takes time linear in the text (Knuth, Morris, Pratt 1977).
 * @throws where a sequence is empty.
 */
export function stopFilter(stops: readonly string[]): StopFilter {
  for (const [i, stop] of stops.entries()) {
    if (stop === '')
      throw new Error(`stopFilter: stops[${i}] is empty; give sequences of at least one character.`);
  }
  const automata = [...stops]
    .sort((a, b) => b.length - a.length)
    .map((stop) => ({ stop, border: borders(stop), matched: 0 }));
  let held = '';
  let found: string | undefined;
  return {
    get stop() {
      return found;
    },
    push(chunk) {
      if (found !== undefined) return '';
      const pending = held + chunk;
      for (let i = 0; i < chunk.length; i++) {
        const ended = automata.find((automaton) => advance(automaton, chunk[i]!));
        if (!ended) continue;
        found = ended.stop;
        const end = held.length + i + 1;
        held = '';
        return pending.slice(0, end - found.length);
      }
      const keep = Math.max(0, ...automata.map((automaton) => automaton.matched));
      held = pending.slice(pending.length - keep);
      return pending.slice(0, pending.length - keep);
    },
    flush() {
      const rest = held;
      held = '';
      for (const automaton of automata) automaton.matched = 0;
      return rest;
    },
  };
}

/** The text up to the first stop sequence. */
export function cutAtStop(text: string, stops: readonly string[]): CutText {
  const filter = stopFilter(stops);
  return { text: filter.push(text) + filter.flush(), stop: filter.stop };
}

/**
 * Passes chunks on up to a stop sequence, and then ends the source. Empty chunks are left out.
 * @throws where a sequence is empty.
 */
export async function* untilStop(
  chunks: AsyncIterable<string> | Iterable<string>,
  stops: readonly string[],
): AsyncGenerator<string, void> {
  const filter = stopFilter(stops);
  for await (const chunk of chunks) {
    const text = filter.push(chunk);
    if (text !== '') yield text;
    if (filter.stop !== undefined) return;
  }
  const rest = filter.flush();
  if (rest !== '') yield rest;
}

interface Automaton {
  readonly stop: string;
  /** For each length of a prefix, that of its longest proper prefix that is its suffix too. */
  readonly border: readonly number[];
  /** How many units of the sequence the text ends with. */
  matched: number;
}

function borders(stop: string): number[] {
  const border = [0, 0];
  let length = 0;
  for (let i = 1; i < stop.length; i++) {
    while (length > 0 && stop[i] !== stop[length]) length = border[length]!;
    if (stop[i] === stop[length]) length++;
    border.push(length);
  }
  return border;
}

/** Whether the sequence ends with this unit. */
function advance(automaton: Automaton, unit: string): boolean {
  const { stop, border } = automaton;
  while (automaton.matched > 0 && stop[automaton.matched] !== unit)
    automaton.matched = border[automaton.matched]!;
  if (stop[automaton.matched] === unit) automaton.matched++;
  return automaton.matched === stop.length;
}
