import { IAMClient } from '@aws-sdk/client-iam';
import type { Fault } from '@permission-check/embedded-aws';
import { startLocalAws } from '@permission-check/embedded-aws';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rekognitionCatalog } from '#cli/demo/service-catalog.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { checkAccount } from '#lib/check/account.ts';
import type { Finding } from '#lib/compare/types.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { createPace } from '#lib/iam/pace.ts';
import { shareAnswers } from '#lib/observe/share-answers.ts';
import { simulateWith } from '#lib/observe/simulate.ts';
import { anythingChecked, exitCode } from '#lib/report/exit.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { account, policyArn } from '#test/support/embedded-aws.ts';
import { policySet } from '../../packages/iam-policy/fuzz/partial-policies.ts';

/** More of them: FUZZ_CASES=300 FUZZ_SEED=7 npx vitest run test/e2e/faults.property.test.ts */
const numRuns = Number(process.env.FUZZ_CASES ?? 6);
const seed = Number(process.env.FUZZ_SEED ?? 20_261_124);

const operation = fc.constantFrom(
  'iam:SimulatePrincipalPolicy',
  'iam:GetAccountAuthorizationDetails',
  'iam:*',
);
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    operation,
    kind: fc.constantFrom('throttle' as const, 'error' as const, 'disconnect' as const),
    every: fc.constantFrom(2, 3, 5),
  }),
  fc.record({
    operation,
    kind: fc.constantFrom('throttle' as const, 'error' as const, 'disconnect' as const),
    next: fc.constantFrom(1, 3, 10),
  }),
  fc.record({
    operation: fc.constant('iam:SimulatePrincipalPolicy'),
    kind: fc.constantFrom('throttle' as const, 'error' as const, 'disconnect' as const),
  }),
);

const trouble = fc.record({
  faults: fc.array(fault, { maxLength: 2 }),
  pageSize: fc.constantFrom(1, 2, 7, 50, 1000),
  emptyPages: fc.boolean(),
});

/** Actions that findings of such kinds name for a subject. */
const named = ({ findings }: CheckReport, subject: string, ...kinds: Finding['kind'][]) =>
  new Set(
    findings
      .filter((finding) => finding.subject === subject && kinds.includes(finding.kind))
      .flatMap(({ actions }) => actions.map(({ action }) => action)),
  );

type Policies = typeof policySet extends fc.Arbitrary<infer Set> ? Set : never;

/** An account with a role `p0`, `p1`, … for each set of policies. */
function accountOf(sets: readonly Policies[]) {
  const boundaries = sets.flatMap(({ boundary }, index) =>
    boundary ? [[`limit-${index}`, JSON.parse(boundary.text)] as const] : [],
  );
  const roles = sets.map(({ identity, boundary }, index) => {
    const inline = identity.map((one, place) => [`own-${place}`, JSON.parse(one.text)]);
    const details = {
      inline: Object.fromEntries(inline),
      ...(boundary && { boundary: policyArn(`limit-${index}`) }),
      tags: { team: 'shop' },
    };
    return [`p${index}`, details] as const;
  });
  return account({ roles: Object.fromEntries(roles), policies: Object.fromEntries(boundaries) });
}

/** Nothing that is true is left out of the report, unless it says that it does not know. */
function holdAgainstTruth(
  truth: CheckReport,
  report: CheckReport,
  tally: { inconclusive: number; findings: number },
): void {
  const subjects = (one: CheckReport) => one.principals.map(({ subject }) => subject);
  expect(subjects(report)).toEqual(subjects(truth));
  for (const { subject, status } of truth.principals) {
    const told = report.principals.find((one) => one.subject === subject);
    const unsure = named(report, subject, 'inconclusive');
    if (unsure.size > 0) tally.inconclusive++;
    for (const kind of ['excess', 'unguarded', 'missing'] as const) {
      const found = named(report, subject, kind);
      for (const action of named(truth, subject, kind)) {
        tally.findings++;
        expect(found.has(action) || unsure.has(action), `${kind} ${action} of ${subject}`).toBe(true);
      }
    }
    if (status !== 'as-expected' || unsure.size > 0) expect(told?.status).not.toBe('as-expected');
  }
  if (report.findings.length > 0 || exitCode(truth) !== 0) expect(exitCode(report)).not.toBe(0);
  expect(anythingChecked(report) || exitCode(report) !== 0).toBe(true);
}

it('never makes a verdict better because an answer is missing', {
  timeout: 120_000 + numRuns * 5000,
}, async () => {
  const tally = { runs: 0, failed: 0, inconclusive: 0, findings: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(policySet, { minLength: 1, maxLength: 3 }),
      policySet,
      trouble,
      async (principals, expected, { faults, pageSize, emptyPages }) => {
        const text = JSON.stringify({
          context: { 'aws:SourceIp': '192.0.2.1', 'aws:CurrentTime': '2026-06-01T00:00:00Z' },
          sets: { own: expected.identity.flatMap((one): unknown[] => JSON.parse(one.text).Statement) },
          principals: [{ match: '*', expect: ['own'] }],
        });
        const { expectations, diagnostics } = parseExpectations(text, 'e.yaml');
        fc.pre(diagnostics.every(({ severity }) => severity !== 'error'));
        const aws = await startLocalAws({ catalog: rekognitionCatalog, account: accountOf(principals) });
        const client = new IAMClient({
          endpoint: aws.endpoint,
          region: 'us-east-1',
          maxAttempts: 2,
          credentials: {
            accessKeyId: aws.env.AWS_ACCESS_KEY_ID ?? '',
            secretAccessKey: aws.env.AWS_SECRET_ACCESS_KEY ?? '',
          },
        });
        try {
          const check = async () => {
            const pace = createPace({ callsPerSecond: Number.POSITIVE_INFINITY, concurrency: 3 });
            const read = await accountFromIam(client, { pace });
            return checkAccount(read, { expectations, simulate: shareAnswers(simulateWith(client, pace)) });
          };
          const truth = await check();
          expect(truth.principals).toHaveLength(principals.length);
          expect(truth.findings.filter(({ kind }) => kind === 'contradiction')).toEqual([]);
          Object.assign(aws.world.faults, { pageSize, emptyPages });
          for (const one of faults) aws.world.faults.add(one);
          tally.runs++;
          const report = await check().catch(() => undefined);
          if (report === undefined) {
            // The account itself could not be read: a failure, and no report at all.
            tally.failed++;
            return;
          }
          holdAgainstTruth(truth, report, tally);
        } finally {
          client.destroy();
          await aws.stop();
        }
      },
    ),
    { seed, numRuns, endOnFailure: process.env.FUZZ_SHRINK === undefined },
  );
  if (process.env.FUZZ_CASES) console.log(tally);
  expect(tally.findings).toBeGreaterThan(numRuns);
});
