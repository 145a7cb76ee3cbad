import { describe, expect, it } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import type { Change, PolicyEdit } from '#lib/change/types.ts';
import { accessOf, noAccess } from '#lib/check/access.ts';
import { openings } from '#lib/check/was-open.ts';
import { baselineOf } from '#lib/expectation/baseline.ts';

const document = (...Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const inline = (name: string, ...actions: string[]) => ({
  name,
  type: 'inline' as const,
  text: document(...actions),
});
const vision = 'arn:aws:iam::123456789012:policy/vision';
const managed = (text: string) => ({ name: 'vision', type: 'customer-managed' as const, arn: vision, text });

const role = (...policies: Principal['policies']): Principal => ({
  kind: 'role',
  arn: 'arn:aws:iam::123456789012:role/analyst',
  name: 'analyst',
  path: '/',
  id: 'AROAEXAMPLEEXAMPLE01',
  tags: {},
  groups: [],
  policies,
  unreadable: [],
  serviceLinked: false,
});

/** Edits a minute apart. */
const changes = (...edits: PolicyEdit[]): Change[] =>
  edits.map((edit, minute) => ({
    eventId: `event-${minute}`,
    eventName: 'Edit',
    time: `2026-11-28T12:0${minute}:00Z`,
    region: 'us-east-1',
    accountId: '123456789012',
    actor: { name: 'mallory' },
    sourceIp: '192.0.2.1',
    what: `did ${edit.act}`,
    edit,
  }));

/** For those whose own tag says so. */
const withTeam = (Effect: string, operator: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect,
        Action: 'rekognition:DeleteFaces',
        Resource: '*',
        Condition: { [operator]: { 'aws:PrincipalTag/team': 'vision' } },
      },
    ],
  });
const forTeam = { name: 'team', type: 'inline' as const, text: withTeam('Allow', 'StringEquals') };
const unlessTeam = withTeam('Deny', 'StringNotEquals');

interface Case {
  /** The tags at the looks. */
  readonly tags?: { readonly past?: Principal['tags']; readonly now?: Principal['tags'] };
  readonly past?: Principal['policies'];
  readonly present?: Principal['policies'];
  readonly edits: readonly PolicyEdit[];
  /** Looks in between, by the minute. */
  readonly looks?: Readonly<Record<string, Principal['policies']>>;
  /** Of the first ones. */
  readonly eventNames?: readonly string[];
  readonly expected?: Principal['policies'];
  readonly known?: ReturnType<typeof managed>;
  /** The boundary at both looks. */
  readonly limit?: ReturnType<typeof managed>;
  readonly groups?: Readonly<Record<string, Principal['policies']>>;
}

/** `DeleteFaces 12:00-12:01` for each opening. */
function opened(given: Case): string[] {
  const { past = [], limit, present = past, edits, expected, known, groups = {}, tags } = given;
  const bound = (one: Principal): Principal => (limit === undefined ? one : { ...one, boundary: limit });
  const principal = { ...bound(role(...present)), tags: tags?.now ?? {} };
  const was = accessOf({ ...bound(role(...past)), tags: tags?.past ?? {} }) ?? noAccess;
  const is = accessOf(principal) ?? noAccess;
  const events = changes(...edits).map((one, index) => ({
    ...one,
    eventName: given.eventNames?.[index] ?? one.eventName,
  }));
  const looks = Object.entries(given.looks ?? {}).map(([minute, policies]) => ({
    at: `2026-11-28T12:0${minute}:30Z`,
    access: accessOf(role(...policies)) ?? noAccess,
  }));
  const found = openings(
    was,
    is,
    events,
    {
      accountId: '123456789012',
      principal,
      baseline: baselineOf({}, 'us-east-1', new Date('2026-11-28T12:30:00Z')),
      expected,
      policyOf: (arn) => (arn === vision ? known : undefined),
      groupPoliciesOf: (group) => groups[group],
    },
    looks,
  );
  return found.map(({ finding, from, to }) => {
    const names = finding.actions.map(({ action }) => action.replace('rekognition:', '')).sort();
    return `${finding.kind} ${names.join('+')} ${from.slice(11, 16)}-${to.slice(11, 16)}`;
  });
}

const put = (name: string, ...actions: string[]): PolicyEdit => ({
  act: 'put',
  name,
  text: document(...actions),
});
const deleted = (name: string): PolicyEdit => ({ act: 'delete', name });
const hidden: PolicyEdit = { act: 'hidden' };
const unrelated: PolicyEdit = { act: 'tag', tags: { other: 'x' } };
const deletes = 'rekognition:DeleteFaces';
const detects = 'rekognition:DetectFaces';

