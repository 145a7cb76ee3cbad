import { expect, it } from 'vitest';
import type { Account } from '#lib/account/types.ts';
import type { RecordEntry } from '#lib/outbox/store.ts';
import type { CheckMessage } from '#lib/respond/messages.ts';
import { sweepAccount } from '#lib/respond/sweep.ts';
import { principal } from '../expectation/fixtures.ts';

async function swept(names: string[], remembered: Partial<RecordEntry>[]): Promise<string[]> {
  const account: Account = {
    accountId: '123456789012',
    partition: 'aws',
    async *principals() {
      for (const name of names) yield principal({ name });
    },
  };
  const sent: CheckMessage[] = [];
  await sweepAccount('sweep', 'sweep', {
    readAccount: async () => account,
    async *remembered() {
      for (const entry of remembered)
        yield { subject: '', arn: '', status: 'as-expected', announced: 0, ...entry };
    },
    send: async (messages) => {
      sent.push(...messages);
    },
  });
  return sent.flatMap(({ principals }) => principals.map(({ subject }) => subject));
}

it('asks for everybody, also for who is remembered and gone', async () => {
  const asked = await swept(
    ['analyst'],
    [{ subject: 'role/analyst' }, { subject: 'role/gone', announced: 1 }],
  );
  expect(asked.filter((subject) => subject.startsWith('role/'))).toEqual(['role/analyst', 'role/gone']);
  expect(asked).toContain('expectations');
  expect(asked).toContain('policy/AmazonRekognitionFullAccess');
});

it('asks again for the deleted, as long as the end of their findings has not been told', async () => {
  const asked = await swept(
    ['analyst'],
    [
      { subject: 'role/told', status: 'deleted' },
      { subject: 'role/untold', status: 'deleted', announced: 2 },
    ],
  );
  expect(asked).toContain('role/untold');
  expect(asked).not.toContain('role/told');
});

it('refuses to close every finding because of an empty answer', async () => {
  await expect(swept([], [{ subject: 'role/analyst' }])).rejects.toThrow(/without a single user or role/);
});
