/**
 * The shape of every message, by version 5.4 of the protocol:
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html
 */
import type { Message } from './kernel.ts';

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => typeof value === 'number';
const bool: Check = (value) => typeof value === 'boolean';
const record: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const list: Check = (value) => Array.isArray(value);
const texts: Check = (value) => Array.isArray(value) && value.every(text);
const oneOf =
  (...allowed: unknown[]): Check =>
  (value) =>
    allowed.includes(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
/** Content by MIME type: text, or JSON for the types that are JSON. */
const bundle: Check = (value) =>
  record(value) &&
  Object.entries(value as Record<string, unknown>).every(
    ([type, content]) =>
      /^[\w.+-]+\/[\w.+-]+$/.test(type) && (text(content) || /[/+]json$/.test(type) || texts(content)),
  );

type Shape = Record<string, Check>;

const OK: Record<string, Shape> = {
  execute_reply: {
    execution_count: number,
    payload: optional(
      (value) =>
        list(value) &&
        (value as unknown[]).every((one) => record(one) && text((one as { source?: unknown }).source)),
    ),
    user_expressions: record,
  },
  complete_reply: { matches: texts, cursor_start: number, cursor_end: number, metadata: record },
  inspect_reply: { found: bool, data: bundle, metadata: record },
  history_reply: {
    history: (value) =>
      list(value) &&
      (value as unknown[]).every(
        (one) =>
          Array.isArray(one) &&
          one.length === 3 &&
          number(one[0]) &&
          number(one[1]) &&
          (text(one[2]) || list(one[2])),
      ),
  },
  kernel_info_reply: {
    protocol_version: (value) => typeof value === 'string' && /^5\.\d+(\.\d+)?$/.test(value),
    implementation: text,
    implementation_version: text,
    language_info: record,
    banner: text,
    help_links: optional(list),
    supported_features: optional(texts),
  },
  comm_info_reply: { comms: record },
  interrupt_reply: {},
  shutdown_reply: { restart: bool },
};

const ERROR: Shape = { ename: text, evalue: text, traceback: texts };

const IOPUB: Record<string, Shape> = {
  status: { execution_state: oneOf('busy', 'idle', 'starting') },
  execute_input: { code: text, execution_count: number },
  execute_result: { execution_count: number, data: bundle, metadata: record, transient: optional(record) },
  display_data: { data: bundle, metadata: record, transient: optional(record) },
  update_display_data: {
    data: bundle,
    metadata: record,
    transient: (value) => record(value) && text((value as { display_id?: unknown }).display_id),
  },
  stream: { name: oneOf('stdout', 'stderr'), text },
  error: ERROR,
  clear_output: { wait: bool },
  comm_open: { comm_id: text, target_name: text, data: record },
  comm_msg: { comm_id: text, data: record },
  comm_close: { comm_id: text, data: record },
  shutdown_reply: { status: oneOf('ok'), restart: bool },
  iopub_welcome: { subscription: text },
};

const STDIN: Record<string, Shape> = { input_request: { prompt: text, password: bool } };

function problems(name: string, value: Record<string, unknown>, shape: Shape): string[] {
  return Object.entries(shape).flatMap(([key, check]) =>
    check(value[key]) ? [] : [`${name}.${key} is ${JSON.stringify(value[key])?.slice(0, 200)}`],
  );
}

/** What is wrong with the message; an empty list for a good one. */
export function violations(message: Message): string[] {
  const { channel, header, content } = message;
  const type = header.msg_type;
  const found = problems(`${type} header`, header as unknown as Record<string, unknown>, {
    msg_id: (value) => text(value) && value !== '',
    session: text,
    username: text,
    date: (value) => text(value) && !Number.isNaN(Date.parse(value as string)),
    version: (value) => text(value) && Number.parseFloat(value as string) >= 5,
  });
  if (channel === 'iopub' || channel === 'stdin') {
    const shape = (channel === 'iopub' ? IOPUB : STDIN)[type];
    if (!shape) return [...found, `${type} on ${channel} is not in the protocol`];
    return [...found, ...problems(type, content, shape)];
  }
  if (type === 'is_complete_reply') {
    found.push(...problems(type, content, { status: oneOf('complete', 'incomplete', 'invalid', 'unknown') }));
    if (content.status === 'incomplete') found.push(...problems(type, content, { indent: text }));
    return found;
  }
  const shape = OK[type];
  if (!shape) return [...found, `${type} on ${channel} is not in the protocol`];
  found.push(...problems(type, content, { status: oneOf('ok', 'error', 'aborted') }));
  if (content.status === 'ok') found.push(...problems(type, content, shape));
  if (content.status === 'error') found.push(...problems(type, content, ERROR));
  return found;
}
