import type { Change, PolicyEdit } from '#lib/change/types.ts';

/** An edit, as an event told of it so many minutes past noon. */
export const changeOf = (eventId: string, edit: PolicyEdit, minute = 0): Change => ({
  eventId,
  eventName: 'Edit',
  time: `2026-11-28T12:0${minute}:00Z`,
  region: 'us-east-1',
  accountId: '123456789012',
  actor: { name: 'mallory' },
  sourceIp: '192.0.2.1',
  what: `did ${edit.act}`,
  edit,
});
