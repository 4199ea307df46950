import { describe, expect, test } from 'vitest';
import { type JsonObject, type Message, newHeader } from '../transport/wire.ts';
import type { CodeCell, Output } from './notebook.ts';
import { joinStreams, OutputAssembler, overwritten } from './outputs.ts';

function newCell(): CodeCell {
  return { cell_type: 'code', id: 'a', metadata: {}, source: '', execution_count: null, outputs: [] };
}

function message(type: string, content: JsonObject): Message {
  const header = newHeader(type, 'session');
  return { identities: [], header, parentHeader: {}, metadata: {}, content, buffers: [] };
}

function stream(text: string, name = 'stdout'): Message {
  return message('stream', { name, text });
}

function display(text: string, displayId?: string, type = 'display_data'): Message {
  const transient = displayId === undefined ? {} : { display_id: displayId };
  return message(type, { data: { 'text/plain': text }, metadata: {}, transient });
}

/** What a cell shows, shortly. */
function texts(outputs: readonly Output[]): string[] {
  return outputs.map((output) => {
    if (output.output_type === 'stream') return `${output.name}: ${output.text}`;
    return 'data' in output ? String(output.data['text/plain']) : output.ename;
  });
}

describe('a cell’s outputs', () => {
  test('come from the messages that front ends show', () => {
    const assembler = new OutputAssembler();
    const cell = newCell();
    const receive = assembler.begin(cell);
    receive(message('execute_input', { code: '1', execution_count: 3 }));
    receive(display('shown', 'id'));
    receive(
      message('execute_result', { execution_count: 3, data: { 'text/plain': '1' }, metadata: { a: 1 } }),
    );
    receive(message('error', { ename: 'Error', evalue: 'bad', traceback: ['at'] }));
    receive(message('comm_msg', { comm_id: 'x', data: {} }));
    expect(cell.outputs).toEqual([
      { output_type: 'display_data', data: { 'text/plain': 'shown' }, metadata: {} },
      { output_type: 'execute_result', execution_count: 3, data: { 'text/plain': '1' }, metadata: { a: 1 } },
      { output_type: 'error', ename: 'Error', evalue: 'bad', traceback: ['at'] },
    ]);
  });

  test('are updated by display id in every cell, also by another display', () => {
    const assembler = new OutputAssembler();
    const [first, second] = [newCell(), newCell()];
    assembler.begin(first)(display('old', 'id'));
    const receive = assembler.begin(second);
    receive(display('new', 'id'));
    expect([texts(first.outputs), texts(second.outputs)]).toEqual([['new'], ['new']]);
    receive(display('newest', 'id', 'update_display_data'));
    receive(display('unknown', 'other', 'update_display_data'));
    expect([texts(first.outputs), texts(second.outputs)]).toEqual([['newest'], ['newest']]);
  });

  test('are cleared at once, or when the next one comes', () => {
    const assembler = new OutputAssembler();
    const cell = newCell();
    const receive = assembler.begin(cell);
    receive(stream('a'));
    receive(message('clear_output', { wait: true }));
    expect(texts(cell.outputs)).toEqual(['stdout: a']);
    receive(display('b', 'id'));
    expect(texts(cell.outputs)).toEqual(['b']);
    receive(message('clear_output', { wait: false }));
    expect(cell.outputs).toEqual([]);
    receive(display('gone', 'id', 'update_display_data'));
    expect(cell.outputs).toEqual([]);
  });

  test('take what comes after the cell has ended, and are joined in the end', () => {
    const assembler = new OutputAssembler();
    const [first, second] = [newCell(), newCell()];
    const receive = assembler.begin(first);
    receive(stream('now\n'));
    assembler.begin(second)(stream('other\n'));
    receive(stream('late\n'));
    assembler.finish();
    expect([texts(first.outputs), texts(second.outputs)]).toEqual([
      ['stdout: now\nlate\n'],
      ['stdout: other\n'],
    ]);
  });
});

describe('streams', () => {
  const output = (name: string, text: string): Output => ({ output_type: 'stream', name, text });
  const shown: Output = { output_type: 'display_data', data: { 'text/plain': 'shown' }, metadata: {} };

  test('are one for each name between other outputs, stdout first', () => {
    const outputs = [
      output('stderr', 'e1 '),
      output('stdout', 'o1 '),
      output('stderr', 'e2'),
      output('stdout', 'o2'),
      shown,
      output('stdout', 'o3'),
    ];
    expect(texts(joinStreams(outputs))).toEqual(['stdout: o1 o2', 'stderr: e1 e2', 'shown', 'stdout: o3']);
  });

  test('show what a terminal would', () => {
    expect(overwritten('10%\r50%\r100%\ndone')).toBe('100%\ndone');
    expect(overwritten('windows\r\nlines\r\n')).toBe('windows\r\nlines\r\n');
    expect(overwritten('last\r')).toBe('last\r');
    expect(overwritten('abc\b\bd')).toBe('ad');
  });

  test('that are long are joined quickly', () => {
    const lines = Array.from({ length: 200_000 }, (_, index) => output('stdout', `line ${index}\n`));
    const started = performance.now();
    expect(joinStreams(lines)).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
