import { SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { account, allow, deny, document, roleArn, type Statement, start } from '../start.ts';
import { full, type Input, simulator } from './simulated-account.ts';

const { first } = simulator();

describe('boundaries, exclusions and given policies', () => {
  it('says what the boundary allows, and leaves the detail out without one', async () => {
    expect(await first('bounded', 'rekognition:ListCollections')).toMatchObject({
      EvalDecision: 'implicitDeny',
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
    });
    expect(
      (await first('everything', 'rekognition:ListCollections')).PermissionsBoundaryDecisionDetail,
    ).toBeUndefined();
  });

  it('puts a given boundary in place of the attached one', async () => {
    const boundary = JSON.stringify(document(allow('rekognition:List*')));
    const result = await first('bounded', 'rekognition:ListCollections', undefined, {
      PermissionsBoundaryPolicyInputList: [boundary],
    });
    expect(result.EvalDecision).toBe('allowed');
    expect(result.MatchedStatements?.map((statement) => statement.SourcePolicyId)).toContain(
      'PermissionsBoundaryPolicyInputList.1',
    );
  });

  it.each([
    ['the boundary', 'bounded', { PolicyType: 'permission-boundary' as const }, 'allowed'],
    ['AWS policies', 'bounded', { PolicyType: 'aws-managed' as const }, 'implicitDeny'],
    [
      'a policy by ARN',
      'everything',
      { PolicyArn: 'arn:aws:iam::aws:policy/AmazonRekognition*' },
      'implicitDeny',
    ],
    [
      'an inline policy',
      'vanishing',
      {
        InlinePolicyIdentifier: { PolicyName: 'v', AttachmentType: 'role' as const, AttachmentName: 'van*' },
      },
      'implicitDeny',
    ],
    ['RCPs, which are ignored', 'everything', { PolicyType: 'rcp' as const }, 'allowed'],
  ])('leaves out %s', async (_, role, exclusion, decision) => {
    const result = await first(role, 'rekognition:ListCollections', undefined, {
      PolicyExclusionList: [exclusion],
    });
    expect(result.EvalDecision).toBe(decision);
  });

  it('adds given policies', async () => {
    const result = await first('detect', 'rekognition:ListCollections', undefined, {
      PolicyInputList: [JSON.stringify(document(allow('rekognition:List*')))],
    });
    expect(result.MatchedStatements?.[0]?.SourcePolicyId).toBe('PolicyInputList.1');
  });
});

describe('organizations', () => {
  it('tells a denial by an SCP, without its statements or keys', async () => {
    const scp = (...statements: Statement[]) => ({
      name: 'scp',
      type: 'scp' as const,
      text: JSON.stringify(document(...statements)),
    });
    const organized = await start({
      account: account({ roles: { r: { attached: [full] } } }),
      guardrails: {
        scps: [
          [scp(allow('*'))],
          [
            scp(
              allow('rekognition:Detect*', {
                Condition: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } },
              }),
              allow('rekognition:List*'),
              deny('rekognition:ListUsers'),
            ),
          ],
        ],
      },
    });
    try {
      const ask = async (more: Partial<Input> = {}) => {
        const answer = await organized.iam.send(
          new SimulatePrincipalPolicyCommand({
            PolicySourceArn: roleArn('r'),
            ActionNames: ['rekognition:ListCollections', 'rekognition:DetectFaces', 'rekognition:ListUsers'],
            ...more,
          }),
        );
        return answer.EvaluationResults?.map((result) => [
          result.EvalDecision,
          result.OrganizationsDecisionDetail?.AllowedByOrganizations,
          result.MatchedStatements?.length,
          result.MissingContextValues,
        ]);
      };
      expect(await ask()).toEqual([
        ['allowed', true, 1, []],
        ['implicitDeny', false, 0, []],
        ['explicitDeny', false, 0, []],
      ]);
      expect(
        (await ask({ PolicyExclusionList: [{ PolicyType: 'scp' }] }))?.map(([decision]) => decision),
      ).toEqual(['allowed', 'allowed', 'allowed']);
    } finally {
      await organized.aws.stop();
    }
  });
});
