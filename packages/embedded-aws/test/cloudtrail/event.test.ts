import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LocalApiCall } from '../../src/api-call.ts';
import { cloudTrailRecord } from '../../src/cloudtrail/event.ts';
import type { Caller } from '../../src/types.ts';

const user: Caller = {
  accountId: '123456789012',
  arn: 'arn:aws:iam::123456789012:user/team/deploy',
  principalArn: 'arn:aws:iam::123456789012:user/team/deploy',
  userId: 'AIDAEXAMPLEUSER00001',
  context: {},
  policies: () => 'root',
};
const session: Caller = {
  ...user,
  arn: 'arn:aws:sts::123456789012:assumed-role/OrgAdmin/jane',
  principalArn: 'arn:aws:iam::123456789012:role/OrgAdmin',
  userId: 'AROAEXAMPLECIROLE0001:jane',
  context: { 'aws:TokenIssueTime': '2026-11-20T10:02:04.123Z', 'aws:MultiFactorAuthPresent': 'true' },
};
const call: LocalApiCall = {
  time: new Date('2026-11-20T10:15:29.500Z'),
  requestId: '6513270e-269e-4d37-b2a7-4de452e6b438',
  service: 'iam',
  operation: 'AttachRolePolicy',
  region: 'us-east-1',
  caller: user,
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  sourceIp: '192.0.2.10',
  userAgent: 'aws-cli/2.31.35 md/command#iam',
  readOnly: false,
  requestParameters: {
    roleName: 'image-tagger',
    policyArn: 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
  },
  responseElements: null,
};

describe('a CloudTrail record', () => {
  it('says what was called, when, from where', () => {
    expect(cloudTrailRecord(call)).toMatchObject({
      eventTime: '2026-11-20T10:15:29Z',
      eventSource: 'iam.amazonaws.com',
      eventName: 'AttachRolePolicy',
      readOnly: false,
      requestParameters: call.requestParameters,
      responseElements: null,
      userIdentity: { type: 'IAMUser', userName: 'deploy', arn: user.arn },
    });
  });

  it('names a session by its role and its name', () => {
    expect(
      cloudTrailRecord({ ...call, caller: session, invokedBy: 'sso.amazonaws.com' }).userIdentity,
    ).toMatchObject({
      type: 'AssumedRole',
      principalId: 'AROAEXAMPLECIROLE0001:jane',
      invokedBy: 'sso.amazonaws.com',
      sessionContext: {
        sessionIssuer: { type: 'Role', principalId: 'AROAEXAMPLECIROLE0001', userName: 'OrgAdmin' },
        attributes: { creationDate: '2026-11-20T10:02:04Z', mfaAuthenticated: 'true' },
      },
    });
  });

  it('writes dates of an answer as CloudTrail does', () => {
    const responseElements = {
      role: { roleName: 'r', createDate: new Date('2026-11-20T10:15:29Z'), tags: undefined },
    };
    expect(cloudTrailRecord({ ...call, responseElements }).responseElements).toEqual({
      role: { roleName: 'r', createDate: 'Nov 20, 2026 10:15:29 AM' },
    });
  });

  it('has an id of its own and cuts what is too long', () => {
    const long = cloudTrailRecord({
      ...call,
      userAgent: 'x'.repeat(2000),
      requestParameters: { policyDocument: 'x'.repeat(200_000) },
    });
    expect(long.eventID).not.toBe(cloudTrailRecord(call).eventID);
    expect(long.userAgent).toHaveLength(1024);
    expect(long.requestParameters).toEqual({
      reason: 'requestParameters too large',
      omitted: true,
      originalSize: expect.any(Number),
    });
  });
});

const samples = '../shared/data/cloudtrail-events';

// The samples lie outside of the project.
describe.skipIf(!existsSync(samples))('held against real records', () => {
  const keysOf = (value: unknown): string[] => Object.keys(Object(value)).sort();
  // A console session acts without an access key.
  const optional = new Set([
    'accessKeyId',
    'tlsDetails',
    'errorCode',
    'errorMessage',
    'sessionCredentialFromConsole',
  ]);

  it.each(existsSync(samples) ? readdirSync(samples) : [])('has the fields of %s', (file) => {
    const { detail } = JSON.parse(readFileSync(join(samples, file), 'utf8'));
    const caller = detail.userIdentity.type === 'AssumedRole' ? session : user;
    const { invokedBy } = detail.userIdentity;
    const ours = cloudTrailRecord({ ...call, caller, ...(invokedBy !== undefined && { invokedBy }) });
    const required = (record: unknown) => keysOf(record).filter((key) => !optional.has(key));
    expect(required(ours)).toEqual(required(detail));
    expect(required(ours.userIdentity)).toEqual(required(detail.userIdentity));
  });
});
