import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Account } from '#lib/account/types.ts';
import { readChangeSet } from '#lib/iac/change-set.ts';
import { readTerraformPlan } from '#lib/iac/terraform.ts';
import type { Planned } from '#lib/iac/types.ts';
import { renderDiff } from '#lib/report/diff-text.ts';
import { exitCode } from '#lib/report/exit.ts';
import { diffPlan } from '#lib/workbench/plan.ts';
import { accountOf, actionsOf, everyAction, expecting, principal, reportOn } from './planned.ts';

const sample: unknown = JSON.parse(readFileSync('test/samples/iac/plan.json', 'utf8'));
const planned = readTerraformPlan(sample, { file: 'plan.json' });

const text = (...statements: readonly object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const allow = (action: string, resource = '*') => ({ Effect: 'Allow', Action: action, Resource: resource });

const inline = (name: string, ...statements: readonly object[]) =>
  ({ name, type: 'inline', text: text(...statements) }) as const;

const plan = (more: Partial<Planned>): Planned => ({
  format: 'Terraform plan',
  file: 'plan.json',
  partition: 'aws',
  accountId: '123456789012',
  removed: [],
  added: [],
  unchanged: [],
  open: [],
  notes: [],
  ...more,
});
const source = { address: 'aws_iam_role_policy.p' };
const diff = (given: Planned, base?: Account) =>
  diffPlan([{ planned: given, usual: true }], { expectations: expecting(), base });

describe('what the sample plan changes', () => {
  test('41 actions gained, none lost: the attachment that goes is covered by the statement that comes', async () => {
    const report = await diff(planned);
    expect(actionsOf(report, 'role/analyst', 'access-gained')).toHaveLength(41);
    expect(actionsOf(report, 'role/analyst', 'access-lost')).toEqual([]);
    expect(actionsOf(report, 'role/face-search', 'inconclusive')).toEqual(['SearchFacesByImage']);
    const shown = renderDiff(report, 80);
    expect(shown).toContain('loses nothing: proved');
    expect(shown.split('\n').filter((line) => line.length > 80 && !line.includes('arn:'))).toEqual([]);
    expect(exitCode(report)).toBe(1);
  });
});

describe('a plan on top of an account', () => {
  const analyst = principal('role', 'analyst', { policies: [inline('p', allow('rekognition:DetectFaces'))] });

  test('the same text written otherwise is proved equal', async () => {
    const document = text(allow('rekognition:DetectFace*'));
    const of = { kind: 'role', name: 'analyst' } as const;
    const report = await diff(
      plan({ added: [{ is: 'inline-policy', of, name: 'p', document, source }] }),
      accountOf(analyst),
    );
    expect(report.findings).toEqual([]);
    expect(renderDiff(report)).toContain('proved equal: role/analyst');
    expect(exitCode(report)).toBe(0);
  });

  test('what was attached by hand stays; what the plan deletes goes', async () => {
    const by = inline('by-hand', allow('rekognition:ListFaces'));
    const of = { kind: 'role', name: 'analyst' } as const;
    const removed = plan({ removed: [{ is: 'inline-policy', of, name: 'p', document: '', source }] });
    const base = accountOf({ ...analyst, policies: [...analyst.policies, by] });
    const report = await diff(removed, base);
    expect(actionsOf(report, 'role/analyst', 'access-lost')).toEqual(['DetectFaces']);
    expect(actionsOf(await reportOn(removed, { base }), 'role/analyst', 'excess')).toEqual(['ListFaces']);
  });

  test('a managed policy reaches everybody who has it, also outside of the plan', async () => {
    const arn = 'arn:aws:iam::123456789012:policy/shared';
    const shared = {
      name: 'shared',
      type: 'customer-managed',
      arn,
      text: text(allow('rekognition:ListFaces')),
    } as const;
    const base = accountOf(
      principal('user', 'u', { policies: [shared] }),
      principal('role', 'r', { policies: [shared] }),
    );
    const document = text(allow('rekognition:DeleteFaces'));
    const report = await diff(
      plan({ added: [{ is: 'managed-policy', arn, name: 'shared', document, source }] }),
      base,
    );
    for (const subject of ['user/u', 'role/r']) {
      expect(actionsOf(report, subject, 'access-gained')).toEqual(['DeleteFaces']);
      expect(actionsOf(report, subject, 'access-lost')).toEqual(['ListFaces']);
    }
  });

  test('an attachment that is exclusive takes the policy from everybody else', async () => {
    const policyArn = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
    const full = {
      name: 'AmazonRekognitionFullAccess',
      type: 'aws-managed',
      arn: policyArn,
      text: text(allow('rekognition:*')),
    } as const;
    const base = accountOf(principal('user', 'other', { policies: [full] }), analyst);
    const holders = [{ kind: 'role', name: 'analyst' }] as const;
    const report = await diff(
      plan({
        added: [
          { is: 'attachment', to: holders[0], policyArn, source },
          { is: 'only-attached-to', policyArn, holders, source },
        ],
      }),
      base,
    );
    expect(actionsOf(report, 'user/other', 'access-lost')).toEqual(everyAction);
    expect(actionsOf(report, 'role/analyst', 'access-gained')).toHaveLength(75);
  });

  test('a policy whose role is not known may be given to anybody', async () => {
    const of = { kind: 'role', name: '\u{f0001}aws_iam_role_policy.p.role\u{f0002}' } as const;
    const document = text(allow('rekognition:DeleteFaces'));
    const report = await diff(
      plan({ added: [{ is: 'inline-policy', of, name: 'x', document, source }] }),
      accountOf(analyst),
    );
    expect(actionsOf(report, 'role/analyst', 'inconclusive')).toEqual(['DeleteFaces']);
  });

  test('somebody who is deleted loses everything', async () => {
    const gone = {
      is: 'principal',
      kind: 'role',
      name: 'analyst',
      alias: 'a',
      path: '/',
      tags: {},
      isNew: false,
      source,
    } as const;
    const report = await diff(plan({ removed: [gone] }), accountOf(analyst));
    expect(actionsOf(report, 'role/analyst', 'access-lost')).toEqual(['DetectFaces']);
    expect(renderDiff(report)).toContain('deleted by the plan');
  });

  test('only changes: what was so before is not told', async () => {
    const base = accountOf(
      principal('role', 'old', { policies: [inline('p', allow('rekognition:DeleteFaces'))] }),
      { ...analyst, policies: [...analyst.policies, inline('q', allow('rekognition:ListFaces'))] },
    );
    const of = { kind: 'role', name: 'analyst' } as const;
    const document = text(allow('rekognition:DetectFaces'), allow('rekognition:IndexFaces'));
    const added = plan({ added: [{ is: 'inline-policy', of, name: 'p', document, source }] });
    const report = await reportOn(added, { base, onlyChanges: true });
    expect(report.findings.map(({ subject }) => subject)).toEqual(['role/analyst']);
    expect(actionsOf(report, 'role/analyst')).toContain('IndexFaces');
    expect(actionsOf(report, 'role/analyst')).not.toContain('ListFaces');
  });
});

describe('a change set', () => {
  const context = (policy: object) =>
    JSON.stringify({
      Properties: {
        RoleName: 'analyst',
        AssumeRolePolicyDocument: {},
        Policies: [{ PolicyName: 'p', PolicyDocument: policy }],
      },
    });
  const document = (...statements: readonly object[]) => ({ Version: '2012-10-17', Statement: statements });
  const change = (more: object) =>
    readChangeSet(
      {
        StackName: 'photos',
        Changes: [
          {
            ResourceChange: {
              Action: 'Modify',
              LogicalResourceId: 'Analyst',
              PhysicalResourceId: 'analyst',
              ResourceType: 'AWS::IAM::Role',
              BeforeContext: context(document(allow('rekognition:DetectFaces'))),
              AfterContext: context(document(allow('rekognition:IndexFaces'))),
              ...more,
            },
          },
        ],
      },
      { file: 'changeset.json', accountId: '123456789012', region: 'us-east-1', partition: 'aws' },
    );

  test('before and after are both in it', async () => {
    const report = await diff(change({}));
    expect(actionsOf(report, 'role/analyst', 'access-gained')).toEqual(['IndexFaces']);
    expect(actionsOf(report, 'role/analyst', 'access-lost')).toEqual(['DetectFaces']);
  });

  test('what is known after the deployment is unknown', async () => {
    const AfterContext = context(
      document(allow('rekognition:IndexFaces', '{{changeSet:KNOWN_AFTER_APPLY}}')),
    );
    const report = await diff(change({ AfterContext }));
    expect(actionsOf(report, 'role/analyst', 'inconclusive')).toEqual(['IndexFaces']);
  });

  test('what is retained stays', async () => {
    const report = await reportOn(
      change({ Action: 'Remove', PolicyAction: 'Retain', AfterContext: undefined }),
    );
    expect(actionsOf(report, 'role/analyst', 'excess')).toEqual(['DetectFaces']);
  });

  test('an import is what it will be', async () => {
    const AfterContext = JSON.stringify({ Properties: { RoleName: 'r', AssumeRolePolicyDocument: {} } });
    const change = { Action: 'Import', LogicalResourceId: 'R', PhysicalResourceId: 'r', AfterContext };
    const set = { Changes: [{ ResourceChange: { ...change, ResourceType: 'AWS::IAM::Role' } }] };
    const options = { file: 'set.json', accountId: '123456789012', region: 'us-east-1', partition: 'aws' };
    expect((await reportOn(readChangeSet(set, options))).findings).toEqual([]);
  });

  test('one that is not complete is refused, unless there is nothing to change', () => {
    const options = { file: 'set.json', accountId: '123456789012', region: 'us-east-1', partition: 'aws' };
    const read = (more: object) => () => readChangeSet({ Changes: [], ...more }, options);
    expect(read({ Status: 'CREATE_IN_PROGRESS' })).toThrow(
      'set.json: Status: the change set is CREATE_IN_PROGRESS',
    );
    expect(read({ Status: 'FAILED', StatusReason: 'Transform failed' })).toThrow('FAILED (Transform failed)');
    const nothing =
      "The submitted information didn't contain changes. Submit different information to create a change set.";
    expect(read({ Status: 'FAILED', StatusReason: nothing })().added).toEqual([]);
  });

  test('without property values nothing is certain, and a page is refused', async () => {
    const report = await reportOn(change({ AfterContext: undefined }));
    expect(report.findings.map(({ kind }) => kind)).toContain('inconclusive');
    const page = { Changes: [], NextToken: 'x' };
    const read = () =>
      readChangeSet(page, { file: 'c.json', accountId: undefined, region: 'us-east-1', partition: 'aws' });
    expect(read).toThrow(/^c\.json: NextToken/);
  });
});

test.each(['[1]', '"text"', '{"Properties":[1]}', '{"Properties":"text"}'])(
  'a change set whose context has no properties is refused, not taken for a resource without any: %s',
  (AfterContext) => {
    const change = { Action: 'Add', LogicalResourceId: 'A', ResourceType: 'AWS::IAM::Role', AfterContext };
    const place = { file: 'set.json', accountId: '123456789012', region: 'us-east-1', partition: 'aws' };
    expect(() => readChangeSet({ Changes: [{ ResourceChange: change }] }, place)).toThrow(
      'set.json: AfterContext of A has no mapping of properties',
    );
  },
);
