import { describe, expect, it } from 'vitest';
import type { Change } from '#lib/change/types.ts';
import { baselineOf } from '#lib/expectation/baseline.ts';
import { noAccess } from '#lib/past/access.ts';
import { openings } from '#lib/past/was-open.ts';
import {
  type Case,
  changes,
  deleted,
  deletes,
  detects,
  document,
  inline,
  managed,
  opened,
  put,
  role,
  vision,
} from './opened.ts';

const lookedAt = '2026-11-28T12:30:00Z';
const steps = {
  accountId: '123456789012',
  principal: role(),
  baseline: baselineOf({}, 'us-east-1', new Date('2026-11-28T12:30:00Z')),
  policyOf: () => undefined,
  groupPoliciesOf: () => undefined,
};

describe('what was open between two looks, of its own policies', () => {
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
    [
      'the same over several edits, as one',
      { edits: [put('a', deletes), put('b', 's3:*'), deleted('b'), deleted('a')] },
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
      'what a look has shown, though something else was given before it',
      { edits: [put('a', deletes), put('b', 's3:*'), deleted('a')], looks: { 1: [inline('a', deletes)] } },
      [],
    ],
    ['about something else', { edits: [put('a', 's3:*'), deleted('a')] }, []],
    ['a single edit', { edits: [put('a', deletes)] }, []],
  ])('%s', (_, story, expected) => {
    expect(opened(story)).toEqual(expected);
  });

  it('is told whatever the order in which the events of one second come', () => {
    const [given, taken] = changes(put('a', deletes), deleted('a'));
    if (given === undefined || taken === undefined) throw new Error('two changes');
    const found = openings(
      noAccess,
      { at: lookedAt, access: noAccess },
      [{ ...taken, time: given.time }, given],
      steps,
    );
    expect(found.map(({ finding }) => finding.kind)).toEqual(['access-was-open']);
  });

  it('is told of a user whose name is gone, whatever the order in which the events of one second come', () => {
    const [given, renamed] = changes(put('a', deletes), { act: 'rename', to: 'other' });
    if (given === undefined || renamed === undefined) throw new Error('two changes');
    const events = [
      { ...renamed, eventId: 'a', time: given.time },
      { ...given, eventId: 'b' },
    ];
    const found = openings(noAccess, { at: lookedAt, access: noAccess }, events, steps);
    expect(found.map(({ finding }) => finding.kind)).toEqual(['access-was-open']);
  });

  it('is the same opening in whatever order the events of its second come', () => {
    const second = changes(put('a', deletes), put('b', deletes)).map((one) => ({
      ...one,
      time: '2026-11-28T12:00:00Z',
    }));
    const taken = changes(deleted('a'), deleted('b')).map((one) => ({
      ...one,
      eventId: `${one.eventId}-taken`,
      time: '2026-11-28T12:01:00Z',
    }));
    const idsOf = (...events: Change[]) =>
      openings(noAccess, { at: lookedAt, access: noAccess }, events, steps).map(({ finding }) => finding.id);
    const ids = idsOf(...second, ...taken);
    expect(ids).toHaveLength(1);
    expect(idsOf(...[...second].reverse(), ...taken)).toEqual(ids);
  });

  it('is nothing where somebody is made and given a policy within a second', () => {
    const [attached, made] = changes({ act: 'attach', arn: vision }, { act: 'create', tags: {} });
    if (attached === undefined || made === undefined) throw new Error('two changes');
    const ofAll = { ...steps, policyOf: () => managed(document(deletes)) };
    expect(
      openings(
        noAccess,
        { at: lookedAt, access: noAccess },
        [attached, { ...made, time: attached.time }],
        ofAll,
      ),
    ).toEqual([]);
  });
});
