import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder, run } from '#test/cli/program.ts';
import { readReport } from '#test/support/report.ts';

const role = (statement: object) => ({
  Path: '/',
  RoleName: 'app',
  RoleId: 'AROAAAAAAAAAAAAAAAAAA',
  Arn: 'arn:aws:iam::123456789012:role/app',
  CreateDate: '2026-01-01T00:00:00Z',
  AssumeRolePolicyDocument: {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  },
  InstanceProfileList: [],
  RolePolicyList: [
    {
      PolicyName: 'own',
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Resource: '*', ...statement }],
      },
    },
  ],
  AttachedManagedPolicies: [],
  Tags: [],
});

test.each(['--earlier', '--baseline'])(
  '%s: the report and its page tell what happened to a principal since',
  async (option) => {
    const to = folder();
    const files = (name: string) => join(to, name);
    writeFileSync(files('expectations.yaml'), 'default: []\n');
    const check = async (action: string, ...more: readonly string[]) => {
      const account = {
        UserDetailList: [],
        GroupDetailList: [],
        RoleDetailList: [role({ Action: action })],
        Policies: [],
      };
      writeFileSync(files('account.json'), JSON.stringify(account));
      const { code, stderr } = await run([
        'check',
        '--account-details',
        files('account.json'),
        '--expectations',
        files('expectations.yaml'),
        ...more,
      ]);
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    };
    await check('rekognition:DetectLabels', '--format', `json=${files('1.json')}`);
    await check(
      'rekognition:DeleteFaces',
      ...[option, files('1.json')],
      ...['--format', `json=${files('2.json')}`, '--format', `html=${files('2.html')}`],
    );
    const before = readReport(readFileSync(files('1.json'), 'utf8'));
    const { earlier, principals } = readReport(readFileSync(files('2.json'), 'utf8'));
    expect(before.principals[0]?.history).toBeUndefined();
    expect(earlier?.now).toEqual({ critical: 1, high: 0, medium: 0, low: 0 });
    const told = principals[0]?.history?.map(({ event, after, what }) => [event, after, what]);
    // The same statement does it, so that it is the same finding.
    expect(told).toEqual([['changed', before.run.startedAt, 'allowed, not expected: DeleteFaces']]);
    expect(readFileSync(files('2.html'), 'utf8')).toContain('allowed, not expected: DeleteFaces');
  },
);
