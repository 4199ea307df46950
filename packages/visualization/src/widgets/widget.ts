/**
 * Jupyter widgets: state that a cell and the front end share over a comm, by version 2.1 of the protocol:
 * https://github.com/jupyter-widgets/ipywidgets/blob/main/packages/schema/messages.md
 */
import { DISPLAY, type Displayable, type MimeBundle } from '../display.ts';
import { type BufferPath, joinBuffers, splitBuffers } from './buffers.ts';

const TARGET = 'jupyter.widget';
const PROTOCOL = '2.1.0';
const VIEW = 'application/vnd.jupyter.widget-view+json';

export interface WidgetMessage {
  data: Record<string, unknown>;
  buffers: Uint8Array[];
}

export interface WidgetComm {
  readonly id: string;
  send(data: Record<string, unknown>, options?: { buffers?: Uint8Array[] }): void;
  close(): void;
  on(event: 'message' | 'close', listener: (message: WidgetMessage) => void): unknown;
}

/** What opens comms: what cells find as `quire`. */
export interface WidgetHost {
  readonly comms: {
    open(
      target: string,
      data: Record<string, unknown>,
      options: { metadata: Record<string, unknown>; buffers: Uint8Array[] },
    ): WidgetComm;
  };
}

export interface WidgetOptions {
  /** Default: the notebook's kernel. */
  host?: WidgetHost;
  /** Is told what an observer throws. Default: it is written to the error output. */
  failed?: (error: unknown) => void;
}

export type Observer = (value: unknown) => unknown;

/** A model of the front end's, which is shown by its view where it has one. */
export class Widget implements Displayable {
  readonly #comm: WidgetComm;
  readonly #state: Record<string, unknown>;
  readonly #observers = new Map<string, Set<Observer>>();
  readonly #failed: (error: unknown) => void;
  #closed = false;

  /**
   * @param state all that the model has, `_model_name`, `_model_module` and `_model_module_version` among it. Widgets in
   *   it are sent as references, and `Uint8Array`s as buffers.
   * @throws {Error} where no kernel is there to open a comm
   */
  constructor(state: Readonly<Record<string, unknown>>, options: WidgetOptions = {}) {
    const host = options.host ?? (globalThis as { quire?: WidgetHost }).quire;
    if (!host?.comms) {
      throw new Error(
        'Widgets need a notebook with this kernel: no `quire.comms` is there to open them with.',
      );
    }
    this.#failed = options.failed ?? ((error) => console.error(error));
    this.#state = { ...state };
    const { state: sent, bufferPaths, buffers } = splitBuffers(references(this.#state));
    this.#comm = host.comms.open(
      TARGET,
      { state: sent, buffer_paths: bufferPaths },
      { metadata: { version: PROTOCOL }, buffers },
    );
    this.#comm.on('message', (message) => this.#receive(message));
    this.#comm.on('close', () => {
      this.#closed = true;
    });
  }

  /** What the front end knows it by. */
  get id(): string {
    return this.#comm.id;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get(name: string): unknown {
    return this.#state[name];
  }

  /** Changes a part of the state, here and in the front end. Observers aren't told. Nothing happens when it is closed. */
  set(changes: Readonly<Record<string, unknown>>): void {
    Object.assign(this.#state, changes);
    if (!this.#closed) this.#send(changes);
  }

  /**
   * Calls `observer` with the value of `name` when the front end changed it.
   * @returns a function that ends this
   */
  observe(name: string, observer: Observer): () => void {
    const observers = this.#observers.get(name) ?? new Set();
    this.#observers.set(name, observers.add(observer));
    return () => void observers.delete(observer);
  }

  /** Removes it, and its views. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#comm.close();
  }

  [DISPLAY](): MimeBundle {
    return {
      [VIEW]: { version_major: 2, version_minor: 0, model_id: this.id },
      'text/plain': `<widget: ${String(this.#state._model_name)}>`,
    };
  }

  #send(state: Readonly<Record<string, unknown>>): void {
    const { state: sent, bufferPaths, buffers } = splitBuffers(references(state));
    this.#comm.send({ method: 'update', state: sent, buffer_paths: bufferPaths }, { buffers });
  }

  #receive({ data, buffers }: WidgetMessage): void {
    if (data.method === 'request_state') this.#send(this.#state);
    if (data.method !== 'update') return;
    let changes: Record<string, unknown>;
    try {
      changes = joinBuffers({
        state: (data.state ?? {}) as Record<string, unknown>,
        bufferPaths: (data.buffer_paths ?? []) as BufferPath[],
        buffers,
      });
    } catch (error) {
      this.#failed(error);
      return;
    }
    Object.assign(this.#state, changes);
    for (const [name, value] of Object.entries(changes)) {
      for (const observer of [...(this.#observers.get(name) ?? [])]) void this.#tell(observer, value);
    }
  }

  async #tell(observer: Observer, value: unknown): Promise<void> {
    try {
      await observer(value);
    } catch (error) {
      this.#failed(error);
    }
  }
}

/** A state with widgets as what the front end finds them by. */
function references(state: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const reference = (value: unknown): unknown => {
    if (value instanceof Widget) return `IPY_MODEL_${value.id}`;
    return Array.isArray(value) ? value.map(reference) : value;
  };
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [name, reference(value)]));
}
