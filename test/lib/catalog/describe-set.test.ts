import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { actions } from '#lib/catalog/actions.ts';
import { expandSet } from '#lib/catalog/describe-set.ts';
import { permissionSet } from '#lib/catalog/permission-sets.ts';
import type { PermissionSet } from '#lib/catalog/types.ts';

function setOf(...statements: object[]): PermissionSet {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  return { name: 'own', title: 'own', source: 'test', documents: [text] };
}

const namesOf = (set: PermissionSet) => expandSet(set).granted.map(({ action }) => action.name);
const accessTo = (set: PermissionSet, name: string) =>
  expandSet(set).granted.find(({ action }) => action.name === name)?.access ?? 'none';

describe('expandSet', () => {
  it.each([
    ['AmazonRekognitionFullAccess', 76],
    ['AmazonRekognitionReadOnlyAccess', 35],
    ['AmazonRekognitionReadOnlyAccess@v4', 23],
    ['AmazonRekognitionCustomLabelsFullAccess', 23],
    ['AmazonRekognitionServiceRole', 0],
    ['readonly-example', 23],
    ['full-access', 76],
    ['custom-labels-console', 76],
    ['view-own-permissions', 0],
  ])('%s grants %i actions, all of them in full', (name, count) => {
    const { granted } = expandSet(permissionSet(name));
    expect(granted).toHaveLength(count);
    expect(granted.filter(({ access }) => access !== 'full')).toEqual([]);
  });

  it('ReadOnlyAccess leaves out two actions below Write', () => {
    const granted = namesOf(permissionSet('AmazonRekognitionReadOnlyAccess'));
    const reading = actions.filter(({ accessLevels }) =>
      accessLevels.some((level) => /List|Read/.test(level)),
    );
    expect(reading.map(({ name }) => name).filter((name) => !granted.includes(name))).toEqual([
      'DescribeCollection',
      'GetFaceLivenessSessionResults',
    ]);
  });

  it('matches patterns in any case, and NotAction', () => {
    const all = { Effect: 'Allow', Resource: '*' };
    expect(namesOf(setOf({ ...all, Action: 'Rekognition:deletefac?S' }))).toEqual(['DeleteFaces']);
    expect(namesOf(setOf({ ...all, NotAction: ['rekognition:*s', 'iam:*'] }))).not.toContain('DeleteFaces');
    expect(namesOf(setOf({ ...all, NotAction: ['rekognition:*s', 'iam:*'] }))).toContain('DetectText');
  });

  it('tells full from conditional, and takes denies into account', () => {
    const set = setOf(
      { Effect: 'Allow', Action: 'rekognition:Search*', Resource: 'arn:aws:rekognition:*:*:collection/a-*' },
      { Effect: 'Allow', Action: 'rekognition:D*', Resource: '*' },
      {
        Effect: 'Allow',
        Action: 'rekognition:Index*',
        Resource: '*',
        Condition: { Bool: { 'aws:MultiFactorAuthPresent': true } },
      },
      { Effect: 'Deny', Action: 'rekognition:Delete*', Resource: '*' },
      {
        Effect: 'Deny',
        Action: 'rekognition:DetectText',
        Resource: '*',
        Condition: { Bool: { 'aws:SecureTransport': false } },
      },
    );
    expect(accessTo(set, 'SearchFaces')).toBe('conditional');
    expect(accessTo(set, 'DetectFaces')).toBe('full');
    expect(accessTo(set, 'IndexFaces')).toBe('conditional');
    expect(accessTo(set, 'DeleteFaces')).toBe('none');
    expect(accessTo(set, 'DetectText')).toBe('conditional');
    expect(accessTo(set, 'ListFaces')).toBe('none');
  });

  it('lists what it grants of other services, with access levels where they are known', () => {
    const { elsewhere } = expandSet(permissionSet('AmazonRekognitionServiceRole'));
    expect(
      elsewhere.map(({ actions: listed, scope }) => [listed.map(({ action }) => action), scope.resources]),
    ).toEqual([
      [['sns:Publish'], ['arn:aws:sns:*:*:AmazonRekognition*']],
      [['kinesis:PutRecord', 'kinesis:PutRecords'], ['arn:aws:kinesis:*:*:stream/AmazonRekognition*']],
      [['kinesisvideo:GetDataEndpoint', 'kinesisvideo:GetMedia'], ['*']],
    ]);
    const own = expandSet(
      setOf({ Effect: 'Allow', Action: ['s3:*', 'rekognition:*'], Resource: '*' }),
    ).elsewhere;
    expect(own).toMatchObject([{ actions: [{ action: 's3:*', accessLevels: [] }] }]);
  });
});

const published = new URL('../../../../shared/data/aws-managed-policies.json', import.meta.url);

// The collection of AWS's managed policies is not part of the project; where it lies beside it, it is used.
describe.skipIf(!existsSync(published))('the managed policies that AWS published', () => {
  it('are, in their default versions, those of the catalogue', () => {
    const all: Record<string, { VersionId: string; Document: unknown }> = JSON.parse(
      readFileSync(published, 'utf8'),
    );
    for (const name of ['FullAccess', 'ReadOnlyAccess', 'CustomLabelsFullAccess', 'ServiceRole']) {
      const { VersionId, Document } = all[`AmazonRekognition${name}`] ?? {};
      const set = permissionSet(`AmazonRekognition${name}`);
      expect([set.versionId, ...set.documents.map((text) => JSON.parse(text))]).toEqual([
        VersionId,
        Document,
      ]);
    }
  });
});
