import { describe, expect, test } from 'vitest';
import { readDenial } from '#lib/change/denial.ts';

const session = 'arn:aws:sts::123456789012:assumed-role/analyst/ana';
const collection = 'arn:aws:rekognition:eu-west-1:123456789012:collection/visitors';
const start = `User: ${session} is not authorized to perform: rekognition:DeleteFaces on resource: ${collection}`;

describe("AWS's sentence of a refused call", () => {
  test.each([
    ['because no identity-based policy allows the rekognition:DeleteFaces action', 'identity', false],
    ['because no permissions boundary allows the rekognition:DeleteFaces action', 'boundary', false],
    ['because no session policy allows the rekognition:DeleteFaces action', 'session', false],
    ['because no service control policy allows the rekognition:DeleteFaces action', 'scp', false],
    ['because no VPC endpoint policy allows the rekognition:DeleteFaces action', 'endpoint', false],
    ['because no resource-based policy allows the rekognition:DeleteFaces action', 'resource', false],
    ['with an explicit deny in an identity-based policy', 'identity', true],
    ['with an explicit deny in a permissions boundary', 'boundary', true],
    ['with an explicit deny in a service control policy', 'scp', true],
    ['with an explicit deny in a resource control policy', 'rcp', true],
  ])('%s', (reason, layer, explicit) => {
    expect(readDenial(`${start} ${reason}`)).toEqual({
      principal: session,
      action: 'rekognition:DeleteFaces',
      resource: collection,
      by: { layer, explicit },
      context: {},
    });
  });

  test('with the ARN of the policy, as the AWS CLI prints it', () => {
    const policy = 'arn:aws:organizations::999999999999:policy/o-abc/service_control_policy/p-1';
    const text = `An error occurred (AccessDeniedException) when calling the DeleteFaces operation: ${start} with an explicit deny in a service control policy: ${policy}\n`;
    expect(readDenial(text).by).toEqual({ layer: 'scp', explicit: true, policy });
  });

  test('without a layer, or a resource', () => {
    expect(readDenial(`User: ${session} is not authorized to perform: iam:PassRole`)).toEqual({
      principal: session,
      action: 'iam:PassRole',
      context: {},
    });
  });

  test.each(['access denied', 'User: ann is not authorized', '{"a":1}', '{"a"'])('not %s', (text) => {
    expect(() => readDenial(text)).toThrow(/^--error: /);
  });
});

describe('a CloudTrail event of a refused call', () => {
  const record = {
    eventSource: 'rekognition.amazonaws.com',
    eventName: 'DeleteFaces',
    awsRegion: 'eu-west-1',
    sourceIPAddress: '198.51.100.7',
    errorCode: 'AccessDenied',
    errorMessage: `${start} because no identity-based policy allows the rekognition:DeleteFaces action`,
    userIdentity: { arn: session, sessionContext: { attributes: { mfaAuthenticated: 'false' } } },
  };
  const read = {
    principal: session,
    action: 'rekognition:DeleteFaces',
    resource: collection,
    by: { layer: 'identity', explicit: false },
    context: {
      'aws:RequestedRegion': 'eu-west-1',
      'aws:SourceIp': '198.51.100.7',
      'aws:MultiFactorAuthPresent': 'false',
    },
  };

  test.each([
    ['a record', record],
    ['an event of EventBridge', { source: 'aws.rekognition', detail: record }],
    [
      'a file of records',
      { Records: [{ ...record, errorCode: undefined, eventName: 'DetectFaces' }, record] },
    ],
  ])('%s', (_, json) => {
    expect(readDenial(JSON.stringify(json))).toEqual(read);
  });

  test('without a sentence: who and what the event says', () => {
    const { errorMessage: _, ...silent } = { ...record, sourceIPAddress: 'lambda.amazonaws.com' };
    expect(readDenial(JSON.stringify(silent))).toEqual({
      principal: session,
      action: 'rekognition:DeleteFaces',
      context: { 'aws:RequestedRegion': 'eu-west-1', 'aws:MultiFactorAuthPresent': 'false' },
    });
  });

  test('of a call that was not refused', () => {
    const { errorCode: _, ...done } = record;
    expect(() => readDenial(JSON.stringify(done))).toThrow('not of a call that was refused');
  });
});
