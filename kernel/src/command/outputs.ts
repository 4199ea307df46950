/**
 * From a kernel's messages to the outputs of cells, as nbclient assembles them: https://nbclient.readthedocs.io
 * Streams are joined as front ends do: those of one name between two other outputs are one.
 */
import type { Message } from '../transport/wire.ts';
import type { Bundle, CodeCell, Output } from './notebook.ts';

type Shown = Extract<Output, { data: Bundle }>;

export class OutputAssembler {
  /** Where each display id is shown, in all cells. */
  readonly #shown = new Map<string, Set<Shown>>();
  readonly #cells = new Set<CodeCell>();

  /** Empties the outputs of a cell, which is about to run; the returned function takes its messages. */
  begin(cell: CodeCell): (message: Message) => void {
    cell.outputs = [];
    this.#cells.add(cell);
    let clearNext = false;
    const clear = (): void => {
      clearNext = false;
      for (const shown of this.#shown.values()) {
        for (const output of cell.outputs) shown.delete(output as Shown);
      }
      cell.outputs = [];
    };
    return ({ header, content }) => {
      const displayId = (content.transient as Bundle | null | undefined)?.display_id;
      if (typeof displayId === 'string') this.#update(displayId, content);
      if (header.msg_type === 'clear_output') {
        if (content.wait === true) clearNext = true;
        else clear();
        return;
      }
      const output = outputOf(header.msg_type, content);
      if (!output) return;
      if (clearNext) clear();
      cell.outputs.push(output);
      if (typeof displayId === 'string' && 'data' in output) {
        const shown = this.#shown.get(displayId) ?? new Set();
        this.#shown.set(displayId, shown.add(output));
      }
    };
  }

  /** Joins the streams. To be called when no more messages come. */
  finish(): void {
    for (const cell of this.#cells) cell.outputs = joinStreams(cell.outputs);
  }

  #update(displayId: string, content: Bundle): void {
    for (const output of this.#shown.get(displayId) ?? []) {
      output.data = content.data as Bundle;
      output.metadata = (content.metadata ?? {}) as Bundle;
    }
  }
}

function outputOf(type: string, content: Bundle): Output | undefined {
  const data = (content.data ?? {}) as Bundle;
  const metadata = (content.metadata ?? {}) as Bundle;
  switch (type) {
    case 'stream':
      return { output_type: 'stream', name: String(content.name), text: String(content.text) };
    case 'display_data':
      return { output_type: 'display_data', data, metadata };
    case 'execute_result': {
      const count = typeof content.execution_count === 'number' ? content.execution_count : null;
      return { output_type: 'execute_result', execution_count: count, data, metadata };
    }
    case 'error':
      return {
        output_type: 'error',
        ename: String(content.ename),
        evalue: String(content.evalue),
        traceback: Array.isArray(content.traceback) ? content.traceback.map(String) : [],
      };
  }
  return undefined;
}

/**
 * One output for each stream between two other outputs, stdout first: how the two interleave is a matter of chance
 * where a child process or another thread prints.
 */
export function joinStreams(outputs: readonly Output[]): Output[] {
  const joined: Output[] = [];
  const streams = new Map<string, string[]>();
  const flush = (): void => {
    const names = [...streams.keys()].sort((a, b) => Number(b === 'stdout') - Number(a === 'stdout'));
    for (const name of names) {
      const text = overwritten((streams.get(name) as string[]).join(''));
      if (text !== '') joined.push({ output_type: 'stream', name, text });
    }
    streams.clear();
  };
  for (const output of outputs) {
    if (output.output_type === 'stream') {
      const texts = streams.get(output.name);
      if (texts) texts.push(output.text);
      else streams.set(output.name, [output.text]);
    } else {
      flush();
      joined.push(output);
    }
  }
  flush();
  return joined;
}

/** What a terminal would show: a carriage return begins the line again, and a backspace takes back a character. */
export function overwritten(text: string): string {
  let shown = text;
  for (let before = ''; before !== shown; ) {
    before = shown;
    shown = shown.replace(/[^\n\b][\b]/g, '');
  }
  return shown.replace(/[^\n]*\r(?=[^\n])/g, '');
}
