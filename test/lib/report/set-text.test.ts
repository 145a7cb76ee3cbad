import { describe, expect, it } from 'vitest';
import { permissionSet, permissionSetNames } from '#lib/catalog/permission-sets.ts';
import { renderSet, renderSetList } from '#lib/report/set-text.ts';

describe('renderSet', () => {
  it('shows a managed policy by access level, and what is worth knowing of its actions', () => {
    const text = renderSet(permissionSet('AmazonRekognitionReadOnlyAccess@v4'));
    expect(text).toMatch(
      /^AmazonRekognitionReadOnlyAccess@v4\n {2}AWS managed policy, version v4 of 2020-02-20\n/,
    );
    expect(text).toContain("\n23 of Rekognition's 76 actions\n");
    expect(text).toMatch(/\n {2}billed \(9\) +CompareFaces, /);
    expect(text).toMatch(/\n {2}discontinued \(1\) +GetPersonTracking\n/);
    expect(text).toMatch(
      /\n {2}on every resource\n {4}List \(1\) +ListStreamProcessors\n {4}Read \(22\) +CompareFaces, /,
    );
    expect(text.endsWith('\n')).toBe(true);
  });

  it('shows other services by scope and level, and keeps columns apart', () => {
    const text = renderSet(permissionSet('custom-labels-console'));
    expect(text).toContain('other services, on arn:aws:s3:::custom-labels-console-*\n');
    expect(text).toMatch(/Permissions management \(1\) +s3:PutBucketPolicy\n/);
    expect(text).toMatch(/any level \(1\) +groundtruthlabeling:\*\n/);
  });

  it('says where, when and when not; and escapes what somebody wrote', () => {
    const document = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'rekognition:SearchFaces',
          Resource: 'arn:aws:rekognition:*:*:collection/\u001b[31m',
        },
        { Effect: 'Allow', Action: 'rekognition:DetectText', Resource: '*' },
        {
          Effect: 'Deny',
          Action: 'rekognition:*',
          Resource: '*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    };
    const text = renderSet({ name: 'own', title: 't', source: 's', documents: [JSON.stringify(document)] });
    expect(text).toContain('on arn:aws:rekognition:*:*:collection/\\u{1b}[31m; but not without TLS\n');
    expect(text).toContain('on every resource; but not without TLS\n');
  });
});

it('renderSetList has a set in each line, with versions, and fits 80 columns', () => {
  const lines = renderSetList(permissionSetNames()).trimEnd().split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines.filter((line) => /^\S+ +\d+\/76/.test(line))).toHaveLength(permissionSetNames().length);
  expect(lines[2]).toMatch(/^AmazonRekognitionReadOnlyAccess +35\/76 +AWS managed, v1 to v10$/);
  expect(lines[5]).toMatch(/^readonly-example +23\/76$/);
  expect(lines[6]).toMatch(/^ {4}Read-only access/);
});
