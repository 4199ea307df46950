import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { createRingMemory, RingReader, RingWriter, type StreamName } from './ring.ts';

function setup() {
  const memory = createRingMemory();
  const received: [number, StreamName, string][] = [];
  let woken = 0;
  const writer = new RingWriter(memory, () => {
    woken += 1;
  });
  const reader = new RingReader(memory, (...piece) => received.push(piece));
  return { memory, writer, reader, received, woken: () => woken };
}

/** The module as JavaScript, for another thread. */
function ringCode(): string {
  return transformSync(readFileSync(new URL('./ring.ts', import.meta.url), 'utf8'), { loader: 'ts' }).code;
}

describe('the output ring', () => {
  it('joins text of one run and stream, and keeps the order of others', () => {
    const { writer, reader, received } = setup();
    writer.write(1, 'stdout', 'a');
    writer.write(1, 'stdout', 'é😀');
    writer.write(1, 'stderr', 'e');
    writer.write(2, 'stderr', 'f');
    expect(reader.drain()).toBe(true);
    expect(reader.drain()).toBe(false);
    expect(received).toEqual([
      [1, 'stdout', 'aé😀'],
      [1, 'stderr', 'e'],
      [2, 'stderr', 'f'],
    ]);
  });

  it('wakes the reader once until it sleeps again', async () => {
    const { writer, reader, woken } = setup();
    for (let i = 0; i < 10; i++) writer.write(1, 'stdout', 'x');
    expect(woken()).toBe(1);
    reader.wake();
    await new Promise((resolve) => setTimeout(resolve, 120));
    writer.write(1, 'stdout', 'y');
    expect(woken()).toBe(2);
  });

  it('lets the thread hear others between two looks, however often it is woken', async () => {
    const { writer, reader, received } = setup();
    for (let i = 0; i < 10; i++) {
      writer.write(1, 'stdout', 'x');
      reader.wake();
    }
    expect(received).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(received).toEqual([[1, 'stdout', 'xxxxxxxxxx']]);
  });

  it('stops at a mark until the message has come that belongs there', () => {
    const { writer, reader, received } = setup();
    writer.write(1, 'stdout', 'before');
    writer.mark();
    const mark = writer.mark();
    writer.write(1, 'stdout', 'after');
    writer.mark();
    writer.write(1, 'stdout', 'later');
    reader.drain();
    expect(received).toEqual([[1, 'stdout', 'before']]);
    reader.drain();
    expect(received).toHaveLength(1);
    reader.pass(mark);
    expect(received).toHaveLength(1);
    reader.drain();
    expect(received).toEqual([
      [1, 'stdout', 'before'],
      [1, 'stdout', 'after'],
    ]);
  });

  it('goes round many times without losing a character', () => {
    const { writer, reader, received } = setup();
    let written = '';
    for (let i = 0; i < 3000; i++) {
      const text = `${i}:${'ü'.repeat((i * 37) % 4000)}\n`;
      written += text;
      writer.write(1, 'stdout', text);
      if (i % 7 === 0) reader.drain();
    }
    reader.drain();
    expect(received.map(([, , text]) => text).join('')).toBe(written);
  });

  it('makes a writer of messages wait until the reader has taken earlier ones', async () => {
    const memory = createRingMemory();
    const reader = new RingReader(memory, () => {});
    const worker = new Worker(
      `import('data:text/javascript,' + encodeURIComponent(${JSON.stringify(ringCode())})).then(({ RingWriter }) => {
        const { parentPort, workerData } = require('node:worker_threads');
        const writer = new RingWriter(workerData, () => {});
        for (let i = 0; i < 1000; i++) parentPort.postMessage(writer.mark());
      });`,
      { eval: true, workerData: memory },
    );
    let taken = 0;
    worker.on('message', () => {
      taken += 1;
    });
    while (taken < 64) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(taken).toBe(64);
    // A mark that is passed stands for all before it.
    reader.pass(taken);
    worker.on('message', (mark: number) => reader.pass(mark));
    await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
    expect(taken).toBe(1000);
  });

  it('makes a writer wait for a reader on another thread, and passes text larger than itself', async () => {
    const memory = createRingMemory();
    const text = '0123456789'.repeat(1_000_000);
    let length = 0;
    const reader = new RingReader(memory, (_, __, piece) => {
      length += piece.length;
    });
    const worker = new Worker(
      `import('data:text/javascript,' + encodeURIComponent(${JSON.stringify(ringCode())})).then(({ RingWriter }) => {
        const { memory, text } = require('node:worker_threads').workerData;
        new RingWriter(memory, () => {}).write(1, 'stdout', text);
      });`,
      { eval: true, workerData: { memory, text } },
    );
    const ended = new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
    const timer = setInterval(() => reader.drain(), 1);
    await ended;
    clearInterval(timer);
    reader.drain();
    expect(length).toBe(text.length);
  });
});
