/**
 * Printed text on its way from the thread that runs cells to the protocol thread, through shared memory: a message
 * for each line would cost more than the line, and text that waits for a message isn't seen while a cell computes.
 *
 * Records lie one after the other: the run (int32), the stream and byte length (int32), then UTF-8, padded to four
 * bytes. One thread writes, one reads.
 */

export type StreamName = 'stdout' | 'stderr';

const CAPACITY = 1 << 20;
/** Indices into the control words. `PASSED` is the last mark whose message has come. Positions are bytes into the data, one before the other's meaning "full". */
const WRITE = 0;
const READ = 1;
const AWAKE = 2;
const PASSED = 3;
const CONTROL_BYTES = 16;
const HEAD_BYTES = 8;
/** Stands where a record would, when the rest of the data is left out and the next record begins at 0. */
const WRAP = -1;
/** Stands where a run would: what follows was printed after a message that goes another way. */
const MARK = -2;
/** So many messages may be under way: more would keep the reader's thread from everything else. */
const MAX_MESSAGES = 64;
/** Text is written in pieces of at most this many bytes, so that any text passes. */
const MAX_RECORD = CAPACITY >> 3;

export function createRingMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES + CAPACITY);
}

function views(memory: SharedArrayBuffer) {
  return {
    control: new Int32Array(memory, 0, CONTROL_BYTES / 4),
    words: new Int32Array(memory, CONTROL_BYTES),
    bytes: new Uint8Array(memory, CONTROL_BYTES),
  };
}

export class RingWriter {
  readonly #views: ReturnType<typeof views>;
  readonly #wake: () => void;
  readonly #scratch = new Uint8Array(MAX_RECORD);
  readonly #encoder = new TextEncoder();
  #marks = 0;

  /** @param wake tells the reader that there is something, after it went to sleep */
  constructor(memory: SharedArrayBuffer, wake: () => void) {
    this.#views = views(memory);
    this.#wake = wake;
  }

  /** Waits where the reader has fallen behind by the whole capacity. */
  write(run: number, name: StreamName, text: string): void {
    let rest = text;
    while (rest !== '') {
      const { read, written } = this.#encoder.encodeInto(rest, this.#scratch);
      this.#put(run, name, written);
      rest = read === rest.length ? '' : rest.slice(read);
    }
    if (Atomics.exchange(this.#views.control, AWAKE, 1) === 0) this.#wake();
  }

  /**
   * Marks where a message belongs that is posted beside the ring: the reader stops here until {@link RingReader.pass}.
   * Waits where the reader has fallen behind by many messages.
   * @returns the mark's number, to be sent with the message
   */
  mark(): number {
    const { control } = this.#views;
    let passed = Atomics.load(control, PASSED);
    while (this.#marks - passed >= MAX_MESSAGES) {
      Atomics.wait(control, PASSED, passed, 1000);
      passed = Atomics.load(control, PASSED);
    }
    this.#marks += 1;
    this.#put(MARK, 'stdout', 0, this.#marks);
    return this.#marks;
  }

  #put(run: number, name: StreamName, length: number, mark?: number): void {
    const { control, words, bytes } = this.#views;
    const size = HEAD_BYTES + ((length + 3) & ~3);
    let at = Atomics.load(control, WRITE);
    for (;;) {
      const read = Atomics.load(control, READ);
      if (at >= read) {
        if (at + size + 4 <= CAPACITY) break;
        // Room at the start, with at least a word between writer and reader?
        if (size < read) {
          words[at >> 2] = WRAP;
          at = 0;
          break;
        }
      } else if (at + size < read) break;
      // Awake or not, the reader is to come at once, and not with its next batch.
      this.#wake();
      Atomics.wait(control, READ, read, 1000);
    }
    words[at >> 2] = run;
    words[(at >> 2) + 1] = mark ?? (length << 1) | (name === 'stderr' ? 1 : 0);
    bytes.set(this.#scratch.subarray(0, length), at + HEAD_BYTES);
    Atomics.store(control, WRITE, at + size);
  }

  /** Waits until the reader has taken everything, a second at most. */
  drained(): void {
    const { control } = this.#views;
    const deadline = Date.now() + 1000;
    for (;;) {
      const read = Atomics.load(control, READ);
      if (read === Atomics.load(control, WRITE) || Date.now() > deadline) return;
      Atomics.wait(control, READ, read, 100);
    }
  }
}

/** How long text may wait for more before it is sent on. */
const BATCH_MS = 30;
/** In bytes. */
const MAX_PIECE = 64 * 1024;
/** So many bytes are copied faster one by one. */
const SHORT = 64;

export class RingReader {
  readonly #views: ReturnType<typeof views>;
  readonly #receive: (run: number, name: StreamName, text: string) => void;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #piece = new Uint8Array(MAX_PIECE + MAX_RECORD);
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #acknowledging: NodeJS.Immediate | undefined;
  #passed = 0;

  constructor(memory: SharedArrayBuffer, receive: (run: number, name: StreamName, text: string) => void) {
    this.#views = views(memory);
    this.#receive = receive;
  }

  /**
   * Takes what is there soon, and goes on taking until the writer pauses. Not at once: a writer that is faster than
   * this thread asks without end, and the sockets have to be heard in between.
   */
  wake(): void {
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      this.drain();
      this.#goOn();
    });
  }

