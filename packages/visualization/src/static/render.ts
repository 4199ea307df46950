/** Static pictures of figures, drawn by a thread of their own. */
import { Worker } from 'node:worker_threads';
import type { PlotlyFigure } from '../plotly.ts';

/** Device pixels of pictures in notebooks per CSS pixel, and the bytes above which it is 1: saved notebooks stay small. */
export const NOTEBOOK_PICTURE = { scale: 1.5, limit: 6_000 };

export interface RenderRequest {
  id: number;
  figure: PlotlyFigure;
  /** In CSS pixels. */
  width: number;
  height: number;
  /** Device pixels of the PNG per CSS pixel; without it there is none. */
  scale?: number | undefined;
  /**
   * Asks for a small PNG too, of one device pixel per CSS pixel, unless the SVG is smaller than the other one. Where the
   * other one has more bytes than this, it is the small one.
   */
  limit?: number | undefined;
  /** SVG that is there already, to be made a PNG. */
  svg?: string | undefined;
}

export type RenderAnswer = ({ id: number } & StaticPicture) | { id: number; error: string };

export interface StaticPicture {
  svg: string;
  png?: Uint8Array | undefined;
  small?: Uint8Array | undefined;
}

interface Waiting {
  done(picture: StaticPicture): void;
  failed(error: Error): void;
}

let worker: Worker | undefined;
let lastId = 0;
const waiting = new Map<number, Waiting>();

function start(): Worker {
  if (worker) return worker;
  const started = new Worker(new URL('./worker.js', import.meta.url), { stdout: false, stderr: false });
  const end = (error: Error): void => {
    if (worker === started) worker = undefined;
    for (const { failed } of waiting.values()) failed(error);
    waiting.clear();
  };
  started.on('message', (answer: RenderAnswer) => {
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (waiting.size === 0) started.unref();
    if ('error' in answer) asked?.failed(new Error(`The picture could not be drawn: ${answer.error}`));
    else asked?.done(answer);
  });
  started.on('error', end);
  started.on('exit', (status) =>
    end(new Error(`The thread that draws pictures ended with status ${status}.`)),
  );
  worker = started;
  return started;
}

/**
 * Draws `figure`: traces that plotly.js draws as SVG only, none that need WebGL.
 * @throws when plotly.js or the PNG encoder fails
 */
export function render(request: Omit<RenderRequest, 'id'>): Promise<StaticPicture> {
  const id = ++lastId;
  const thread = start();
  thread.ref();
  return new Promise((done, failed) => {
    waiting.set(id, { done, failed });
    thread.postMessage({ ...request, id });
  });
}

/** Ends the thread; the next picture starts another. */
export async function endRenderer(): Promise<void> {
  const running = worker;
  worker = undefined;
  await running?.terminate();
}
