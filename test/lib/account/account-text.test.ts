import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicySource } from '@permission-check/iam-policy';
import { describe, expect, it } from 'vitest';
import { sample } from '#cli/demo/stack.ts';
import { KeptAccount, partText } from '#lib/account/account-text.ts';
import { accountFromFile } from '#lib/account/from-file.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { principal } from '../expectation/fixtures.ts';

const example = join(
  import.meta.dirname,
  '../../../../shared/data/example-account-authorization-details.json',
);
const place = { accountId: '123456789012', partition: 'aws' };

async function all(account: Account): Promise<Principal[]> {
  const found: Principal[] = [];
  for await (const one of account.principals()) found.push(one);
  return found;
}

describe('an account that is kept as text', () => {
  it.each([sample('account.json'), sample('story-account.json'), ...(existsSync(example) ? [example] : [])])(
    'is the same when it is read again, also in parts: %s',
    async (path) => {
      const principals = await all(await accountFromFile(path));
      const kept = new KeptAccount(place);
      for (let start = 0; start < principals.length; start += 10)
        kept.add(partText({ principals: principals.slice(start, start + 10) }));
      expect(await all(kept)).toEqual(principals);
      const sets = (of: readonly Principal[]) => new Set(of.map(({ policies }) => policies)).size;
      expect(sets(await all(kept))).toBeLessThanOrEqual(sets(principals));
    },
  );

  it('is one object for one policy, and one array for one set, whichever parts they are in', async () => {
    const own = (): PolicySource[] => [{ name: 'own', type: 'inline', text: '{"Statement":[]}' }];
    const kept = new KeptAccount(place);
    kept.add(partText({ principals: [principal({ name: 'a', policies: own() })] }));
    kept.add(partText({ principals: [principal({ name: 'b', policies: own() })] }));
    const [a, b] = await all(kept);
    expect(a?.policies).toBe(b?.policies);
  });

  it('goes by what was read last, in whatever order it comes, and forgets the deleted', async () => {
    const kept = new KeptAccount(place);
    const tagged = (team: string) => [principal({ name: 'a', tags: { team } })];
    kept.add(partText({ principals: [...tagged('whole'), principal({ name: 'b' })] }));
    kept.add(partText({ principals: tagged('second') }), '2026-11-28T10:00:02Z');
    kept.add(partText({ principals: tagged('first') }), '2026-11-28T10:00:01Z');
    kept.add(partText({ principals: [], gone: ['role/B'] }), '2026-11-28T10:00:03Z');
    expect((await all(kept)).map(({ name, tags }) => [name, tags.team])).toEqual([['a', 'second']]);
  });

  it('has the versions that are not the default, as defaults change', () => {
    const arn = 'arn:aws:iam::123456789012:policy/Team';
    const version = (versionId: string): PolicySource => ({
      ...{ name: 'Team', type: 'customer-managed', arn, versionId },
      text: `{"Statement":[],"Id":"${versionId}"}`,
    });
    const kept = new KeptAccount(place);
    const others = () => [...kept.otherVersions()].map(({ versionId }) => versionId);
    kept.add(partText({ principals: [], managed: [version('v3')], otherVersions: [version('v1')] }));
    expect(others()).toEqual(['v1']);
    kept.add(partText({ principals: [], managed: [version('v1')] }), '2026-11-28T10:00:01Z');
    expect(others()).toEqual(['v3']);
  });

  it('has every managed policy, and refuses what it has not written', () => {
    const arn = 'arn:aws:iam::123456789012:policy/Team';
    const kept = new KeptAccount(place);
    kept.add(
      partText({ principals: [], managed: [{ name: 'Team', type: 'customer-managed', arn, text: '{}' }] }),
    );
    expect(kept.managedPolicy(arn.toUpperCase().replace('ARN:AWS:IAM', 'arn:aws:iam'))).toMatchObject({
      arn,
    });
    expect(() => kept.add('{"principals":[]}')).toThrow(/was not kept as it was/);
  });
});
