import { beforeEach, expect, it, vi } from 'vitest';
import type { Change } from '#lib/change/types.ts';
import { remember } from '#lib/outbox/remember.ts';
import { rememberOpenings } from '#lib/outbox/remember-openings.ts';
import type { PrincipalRecord, Reading } from '#lib/outbox/types.ts';
import { noAccess } from '#lib/past/access.ts';
import { changeOf } from '../change/fixtures.ts';

const version = (eventId: string, minute: number) =>
  changeOf(eventId, { act: 'version', arn: 'arn:aws:iam::123456789012:policy/vision', text: '{}' }, minute);

let asked: string[][] = [];
beforeEach(() => {
  asked = [];
});
const look = (minute: number, before: PrincipalRecord | undefined, own: Change, edits: readonly Change[]) => {
  const reading: Reading = {
    subject: 'role/app',
    arn: 'arn:aws:iam::123456789012:role/app',
    readAt: `2026-11-28T12:0${minute}:30.000Z`,
    status: 'as-expected',
    fingerprint: 'f',
    findings: [],
    changes: [own],
    edits,
    access: noAccess,
    openingsSince: (_, changes) => {
      if (changes.every(({ eventId }, index) => index === 0 || eventId !== changes[0]?.eventId))
        asked.push(changes.map(({ eventId }) => eventId));
      return [];
    },
    isNew: true,
  };
  const { record } = rememberOpenings(before, reading);
  const { subject, arn, readAt, status, fingerprint } = reading;
  return {
    ...record,
    subject,
    arn,
    readAt,
    status,
    fingerprint,
    known: [],
    announced: [],
    changes: [],
    access: noAccess,
  } satisfies PrincipalRecord;
};

it('holds an edit of a group against one look, though it is kept for others', () => {
  const given = changeOf('given', { act: 'put', name: 'a', group: 'team', text: '{}' });
  const joined = changeOf('joined', { act: 'join', group: 'team' }, 1);
  const tagged = changeOf('tagged', { act: 'put', name: 'own', text: '{}' }, 3);
  const first = look(1, undefined, joined, [given, joined]);
  look(3, first, tagged, [given, joined]);
  expect(asked).toEqual([['given', 'joined'], ['tagged']]);
});

it('keeps those of one policy together: what each did shows only beside the others', () => {
  const arn = 'arn:aws:iam::123456789012:policy/vision';
  const attached = changeOf('attached', { act: 'attach', arn }, 1);
  const first = look(1, undefined, attached, [version('wide', 0), attached]);
  look(3, first, version('narrow', 3), []);
  expect(asked).toEqual([
    ['wide', 'attached'],
    ['wide', 'attached', 'narrow'],
  ]);
});

it('works out the openings of a reading once, however often they are asked for', () => {
  const openingsSince = vi.fn(() => []);
  const reading: Reading = {
    subject: 'role/app',
    arn: 'arn:aws:iam::123456789012:role/app',
    readAt: '2026-11-28T12:01:30.000Z',
    status: 'as-expected',
    fingerprint: 'f',
    findings: [],
    changes: [changeOf('tagged', { act: 'tag', tags: { round: '1' } })],
    access: noAccess,
    openingsSince,
    isNew: true,
  };
  const first = rememberOpenings(undefined, reading);
  const times = openingsSince.mock.calls.length;
  remember(undefined, reading);
  expect(rememberOpenings(undefined, reading)).toBe(first);
  expect(openingsSince).toHaveBeenCalledTimes(times);
});

it('holds a trust policy against the looks, also where one of them failed', () => {
  const closed = 'closed';
  const openingsSince = vi.fn<NonNullable<Reading['openingsSince']>>(() => []);
  const given = {
    subject: 'role/app',
    arn: 'arn:aws:iam::123456789012:role/app',
    status: 'as-expected',
    fingerprint: 'f',
    findings: [],
    changes: [],
    changeSince: () => ({ gained: [], lost: [] }),
    openingsSince,
  } as const;
  const readAt = (minute: number) => `2026-11-28T12:0${minute}:30.000Z`;
  const first = remember(undefined, { ...given, readAt: readAt(0), access: noAccess, trust: closed });
  const failed = remember(first, { ...given, readAt: readAt(1), status: 'inconclusive' });
  const opened = changeOf('opened', { act: 'trust', text: 'open' }, 2);
  const reading = { ...given, readAt: readAt(3), access: noAccess, trust: closed, changes: [opened] };
  const after = remember(failed, reading);
  expect(openingsSince.mock.lastCall?.[0]).toEqual({ access: noAccess, trust: closed });
  // What ended it may be read later.
  expect(after.recent).toEqual([opened]);
  expect(after.looks?.map(({ trust }) => trust)).toEqual([closed, closed]);
});
