import { describe, expect, it } from 'vitest';
import { findAction } from '#lib/catalog/actions.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import { permissionSet, permissionSetNames } from '#lib/catalog/permission-sets.ts';
import { InputError } from '#lib/errors.ts';

/** What the documents of a set list as actions. */
function listed(address: string): string[] {
  return permissionSet(address).documents.flatMap((text) =>
    JSON.parse(text).Statement.flatMap((statement: { Action: string[] }) => statement.Action),
  );
}

describe('the managed policies', () => {
  it.each([
    ['AmazonRekognitionFullAccess', 'v1', 1],
    ['AmazonRekognitionReadOnlyAccess', 'v10', 10],
    ['AmazonRekognitionCustomLabelsFullAccess', 'v4', 4],
    ['AmazonRekognitionServiceRole', 'v1', 1],
  ])('%s: default %s, %i versions, newest last', (name, defaultVersionId, count) => {
    const policy = managedPolicies[name];
    expect(policy?.versions).toHaveLength(count);
    expect(policy?.defaultVersionId).toBe(defaultVersionId);
    expect(policy?.versions.at(-1)?.versionId).toBe(defaultVersionId);
    const dates = policy?.versions.map(({ createDate }) => Date.parse(createDate)) ?? [];
    expect([...dates].sort((a, b) => a - b)).toEqual(dates);
  });

  it('name only actions that exist', () => {
    const versions = Object.entries(managedPolicies).flatMap(([name, policy]) =>
      (policy?.versions ?? []).map(({ versionId }) => `${name}@${versionId}`),
    );
    for (const version of versions) {
      const named = listed(version).filter((action) => /^rekognition:(?!\*$)/.test(action));
      for (const action of named) expect(findAction(action), `${version}: ${action}`).toBeDefined();
    }
  });

  it.each([
    ['v1', 7],
    ['v2', 19],
    ['v3', 22],
    ['v4', 23],
    ['v5', 24],
    ['v6', 25],
    ['v7', 29],
    ['v8', 30],
    ['v9', 33],
    ['v10', 35],
  ])('ReadOnlyAccess %s lists %i actions', (version, count) => {
    expect(new Set(listed(`AmazonRekognitionReadOnlyAccess@${version}`)).size).toBe(count);
  });
});

describe('permissionSet', () => {
  it('takes the newest version when none is named', () => {
    const set = permissionSet('AmazonRekognitionReadOnlyAccess');
    expect(set).toEqual(permissionSet('AmazonRekognitionReadOnlyAccess@v10'));
    expect(set).toMatchObject({
      name: 'AmazonRekognitionReadOnlyAccess@v10',
      versionId: 'v10',
      arn: 'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess',
    });
  });

  it('has the guide’s read-only example: 23 actions, exactly managed version v4', () => {
    expect(listed('readonly-example')).toHaveLength(23);
    expect([...listed('readonly-example')].sort()).toEqual(
      [...listed('AmazonRekognitionReadOnlyAccess@v4')].sort(),
    );
  });

  it('has the Custom Labels console and view-own-permissions examples as printed', () => {
    expect(new Set(listed('custom-labels-console')).size).toBe(20);
    expect(listed('view-own-permissions')).toHaveLength(13);
    expect(permissionSet('view-own-permissions').documents[0]).toContain('user/${aws:username}');
  });

  it('has what other managed policies of AWS say of Rekognition, by version', () => {
    expect(permissionSet('ReadOnlyAccess@v27')).toMatchObject({
      arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
      versionId: 'v27',
    });
    expect(listed('AdministratorAccess')).toEqual(['*']);
    expect(listed('SecurityAudit').every((name) => name.startsWith('rekognition:'))).toBe(true);
  });

  it('has SAM’s policy templates, with the collection that they are given', () => {
    expect(permissionSet('RekognitionReadPolicy(visitors)').documents[0]).toContain(
      'arn:*:rekognition:*:*:collection/visitors',
    );
    expect(permissionSet('RekognitionNoDataAccessPolicy(visitors)').warning).toMatch(/grants nothing/);
  });

  it('finds every name that it lists', () => {
    for (const name of permissionSetNames()) expect(permissionSet(name).documents).toHaveLength(1);
  });

  it.each([
    ['AmazonRekognitionReadOnlyAcess', /did you mean "AmazonRekognitionReadOnlyAccess"/],
    ['amazonrekognitionfullaccess', /did you mean "AmazonRekognitionFullAccess"/],
    [
      'AmazonPollyFullAccess',
      /no permission set is called "AmazonPollyFullAccess"; `sets` lists those that there are/,
    ],
    ['AmazonRekognitionReadOnlyAccess@v11', /no version "v11"; versions: v1, v2, .*v10/],
    ['ReadOnlyAccess@v180', /no version "v180"; versions: \d+ from v1 to v188/],
    ['RekognitionReadPolicy', /needs its CollectionId: write "RekognitionReadPolicy\(visitors\)"/],
    ['RekognitionReadPolicy(a:b)', /"a:b" is no collection id/],
    ['RekognitionReadPolicy@v1', /has no versions/],
    ['RekognitionFacesPolicy(visitors)', /has no parameter/],
    ['readonly-example(visitors)', /has no parameter/],
    ['AmazonRekognitionReadOnlyAccess@', /no version ""/],
    ['readonly-example@v4', /has no versions/],
    ['toString', /no permission set is called "toString"/],
    [
      'RekognitionReadPolicy(visitors',
      /has no closing parenthesis: write "RekognitionReadPolicy\(visitors\)"/,
    ],
  ])('%s: says what is wrong', (address, message) => {
    expect(() => permissionSet(address)).toThrow(InputError);
    expect(() => permissionSet(address)).toThrow(message);
  });
});
