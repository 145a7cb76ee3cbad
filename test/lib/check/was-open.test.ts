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

interface Case {
  readonly past?: Principal['policies'];
  readonly present?: Principal['policies'];
  readonly edits: readonly PolicyEdit[];
  readonly expected?: Principal['policies'];
  readonly known?: ReturnType<typeof managed>;
}

/** `DeleteFaces 12:00-12:01` for each opening. */
function opened({ past = [], present = past, edits, expected, known }: Case): string[] {
  const principal = role(...present);
  const was = accessOf(role(...past)) ?? noAccess;
  const is = accessOf(principal) ?? noAccess;
  const found = openings(was, is, changes(...edits), {
    accountId: '123456789012',
    principal,
    baseline: baselineOf({}, 'us-east-1', new Date('2026-11-28T12:30:00Z')),
    expected,
    policyOf: (arn) => (arn === vision ? known : undefined),
  });
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
    ['what is there before', { past: [inline('b', deletes)], edits: [put('a', deletes), deleted('a')] }, []],
    [
      'what is there after',
      { present: [inline('b', deletes)], edits: [put('a', deletes), deleted('a'), put('b', deletes)] },
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
    };
    const found = openings(noAccess, noAccess, [{ ...taken, time: given.time }, given], steps);
    expect(found.map(({ finding }) => finding.kind)).toEqual(['access-was-open']);
  });
});
