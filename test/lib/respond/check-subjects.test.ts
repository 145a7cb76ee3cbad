import { describe, expect, it } from 'vitest';
import type { Account, Principal } from '#lib/account/types.ts';
import type { Simulate } from '#lib/check/check-options.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';
import { inconclusiveEvidence } from '#lib/observe/simulation-result.ts';
import { checkSubjects } from '#lib/respond/check-subjects.ts';
import { lets, may } from '../check/escalating.ts';
import { principal } from '../expectation/fixtures.ts';
import { accountOf as ofAccount, role, user } from '../reach/account.ts';

const administrator = principal({
  name: 'admin',
  policies: [
    {
      name: 'AdministratorAccess',
      type: 'aws-managed',
      arn: 'arn:aws:iam::aws:policy/AdministratorAccess',
      text: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    },
  ],
});

const accountOf = (...all: Principal[]): Account => ({
  accountId: '123456789012',
  partition: 'aws',
  async *principals() {
    yield* all;
  },
});

const checked = async (simulate: Simulate, one = administrator) => {
  const expectations = builtInExpectations({ now: new Date('2026-11-24T12:00:00Z') });
  const { check } = await checkSubjects(accountOf(one), { expectations, today: '2026-11-24', simulate });
  return check(`role/${one.name}`);
};

describe('an administrator of whom nobody wrote what it should do', () => {
  it('keeps what the organization denies beside its documents', async () => {
    const simulate: Simulate = async (_arn, requests) =>
      requests.map(({ action }) =>
        action === 'rekognition:DeleteFaces'
          ? { kind: 'simulated', decision: 'explicitDeny', allowedByOrganizations: false }
          : { kind: 'simulated', decision: 'allowed', allowedByOrganizations: true },
      );
    const found = await checked(simulate);
    expect(found).toMatchObject({ status: 'not-judged', findings: [] });
    expect(found?.access?.organizationDenies).toEqual(['rekognition:DeleteFaces']);
  });

  it('is inconclusive where IAM does not answer, and nothing is taken for known anew', async () => {
    const found = await checked(async (_arn, requests) =>
      requests.map(() => inconclusiveEvidence('IAM did not answer')),
    );
    expect(found).toMatchObject({
      status: 'inconclusive',
      findings: [{ kind: 'inconclusive', severity: 'critical', subject: 'role/admin' }],
    });
    expect(found?.access?.organizationDenies).toBeUndefined();
  });

  it('is not asked about where a boundary leaves it nothing of Rekognition', async () => {
    const boundary = {
      name: 'only-s3',
      type: 'customer-managed',
      text: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}',
    } as const;
    const found = await checked(
      async () => Promise.reject(new Error('IAM was asked')),
      principal({ ...administrator, boundary }),
    );
    expect(found).toMatchObject({ status: 'not-judged', findings: [] });
  });
});

it('says of a finding who can pass the role to the service that it trusts', async () => {
  const worker = role('worker', lets({ Service: 'lambda.amazonaws.com' }), may('rekognition:DeleteFaces'));
  const eve = user('eve', may('iam:PassRole', worker.arn));
  const expectations = builtInExpectations({ now: new Date('2026-11-24T12:00:00Z') });
  const { check } = await checkSubjects(ofAccount(worker, eve), { expectations, today: '2026-11-24' });
  const found = await check('role/worker');
  expect(found?.findings.map(({ kind, reachedBy }) => [kind, reachedBy])).toEqual([
    ['excess', 'lambda.amazonaws.com (can be passed by user/eve)'],
  ]);
});
