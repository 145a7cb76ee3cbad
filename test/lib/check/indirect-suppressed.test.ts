import { expect, test } from 'vitest';
import { checkAccount } from '#lib/check/account.ts';
import { openFindings } from '#lib/report/exit.ts';
import { accept } from '#lib/workbench/accept.ts';
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

test('accept writes such a suppression', async () => {
  const expectations = expectationsOf(rules);
  const [finding] = openFindings((await checkAccount(account, { expectations })).findings);
  const { text, open } = await accept(account, [finding?.id ?? ''], {
    file: 'expectations.yaml',
    text: rules,
    expectations,
    suppression: { reason: 'break glass', owner: 'o@example.com', until: '2099-01-01' },
  });
  expect(text).toContain('rekognition:*');
  expect(open).toBe(0);
});

test('init says what "any" hides', async () => {
  const { text } = await firstExpectations(account, {});
  expect(text).toMatch(/expect: any/);
  expect(text.replaceAll(/\n *# */g, ' ')).toContain('nothing that is given to it later is found either');
});
