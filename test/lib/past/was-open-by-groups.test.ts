import { describe, expect, it } from 'vitest';
import { type Case, deletes, document, inline, managed, opened, vision } from './opened.ts';

describe('what was open between two looks, by groups', () => {
  it.each<[string, Case, string[]]>([
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
    [
      'a group that was given a policy under another name than it was taken under',
      {
        past: [{ ...inline('own', 's3:*'), group: 'team' }],
        edits: [
          { act: 'attach', arn: vision, group: 'team' },
          { act: 'rename', group: 'Team', to: 'crew' },
          { act: 'detach', arn: vision, group: 'crew' },
        ],
        known: managed(document(deletes)),
        groups: { crew: [] },
      },
      ['access-was-open DeleteFaces 12:00-12:02'],
    ],
    [
      'not what a group has all the while, under whatever names',
      {
        past: [{ ...inline('all', deletes), group: 'team' }],
        present: [{ ...inline('all', deletes), group: 'team' }],
        edits: [
          { act: 'rename', group: 'team', to: 'crew' },
          { act: 'put', name: 'more', group: 'crew', text: document('s3:*') },
          { act: 'delete', name: 'more', group: 'crew' },
          { act: 'rename', group: 'crew', to: 'team' },
        ],
        groups: { team: [{ ...inline('all', deletes), group: 'team' }] },
      },
      [],
    ],
    [
      'a user who had something under a name that is gone',
      {
        edits: [
          { act: 'put', name: 'a', text: document(deletes) },
          { act: 'rename', to: 'other' },
        ],
      },
      ['access-was-open DeleteFaces 12:00-12:01'],
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
  ])('%s', (_, story, expected) => {
    expect(opened(story)).toEqual(expected);
  });
});
