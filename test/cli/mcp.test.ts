import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { readAnswer } from '#test/support/answers.ts';
import { root, run, sample, sampleAccount } from './program.ts';

const client = new Client({ name: 'test', version: '1' });

beforeAll(async () => {
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: ['dist/cli/main.mjs', 'mcp', ...sample, '--before', sampleAccount[1] ?? ''],
      cwd: root,
    }),
  );
});
afterAll(() => client.close());

const answerSchema = z.object({
  content: z.tuple([z.object({ type: z.literal('text'), text: z.string() })]),
  isError: z.boolean().optional(),
});

async function ask(name: string, input: Record<string, unknown>) {
  const { content, isError } = answerSchema.parse(await client.callTool({ name, arguments: input }));
  return { text: content[0].text, isError };
}

test('lists its tools, all of them read-only, with what they take', async () => {
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(['check', 'who_can', 'explain', 'diff']);
  expect(tools.every(({ annotations }) => annotations?.readOnlyHint)).toBe(true);
  expect(tools[1]?.inputSchema).toMatchObject({
    type: 'object',
    properties: { actions: {}, means: {}, resource: {}, context: {} },
  });
});

/** Without the moment of the run. */
const timeless = (text: string) =>
  text.replaceAll(/"aws:(CurrentTime|EpochTime)": ".*?"/g, '"aws:$1": "now"');

test('answers with the JSON of the commands', async () => {
  const asked = await ask('who_can', { actions: ['DeleteFaces'] });
  const printed = await run(['who-can', 'DeleteFaces', ...sample, '--format', 'json']);
  expect(readAnswer(timeless(asked.text))).toEqual(readAnswer(timeless(printed.stdout)));
  const context = ['aws:MultiFactorAuthPresent=false'];
  const meant = await ask('who_can', { means: 'biometric-delete', resource: 'collection/a', context });
  const asMeant = ['--means', 'biometric-delete', '--resource', 'collection/a', '--context', ...context];
  const said = await run(['who-can', ...asMeant, ...sample, '--format', 'json']);
  expect(readAnswer(timeless(meant.text))).toEqual(readAnswer(timeless(said.stdout)));
  const before = 'AmazonRekognitionReadOnlyAccess@v4';
  for (const after of ['AmazonRekognitionReadOnlyAccess', '@v10']) {
    const sets = await ask('diff', { before, after });
    expect(readAnswer(sets.text)).toMatchObject({ command: 'diff', differing: [{ lost: [] }] });
  }
  expect(readAnswer((await ask('diff', {})).text)).toMatchObject({ equal: 19, differing: [] });
  const check = JSON.parse((await ask('check', { principals: ['role/payroll-export'] })).text);
  expect(check.findings).toMatchObject([{ id: '969d85ee6e904ef3' }]);
  const why = await ask('explain', { principal: 'role/payroll-export', action: 'DeleteFaces' });
  expect(readAnswer(why.text)).toMatchObject({
    command: 'explain',
    requests: expect.arrayContaining([expect.objectContaining({ decision: 'allowed', asExpected: false })]),
  });
});

test.each([
  ['who_can', { actions: ['DeleteFace'] }, /did you mean/],
  ['who_can', { actions: 3 }, /actions/],
  ['who_can', {}, /name an action/],
  ['who_can', { means: 'faces' }, /the classes are biometric-write/],
  ['who_can', { actions: ['DeleteFaces'], context: ['aws:Foo=1'] }, /unknown context key/],
  ['explain', { principal: 'role/*', action: 'DeleteFaces' }, /name one user or role, without wildcards/],
  ['check', { principals: ['role/nobody'] }, /has no role "nobody"/],
  ['check', { file: '/etc/passwd' }, /file/],
  ['run', {}, /there is no tool "run"/],
])('%s %j is an error that can be read', async (name, input, message) => {
  const { text, isError } = await ask(name, input);
  expect(isError).toBe(true);
  expect(text).toMatch(message);
  expect(text).not.toMatch(/\n +at /);
});

test('a start without an account is refused', async () => {
  expect(await run(['mcp', '--account-details', 'none.json'])).toMatchObject({ code: 3 });
});