  #goOn(): void {
    if (this.#timer) return;
    this.#timer = setInterval(() => {
      if (this.drain()) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      Atomics.store(this.#views.control, AWAKE, 0);
      // Written between the look and the sleep.
      if (this.drain()) this.#goOn();
    }, BATCH_MS);
  }

  /** Takes what was printed before the message that brought `mark`, and the mark. */
  pass(mark: number): void {
    const { control, words } = this.#views;
    this.#acknowledge(mark);
    for (;;) {
      this.drain();
      let at = Atomics.load(control, READ);
      if (at === Atomics.load(control, WRITE)) return;
      if (words[at >> 2] === WRAP) at = 0;
      const found = words[(at >> 2) + 1] as number;
      // A mark whose message never came (an interrupt fell between the two) is left behind on the way.
      if (found > mark) return;
      Atomics.store(control, READ, at + HEAD_BYTES);
      Atomics.notify(control, READ);
      if (found === mark) return;
    }
  }

  /** Lets the writer go on with messages, but not before the sockets were heard again. */
  #acknowledge(mark: number): void {
    this.#passed = mark;
    this.#acknowledging ??= setImmediate(() => {
      this.#acknowledging = undefined;
      Atomics.store(this.#views.control, PASSED, this.#passed);
      Atomics.notify(this.#views.control, PASSED);
    });
  }

  /** Takes everything up to the next mark. @returns whether there was anything */
  drain(): boolean {
    const { control, words, bytes } = this.#views;
    let at = Atomics.load(control, READ);
    const end = Atomics.load(control, WRITE);
    if (at === end) return false;
    let run = 0;
    let name: StreamName = 'stdout';
    let length = 0;
    const give = (): void => {
      if (length > 0) this.#receive(run, name, this.#decoder.decode(this.#piece.subarray(0, length)));
      length = 0;
    };
    while (at !== end) {
      if (words[at >> 2] === WRAP) {
        at = 0;
        continue;
      }
      const nextRun = words[at >> 2] as number;
      if (nextRun === MARK) break;
      const tail = words[(at >> 2) + 1] as number;
      const nextName: StreamName = tail & 1 ? 'stderr' : 'stdout';
      if (nextRun !== run || nextName !== name || length > MAX_PIECE) give();
      run = nextRun;
      name = nextName;
      // Copied, also because a decoder doesn't take shared memory.
      const from = at + HEAD_BYTES;
      const size = tail >> 1;
      if (size > SHORT) this.#piece.set(bytes.subarray(from, from + size), length);
      else for (let i = 0; i < size; i++) this.#piece[length + i] = bytes[from + i] as number;
      length += size;
      at = from + ((size + 3) & ~3);
    }
    const moved = at !== Atomics.load(control, READ);
    // Received first: a writer that waits until it is drained goes on to start a child, whose output comes after.
    give();
    Atomics.store(control, READ, at);
    Atomics.notify(control, READ);
    return moved;
  }
}
