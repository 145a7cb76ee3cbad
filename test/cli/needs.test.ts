import { decide, PolicyCompiler } from '@permission-check/iam-policy';
import { describe, expect, test } from 'vitest';
import { run } from './program.ts';

/** Whether a printed policy allows an action on a resource. */
function allows(text: string, action: string, resource: string, context = {}): boolean {
  const set = new PolicyCompiler([]).compileSet({ identity: [{ name: 'needs', type: 'inline', text }] });
  return decide(set, { action, resource, context }).decision === 'allowed';
}

describe('needs', () => {
  test.each([
    'DetectFaces',
    'detect-faces',
    'DetectFacesCommand',
    'DetectFacesCommandInput',
    'DetectFacesRequest',
    'DetectFacesAsync',
    'rekognition:DetectFaces',
    'aws rekognition detect-faces',
    'rekognition.detect_faces',
    'RekognitionService.DetectFaces',
    'detect_faces',
  ])('%s prints the least policy, with the image in S3', async (name) => {
    const { stdout, code } = await run(['needs', name]);
    expect(code).toBe(0);
    expect(allows(stdout, 'rekognition:DetectFaces', '*')).toBe(true);
    expect(allows(stdout, 's3:GetObject', 'arn:aws:s3:::amzn-s3-demo-bucket/a.jpg')).toBe(true);
    expect(allows(stdout, 's3:PutObject', 'arn:aws:s3:::amzn-s3-demo-bucket/a.jpg')).toBe(false);
    expect(allows(stdout, 'rekognition:SearchFaces', '*')).toBe(false);
  });

  test('of several operations is one policy, on the resources that they are about', async () => {
    const { stdout, stderr } = await run(['needs', 'IndexFaces', 'SearchFacesByImage']);
    const arn = 'arn:aws:rekognition:us-east-1:123456789012:collection/c';
    expect(allows(stdout, 'rekognition:IndexFaces', arn)).toBe(true);
    expect(allows(stdout, 'rekognition:SearchFacesByImage', arn)).toBe(true);
    expect(JSON.parse(stdout).Statement[0].Resource).toBe('arn:aws:rekognition:*:*:collection/*');
    expect(stderr).toContain('kms:Decrypt: when the S3 object is encrypted');
  });

  test.each(['DetectModerationLabels', 'StartMediaAnalysisJob'])(
    '%s, which may be about a model or about none: on everything',
    async (name) => {
      const { stdout } = await run(['needs', name]);
      const model = 'arn:aws:rekognition:us-east-1:123456789012:project/p/version/v/1690556751958';
      for (const resource of ['*', model]) expect(allows(stdout, `rekognition:${name}`, resource)).toBe(true);
    },
  );

  test('what is always about something: on that', async () => {
    const { stdout } = await run(['needs', 'TagResource']);
    expect(allows(stdout, 'rekognition:TagResource', '*')).toBe(false);
    expect(
      allows(stdout, 'rekognition:TagResource', 'arn:aws:rekognition:us-east-1:1:streamprocessor/p'),
    ).toBe(true);
  });

  test('what the project of another account has to allow is told, and is no need of the caller', async () => {
    const { stdout, stderr } = await run(['needs', 'CopyProjectVersion']);
    const beside = JSON.parse(stdout).Statement.find(({ Sid }: { Sid: string }) => Sid === 'Beside');
    expect(beside.Action).toEqual(['rekognition:CreateProjectVersion', 'rekognition:TagResource']);
    expect(stderr).toContain("in the source project's own policy");
  });

  test('a role to pass: for Rekognition only, with its own policies and trust', async () => {
    const { stdout } = await run(['needs', 'CreateStreamProcessor']);
    const role = 'arn:aws:iam::123456789012:role/rekognition-video';
    const to = (service: string) => ({ 'iam:PassedToService': service });
    expect(allows(stdout, 'iam:PassRole', role, to('rekognition.amazonaws.com'))).toBe(true);
    expect(allows(stdout, 'iam:PassRole', role, to('ec2.amazonaws.com'))).toBe(false);
    expect(stdout).not.toContain('kinesis');
    const passed = JSON.parse((await run(['needs', 'CreateStreamProcessor', '--passed-role'])).stdout);
    expect(JSON.stringify(passed.permissions)).toContain('kinesis:PutRecords');
    expect(passed.trust.Statement[0].Principal).toEqual({ Service: 'rekognition.amazonaws.com' });
  });

  test('a name that is no operation', async () => {
    const { code, stderr } = await run(['needs', 'DetectFace']);
    expect(code).toBe(3);
    expect(stderr).toContain('did you mean DetectFaces?');
  });
});