describe('what was open between two looks', () => {
  it.each<[string, Case, string[]]>([
    [
      'put and deleted',
      { edits: [put('a', deletes), deleted('a')] },
      ['access-was-open DeleteFaces 12:00-12:01'],
    ],
    [
      'attached and detached',
      {
        edits: [
          { act: 'attach', arn: vision },
          { act: 'detach', arn: vision },
        ],
        known: managed(document(deletes)),
      },
      ['access-was-open DeleteFaces 12:00-12:01'],
    ],
    [
      'a version made and taken back',
      {
        past: [managed(document(detects))],
        edits: [
          { act: 'version', arn: vision, text: document(deletes) },
          { act: 'version', arn: vision },
        ],
        known: managed(document(detects)),
      },
      ['access-was-open DeleteFaces 12:00-12:01'],
    ],
    [
      'widened and narrowed again',
      { past: [inline('a', detects)], edits: [put('a', detects, deletes), put('a', detects)] },
      ['access-was-open DeleteFaces 12:00-12:01'],
    ],
    [
      'a policy whose text is gone',
      {
        edits: [
          { act: 'attach', arn: vision },
          { act: 'detach', arn: vision },
        ],
      },
      ['inconclusive  12:00-12:01'],
    ],
    [
      'a policy that was wide when it was attached, and narrow when it was detached',
      {
        edits: [
          { act: 'version', arn: vision, text: document(deletes) },
          { act: 'attach', arn: vision },
          { act: 'version', arn: vision, text: document('s3:*') },
          { act: 'detach', arn: vision },
        ],
        known: managed(document('s3:*')),
      },
      ['access-was-open DeleteFaces 12:01-12:02'],
    ],
    [
      'a text that an event hides, and another one deletes',
      { edits: [hidden, deleted('a')], eventNames: ['PutRolePolicy'] },
      ['inconclusive  12:00-12:01'],
    ],
    [
      'a text that an event hides, and another one replaces',
      {
        past: [inline('a', detects)],
        edits: [hidden, put('a', detects)],
        eventNames: ['PutRolePolicy'],
      },
      ['inconclusive  12:00-12:01'],
    ],
    [
      'a version that an event hides',
      {
        past: [managed(document(detects))],
        edits: [hidden, { act: 'version', arn: vision, text: document(detects) }],
        eventNames: ['CreatePolicyVersion'],
        known: managed(document(detects)),
      },
      ['inconclusive  12:00-12:01'],
    ],
    [
      'what an event hides of groups, and a role’s own policy is deleted',
      { edits: [hidden, deleted('a')], eventNames: ['PutGroupPolicy'] },
      [],
    ],
    [
      'what an event hides long before',
      {
        edits: [hidden, ...Array.from({ length: 5 }, () => unrelated), deleted('a')],
        eventNames: ['PutRolePolicy'],
      },
      [],
    ],
    [
      'what a look has shown, and another one has not any more',
      {
        edits: [
          { act: 'version', arn: vision, text: document(deletes) },
          { act: 'attach', arn: vision },
          { act: 'version', arn: vision, text: document('s3:*') },
          { act: 'detach', arn: vision },
        ],
        known: managed(document('s3:*')),
        looks: { 1: [managed(document(deletes))], 2: [] },
      },
      [],
    ],
    [
      'a policy made in between, attached and detached, and deleted',
      {
        edits: [
          { act: 'version', arn: vision, text: document(deletes), isFirst: true },
          { act: 'attach', arn: vision },
          { act: 'detach', arn: vision },
        ],
      },
      ['access-was-open DeleteFaces 12:01-12:02'],
    ],
    [
      'a policy that says something else since it was attached',
      {
        edits: [
          { act: 'attach', arn: vision },
          { act: 'version', arn: vision, text: document('s3:*') },
          { act: 'detach', arn: vision },
        ],
        known: managed(document('s3:*')),
      },
      ['inconclusive  12:00-12:01'],
    ],
    [
      'another stored version made the default for a while, and deleted',
      {
        past: [managed(document(detects))],
        edits: [
          { act: 'version', arn: vision, versionId: 'v2' },
          { act: 'version', arn: vision, versionId: 'v1', text: document(detects) },
        ],
        known: managed(document(detects)),
      },
      ['inconclusive  12:00-12:01'],
    ],
    [
      'made anew without its boundary, and with it again',
      {
        past: [inline('a', deletes)],
        limit: managed(document('s3:*')),
        edits: [
          deleted('a'),
          { act: 'create', tags: {} },
          put('a', deletes),
          deleted('a'),
          { act: 'create', tags: {}, arn: vision },
          put('a', deletes),
        ],
        known: managed(document('s3:*')),
      },
      ['access-was-open DeleteFaces 12:02-12:03'],
    ],
    [
      'made anew without the tag that a Deny asks for',
      {
        past: [inline('all', deletes), { ...inline('no', deletes), text: withTeam('Deny', 'StringEquals') }],
        tags: { past: { team: 'vision' }, now: { team: 'vision' } },
        edits: [
          { act: 'create', tags: {} },
          { act: 'tag', tags: { team: 'vision' } },
        ],
      },
      ['access-was-open DeleteFaces 12:00-12:01'],
    ],
    [
      'a group joined before its policy was taken away, and left after it',
      {
        edits: [
          { act: 'join', group: 'team' },
          { act: 'detach', arn: vision, group: 'team' },
          { act: 'leave', group: 'team' },
        ],
        known: managed(document(deletes)),
        groups: { team: [] },
      },
      ['access-was-open DeleteFaces 12:00-12:01'],
    ],
    [
      'a group joined before its inline policy was deleted, whose text is gone',
      {
        edits: [
          { act: 'join', group: 'team' },
          { act: 'delete', name: 'a', group: 'team' },
          { act: 'leave', group: 'team' },
        ],
        groups: { team: [] },
      },
      ['inconclusive  12:00-12:01'],
    ],
    [
      'a group that somebody was in all the while, from which a policy was taken that says nothing of it',
      {
        edits: [
          { act: 'delete', name: 'a', group: 'team' },
          { act: 'leave', group: 'team' },
        ],
        groups: { team: [] },
      },
      [],
    ],
    ['what is there before', { past: [inline('b', deletes)], edits: [put('a', deletes), deleted('a')] }, []],
    [
      'what is there after',
      { present: [inline('b', deletes)], edits: [put('a', deletes), deleted('a'), put('b', deletes)] },
      [],
    ],
    [
      'tagged and untagged',
      {
        past: [forTeam],
        edits: [
          { act: 'tag', tags: { Team: 'vision' } },
          { act: 'untag', keys: ['team'] },
        ],
      },
      ['access-was-open DeleteFaces 12:00-12:01'],
    ],
    [
      'made with a tag, and tagged otherwise',
      {
        past: [forTeam],
        tags: { now: { team: 'shop' } },
        edits: [
          { act: 'create', tags: { team: 'vision' } },
          { act: 'tag', tags: { team: 'shop' } },
        ],
      },
      ['access-was-open DeleteFaces 12:00-12:01'],
    ],
    [
      'a tag that lifts a Deny for a while',
      {
        past: [inline('all', deletes), { ...inline('no', deletes), text: unlessTeam }],
        tags: { past: { team: 'shop' }, now: { team: 'shop' } },
        edits: [
          { act: 'tag', tags: { team: 'vision' } },
          { act: 'tag', tags: { team: 'shop' } },
        ],
      },
      ['access-was-open DeleteFaces 12:00-12:01'],
    ],
    [
      'tags that no policy reads',
      {
        past: [inline('a', deletes)],
        edits: [
          { act: 'tag', tags: { team: 'vision' } },
          { act: 'untag', keys: ['team'] },
        ],
      },
      [],
    ],
    [
      'a tag that it had all the while, beside others',
      {
        past: [forTeam],
        tags: { past: { team: 'vision' }, now: { team: 'vision' } },
        edits: [
          { act: 'tag', tags: { other: 'x' } },
          { act: 'untag', keys: ['other'] },
        ],
      },
      [],
    ],
    [
      'what a rule expects of who is tagged, too',
      {
        past: [forTeam],
        expected: [forTeam],
        edits: [
          { act: 'tag', tags: { team: 'vision' } },
          { act: 'untag', keys: ['team'] },
        ],
      },
      [],
    ],
    [
      'what a rule expects',
      { expected: [inline('set', deletes)], edits: [put('a', deletes), deleted('a')] },
      [],
    ],
    [
      'taken away and given back',
      { past: [inline('a', deletes)], edits: [deleted('a'), put('a', deletes)] },
      [],
    ],
    [
      'a boundary taken away and put back',
      {
        past: [inline('a', deletes)],
        limit: managed(document('s3:*')),
        edits: [{ act: 'unbound' }, { act: 'bound', arn: vision }],
        known: managed(document('s3:*')),
      },
      ['access-was-open DeleteFaces 12:00-12:01'],
    ],
    [
      'a wider boundary for a while',
      {
        past: [inline('a', deletes, detects)],
        limit: managed(document(detects)),
        edits: [
          { act: 'version', arn: vision, text: document(deletes, detects) },
          { act: 'version', arn: vision },
        ],
        known: managed(document(detects)),
      },
      ['access-was-open DeleteFaces 12:00-12:01'],
    ],
    [
      'a boundary whose text is gone, over what it could not limit further',
      { past: [inline('a', deletes)], edits: [{ act: 'bound', arn: vision }, { act: 'unbound' }] },
      [],
    ],
    [
      'another boundary, whose text is gone',
      {
        past: [inline('a', deletes, 's3:*')],
        limit: { ...managed(document('s3:*')), arn: `${vision}-2` },
        edits: [
          { act: 'bound', arn: vision },
          { act: 'bound', arn: `${vision}-2` },
        ],
      },
      ['inconclusive  12:00-12:01'],
    ],
    [
      'a boundary set for a while',
      {
        past: [inline('a', deletes)],
        edits: [{ act: 'bound', arn: vision }, { act: 'unbound' }],
        known: managed(document('s3:*')),
      },
      [],
    ],
    [
      'a boundary’s version, which grants nothing by itself',
      {
        limit: managed(document(detects)),
        edits: [
          { act: 'version', arn: vision, text: document(deletes) },
          { act: 'version', arn: vision },
        ],
        known: managed(document(detects)),
      },
      [],
    ],
    [
      'a group joined and left',
      {
        edits: [
          { act: 'join', group: 'admins' },
          { act: 'leave', group: 'admins' },
        ],
        groups: { admins: [{ ...inline('all', deletes), group: 'admins' }] },
      },
      ['access-was-open DeleteFaces 12:00-12:01'],
    ],
    [
      'a group joined, given a policy that is taken away, and left',
      {
        edits: [
          { act: 'join', group: 'team' },
          { act: 'attach', arn: vision, group: 'team' },
          { act: 'leave', group: 'team' },
          { act: 'detach', arn: vision, group: 'team' },
        ],
        known: managed(document(deletes)),
        groups: { team: [] },
      },
      ['access-was-open DeleteFaces 12:01-12:02'],
    ],
    [
      'a group that had a policy only before it was joined, and after it was left',
      {
        edits: [
          { act: 'attach', arn: vision, group: 'team' },
          { act: 'detach', arn: vision, group: 'team' },
          { act: 'join', group: 'team' },
          { act: 'leave', group: 'team' },
          { act: 'put', name: 'late', group: 'team', text: document(deletes) },
          { act: 'delete', name: 'late', group: 'team' },
        ],
        known: managed(document(deletes)),
        groups: { team: [] },
      },
      [],
    ],
    [
      'a group that does not exist any more',
      {
        edits: [
          { act: 'join', group: 'gone' },
          { act: 'leave', group: 'gone' },
        ],
      },
      ['inconclusive  12:00-12:01'],
    ],
    [
      'a group that somebody was in all the while',
      {
        past: [{ ...inline('all', deletes), group: 'admins' }],
        edits: [
          { act: 'join', group: 'Admins' },
          { act: 'leave', group: 'other' },
        ],
        groups: { Admins: [{ ...inline('all', deletes), group: 'admins' }], other: [] },
      },
      [],
    ],
    [
      'the same over several edits, as one',
      { edits: [put('a', deletes), put('b', 's3:*'), deleted('b'), deleted('a')] },
      ['access-was-open DeleteFaces 12:00-12:03'],
    ],
    [
      'the same by the group and by itself, until both are gone',
      {
        edits: [
          { act: 'attach', arn: vision },
          { act: 'attach', arn: vision, group: 'team' },
          { act: 'detach', arn: vision, group: 'team' },
          { act: 'detach', arn: vision },
        ],
        known: managed(document(deletes)),
      },
      ['access-was-open DeleteFaces 12:00-12:03'],
    ],
    [
      'a policy whose text is gone, beside what allows everything',
      {
        past: [inline('all', 'rekognition:*')],
        edits: [
          { act: 'attach', arn: vision },
          { act: 'detach', arn: vision },
        ],
      },
      [],
    ],
    [
      'a version made and its policy detached',
      {
        edits: [
          { act: 'version', arn: vision, text: document(deletes) },
          { act: 'detach', arn: vision },
        ],
        known: managed(document(deletes)),
      },
      ['access-was-open DeleteFaces 12:00-12:01'],
    ],
    ['about something else', { edits: [put('a', 's3:*'), deleted('a')] }, []],
    ['a single edit', { edits: [put('a', deletes)] }, []],
    [
      'something else, read by its version',
      {
        past: [managed(document(detects))],
        edits: [{ act: 'version', arn: vision }, put('a', 's3:*')],
        known: managed(document(detects)),
      },
      [],
    ],
  ])('%s', (_, story, expected) => {
    expect(opened(story)).toEqual(expected);
  });

  it('is told whatever the order in which the events of one second come', () => {
    const [given, taken] = changes(put('a', deletes), deleted('a'));
    if (given === undefined || taken === undefined) throw new Error('two changes');
    const steps = {
      accountId: '123456789012',
      principal: role(),
      baseline: baselineOf({}, 'us-east-1', new Date('2026-11-28T12:30:00Z')),
      policyOf: () => undefined,
      groupPoliciesOf: () => undefined,
    };
    const found = openings(noAccess, noAccess, [{ ...taken, time: given.time }, given], steps);
    expect(found.map(({ finding }) => finding.kind)).toEqual(['access-was-open']);
  });
});
