import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { baselineOf } from '#lib/expectation/baseline.ts';
import { claimAlerts, markAnnounced } from '#lib/outbox/announcement.ts';
import { remember } from '#lib/outbox/remember.ts';
import { updateRecord } from '#lib/outbox/store.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import { accessOf, noAccess } from '#lib/past/access.ts';
import { compareAccess } from '#lib/past/access-change.ts';
import { startHistoryTable } from '#test/support/dynamodb.ts';
import { numberOfCases } from '#test/support/run-size.ts';
import { reading } from './fixtures.ts';

/** More of them: FUZZ_CASES=500 FUZZ_SEED=7 npx vitest run test/lib/outbox/access-model.test.ts */
const numRuns = numberOfCases(40);
const seed = Number(process.env.FUZZ_SEED ?? 20_261_128);

let table: RecordTable;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ table, stop } = await startHistoryTable());
});
afterAll(() => stop());

const actions = ['DeleteFaces', 'SearchFaces', 'IndexFaces'] as const;
/** `other` stands for every collection that no statement names. */
const collections = ['a', 'b', 'other'] as const;

interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly action: (typeof actions)[number] | '*';
  readonly collection: 'a' | 'b' | '*';
  readonly mfa: boolean;
}
/** What a role has: a policy, and perhaps a boundary. */
interface Policies {
  readonly own: readonly Statement[];
  readonly boundary?: readonly Statement[] | undefined;
}

/** The truth, by asking every request there is. */
function allowedBy(statements: readonly Statement[], request: Asked): boolean {
  const matching = statements.filter(
    ({ action, collection, mfa }) =>
      (action === '*' || action === request.action) &&
      (collection === '*' || collection === request.collection) &&
      (!mfa || request.mfa),
  );
  return (
    matching.some(({ effect }) => effect === 'Allow') && matching.every(({ effect }) => effect === 'Allow')
  );
}
interface Asked {
  readonly action: (typeof actions)[number];
  readonly collection: (typeof collections)[number];
  readonly mfa: boolean;
}
const everything: readonly Asked[] = actions.flatMap((action) =>
  collections.flatMap((collection) => [true, false].map((mfa) => ({ action, collection, mfa }))),
);
const truthOf = ({ own, boundary }: Policies): readonly Asked[] =>
  everything.filter(
    (request) => allowedBy(own, request) && (boundary === undefined || allowedBy(boundary, request)),
  );
const beyond = (more: readonly Asked[], less: readonly Asked[]): string[] => [
  ...new Set(more.filter((one) => !less.includes(one)).map(({ action }) => `rekognition:${action}`)),
];

const documentOf = (statements: readonly Statement[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map(({ effect, action, collection, mfa }) => ({
      Effect: effect,
      Action: `rekognition:${action}`,
      Resource:
        collection === '*' ? '*' : `arn:aws:rekognition:us-east-1:123456789012:collection/${collection}`,
      ...(mfa ? { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } } : {}),
    })),
  });
const principalOf = (subject: string, { own, boundary }: Policies): Principal => ({
  kind: 'role',
  arn: `arn:aws:iam::123456789012:${subject}`,
  name: subject.slice('role/'.length),
  path: '/',
  id: 'AROAEXAMPLEEXAMPLE01',
  tags: {},
  groups: [],
  policies: own.length === 0 ? [] : [{ name: 'own', type: 'inline', text: documentOf(own) }],
  ...(boundary === undefined
    ? {}
    : {
        boundary: {
          name: 'limit',
          type: 'customer-managed',
          arn: 'arn:aws:iam::123456789012:policy/limit',
          text: documentOf(boundary),
        },
      }),
  unreadable: [],
  serviceLinked: false,
});

const statement: fc.Arbitrary<Statement> = fc.record({
  effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
  action: fc.constantFrom(...actions, '*'),
  collection: fc.constantFrom('a', 'b', '*'),
  mfa: fc.constantFrom(false, false, true),
});
const policies: fc.Arbitrary<Policies> = fc.record({
  own: fc.array(statement, { maxLength: 4 }),
  boundary: fc.option(fc.array(statement, { minLength: 1, maxLength: 3 }), { nil: undefined, freq: 3 }),
});
/** A change that is looked at, and announced unless the function died before that. */
const step = fc.record({ to: policies, announced: fc.boolean() });

let roles = 0;
let minute = 0;

it(
  'tells every gain once, and calls nothing growth that did not grow',
  async () => {
    let gains = 0;
    let losses = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
        const subject = `role/r${roles++}`;
        let told: readonly Asked[] = [];
        for (const [index, { to, announced }] of steps.entries()) {
          const now = new Date(Date.UTC(2026, 10, 28, 0, minute++));
          const principal = principalOf(subject, to);
          const access = accessOf(principal, []);
          const baseline = baselineOf({}, 'us-east-1', now);
          await updateRecord(table, subject, (before) =>
            remember(before, {
              ...reading(now.toISOString(), []),
              subject,
              arn: principal.arn,
              access,
              changeSince: (past) => compareAccess(past, access ?? noAccess, { principal, baseline }),
              covering: { label: 'built-in', builtIn: true },
              isNew: index === 0,
            }),
          );
          if (!announced) continue;
          const announcer = { table, id: `${subject}-${index}`, now: () => now, reminderDays: 0 };
          const claimed = await claimAlerts(announcer, subject);
          const said = (kind: string) =>
            (claimed?.alerts ?? [])
              .filter(({ finding }) => finding.kind === kind)
              .flatMap(({ finding }) => finding.actions.map(({ action }) => action))
              // `*` has others of the service, too.
              .filter((action) => actions.some((one) => action === `rekognition:${one}`))
              .sort();
          const truth = truthOf(to);
          const gained = beyond(truth, told).sort();
          const lost = beyond(told, truth).sort();
          expect([...new Set(said('access-gained'))], `gained by ${JSON.stringify(to)}`).toEqual(gained);
          expect([...new Set(said('access-lost'))], `lost by ${JSON.stringify(to)}`).toEqual(lost);
          expect(claimed?.alerts.filter(({ finding }) => finding.kind === 'inconclusive') ?? []).toEqual([]);
          gains += gained.length;
          losses += lost.length;
          if (claimed !== undefined) await markAnnounced(announcer, claimed);
          told = truth;
          // And then there is silence.
          expect(await claimAlerts({ ...announcer, id: `${announcer.id}-again` }, subject)).toBeUndefined();
        }
      }),
      { seed, numRuns, ...(process.env.FUZZ_SHRINK ? {} : { endOnFailure: true }) },
    );
    expect(gains).toBeGreaterThan(numRuns / 2);
    expect(losses).toBeGreaterThan(numRuns / 4);
  },
  60_000 + numRuns * 1000,
);
