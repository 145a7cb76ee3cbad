import { describe, expect, test } from 'vitest';
import { checkAccount } from '#lib/check/account.ts';
import { exitCode, openFindings } from '#lib/report/exit.ts';
import { accept, checkOf } from '#lib/workbench/accept.ts';
import { fix } from '#lib/workbench/fix/fix.ts';
import { firstExpectations } from '#lib/workbench/init.ts';
import { expectations as expectationsOf } from '../expectation/fixtures.ts';
import { accountId, accountOf, role, user } from '../reach/account.ts';
import { faces, lets, may } from './escalating.ts';

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

describe('who has accepted one way is told of another that leads elsewhere', () => {
  const hands = (name: string, ...does: string[]) =>
    role(name, lets({ Service: 'lambda.amazonaws.com' }), may(does));
  const roles = [
    hands('indexer', 'rekognition:IndexFaces'),
    hands('deleter', 'rekognition:DeleteFaces'),
    hands('labels', 'rekognition:DetectLabels'),
    hands('indexer-too', 'rekognition:IndexFaces'),
  ];
  const ofRoles = 'principals:\n  - { match: role/*, expect: any }\n  - { match: "*", expect: [] }\n';
  const passing = (...names: string[]) => [
    ...names.map((name) => may('iam:PassRole', `arn:aws:iam::${accountId}:role/${name}`)),
    may(['lambda:CreateFunction', 'lambda:InvokeFunction']),
  ];
  const of = (...names: string[]) => accountOf(...roles, user('eve', passing(...names)));
  const suppression = { reason: 'break glass', owner: 'o@example.com', until: '2099-01-01' };

  async function openIn(names: readonly string[], text: string) {
    const { findings } = await checkAccount(of(...names), { expectations: expectationsOf(text) });
    return openFindings(findings);
  }
  const wordsOf = (found: Awaited<ReturnType<typeof openIn>>) =>
    found.map(({ kind, actions }) => `${kind} ${actions.map(({ action }) => action.slice(12)).join()}`);

  /** The rules with everything accepted, one after the other, that is found of eve. */
  async function accepting(...names: string[]) {
    let text = ofRoles;
    let rounds = 0;
    for (let found = await openIn(names, text); found.length > 0; found = await openIn(names, text)) {
      const id = found[0]?.id ?? '';
      const expectations = expectationsOf(text);
      const written = await accept(checkOf(of(...names)), [id], {
        file: 'expectations.yaml',
        text,
        expectations,
        suppression,
      });
      text = written.text;
      rounds += 1;
    }
    return { text, rounds };
  }

  test('as bad as it, or less bad', async () => {
    const { text, rounds } = await accepting('indexer');
    expect(rounds).toBe(1);
    expect(wordsOf(await openIn(['indexer', 'deleter'], text))).toEqual(['indirect DeleteFaces']);
    expect(wordsOf(await openIn(['indexer', 'labels'], text))).toEqual(['indirect DetectLabels']);
  });

  test('not of one that leads to the same', async () => {
    const { text } = await accepting('indexer');
    expect(await openIn(['indexer'], text)).toEqual([]);
    expect(await openIn(['indexer', 'indexer-too'], text)).toEqual([]);
  });

  test('and can accept that as well, until nothing is left', async () => {
    const { text, rounds } = await accepting('indexer', 'deleter', 'labels');
    expect(rounds).toBeGreaterThan(1);
    expect(await openIn(['indexer', 'deleter', 'labels'], text)).toEqual([]);
    expect(await openIn(['indexer', 'labels'], text)).toEqual([]);
  });

  test('init suppresses all of them', async () => {
    const { text } = await firstExpectations(of('indexer', 'deleter', 'labels'), {});
    expect(await openIn(['indexer', 'deleter', 'labels'], text)).toEqual([]);
  });

  test('what a guard demands of others does not open what is accepted', async () => {
    const guards = `guards:\n  mfa: { mfa: true }\n`;
    const { text } = await accepting('indexer');
    expect(await openIn(['indexer'], guards + text)).toEqual([]);
    expect(wordsOf(await openIn(['indexer', 'labels'], guards + text))).toEqual(['indirect DetectLabels']);
  });

  test('also where what is expected of him denies it', async () => {
    const denying = `sets:\n  labels:\n    - { Effect: Deny, Action: rekognition:IndexFaces, Resource: "*" }\n${ofRoles.replace('expect: []', 'expect: [labels]')}`;
    const [found] = await openIn(['indexer'], denying);
    const suppressed = `${denying}suppress:\n  - { finding: ${found?.id}, reason: r, owner: o@example.com, until: 2099-01-01 }\n`;
    expect(await openIn(['indexer'], suppressed)).toEqual([]);
    expect(wordsOf(await openIn(['indexer', 'labels'], suppressed))).toEqual(['indirect DetectLabels']);
  });

  test('fix mends what is open, and leaves what is accepted', async () => {
    const { text } = await accepting('indexer');
    const expectations = expectationsOf(text);
    const account = of('indexer', 'labels');
    const { left, commands, open } = await fix(account, { expectations });
    expect(left).toEqual([]);
    expect(open).toBe(0);
    expect(commands.join()).toContain('labels');
    expect(commands.join()).not.toContain('indexer');
  });
});
