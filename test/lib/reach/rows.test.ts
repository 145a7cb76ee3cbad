import type { PolicySource } from '@permission-check/iam-policy';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Group, Principal } from '#lib/account/types.ts';
import { Admissions } from '#lib/reach/admission.ts';
import { Attachments } from '#lib/reach/attachments.ts';
import { Callers } from '#lib/reach/callers.ts';
import { gettings } from '#lib/reach/escalations.ts';
import { Groups } from '#lib/reach/groups.ts';
import { Leave } from '#lib/reach/leave.ts';
import { Reach } from '#lib/reach/reach.ts';
import { decidingActions, Rows } from '#lib/reach/rows.ts';
import { Takers } from '#lib/reach/takers.ts';
import { Targets } from '#lib/reach/targets.ts';
import { accountId, policyOf, role, user } from './account.ts';

const lambda = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
const faces = { Effect: 'Allow', Action: 'rekognition:*', Resource: '*' };
const managed: PolicySource = {
  ...policyOf('faces', faces),
  type: 'customer-managed',
  arn: `arn:aws:iam::${accountId}:policy/faces`,
};
const group: Group = {
  name: 'faces',
  arn: `arn:aws:iam::${accountId}:group/faces`,
  policies: [{ ...managed, group: 'faces' }],
};
const bounded = {
  boundary: { ...managed, name: 'boundary', arn: `arn:aws:iam::${accountId}:policy/boundary` },
};

/** Everybody in it, and the rows for them. */
function rowsOf(...some: Principal[]) {
  const all = [
    ...some,
    role('target', lambda, [], { policies: [managed], tags: { team: 'shop' } }),
    role('bounded', lambda, [], { policies: [managed], ...bounded }),
    user('target', [], { policies: [managed], groups: ['faces'] }),
    user('other'),
  ];
  const callers = new Callers();
  for (const one of all) callers.see(one);
  const admissions = new Admissions();
  const reach = new Reach(admissions, callers);
  const targets = new Targets(all, reach);
  const leading = {
    asTheyAre: targets,
    unbounded: targets,
    anybody: targets,
    switched: targets,
    boundaries: () => [bounded.boundary],
    attachments: new Attachments([managed], (policies) => policies),
    groups: new Groups([group]),
  };
  const takers = new Takers(admissions, callers, {});
  const leaveOf = (principal: Principal) => {
    const taker = takers.of(principal);
    if (taker === undefined) throw new Error(`${principal.name} takes no step`);
    return taker.leave;
  };
  return { rows: new Rows(leading, () => ({})), leaveOf };
}

const limits = {
  'without a condition': {},
  'limited to a policy': { ArnEquals: { 'iam:PolicyARN': managed.arn } },
  'limited to tags': { StringEquals: { 'iam:ResourceTag/team': 'shop' } },
  'limited to a boundary': { ArnEquals: { 'iam:PermissionsBoundary': bounded.boundary.arn } },
};

describe('a row', () => {
  afterEach(() => vi.restoreAllMocks());

  it.each(Object.entries(limits))('is decided by no other actions than it says (%s)', (_, Condition) => {
    const anything = [
      { Effect: 'Allow', Action: '*', Resource: '*', Condition },
      // Then what gives more is asked about as well.
      { Effect: 'Allow', NotAction: ['iam:Put*', 'iam:Attach*', 'iam:Tag*'], Resource: '*' },
    ];
    const { rows, leaveOf } = rowsOf(user('eve', anything));
    const leave = leaveOf(user('eve', anything));
    const asked = new Set<string>();
    for (const method of ['by', 'mayAttach', 'asksPolicy', 'asksBoundary', 'allowsOf'] as const) {
      const real = Leave.prototype[method];
      vi.spyOn(Leave.prototype, method).mockImplementation(function (this: Leave, ...args: unknown[]) {
        asked.add(String(args[0]));
        return Reflect.apply(real, this, args);
      });
    }
    let led = 0;
    for (const getting of gettings) {
      asked.clear();
      const row = rows.of(getting, leave, user('eve', anything));
      for (let at = 0; row.at(at) !== undefined; at += 1) led += 1;
      const others = [...asked].filter((action) => !decidingActions(getting).includes(action));
      expect(others, `${getting.id} ${getting.leads}`).toEqual([]);
    }
    expect(led).toBeGreaterThan(20);
  });

  it('is one for those who may take it by the same statements, whatever else they may', () => {
    const iam = policyOf('iam', { Effect: 'Allow', Action: 'iam:PutRolePolicy', Resource: '*' });
    const more = policyOf('more', { Effect: 'Allow', Action: 'iam:CreateAccessKey', Resource: '*' });
    const other = policyOf('other', {
      Effect: 'Allow',
      Action: 'iam:PutRolePolicy',
      Resource: `arn:aws:iam::${accountId}:role/target`,
    });
    const [plain, alike, elsewhere] = [[iam], [iam, more], [other]].map((policies, index) =>
      user(`u${index}`, [], { policies }),
    );
    if (plain === undefined || alike === undefined || elsewhere === undefined) throw new Error('three users');
    const { rows, leaveOf } = rowsOf(plain, alike, elsewhere);
    const row = gettings.find(
      ({ needs, assumes }) =>
        assumes === true && needs.some(({ actions }) => actions.includes('iam:PutRolePolicy')),
    );
    if (row === undefined) throw new Error('no such row');
    const first = rows.of(row, leaveOf(plain), plain);
    expect(leaveOf(alike)).not.toBe(leaveOf(plain));
    expect(rows.of(row, leaveOf(alike), alike)).toBe(first);
    expect(rows.of(row, leaveOf(elsewhere), elsewhere)).not.toBe(first);
  });
});
