import { describe, expect, it } from 'vitest';
import type { PolicyEdit } from '#lib/change/types.ts';
import {
  type Case,
  deleted,
  deletes,
  detects,
  document,
  hidden,
  inline,
  managed,
  opened,
  openingsOf,
  put,
  unrelated,
  vision,
} from './opened.ts';

describe('what was open between two looks, by versions of policies, and texts that events hide', () => {
  it.each<[string, Case, string[]]>([
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
      'what was written twice in one second, with something else between: once',
      {
        present: [inline('a', 's3:*')],
        edits: [put('a', deletes), put('a', detects), put('a', deletes), put('a', 's3:*')],
        atOnce: true,
      },
      ['access-was-open DeleteFaces 12:00-12:00', 'access-was-open DetectFaces 12:00-12:00'],
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
      'a policy that was written, and replaced by what an event hides',
      { edits: [put('a', deletes), hidden], eventNames: ['PutRolePolicy', 'PutRolePolicy'] },
      ['access-was-open DeleteFaces 12:00-12:01'],
    ],
    [
      'the same, where the look comes so soon that IAM may be late',
      {
        edits: [put('a', deletes), hidden],
        eventNames: ['PutRolePolicy', 'PutRolePolicy'],
        lookedAt: '12:04',
      },
      [],
    ],
    [
      'a policy that was written, and something hidden that cannot have replaced it',
      { edits: [put('a', deletes), hidden], eventNames: ['PutRolePolicy', 'PutGroupPolicy'] },
      [],
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

  it('names the version that allowed it, or none where the event does not number it', () => {
    const limit = { ...managed(document(detects)), versionId: 'v1' };
    const back: PolicyEdit = { act: 'version', arn: vision, text: document(detects), versionId: 'v1' };
    const versionsOf = (edit: PolicyEdit) =>
      openingsOf({ past: [limit], edits: [edit, back], known: limit }).flatMap(({ finding }) =>
        finding.by.map(({ policy }) => policy.versionId),
      );
    expect(versionsOf({ act: 'version', arn: vision, text: document(deletes), versionId: 'v2' })).toEqual([
      'v2',
    ]);
    expect(versionsOf({ act: 'version', arn: vision, text: document(deletes) })).toEqual([undefined]);
  });
});
