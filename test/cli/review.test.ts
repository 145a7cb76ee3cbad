import { expect, test } from 'vitest';
import { readAnswer } from '#test/support/answers.ts';
import { readReport } from '#test/support/report.ts';
import { file, run, sampleAccount, sampleGuardrails } from './program.ts';

const expectations = () =>
  file(
    'expectations.yaml',
    `principals:
  - { match: role/payroll-export, expect: any, owner: "=cmd|x", until: 2026-01-31 }
  - { match: role/analyst, expect: [], reviewed: 2020-01-01 }
  - { match: role/late, expect: [], until: 2999-01-01 }
default: any
`,
  );

test('review lists what is due, in each form', async () => {
  const path = expectations();
  const text = await run(['review', path, '--due', '30d']);
  expect(text.stdout).toMatch(/^2020-12-31 {2}rule for role\/analyst, last reviewed on 2020-01-01;/);
  expect(text.stdout).toMatch(/2 entries due\n$/);
  expect(text.code).toBe(1);
  const csv = await run(['review', path, '--format', 'csv']);
  expect(csv.stdout).toContain(`"'=cmd|x"`);
  const markdown = await run(['review', '--expectations', path, '--format', 'markdown']);
  expect(markdown.stdout).toContain('=cmd\\|x');
  const json = await run(['review', path, '--format', 'json']);
  expect(readAnswer(json.stdout)).toMatchObject({
    due: [{ whom: 'role/analyst' }, { whom: 'role/payroll-export' }],
  });
  expect(await run(['review', file('e.yaml', 'default: []\n')])).toMatchObject({
    code: 0,
    stdout: 'nothing is due\n',
  });
  expect(await run(['review', path, '--due', 'soon'])).toMatchObject({ code: 3 });
});

test('access that outlives the last day of its rule is found', async () => {
  const args = ['check', ...sampleAccount, ...sampleGuardrails, '--expectations', expectations()];
  const { code, stdout } = await run([...args, '--format', 'json']);
  const { findings } = readReport(stdout);
  expect(findings.filter(({ subject }) => subject === 'role/payroll-export')).toMatchObject([
    {
      kind: 'excess',
      expected: expect.stringMatching(/^nothing \(more was expected until 2026-01-31; its owner is/),
    },
  ]);
  expect(code).toBe(1);
  const text = await run([...args, '--details']);
  expect(text.stdout.replaceAll(/\s+/g, ' ')).toMatch(
    /expected: nothing \(more was expected until 2026-01-31/,
  );
});
