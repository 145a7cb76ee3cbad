import { describe, expect, it } from 'vitest';
import { event, readChange } from './event.ts';

describe('the actor', () => {
  it.each([
    [{ type: 'IAMUser', userName: 'bob' }, { name: 'bob' }],
    [{ type: 'Root', accountId: '123456789012' }, { name: 'root of account 123456789012' }],
    [
      {
        type: 'AssumedRole',
        arn: 'arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_1/jane@example.com',
        sessionContext: { sessionIssuer: { userName: 'AWSReservedSSO_Admin_1' } },
      },
      { name: 'jane@example.com', through: 'AWSReservedSSO_Admin_1' },
    ],
    [
      {
        type: 'AssumedRole',
        arn: 'arn:aws:sts::1:assumed-role/ci/run',
        sessionContext: { sourceIdentity: 'dave', sessionIssuer: { userName: 'ci' } },
      },
      { name: 'dave', through: 'ci' },
    ],
    [{ type: 'AWSService', invokedBy: 'sso.amazonaws.com' }, { name: 'sso.amazonaws.com' }],
    [{ type: 'SAMLUser', principalId: 'x:y' }, { name: 'x:y' }],
    [{}, { name: 'unknown' }],
  ])('%j', (userIdentity, expected) => {
    const read = readChange(event('TagRole', { roleName: 'r' }, { userIdentity }));
    expect(read).toMatchObject({ change: { actor: expected } });
  });
});
