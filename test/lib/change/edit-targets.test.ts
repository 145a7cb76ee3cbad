import { expect, it } from 'vitest';
import { editsBeside, type RecentEdit, targetsOf } from '#lib/change/edit-targets.ts';
import type { PolicyEdit } from '#lib/change/types.ts';
import { changeOf } from './fixtures.ts';

const vision = 'arn:aws:iam::123456789012:policy/vision';

const about = (eventId: string, edit: PolicyEdit, ...subjects: string[]): RecentEdit => ({
  change: changeOf(eventId, edit),
  subjects,
});

const kept = [
  about('given', { act: 'attach', arn: vision.toUpperCase(), group: 'Team' }),
  about('given-to-others', { act: 'attach', arn: vision, group: 'others' }),
  about('version', { act: 'version', arn: vision, text: '{}' }),
  about('joined', { act: 'join', group: 'TEAM' }, 'user/Eve'),
  about('ann-joined', { act: 'join', group: 'team' }, 'user/ann'),
  about('limited', { act: 'version', arn: `${vision}-limit`, text: '{}' }),
];

const beside = async (own: PolicyEdit, boundary?: string) => {
  const found = await editsBeside([changeOf('own', own)], { subject: 'user/eve', boundary }, async (target) =>
    kept.filter(({ change: { edit } }) => edit !== undefined && targetsOf(edit).includes(target)),
  );
  return found.map(({ eventId }) => eventId).sort();
};

it('of a group that it left: what the group got, the versions of that, and its own way in', async () => {
  expect(await beside({ act: 'leave', group: 'team' })).toEqual(['given', 'joined', 'version']);
});

it('of a policy: its versions, and not what groups got of it', async () => {
  expect(await beside({ act: 'detach', arn: vision })).toEqual(['version']);
});

it('of a boundary of which the event has no name', async () => {
  expect(await beside({ act: 'unbound' }, `${vision}-limit`)).toEqual(['limited']);
  expect(await beside({ act: 'untag', keys: [] }, `${vision}-limit`)).toEqual([]);
});
