import { describe, expect, it } from 'vitest';
import {
  type Case,
  deleted,
  deletes,
  detects,
  document,
  forTeam,
  inline,
  managed,
  opened,
  put,
  unlessTeam,
  vision,
  withTeam,
} from './opened.ts';

describe('what was open between two looks, within boundaries, and by tags', () => {
  it.each<[string, Case, string[]]>([
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
  ])('%s', (_, story, expected) => {
    expect(opened(story)).toEqual(expected);
  });
});
