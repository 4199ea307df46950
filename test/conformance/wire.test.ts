/** The wire: signatures, malformed messages, transports, the connection file and the shape of every message. */
import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conformance, Kernel, sleep, stopped } from './kernel.ts';

const DELIMITER = '<IDS|MSG>';

conformance('the wire', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start();
  });
  afterAll(() => stopped(kernel));

  const header = (type = 'execute_request'): Record<string, unknown> => ({
    msg_id: randomUUID(),
    session: kernel.started.session,
    username: 'test',
    date: new Date().toISOString(),
    msg_type: type,
    version: '5.4',
  });
  const content = {
    code: "console.log('must not run'); globalThis.process.title = 'ran';",
    silent: false,
    store_history: true,
    user_expressions: {},
    allow_stdin: false,
  };
  const json = (...parts: unknown[]): string[] => parts.map((part) => JSON.stringify(part));
  const sign = (parts: string[], key = kernel.started.connection.key): string => {
    const hmac = createHmac('sha256', key);
    for (const part of parts) hmac.update(part);
    return hmac.digest('hex');
  };
  const raw = (channel: 'shell' | 'control' | 'stdin', frames: string[]): Promise<void> =>
    kernel.perform('raw', { channel, frames: frames.map((frame) => Buffer.from(frame).toString('base64')) });

  const MALFORMED: [what: string, frames: () => string[]][] = [
    ['unsigned', () => [DELIMITER, '', ...json(header(), {}, {}, content)]],
    [
      'signed with another key',
      () => {
        const parts = json(header(), {}, {}, content);
        return [DELIMITER, sign(parts, 'another key'), ...parts];
      },
    ],
    [
      'signed, and then changed',
      () => {
        const parts = json(header(), {}, {}, content);
        return [
          DELIMITER,
          sign(parts),
          ...parts.slice(0, 3),
          JSON.stringify({ ...content, code: "console.log('changed')" }),
        ];
      },
    ],
    [
      'signed with a signature cut short',
      () => {
        const parts = json(header(), {}, {}, content);
        return [DELIMITER, sign(parts).slice(0, 20), ...parts];
      },
    ],
    [
      'signed, with content that is no JSON',
      () => {
        const parts = [...json(header(), {}, {}), '{ not json'];
        return [DELIMITER, sign(parts), ...parts];
      },
    ],
    [
      'signed, with a header that is no JSON',
      () => {
        const parts = ['nonsense', ...json({}, {}, content)];
        return [DELIMITER, sign(parts), ...parts];
      },
    ],
    [
      'signed, with a header that is a list',
      () => {
        const parts = json([1, 2], {}, {}, content);
        return [DELIMITER, sign(parts), ...parts];
      },
    ],
    [
      'signed, with a header that names no type',
      () => {
        const parts = json({ msg_id: 'x' }, {}, {}, content);
        return [DELIMITER, sign(parts), ...parts];
      },
    ],
    [
      'without the delimiter',
      () => {
        const parts = json(header(), {}, {}, content);
        return [sign(parts), ...parts];
      },
    ],
    [
      'with frames missing',
      () => {
        const parts = json(header(), {});
        return [DELIMITER, sign(parts), ...parts];
      },
    ],
    ['empty', () => ['']],
    ['of bytes that are no text', () => [DELIMITER, '\u0000\u0001', '\ufffd\ufffd', '\u0000', '', '']],
  ];

  describe.each(['shell', 'control', 'stdin'] as const)('on %s', (channel) => {
    test.each(MALFORMED)('a message that is %s is dropped', async (_, frames) => {
      const before = kernel.messages.length;
      await raw(channel, frames());
      await sleep(30);
      expect(kernel.messages.slice(before)).toEqual([]);
      expect(
        (await kernel.ask('kernel_info_request', {}, channel === 'stdin' ? 'shell' : channel)).status,
      ).toBe('ok');
    });
  });

  test('after all of them the kernel goes on, nothing of them ran, and its log tells of them', async () => {
    const request = await kernel.run("process.title === 'ran'");
    expect(request.text).toBe('false');
    const log = await kernel.log();
    expect(log.split('\n').filter((line) => /drop|ignor|refus/i.test(line)).length).toBeGreaterThanOrEqual(
      MALFORMED.length,
    );
    expect(log).toMatch(/signature/i);
    expect(log).toMatch(/unsigned/i);
    expect(log).not.toContain(kernel.started.connection.key);
  });

  test('a request of an unknown type does no harm', async () => {
    await kernel.send('shell', 'no_such_request', { a: 1 });
    await kernel.send('control', 'debug_request', { type: 'request', command: 'initialize', seq: 1 });
    expect((await kernel.run('1')).text).toBe('1');
  });

  test('requests whose content lacks what they need are answered or passed over, and the kernel goes on', async () => {
    for (const type of [
      'execute_request',
      'complete_request',
      'inspect_request',
      'is_complete_request',
      'history_request',
      'comm_open',
      'comm_msg',
      'comm_close',
      'comm_info_request',
    ]) {
      const request = await kernel.request(type, {});
      await request.until(
        'idle',
        () => request.iopub('status').some(({ content: { execution_state } }) => execution_state === 'idle'),
        5,
      );
    }
    expect((await kernel.run('1')).text).toBe('1');
  });

  test('answers go to the session that asked: their parent is the request, whole', async () => {
    const request = await kernel.run('1');
    const { parent_header: parent, header: own } = request.replyMessage;
    expect(parent).toMatchObject({
      msg_id: request.id,
      session: kernel.started.session,
      msg_type: 'execute_request',
    });
    expect(own.session).not.toBe(kernel.started.session);
    expect(new Set(request.messages.map(({ header: { session } }) => session)).size).toBe(1);
    expect(new Set(request.messages.map(({ header: { msg_id } }) => msg_id)).size).toBe(
      request.messages.length,
    );
  });

  test('the connection file is made private to the user', async () => {
    expect(await kernel.perform('mode')).toBe(0o600);
    const open = await Kernel.start({ connectionFileMode: 0o644 });
    try {
      expect(await open.perform('mode')).toBe(0o600);
    } finally {
      await open.stop();
    }
  });

  test('over ipc everything is as over tcp', async () => {
    const one = await Kernel.start({ transport: 'ipc' });
    try {
      expect(one.started.connection.transport).toBe('ipc');
      expect((await one.run("console.log('by socket file');\n1 + 1")).text).toBe('2');
      expect(await one.perform<{ echo: boolean }>('ping')).toMatchObject({ echo: true });
      const running = await one.running('for (;;) {}');
      await one.interrupt();
      await running.end();
      expect((await one.run("await input('?')", { answer: () => 'typed' })).text).toContain('typed');
      const processes = await one.processes();
      await one.perform('shutdown');
      expect(await one.living(processes)).toEqual([]);
      expect(one.violations).toEqual([]);
    } finally {
      await one.stop();
    }
  });

  test('many requests at once are all answered, each to its own', async () => {
    const requests = [];
    for (let i = 0; i < 200; i++)
      requests.push(
        await kernel.request(
          i % 2 ? 'kernel_info_request' : 'is_complete_request',
          { code: '1' },
          i % 4 < 2 ? 'shell' : 'control',
        ),
      );
    for (const request of requests) {
      await request.end();
      expect(request.replyMessage.header.msg_type).toBe(request.type.replace('request', 'reply'));
    }
  });

  describe('the messages of protocol 5.4', () => {
    test('kernel_info_reply', async () => {
      const { reply } = await kernel.ask('kernel_info_request');
      const [major, minor] = (reply.protocol_version as string).split('.').map(Number) as [number, number];
      expect(major === 5 && minor >= 4).toBe(true);
      expect(reply.language_info).toMatchObject({
        name: 'typescript',
        file_extension: '.ts',
        mimetype: expect.stringMatching(/typescript/),
        version: expect.stringMatching(/^\d+\.\d+/),
      });
      expect(reply.banner).toMatch(/TypeScript/);
      for (const link of reply.help_links ?? [])
        expect(link).toEqual({ text: expect.any(String), url: expect.stringMatching(/^https:/) });
    });

    test('every reply has its type and a status', async () => {
      const requests: [string, Record<string, unknown>][] = [
        ['execute_request', { ...content, code: '1' }],
        ['complete_request', { code: 'Math.', cursor_pos: 5 }],
        ['inspect_request', { code: 'Math', cursor_pos: 2, detail_level: 0 }],
        ['is_complete_request', { code: '1' }],
        ['history_request', { hist_access_type: 'tail', n: 1, output: false, raw: true }],
        ['kernel_info_request', {}],
        ['comm_info_request', {}],
      ];
      for (const [type, body] of requests) {
        const request = await kernel.ask(type, body);
        expect(request.replyMessage.header.msg_type).toBe(type.replace('request', 'reply'));
        expect(request.reply.status).toBeTruthy();
        expect(request.iopub('status').map((message) => message.content.execution_state)).toEqual(
          expect.arrayContaining(['busy', 'idle']),
        );
      }
    });

    test('an execute_reply in error has name, message, traceback and count', async () => {
      const { reply } = await kernel.execute("throw new Error('shape')");
      expect(reply).toMatchObject({
        status: 'error',
        ename: 'Error',
        evalue: 'shape',
        traceback: expect.any(Array),
        execution_count: expect.any(Number),
      });
    });

    test('every message so far kept to the protocol', () => {
      expect(kernel.violations).toEqual([]);
    });
  });
});
