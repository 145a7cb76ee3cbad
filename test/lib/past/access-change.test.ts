import { describe, expect, it } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import { type Access, accessOf, noAccess, sameAccess } from '#lib/past/access.ts';
import { compareAccess } from '#lib/past/access-change.ts';
import { principal } from '../expectation/fixtures.ts';

const baseline = { region: 'us-east-1', context: {} };

/** `Statement` members with `rekognition:` before each action. */
const document = (...statements: readonly object[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((one) => ({ Effect: 'Allow', ...one })),
  });
const inline = (name: string, ...statements: readonly object[]) =>
  ({ name, type: 'inline', text: document(...statements) }) as const;

const role = (more: Partial<Principal>): Principal => principal({ name: 'app', ...more });
const user = (more: Partial<Principal>): Principal => principal({ kind: 'user', name: 'ada', ...more });

const known = (principal: Principal, organizationDenies?: readonly string[]): Access => {
  const access = accessOf(principal, organizationDenies);
  if (access === undefined) throw new Error('it cannot be kept');
  // As it comes back from the table.
  return JSON.parse(JSON.stringify(access));
};
const names = (findings: readonly Finding[]) =>
  findings.flatMap(({ kind, actions }) => actions.map(({ action }) => `${kind} ${action.slice(12)}`)).sort();
function change(before: Principal, after: Principal, denied: { before?: string[]; now?: string[] } = {}) {
  const { gained, lost } = compareAccess(known(before, denied.before), known(after, denied.now), {
    principal: after,
    baseline,
  });
  return { gained: names(gained), lost: names(lost), all: [...gained, ...lost] };
}

const search = { Action: 'rekognition:SearchFaces', Resource: '*' };
const collection = (name: string) => `arn:aws:rekognition:us-east-1:123456789012:collection/${name}`;

