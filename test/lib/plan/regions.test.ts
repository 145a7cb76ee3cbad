import { wildcardTest } from '@permission-check/iam-policy';
import { describe, expect, it } from 'vitest';
import { rekognitionRegions } from '#lib/catalog/regions.ts';
import { comparePrincipal } from '#lib/compare/compare.ts';
import { distinguishingRegions } from '#lib/plan/regions.ts';
import { allow, compiler, expecting, policy, role } from '../compare/fixtures.ts';
import { planFor } from './fixtures.ts';

const listed = rekognitionRegions.aws ?? [];

describe('the Regions that a plan tells apart', () => {
  it('are the asked one alone where nothing asks for the Region', () => {
    expect(distinguishingRegions('eu-west-1', 'aws', [])).toEqual({ regions: ['eu-west-1'], complete: true });
  });

  it.each([
    ['one Region', ['eu-central-1']],
    ['a continent', ['eu-*', 'us-*']],
  ])('are those with Rekognition where these show every case: %s', (_, patterns) => {
    const { regions } = distinguishingRegions('us-east-1', 'aws', patterns);
    expect(regions.filter((region) => !listed.includes(region))).toEqual([]);
  });

  it('are more where a policy names every one of the list', () => {
    const { regions, complete } = distinguishingRegions('us-east-1', 'aws', listed);
    expect(regions).toEqual([...listed, 'af-south-1']);
    expect(complete).toBe(true);
  });

  it('are some that nobody has heard of, where only such are left', () => {
    const { regions } = distinguishingRegions('us-east-1', 'aws', ['eu-*', 'zz-*']);
    expect(regions.some(wildcardTest('zz-*'))).toBe(true);
  });

  it('are none of other partitions', () => {
    const { regions } = distinguishingRegions('us-east-1', 'aws', ['us-gov-*', 'cn-*']);
    expect(regions).toEqual(['us-east-1']);
  });
});

describe('access in whatever Region is not in the list', () => {
  it('is found', () => {
    const elsewhere = { StringNotEquals: { 'aws:RequestedRegion': listed } };
    const own = [policy('p', [allow('rekognition:DeleteFaces', '*', elsewhere)])];
    const plan = planFor({ identity: own }, { identity: [] });
    const observedSet = compiler.compileSet({ identity: own });
    const findings = comparePrincipal({
      accountId: '123456789012',
      principal: role('a', own),
      expectation: expecting('nothing', []),
      expectedSet: compiler.compileSet({ identity: [] }),
      observedSet,
      observations: plan.requests.map((request) => ({ request, evidence: [] })),
      gaps: plan.gaps,
      actions: [],
    });
    expect(findings.map(({ kind }) => kind)).toEqual(['excess']);
  });
});
