/** Input: the cell asks, the front end answers. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { conformance, Kernel, stopped } from './kernel.ts';

conformance('input', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start();
  });
  afterAll(() => stopped(kernel));

  test('input() asks with its prompt and gives what was typed', async () => {
    const request = await kernel.run("const name = await input('Your name? ');\nname.length + name", {
      answer: () => 'Ada 😀',
    });
    const asked = request.messages.filter(({ channel }) => channel === 'stdin');
    expect(asked.map(({ header, content }) => [header.msg_type, content])).toEqual([
      ['input_request', { prompt: 'Your name? ', password: false }],
    ]);
    expect(request.text).toContain('6Ada 😀');
  });

  test('password() asks without showing what is typed', async () => {
    const request = await kernel.run("(await password('Secret: ')) === 'hush'", {
      answer: (prompt, hidden) => (hidden && prompt === 'Secret: ' ? 'hush' : 'wrong'),
    });
    expect(request.text).toBe('true');
    expect(request.everything).not.toContain('hush');
  });

  test('confirm() gives true or false', async () => {
    expect(
      (
        await kernel.run("await confirm('Sure?')", {
          answer: (prompt) => (prompt.includes('Sure?') ? 'y' : 'n'),
        })
      ).text,
    ).toBe('true');
    expect((await kernel.run("await confirm('Sure?')", { answer: () => 'No' })).text).toBe('false');
  });

  test('confirm() asks again until the answer is one', async () => {
    const answers = ['perhaps', 'well', 'yes'];
    const request = await kernel.run("await confirm('Really?')", { answer: () => answers.shift() as string });
    expect(request.text).toBe('true');
    expect(answers).toEqual([]);
  });

  test('several questions are asked one after the other, in order with the output', async () => {
    const request = await kernel.run("for (const what of ['a', 'b', 'c']) console.log(await input(what));", {
      answer: (prompt) => prompt.toUpperCase(),
    });
    expect(request.stdout).toBe('A\nB\nC\n');
    const asked = request.messages
      .filter(({ channel }) => channel === 'stdin')
      .map(({ content }) => content.prompt);
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  test('without a prompt, and with an empty answer', async () => {
    expect((await kernel.run('(await input()).length', { answer: () => '' })).text).toBe('0');
  });

  test('where the front end does not allow it, the error says so at once', async () => {
    for (const code of ["await input('?')", "await password('?')", "await confirm('?')"]) {
      const request = await kernel.execute(code, { allowStdin: false, seconds: 5 });
      expect(request.status).toBe('error');
      expect(request.messages.filter(({ channel }) => channel === 'stdin')).toEqual([]);
      expect(request.error.evalue).toMatch(/input/i);
      expect(request.error.evalue).toMatch(/front end|client|allow/i);
    }
  });

  test('a question can be interrupted, and a late answer harms nobody', async () => {
    const request = await kernel.begin("await input('never answered')", { allowStdin: true });
    const asked = (): boolean => request.messages.some(({ channel }) => channel === 'stdin');
    await request.until('a question', asked);
    const { sent } = await kernel.interrupt();
    await request.end();
    expect(request.status).toBe('error');
    expect(request.replyMessage.at - sent).toBeLessThan(0.5);
    const question = request.messages.find(({ channel }) => channel === 'stdin')!;
    await kernel.send('stdin', 'input_reply', { status: 'ok', value: 'too late' }, { parent: question });
    expect((await kernel.run("await input('again?')", { answer: () => 'in time' })).text).toContain(
      'in time',
    );
  });

  test('other requests are answered while a question waits', async () => {
    const request = await kernel.begin("await input('wait')", { allowStdin: true });
    await request.until('a question', () => request.messages.some(({ channel }) => channel === 'stdin'));
    expect((await kernel.complete('Math.fl')).reply.matches).toContain('floor');
    const question = request.messages.find(({ channel }) => channel === 'stdin')!;
    await kernel.send('stdin', 'input_reply', { status: 'ok', value: 'done' }, { parent: question });
    await request.end();
    expect(request.text).toContain('done');
  });

  test('no message broke the protocol', () => {
    expect(kernel.violations).toEqual([]);
  });
});
