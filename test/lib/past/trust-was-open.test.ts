import { describe, expect, it } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import type { PolicyEdit } from '#lib/change/types.ts';
import { createChecker } from '#lib/check/principal.ts';
import { readAssumedBy } from '#lib/expectation/assumed-by.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import type { AssumedBy } from '#lib/expectation/types.ts';
import { accessOf, noAccess } from '#lib/past/access.ts';
import { trustOpenings } from '#lib/past/trust-was-open.ts';
import { Admissions } from '#lib/reach/admission.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Reach } from '#lib/reach/reach.ts';
import { changes, inline, role } from './opened.ts';

const accountId = '123456789012';
const partner = '444455556666';
const document = (...statements: object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const lets = (Principal: object | string, rest: object = {}) =>
  document({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...rest });
const lambda = lets({ Service: 'lambda.amazonaws.com' });
const own = lets({ AWS: `arn:aws:iam::${accountId}:root` });
const anyone = lets('*');
const of = (id: string) => lets({ AWS: `arn:aws:iam::${id}:root` });
const trusted = (text?: string): PolicyEdit => ({ act: 'trust', text });
const deletes = inline('own', 'rekognition:DeleteFaces', 'rekognition:DetectFaces');
const detects = inline('own', 'rekognition:DetectFaces');
const faceAdmin = { ...role(inline('own', 'rekognition:DeleteFaces')), name: 'face-admin' };
const detach: PolicyEdit = { act: 'delete', name: 'own' };
const put: PolicyEdit = { act: 'put', name: 'own', text: deletes.text };

interface Given {
  /** The trust policies at the looks; the role was not there where the first is absent. */
  readonly past?: string;
  readonly present?: string;
  /** What it can do at both looks. */
  readonly policies?: Principal['policies'];
  readonly pastPolicies?: Principal['policies'];
  readonly edits: readonly PolicyEdit[];
  /** Trust policies that looks in between have shown, by the minute. */
  readonly looks?: Readonly<Record<string, string>>;
  readonly eventNames?: Readonly<Record<number, string>>;
  readonly assumedBy?: readonly AssumedBy[];
  /** Roles that it can assume in turn. */
  readonly behind?: readonly Principal[];
}

const { expectations } = parseExpectations('principals: []\n', 'e.yaml');
const reach = new Reach(new Admissions(), new Callers());
const check = createChecker({ accountId, partition: 'aws', expectations, today: '2026-11-28' });

function openingsOf({ past, policies = [deletes], pastPolicies = policies, edits, ...given }: Given) {
  const { present = past, looks = {}, eventNames = {}, assumedBy, behind = [] } = given;
  const trust = (text = lambda) => ({ trust: { name: 'trust policy', type: 'resource' as const, text } });
  const accessBy = (some: Principal['policies']) => accessOf(role(...some)) ?? noAccess;
  return trustOpenings(
    { access: past === undefined ? noAccess : accessBy(pastPolicies), trust: past },
    { at: '2026-11-28T12:30:00Z', access: accessBy(policies), trust: present },
    changes(...edits).map((one, index) => ({ ...one, eventName: eventNames[index] ?? one.eventName })),
    {
      accountId,
      principal: { ...role(...policies), ...trust(present) },
      waysInto: (one) => reach.waysInto(one),
      accessOf: check.accessOf,
      behind: () => behind,
      assumedBy,
      policyOf: () => undefined,
      groupPoliciesOf: () => undefined,
    },
    Object.entries(looks).map(([minute, text]) => ({
      at: `2026-11-28T12:0${minute}:30Z`,
      access: accessBy(policies),
      trust: text,
    })),
  );
}

/** `critical anyone with an AWS account 12:00-12:01` for each opening. */
const told = (given: Given): string[] =>
  openingsOf(given).map(({ finding: { kind, severity, reachedBy }, from, to }) =>
    [
      kind === 'access-was-open' ? severity : `${kind} ${severity}`,
      ...(reachedBy === undefined ? [] : [reachedBy]),
      `${from.slice(11, 16)}-${to.slice(11, 16)}`,
    ].join(' '),
  );

const expecting = (text: string): AssumedBy[] => {
  const read = readAssumedBy(text);
  if ('problem' in read) throw new Error(read.problem);
  return [read];
};

describe('who could come in for a while', () => {
  it.each<[string, Given, string[]]>([
    [
      'anyone, by a trust that was closed again',
      { past: lambda, edits: [trusted(anyone), trusted(lambda)] },
      ['critical anyone with an AWS account 12:00-12:01'],
    ],
    [
      'another account',
      { past: own, edits: [trusted(of(partner)), trusted(own)] },
      [`critical account ${partner} 12:00-12:01`],
    ],
    [
      'over an edit of another kind',
      { past: own, edits: [trusted(anyone), { act: 'tag', tags: { a: 'b' } }, trusted(own)] },
      ['critical anyone with an AWS account 12:00-12:02'],
    ],
    [
      'one after another',
      { past: own, edits: [trusted(of(partner)), trusted(anyone), trusted(own)] },
      [`critical account ${partner} 12:00-12:02`, 'critical anyone with an AWS account 12:01-12:02'],
    ],
    [
      'from when the role could do something',
      { past: own, pastPolicies: [], edits: [trusted(anyone), put, trusted(own)] },
      ['critical anyone with an AWS account 12:01-12:02'],
    ],
    [
      'until the role could do nothing any more, though it still lets them in',
      { past: own, present: anyone, policies: [], pastPolicies: [deletes], edits: [trusted(anyone), detach] },
      ['critical anyone with an AWS account 12:00-12:01'],
    ],
    [
      'to a role that was made so',
      { present: own, edits: [{ act: 'create', tags: {}, trust: anyone }, put, trusted(own)] },
      ['critical anyone with an AWS account 12:01-12:02'],
    ],
    [
      'whom the rule does not expect',
      {
        past: own,
        edits: [trusted(of(partner)), trusted(own)],
        assumedBy: expecting('555566667777'),
      },
      [`critical account ${partner} 12:00-12:01`],
    ],
    [
      'to a role that can do nothing itself, and leads to one that can',
      { past: own, policies: [], behind: [faceAdmin], edits: [trusted(anyone), trusted(own)] },
      ['critical anyone with an AWS account 12:00-12:01'],
    ],
    [
      'not known where an event has no text',
      { past: own, edits: [trusted(), trusted(own)] },
      ['inconclusive critical 12:00-12:01'],
    ],
    [
      'not known where an event hides all',
      { past: own, edits: [{ act: 'hidden' }, trusted(own)], eventNames: { 0: 'UpdateAssumeRolePolicy' } },
      ['inconclusive critical 12:00-12:01'],
    ],
    [
      'until an event that hides all',
      { past: own, edits: [trusted(anyone), { act: 'hidden' }], eventNames: { 1: 'UpdateAssumeRolePolicy' } },
      ['critical anyone with an AWS account 12:00-12:01'],
    ],
    [
      'again, after a look',
      {
        past: own,
        edits: [trusted(anyone), trusted(own), trusted(anyone), trusted(own)],
        looks: { 0: anyone, 1: own },
      },
      ['critical anyone with an AWS account 12:02-12:03'],
    ],
  ])('%s', (_, given, expected) => {
    expect(told(given)).toEqual(expected);
  });

  it('says whom, from when to when, what for, and who did it', () => {
    const [opening] = openingsOf({ past: lambda, edits: [trusted(anyone), trusted(lambda)] });
    expect(opening?.finding.summary).toBe(
      'role/analyst could be assumed by anyone with an AWS account from 2026-11-28T12:00:00Z to 2026-11-28T12:01:00Z (60 s): delete and detect faces. mallory did trust, and mallory did trust.',
    );
    expect(opening?.access).toBeUndefined();
  });

  it.each([
    [[detects], 'detect faces; delete faces as role/face-admin, which it can assume in turn.'],
    [[], 'delete faces as role/face-admin, which it can assume in turn.'],
  ])('says as whom, where the role leads to another one', (policies, words) => {
    const edits = [trusted(of(partner)), trusted(own)];
    const [opening] = openingsOf({ past: own, policies, behind: [faceAdmin], edits });
    expect(opening?.finding.summary).toContain(` (60 s): ${words} mallory`);
    expect(opening?.finding.remedies[0]).toContain(
      'who assumed role/analyst and role/face-admin in that time',
    );
    expect(opening?.finding.severity).toBe('critical');
  });
});

describe('not told', () => {
  it.each<[string, Given]>([
    ['what is still open', { past: own, present: anyone, edits: [trusted(of(partner)), trusted(anyone)] }],
    ['what was open before', { past: anyone, present: own, edits: [trusted(of(partner)), trusted(own)] }],
    ['the same written again', { past: anyone, edits: [trusted(own), trusted(anyone)] }],
    ['a narrower one of an open one', { past: of(partner), edits: [trusted(lambda), trusted(of(partner))] }],
    ['the account itself', { past: lambda, edits: [trusted(own), trusted(lambda)] }],
    ['a service', { past: own, edits: [trusted(lets({ Service: 'ec2.amazonaws.com' })), trusted(own)] }],
    [
      'a principal of the account',
      { past: own, edits: [trusted(lets({ AWS: `arn:aws:iam::${accountId}:user/eve` })), trusted(own)] },
    ],
    ['a role that can do nothing', { past: own, policies: [], edits: [trusted(anyone), trusted(own)] }],
    [
      'whoever came all the time, to what the role leads to',
      { past: anyone, policies: [], behind: [faceAdmin], edits: [trusted(own), trusted(anyone)] },
    ],
    ['an edit that none has ended', { past: own, edits: [trusted(anyone), { act: 'untag', keys: ['a'] }] }],
    ['what a look has shown', { past: own, edits: [trusted(anyone), trusted(own)], looks: { 0: anyone } }],
    [
      'whom the rule expects',
      { past: own, edits: [trusted(of(partner)), trusted(own)], assumedBy: expecting(partner) },
    ],
    [
      'anyone, where the rule expects anyone',
      { past: own, edits: [trusted(), trusted(own)], assumedBy: expecting('any') },
    ],
    [
      'what the role could do for a while, whoever came all the time',
      { past: anyone, policies: [], edits: [put, detach, trusted(anyone)] },
    ],
  ])('%s', (_, given) => {
    expect(told(given)).toEqual([]);
  });
});
