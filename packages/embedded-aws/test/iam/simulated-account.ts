import {
  type ContextKeyTypeEnum,
  type EvaluationResult,
  SimulatePrincipalPolicyCommand,
  type SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll } from 'vitest';
import {
  account,
  accountId,
  allow,
  collectionArn,
  deny,
  document,
  policyArn,
  roleArn,
  start,
} from '../start.ts';

export const payroll = collectionArn('payroll-1');
export const visitors = collectionArn('visitors');
export const project = `arn:aws:rekognition:us-east-1:${accountId}:project/p/1600000000000`;
export const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';

/** One principal for each thing that the simulator does. */
const simulated = account({
  users: {
    ann: { groups: ['readers'], inline: { own: document(allow('rekognition:DetectText')) } },
    tagged: {
      inline: {
        abac: document(
          allow('rekognition:DetectText', {
            Condition: {
              StringEquals: { 'aws:PrincipalTag/Team': 'x' },
              StringLike: { 'aws:username': 'tag*' },
            },
          }),
        ),
      },
      tags: { Team: 'x' },
    },
  },
  groups: { readers: { inline: { list: document(allow('rekognition:ListCollections')) } } },
  roles: {
    scoped: {
      inline: { pay: document(allow('rekognition:*', { Resource: collectionArn('payroll-*') })) },
    },
    everything: { attached: [full] },
    detect: { inline: { d: document(allow('rekognition:DetectFaces')) } },
    vanishing: {
      inline: {
        v: document(
          allow('rekognition:*'),
          deny('rekognition:*', { Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ),
      },
    },
    conditional: {
      inline: {
        c: document(
          allow('rekognition:DetectText', {
            Condition: { IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } },
          }),
          allow('s3:GetObject', { Condition: { StringEquals: { 'aws:PRINCIPALORGID': 'o-1' } } }),
        ),
      },
    },
    denied: { attached: [full], inline: { no: document(deny('rekognition:Delete*')) } },
    bounded: { attached: [full], boundary: policyArn('limit') },
    apart: { path: '/team/vision/', attached: [full] },
    broken: { inline: { bad: { Version: '2012-10-17', Statement: { Effect: 'Permit' } } } },
    same_id: { inline: { a_b: document(allow('rekognition:DetectText')) } },
  },
  policies: { limit: document(allow('rekognition:Detect*')) },
});

export type Input = Omit<SimulatePrincipalPolicyCommandInput, 'PolicySourceArn'> & {
  PolicySourceArn?: string;
};

export const entry = (name: string, values: string[], type: ContextKeyTypeEnum = 'string') => ({
  ContextKeyName: name,
  ContextKeyType: type,
  ContextKeyValues: values,
});

/** IAM's simulator on that account, started for the tests of one file. */
export function simulator() {
  let local: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    local = await start({ account: simulated });
  });
  afterAll(() => local.aws.stop());

  /** Simulates, the role `everything` unless another is named. */
  const simulate = (input: Input) =>
    local.iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn: roleArn('everything'), ...input }));

  /** The result for one action of a role. */
  async function first(
    role: string,
    action: string,
    ResourceArns?: string[],
    more: Partial<Input> = {},
  ): Promise<EvaluationResult> {
    const answer = await simulate({
      PolicySourceArn: roleArn(role),
      ActionNames: [action],
      ...(ResourceArns && { ResourceArns }),
      ...more,
    });
    const [result] = answer.EvaluationResults ?? [];
    if (!result) throw new Error('no result');
    return result;
  }
  return { iam: () => local.iam, simulate, first };
}
