/** Comms: messages both ways between cells and the front end. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { conformance, Kernel, type Request, stopped } from './kernel.ts';

conformance('comms', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start();
    await kernel.run(`const received: unknown[] = [];
quire.comms.registerTarget('echo', (comm, opening) => {
  received.push({ opened: opening.data });
  comm.send({ welcome: opening.data });
  comm.on('message', (message) => {
    received.push(message.data);
    comm.send({ echo: message.data }, { buffers: message.buffers });
  });
  comm.on('close', (message) => { received.push({ closed: message.data }); });
});`);
  });
  afterAll(() => stopped(kernel));

  const comms = async (target?: string): Promise<Record<string, { target_name: string }>> =>
    (await kernel.ask('comm_info_request', target ? { target_name: target } : {})).reply.comms;

  /** Comm messages have no reply: they end with idle. */
  async function tell(
    type: 'comm_open' | 'comm_msg' | 'comm_close',
    content: Record<string, unknown>,
    buffers: string[] = [],
  ): Promise<Request> {
    const request = await kernel.request(type, content, 'shell', { buffers });
    return request.until('idle', () =>
      request.iopub('status').some(({ content: { execution_state } }) => execution_state === 'idle'),
    );
  }

  const sent = (request: Request, type: string, count = 1): Promise<Request> =>
    request.until(`${count} ${type}`, () => request.iopub(type).length >= count);

  test('the front end opens a comm, sends, is answered, and closes it', async () => {
    const id = randomUUID();
    const opened = await sent(
      await tell('comm_open', { comm_id: id, target_name: 'echo', data: { hello: 1 } }),
      'comm_msg',
    );
    expect(opened.iopub('comm_msg')[0]?.content).toEqual({ comm_id: id, data: { welcome: { hello: 1 } } });
    expect((await comms())[id]).toEqual({ target_name: 'echo' });

    const message = await sent(await tell('comm_msg', { comm_id: id, data: { n: 5 } }), 'comm_msg');
    expect(message.iopub('comm_msg')[0]?.content).toEqual({ comm_id: id, data: { echo: { n: 5 } } });

    await tell('comm_close', { comm_id: id, data: { bye: true } });
    expect(await kernel.value('received')).toEqual([
      { opened: { hello: 1 } },
      { n: 5 },
      { closed: { bye: true } },
    ]);
    expect(await comms()).toEqual({});
  });

  test('a comm to a target that nobody registered is closed', async () => {
    const id = randomUUID();
    const opened = await sent(
      await tell('comm_open', { comm_id: id, target_name: 'nobody', data: {} }),
      'comm_close',
    );
    expect(opened.iopub('comm_close')[0]?.content).toMatchObject({ comm_id: id });
    expect(await comms()).toEqual({});
  });

  test('a cell opens a comm, sends, hears and closes it', async () => {
    const opening = await kernel.run(`const heard: unknown[] = [];
const mine = quire.comms.open('widget', { value: 1 });
mine.on('message', (message) => { heard.push(message.data); });
mine.send({ value: 2 });`);
    const { comm_id: id, ...rest } = opening.iopub('comm_open')[0]!.content;
    expect(rest).toMatchObject({ target_name: 'widget', data: { value: 1 } });
    expect(opening.iopub('comm_msg')[0]?.content).toEqual({ comm_id: id, data: { value: 2 } });
    expect(await comms('widget')).toEqual({ [id as string]: { target_name: 'widget' } });
    expect(await comms('another')).toEqual({});

    await tell('comm_msg', { comm_id: id, data: { from: 'the front end' } });
    expect(await kernel.value('heard')).toEqual([{ from: 'the front end' }]);

    const closing = await kernel.run('mine.close({ done: true });');
    expect(closing.iopub('comm_close')[0]?.content).toEqual({ comm_id: id, data: { done: true } });
    expect(await comms()).toEqual({});
    const request = await kernel.execute('mine.send({ late: true });');
    expect(request.status).toBe('error');
    expect(request.error.evalue).toContain('closed');
  });

  test('binary buffers go both ways', async () => {
    const id = randomUUID();
    await sent(await tell('comm_open', { comm_id: id, target_name: 'echo', data: {} }), 'comm_msg');
    const buffers = [
      Buffer.from([0, 1, 254, 255]).toString('base64'),
      Buffer.from('second').toString('base64'),
    ];
    const message = await sent(
      await tell('comm_msg', { comm_id: id, data: { with: 'buffers' } }, buffers),
      'comm_msg',
    );
    expect(message.iopub('comm_msg')[0]?.buffers).toEqual(buffers);
    await tell('comm_close', { comm_id: id, data: {} });
  });

  test('a cell can await a message from the front end', async () => {
    const waiting = await kernel.begin(`const asking = quire.comms.open('question', {});
const answer = await new Promise<Record<string, unknown>>((done) => { asking.on('message', (message) => done(message.data)); });
asking.close();
answer.text`);
    await waiting.until('comm_open', () => waiting.iopub('comm_open').length > 0);
    await kernel.request('comm_msg', {
      comm_id: waiting.iopub('comm_open')[0]?.content.comm_id,
      data: { text: 'the answer' },
    });
    await waiting.end();
    expect(waiting.text).toContain('the answer');
  });

  test('what a handler prints is shown under the message that it answers', async () => {
    await kernel.run(
      "quire.comms.registerTarget('printing', (comm) => { comm.on('message', () => { console.log('printed by the handler'); display('shown by it'); }); });",
    );
    const id = randomUUID();
    await tell('comm_open', { comm_id: id, target_name: 'printing', data: {} });
    const message = await tell('comm_msg', { comm_id: id, data: {} });
    await message.until('its output', () => message.stdout !== '' && message.shown.length > 0);
    expect(message.stdout).toBe('printed by the handler\n');
  });

  test('a handler that throws is reported and does not end the kernel', async () => {
    await kernel.run(
      "quire.comms.registerTarget('throwing', (comm) => { comm.on('message', () => { throw new Error('in the handler'); }); });\nquire.comms.registerTarget('refusing', () => { throw new Error('refused to open'); });",
    );
    const id = randomUUID();
    await tell('comm_open', { comm_id: id, target_name: 'throwing', data: {} });
    const message = await tell('comm_msg', { comm_id: id, data: {} });
    await message.until('a report', () => message.everything.includes('in the handler'), 5);
    const refused = await tell('comm_open', { comm_id: randomUUID(), target_name: 'refusing', data: {} });
    await refused.until('a report', () => refused.everything.includes('refused to open'), 5);
    await sent(refused, 'comm_close');
    expect((await kernel.run('1')).text).toBe('1');
  });

  test('messages for a comm that is not there are passed over', async () => {
    await tell('comm_msg', { comm_id: 'unheard of', data: {} });
    await tell('comm_close', { comm_id: 'unheard of', data: {} });
    expect((await kernel.run('1')).text).toBe('1');
  });

  test('data that cannot be sent is an error, and what is printed after it comes', async () => {
    const request = await kernel.run(
      "let problem = '';\ntry { quire.comms.open('functions', { twice: (x: number) => 2 * x }); } catch (error) { problem = String(error); }\nconsole.log('y'.repeat(3_000_000));",
      { seconds: 10 },
    );
    expect(request.stdout).toHaveLength(3_000_001);
    expect(await kernel.value('problem')).toContain('DataCloneError');
  });

  test('no message broke the protocol', () => {
    expect(kernel.violations).toEqual([]);
  });
});
