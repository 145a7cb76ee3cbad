import { readFileSync } from 'node:fs';
import * as sdk from '@aws-sdk/client-rekognition';
import * as streamingSdk from '@aws-sdk/client-rekognitionstreaming';
import { describe, expect, it } from 'vitest';
import {
  accessLevelsElsewhere,
  actions,
  actionTable,
  findAction,
  resourceTypes,
} from '#lib/catalog/actions.ts';
import { alsoJudgedOn, families } from '#lib/catalog/curated.ts';
import { dependentPermissions } from '#lib/catalog/dependent-permissions.ts';
import { sensitivityClasses } from '#lib/catalog/sensitivity.ts';
import { generateFacts, sdkOperations } from '../../../scripts/generate-catalog.ts';

const names = actions.map(({ name }) => name);

describe('the facts', () => {
  it('are what the Service Authorization Reference and the SDK say today (else: npm run catalog)', async () => {
    const stored: unknown = JSON.parse(
      readFileSync(new URL('../../../lib/catalog/facts.json', import.meta.url), 'utf8'),
    );
    expect(await generateFacts()).toEqual(stored);
  });

  it('have an action for every SDK command and a command for every action', () => {
    const operations = [...sdkOperations(sdk), ...sdkOperations(streamingSdk)].sort();
    expect(names).toEqual(operations);
    for (const { apiOperation } of actions)
      expect({ ...sdk, ...streamingSdk }).toHaveProperty(`${apiOperation}Command`);
  });

  it('count as the reference counts', () => {
    const level = (wanted: string) =>
      actions.filter(({ accessLevels }) => accessLevels.join() === wanted).length;
    expect(actions).toHaveLength(76);
    expect([level('Write'), level('Read'), level('List'), level('Tagging,Write')]).toEqual([37, 36, 1, 2]);
    expect(actions.filter((action) => action.resourceTypes.length === 0)).toHaveLength(32);
    expect(actions.filter((action) => action.resourceTypes.some(({ required }) => required))).toHaveLength(
      39,
    );
    expect(actions.filter((action) => action.conditionKeys.length > 0)).toHaveLength(8);
    expect(actions.filter(({ mutates }) => mutates)).toHaveLength(39);
    expect(actions.filter((action) => action.canIncurCost)).toHaveLength(31);
    expect(actions.filter(({ availability }) => availability === 'discontinued')).toHaveLength(2);
    expect(actions.filter(({ availability }) => availability === 'closed-to-new-customers')).toHaveLength(10);
    expect(resourceTypes.map(({ name }) => name)).toEqual([
      'collection',
      'dataset',
      'project',
      'projectversion',
      'streamprocessor',
    ]);
  });
});

describe('the tables kept by hand', () => {
  const tables = {
    families: Object.values(families).flat(),
    sensitivity: sensitivityClasses.flatMap((entry) => entry.actions),
  };
  it.each(Object.entries(tables))('%s has every action exactly once', (_table, listed) => {
    expect([...listed].sort()).toEqual(names);
  });

  it('name only actions that exist', () => {
    const named = [...Object.keys(alsoJudgedOn), ...Object.keys(dependentPermissions)];
    expect(named.filter((name) => !names.includes(name))).toEqual([]);
    const own = Object.values(dependentPermissions)
      .flat()
      .filter(({ action }) => action.startsWith('rekognition:'));
    expect(own.filter(({ action }) => !actionTable.includes(action))).toEqual([]);
  });

  it('judge CreateCollection and CreateProject on an ARN although the reference lists no type', () => {
    const also = actions.filter((action) => action.alsoJudgedOn.length > 0);
    expect(also.map(({ name, resourceTypes: listed }) => [name, listed])).toEqual([
      ['CreateCollection', []],
      ['CreateProject', []],
    ]);
  });

  it.each([
    ['DeleteCollection', 'biometric-delete', 'critical'],
    ['DeleteFaces', 'biometric-delete', 'critical'],
    ['DeleteUser', 'biometric-delete', 'critical'],
    ['IndexFaces', 'biometric-write', 'critical'],
    ['CreateUser', 'biometric-write', 'critical'],
    ['AssociateFaces', 'biometric-write', 'critical'],
    ['PutProjectPolicy', 'cross-account-copy', 'critical'],
    ['StartProjectVersion', 'billed-training', 'high'],
    ['StartStreamProcessor', 'streaming', 'high'],
    ['GetFaceLivenessSessionResults', 'face-search', 'high'],
    ['DetectLabels', 'inference', 'medium'],
    ['CreateCollection', 'configuration', 'medium'],
    ['ListFaces', 'metadata', 'low'],
  ])('%s is %s, %s', (name, sensitivity, severity) => {
    expect(findAction(name)).toMatchObject({ sensitivity, severity });
  });
});

describe('findAction', () => {
  it.each(['DeleteFaces', 'deletefaces', 'rekognition:DeleteFaces', 'Rekognition:DELETEFACES'])(
    '%s',
    (name) => {
      expect(findAction(name)?.action).toBe('rekognition:DeleteFaces');
    },
  );

  it.each(['rekognition:*', 'DeleteFace', 's3:DeleteFaces', '', 'constructor'])('knows no %j', (name) => {
    expect(findAction(name)).toBeUndefined();
  });
});

it('lists the full names in one order', () => {
  expect(actionTable).toEqual(names.map((name) => `rekognition:${name}`));
  expect([...actionTable].sort()).toEqual(actionTable);
});

it('knows the access level of other services’ actions that the named sets grant', () => {
  expect(accessLevelsElsewhere('s3:PutBucketPolicy')).toEqual(['Permissions management', 'Write']);
  expect(accessLevelsElsewhere('iam:GetUser')).toEqual(['Read']);
  expect(accessLevelsElsewhere('s3:DeleteBucket')).toEqual([]);
});
