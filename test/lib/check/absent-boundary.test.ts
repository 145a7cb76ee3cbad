import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { accountFromFile } from '#lib/account/from-file.ts';
import { checkAccount } from '#lib/check/account.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { exitCode } from '#lib/report/exit.ts';

const arn = 'arn:aws:iam::123456789012:policy/limit';
const all = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'rekognition:*', Resource: '*' }],
};
const reader = {
  UserName: 'reader',
  UserId: 'AIDAREADER',
  Arn: 'arn:aws:iam::123456789012:user/reader',
  Path: '/',
  UserPolicyList: [{ PolicyName: 'own', PolicyDocument: all }],
  AttachedManagedPolicies: [],
  GroupList: [],
  PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: arn },
};
const stored = (...PolicyVersionList: readonly object[]) => ({
  PolicyName: 'limit',
  Arn: arn,
  DefaultVersionId: 'v1',
  PolicyVersionList,
});

async function found(...Policies: readonly object[]) {
  const folder = mkdtempSync(join(tmpdir(), 'absent-boundary-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'account.json');
  writeFileSync(
    file,
    JSON.stringify({ UserDetailList: [reader], GroupDetailList: [], RoleDetailList: [], Policies }),
  );
  const { expectations } = parseExpectations('default: []', 'e.yaml');
  const report = await checkAccount(await accountFromFile(file), { expectations });
  const told = report.findings.map(({ kind, severity }) => `${severity} ${kind}`);
  return { told: [...new Set(told)], exit: exitCode(report) };
}

it.each([
  ['is not in the file', []],
  ['has no default version there', [stored()]],
  ['cannot be read', [stored({ VersionId: 'v1', IsDefaultVersion: true, Document: '{' })]],
])('a boundary that %s leaves what it bounds inconclusive', async (_, policies) => {
  expect(await found(...policies)).toEqual({ told: ['critical inconclusive'], exit: 2 });
});

it('a boundary that lets it through leaves excess', async () => {
  const known = stored({ VersionId: 'v1', IsDefaultVersion: true, Document: all });
  expect(await found(known)).toEqual({ told: ['critical excess'], exit: 1 });
});
