import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readAnswer } from '#test/support/answers.ts';
import { readReport } from '#test/support/report.ts';
import { accountOf, file, folder, run } from './program.ts';

const statements = (Condition: object) => [
  { Effect: 'Allow', Action: 'rekognition:DetectFaces', Resource: '*' },
  { Effect: 'Deny', Action: '*', Resource: '*', Condition },
];
const inline = (PolicyName: string, Statement: unknown) => ({
  PolicyName,
  PolicyDocument: { Version: '2012-10-17', Statement },
});
const rule = (guards = '') => `
sets: { faces: [{ Effect: Allow, Action: "rekognition:DetectFaces", Resource: "*" }] }
principals:
  - match: role/quiet
    expect: [faces]
    ${guards}
`;

test('what is narrower than expected is a quiet line in every form, and its guard, pasted, is met', async () => {
  const over = {
    Effect: 'Allow',
    Action: 'rekognition:DeleteFaces',
    Resource: '*',
    Condition: { DateLessThan: { 'aws:CurrentTime': '2024-01-01T00:00:00Z' } },
  };
  const policies = [
    inline('team', statements({ Bool: { 'aws:SecureTransport': 'false' } })),
    inline('old', over),
  ];
  const account = file('account.json', accountOf(policies));
  const expectations = file('expectations.yaml', rule());
  const to = folder();
  const forms = ['json', 'markdown', 'html'].flatMap((form) => ['--format', `${form}=${join(to, form)}`]);
  const args = ['check', '--account-details', account, '--expectations', expectations];
  const { code, stdout, stderr } = await run([...args, '--format', 'text', ...forms]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const line = `role/quiet can do what is expected only over TLS (inline "team":9); to expect no more, write in the rule at ${expectations}:4: guards: [{ tls: true }]`;
  const past =
    'role/quiet: inline policy "old", statement 1 (line 3), allowed DeleteFaces until 2024-01-01T00:00:00Z, which is not ' +
    'expected; nobody can use it again, so it can be taken out';
  expect(stdout).toContain(`note      ${past}\nnote      ${line}\n`);
  const report = readReport(readFileSync(join(to, 'json'), 'utf8'));
  expect({ notes: report.notes, findings: report.findings }).toEqual({ notes: [past, line], findings: [] });
  expect(readFileSync(join(to, 'markdown'), 'utf8')).toContain(
    '- role/quiet can do what is expected only over TLS',
  );
  expect(readFileSync(join(to, 'html'), 'utf8')).toContain(
    'role/quiet can do what is expected only over TLS',
  );

  const asked = ['explain', 'role/quiet', 'DetectFaces', ...args.slice(1)];
  const inShort = 'narrower   than expected, only over TLS: inline policy "team", statement 2 (line 9)';
  expect((await run(asked)).stdout).toContain(inShort);
  const { requests } = readAnswer((await run([...asked, '--format', 'json'])).stdout);
  expect(requests).toContainEqual(
    expect.objectContaining({
      expected: expect.objectContaining({
        narrower: [
          { only: 'over TLS', by: 'inline policy "team", statement 2 (line 9)', guard: '{ tls: true }' },
        ],
      }),
    }),
  );

  writeFileSync(expectations, rule('guards: [{ tls: true }]'));
  const after = await run(args);
  expect(after.code).toBe(0);
  expect(after.stdout).toContain('1 principal as expected, proved');
  expect(after.stdout).not.toContain('can do what is expected only');
  expect((await run(asked)).stdout).not.toContain('narrower');

  // Who may do without TLS does not meet it.
  const free = file(
    'free.json',
    accountOf([inline('team', statements({ Bool: { 'aws:ViaAWSService': 'true' } }))]),
  );
  const without = await run(['check', '--account-details', free, '--expectations', expectations]);
  expect(without.code).toBe(1);
  expect(without.stdout).toMatch(/HIGH|MEDIUM|LOW/);
  expect(without.stdout).toContain('unguarded');
});
