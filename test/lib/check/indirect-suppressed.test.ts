import { expect, test } from 'vitest';
import { checkAccount } from '#lib/check/account.ts';
import { exitCode, openFindings } from '#lib/report/exit.ts';
import { accept, checkOf } from '#lib/workbench/accept.ts';
import { firstExpectations } from '#lib/workbench/init.ts';
import { expectations as expectationsOf } from '../expectation/fixtures.ts';
import { accountOf, user } from '../reach/account.ts';
import { faces, may } from './escalating.ts';

const rules = 'principals:\n  - { match: role/faces, expect: any }\n  - { match: "*", expect: [] }\n';
const account = accountOf(faces, user('eve', may('iam:PutUserPolicy')));
const suppressing = (actions: string) =>
  expectationsOf(
    `${rules}suppress:\n  - { principal: user/eve, actions: ${actions}, reason: r, owner: o@example.com, until: 2099-01-01 }\n`,
  );

test('what somebody can come to is suppressed where all of Rekognition is', async () => {
  const found = async (actions: string) =>
    (await checkAccount(account, { expectations: suppressing(actions) })).findings.map(
      ({ kind, suppressed }) => `${kind} ${suppressed === undefined ? 'open' : 'suppressed'}`,
    );
  expect(await found('rekognition:*')).toEqual(['indirect suppressed']);
  expect(await found('rekognition:Delete*')).toEqual(['indirect open']);
});

test('accept suppresses it by its id', async () => {
  const expectations = expectationsOf(rules);
  const [finding] = openFindings((await checkAccount(account, { expectations })).findings);
  const { text, open } = await accept(checkOf(account), [finding?.id ?? ''], {
    file: 'expectations.yaml',
    text: rules,
    expectations,
    suppression: { reason: 'break glass', owner: 'o@example.com', until: '2099-01-01' },
  });
  expect(text).toContain(`finding: ${finding?.id}\n    actions: [rekognition:*]`);
  expect(open).toBe(0);
});

test('init writes what somebody has, and suppresses what he can come to: what he gains later is found', async () => {
  const now = () => new Date('2026-11-30T12:00:00Z');
  const { text, notJudged, suppressed } = await firstExpectations(account, { now });
  expect(text).not.toContain('expect: any');
  expect(text).toMatch(
    /# critical indirect: user\/eve can come to [\s\S]*is that so\?\n {2}- principal: user\/eve\n/,
  );
  expect(text).toContain('until: 2027-02-28');
  expect(notJudged).toEqual([]);
  expect(suppressed).toHaveLength(1);
  const expectations = expectationsOf(text);
  const checked = await checkAccount(account, { expectations, now });
  expect(openFindings(checked.findings)).toEqual([]);
  expect(exitCode(checked)).toBe(0);
  const later = accountOf(faces, user('eve', may(['iam:PutUserPolicy', 'rekognition:DetectText'])));
  const { findings } = await checkAccount(later, { expectations, now });
  expect(openFindings(findings).map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
    'excess user/eve',
  ]);
  const after = await checkAccount(account, { expectations, now: () => new Date('2027-03-01T12:00:00Z') });
  expect(openFindings(after.findings).map(({ kind }) => kind)).toContain('indirect');
});
