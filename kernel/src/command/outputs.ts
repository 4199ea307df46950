/** From a cell's messages on iopub to its outputs in the notebook, as nbclient assembles them. */
import type { JsonObject } from '../transport/wire.ts';
import type { Bundle, Cell, Output } from './notebook.ts';

export class OutputCollector {
  /** Where each display id is shown, in all cells. */
  readonly #shown = new Map<string, { outputs: Output[]; index: number }[]>();

  /** @returns a function that takes the messages of `cell` */
  collect(cell: Cell): (type: string, content: JsonObject) => void {
    let outputs: Output[] = [];
    cell.outputs = outputs;
    let clearNext = false;
    const clear = (): void => {
      clearNext = false;
      for (const [id, places] of this.#shown)
        this.#shown.set(
          id,
          places.filter((place) => place.outputs !== outputs),
        );
      outputs = [];
      cell.outputs = outputs;
    };
    const add = (output: Output, displayId?: unknown): void => {
      if (clearNext) clear();
      const last = outputs.at(-1);
      if (output.output_type === 'stream' && last?.output_type === 'stream' && last.name === output.name) {
        last.text = overwrite(last.text, output.text);
        return;
      }
      if (output.output_type === 'stream') output.text = overwrite('', output.text);
      outputs.push(output);
      if (typeof displayId === 'string') {
        const places = this.#shown.get(displayId) ?? [];
        places.push({ outputs, index: outputs.length - 1 });
        this.#shown.set(displayId, places);
      }
    };
    return (type, content) => {
      const displayId = (content.transient as Bundle | undefined)?.display_id;
      const data = content.data as Bundle;
      const metadata = (content.metadata ?? {}) as Bundle;
      switch (type) {
        case 'stream':
          return add({ output_type: 'stream', name: String(content.name), text: String(content.text) });
        case 'display_data':
          return add({ output_type: 'display_data', data, metadata }, displayId);
        case 'execute_result':
          return add({
            output_type: 'execute_result',
            execution_count: Number(content.execution_count),
            data,
            metadata,
          });
        case 'error':
          return add({
            output_type: 'error',
            ename: String(content.ename),
            evalue: String(content.evalue),
            traceback: content.traceback as string[],
          });
        case 'update_display_data':
          for (const place of this.#shown.get(String(displayId)) ?? []) {
            Object.assign(place.outputs[place.index] as Output, { data, metadata });
          }
          return;
        case 'clear_output':
          if (content.wait === true) clearNext = true;
          else clear();
          return;
      }
    };
  }
}

/** Carriage returns go back to the start of the line, as on a terminal. */
function overwrite(before: string, text: string): string {
  if (!text.includes('\r')) return before + text;
  return (before + text).replace(/\r\n/g, '\n').replace(/[^\n]*\r(?=[^\n\r])/g, '');
}