describe('what was gained and lost', () => {
  it('is everything that somebody new can do', () => {
    const principal = role({ policies: [inline('p', search)] });
    const { gained, lost } = compareAccess(noAccess, known(principal), { principal, baseline });
    expect(names(gained)).toEqual(['access-gained SearchFaces']);
    expect(gained[0]).toMatchObject({
      severity: 'high',
      summary: expect.stringContaining('not possible before'),
    });
    expect(lost).toEqual([]);
  });

  it('is nothing where the same is written otherwise', () => {
    const one = role({ policies: [inline('p', search), inline('q', { Action: 's3:*', Resource: '*' })] });
    const two = role({
      policies: [inline('other', { Action: 'rekognition:Search?aces', Resource: ['*', collection('x')] })],
    });
    expect(change(one, two)).toMatchObject({ gained: [], lost: [] });
  });

  it('is a loss, and no gain, where access is narrowed to one collection', () => {
    const narrow = role({ policies: [inline('p', { ...search, Resource: collection('shop') })] });
    const wide = role({ policies: [inline('p', search)] });
    expect(change(wide, narrow)).toMatchObject({ gained: [], lost: ['access-lost SearchFaces'] });
    expect(change(wide, narrow).all[0]).toMatchObject({
      severity: 'low',
      summary: expect.stringMatching(/was possible/),
    });
    expect(change(narrow, wide)).toMatchObject({ gained: ['access-gained SearchFaces'], lost: [] });
  });

  it('is a loss where a condition is added, and a gain where it goes', () => {
    const mfa = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
    const guarded = user({ policies: [inline('p', { ...search, Condition: mfa })] });
    const open = user({ policies: [inline('p', search)] });
    expect(change(open, guarded)).toMatchObject({ gained: [], lost: ['access-lost SearchFaces'] });
    expect(change(guarded, open)).toMatchObject({ gained: ['access-gained SearchFaces'], lost: [] });
    const Condition = { IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } };
    const fenced = role({ policies: [inline('p', { ...search, Condition })] });
    const anywhere = role({ policies: [inline('p', search)] });
    expect(change(anywhere, fenced)).toMatchObject({ gained: [], lost: ['access-lost SearchFaces'] });
    expect(change(fenced, anywhere)).toMatchObject({ gained: ['access-gained SearchFaces'], lost: [] });
  });

  it('is both where a change that takes also hides something that it gives', () => {
    const before = role({ policies: [inline('p', { Action: 'rekognition:Search*', Resource: '*' })] });
    const after = role({
      policies: [inline('p', search, { Action: 'rekognition:DeleteFaces', Resource: '*' })],
    });
    expect(change(before, after)).toMatchObject({
      gained: ['access-gained DeleteFaces'],
      lost: ['access-lost SearchFacesByImage', 'access-lost SearchUsers', 'access-lost SearchUsersByImage'],
    });
  });

  it('is both of one action that gains in one place and loses in another', () => {
    const mfa = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
    const shop = { ...search, Resource: collection('shop') };
    const before = user({ policies: [inline('p', shop)] });
    const after = user({ policies: [inline('p', { ...search, Condition: mfa })] });
    const both = { gained: ['access-gained SearchFaces'], lost: ['access-lost SearchFaces'] };
    expect(change(before, after)).toMatchObject(both);
    expect(change(after, before)).toMatchObject(both);
    expect(change(before, after).all.map(({ summary }) => summary)).toEqual([
      expect.stringMatching(/SearchFaces .*MFA/),
      expect.stringMatching(/SearchFaces was possible on collection\/shop/),
    ]);
  });

  it('sees a boundary come and go', () => {
    const free = role({ policies: [inline('p', search)] });
    const boundary = {
      name: 'b',
      type: 'customer-managed',
      text: document({ Action: 's3:*', Resource: '*' }),
    } as const;
    const bound = role({ policies: [inline('p', search)], boundary });
    expect(change(free, bound)).toMatchObject({ gained: [], lost: ['access-lost SearchFaces'] });
    expect(change(bound, free)).toMatchObject({ gained: ['access-gained SearchFaces'], lost: [] });
  });

  it('sees what only the simulation knows: an organization policy that goes is growth', () => {
    const one = role({ policies: [inline('p', search)] });
    const denied = ['rekognition:SearchFaces'];
    expect(change(one, one, { before: denied })).toMatchObject({
      gained: ['access-gained SearchFaces'],
      lost: [],
    });
    expect(change(one, one, { now: denied })).toMatchObject({
      gained: [],
      lost: ['access-lost SearchFaces'],
    });
    expect(change(one, one, { before: denied, now: denied })).toMatchObject({ gained: [], lost: [] });
  });

  it('may be a loss, and says so, where the search cannot settle it', () => {
    const before = role({
      policies: [
        inline(
          'p',
          { Action: 'rekognition:CreateCollection', Resource: collection('${aws:RequestTag/team}') },
          {
            Effect: 'Deny',
            Action: '*',
            Resource: '*',
            Condition: { StringLike: { 'aws:RequestTag/team': '*' } },
          },
        ),
      ],
    });
    const principal = role({});
    const { gained, lost } = compareAccess(known(before), known(principal), { principal, baseline });
    expect(gained).toEqual([]);
    expect(lost).toMatchObject([
      {
        kind: 'inconclusive',
        severity: 'low',
        actions: [{ action: 'rekognition:CreateCollection' }],
        summary: expect.stringMatching(/^role\/app may have lost CreateCollection /),
      },
    ]);
    // Nothing of the kind where nothing changed about it.
    const more = role({ policies: [...before.policies, inline('q', search)] });
    const unchanged = compareAccess(known(before), known(more), { principal: more, baseline });
    expect(unchanged.lost).toEqual([]);
  });

  it('sees a tag open and close what a condition asks for', () => {
    const Condition = { StringEquals: { 'aws:PrincipalTag/team': 'vision' } };
    const policies = [inline('p', { ...search, Condition })];
    const tagged = user({ policies, tags: { team: 'vision' } });
    const other = user({ policies, tags: { team: 'shop' } });
    expect(change(other, tagged)).toMatchObject({ gained: ['access-gained SearchFaces'], lost: [] });
    expect(change(tagged, other)).toMatchObject({ gained: [], lost: ['access-lost SearchFaces'] });
    expect(change(tagged, user({ policies }))).toMatchObject({
      gained: [],
      lost: ['access-lost SearchFaces'],
    });
  });

  it('sees a tag that is a policy variable move the access from one collection to another', () => {
    const resource = '${aws:PrincipalTag/team}-*';
    const policies = [inline('p', { ...search, Resource: collection(resource) })];
    const before = user({ policies, tags: { team: 'shop' } });
    const after = user({ policies, tags: { team: 'door' } });
    expect(change(before, after)).toMatchObject({
      gained: ['access-gained SearchFaces'],
      lost: ['access-lost SearchFaces'],
    });
    expect(change(before, user({ policies }))).toMatchObject({
      gained: [],
      lost: ['access-lost SearchFaces'],
    });
  });
});

describe('what is kept of an access', () => {
  it('is what is about Rekognition, with the facts that it reads', () => {
    const Condition = { StringEquals: { 'aws:PrincipalTag/team': 'vision' } };
    const principal = user({
      policies: [
        inline('p', { Action: 's3:*', Resource: '*' }, { ...search, Condition }),
        inline('q', { Action: 's3:*', Resource: '*' }),
      ],
      tags: { team: 'vision', other: 'x' },
    });
    const { policies, facts } = known(principal);
    expect(policies.map(({ name }) => name)).toEqual(['p']);
    expect(policies[0]?.text).not.toContain('s3:');
    expect(facts).toEqual({ 'aws:PrincipalTag/team': 'vision' });
  });

  it('is the same whatever the order of the policies', () => {
    const [a, b] = [inline('a', search), inline('b', { Action: 'rekognition:DetectText', Resource: '*' })];
    expect(sameAccess(known(role({ policies: [a, b] })), known(role({ policies: [b, a] })))).toBe(true);
    expect(sameAccess(known(role({ policies: [a] })), known(role({ policies: [b] })))).toBe(false);
  });

  it('is nothing where a policy is malformed or could not be read', () => {
    expect(accessOf(role({ policies: [{ name: 'p', type: 'inline', text: '{' }] }))).toBeUndefined();
    expect(accessOf(role({ unreadable: ['p'] }))).toBeUndefined();
  });
});
