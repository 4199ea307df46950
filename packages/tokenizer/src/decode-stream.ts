/** Text from ids that come one at a time. */
export interface DecodeStream {
  /** The text that the id adds: nothing while it is only a part of a character. */
  push(id: number): string;
  /** What is left at the end: U+FFFD where it was no whole character. */
  flush(): string;
}

const INCOMPLETE = '\ufffd';

/**
 * Decodes the last few ids again with each new one, since what a token says depends on those before it (a space, the rest
 * of a character), and gives what is new.
 */
export function decodeStream(decode: (ids: readonly number[]) => string): DecodeStream {
  /** Ids of which the first `given` were decoded to `text`, which was returned. */
  let ids: number[] = [];
  let given = 0;
  let text = '';
  const advance = (whole: string): string => {
    const added = whole.slice(text.length);
    ids = ids.slice(given);
    given = ids.length;
    text = decode(ids);
    return added;
  };
  return {
    push: (id) => {
      ids.push(id);
      const whole = decode(ids);
      if (whole.length <= text.length || whole.endsWith(INCOMPLETE)) return '';
      return advance(whole);
    },
    flush: () => {
      const whole = decode(ids);
      const added = whole.slice(text.length);
      ids = [];
      given = 0;
      text = '';
      return added;
    },
  };
}
