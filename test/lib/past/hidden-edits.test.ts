import { expect, it } from 'vitest';
import { hiddenPairs } from '#lib/past/hidden-edits.ts';
import { changeOf } from '#test/lib/change/fixtures.ts';

const hidden = (eventName: string, minute: number) => ({
  ...changeOf(`${eventName}-${minute}`, { act: 'hidden' }, minute),
  eventName,
});
const pairs = (...changes: Parameters<typeof hiddenPairs>[0]) =>
  hiddenPairs(changes).map(({ first, then }) => `${first.eventId} ${then.eventId}`);

it('pairs what may have been written and taken back, whatever the order in which the events come', () => {
  const [put, put3, made, version] = [
    hidden('PutRolePolicy', 0),
    hidden('PutRolePolicy', 3),
    hidden('CreatePolicy', 1),
    hidden('CreatePolicyVersion', 2),
  ];
  expect(pairs(put3, version, put, made)).toEqual([
    'PutRolePolicy-0 PutRolePolicy-3',
    'CreatePolicy-1 CreatePolicyVersion-2',
  ]);
});

it('pairs nothing that a look has shown in between, nor what is of another sort, nor what does not hide', () => {
  const put = hidden('PutRolePolicy', 0);
  expect(pairs(put, hidden('PutRolePolicy', 6), hidden('PutUserPolicy', 1))).toEqual([]);
  expect(pairs(put, changeOf('open', { act: 'put', name: 'a' }, 1))).toEqual([]);
});
