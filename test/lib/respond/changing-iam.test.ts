import { IAMClient } from '@aws-sdk/client-iam';
import { type ServerlessAws, startServerlessAws } from '@permission-check/embedded-aws';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rekognitionCatalog } from '#cli/demo/service-catalog.ts';
import { affectedPrincipals } from '#lib/account/affected-principals.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { versionText } from '#lib/account/version-text.ts';
import type { Finding } from '#lib/compare/types.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';
import { claimAlerts, markAnnounced } from '#lib/outbox/announcement.ts';
import { writeBaseline } from '#lib/outbox/baseline.ts';
import { recentEdits, rememberEdit } from '#lib/outbox/recent-edits.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import { checkChunk } from '#lib/respond/check-chunk.ts';
import { checkSubjects } from '#lib/respond/check-subjects.ts';
import type { CheckMessage } from '#lib/respond/messages.ts';
import { respondToChanges } from '#lib/respond/on-change.ts';
import { type Act, act, actions, beyond, ChangingIam } from '#test/support/changing-iam.ts';
import { startHistoryTable } from '#test/support/dynamodb.ts';
import { account, allow, document, roleArn } from '#test/support/embedded-aws.ts';
import { numberOfCases } from '#test/support/run-size.ts';

/** More of them: FUZZ_CASES=200 FUZZ_SEED=7 npx vitest run test/lib/respond/changing-iam.test.ts */
const numRuns = numberOfCases(10);
const seed = Number(process.env.FUZZ_SEED ?? 20_261_129);
const accountId = '123456789012';

let history: Awaited<ReturnType<typeof startHistoryTable>>;
let aws: ServerlessAws;
let iam: IAMClient;
let events: string[];
beforeAll(async () => {
  history = await startHistoryTable();
  const parts = {
    roles: { admin: { inline: { all: document(allow('*')) } } },
  };
  aws = await startServerlessAws({ account: account(parts), catalog: rekognitionCatalog });
  aws.platform.cloudTrail.switches.delayMs = 0;
  events = [];
  aws.platform.bus.put = ({ source, detailType, detail }) => {
    const envelope = { source, 'detail-type': detailType, account: accountId, region: 'us-east-1', detail };
    events.push(JSON.stringify(envelope));
    return `event-${events.length}`;
  };
  const credentials = aws.credentialsFor(roleArn('admin'));
  iam = new IAMClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials });
}, 180_000);
afterAll(async () => {
  iam.destroy();
  await aws.stop();
  await history.stop();
});

const now = () => new Date();
const pace = <T>(call: () => Promise<T>) => call();
const expectations = builtInExpectations({ now: now() });

interface Told {
  readonly subject: string;
  readonly finding: Finding;
  readonly causes: readonly string[];
  /** Which announcement it was told in, from 0. */
  readonly announcement: number;
}

/** That each gain and each loss of an action was told in one announcement, and nothing under one identity twice. */
function judgeOnce(told: readonly Told[], happened: string): void {
  const ids = told.map(({ subject, finding: { kind, id, actions: about } }) =>
    [subject, kind, id, ...about.map(({ action }) => action)].join(' '),
  );
  expect(ids, `told twice of ${happened}`).toEqual([...new Set(ids)]);
  const announcements = new Map<string, Set<number>>();
  for (const { subject, finding, announcement } of told)
    for (const { action } of finding.actions) {
      const what = `${subject} ${finding.kind} ${action}`;
      announcements.set(what, (announcements.get(what) ?? new Set()).add(announcement));
    }
  const twice = [...announcements].filter(([, all]) => all.size > 1).map(([what]) => what);
  expect(twice, `told twice of ${happened}`).toEqual([]);
}

/** That exactly what was gained and lost was told of somebody; answers how much was gained. */
function judge(
  told: readonly Told[],
  subject: string,
  could: ReadonlySet<string>,
  can: ReadonlySet<string>,
  happened: string,
): number {
  const said = (kind: string) =>
    told
      .filter((one) => one.subject === subject && one.finding.kind === kind)
      .flatMap(({ finding }) => finding.actions.map(({ action }) => action))
      .filter((action) => actions.some((one) => action === `rekognition:${one}`))
      .sort();
  const gained = beyond(can, could);
  const all = told
    .map(({ finding, causes }) => `${finding.kind}: ${finding.summary} (${causes.join(', ')})`)
    .join('\n');
  expect([...new Set(said('access-gained'))], `${subject} gained by ${happened}; told:\n${all}`).toEqual(
    gained,
  );
  expect([...new Set(said('access-lost'))], `${subject} lost by ${happened}; told:\n${all}`).toEqual(
    beyond(could, can),
  );
  return gained.length;
}

/** That whoever wrote a policy of somebody, or of a group that he is in, is named where he gained something. */
function judgeCauses(
  told: readonly Told[],
  subject: string,
  concerning: readonly string[],
  acts: readonly Act[],
): void {
  const written = acts.flatMap((one) => (one.do === 'put' ? [one.who] : []));
  for (const who of concerning.filter((one) => written.some((other) => other === one)))
    for (const { causes } of told.filter(
      (one) => one.subject === subject && one.finding.kind === 'access-gained',
    ))
      expect(causes.join()).toMatch(new RegExp(`wrote inline policy "own" of \\S+-${who}-`));
}

/** What the stack does about the events that have come, first and second looks; what was told of whom, and for which changes. */
async function answer(table: RecordTable, again: readonly string[] = []): Promise<readonly Told[]> {
  const told: Told[] = [];
  let announcements = 0;
  while (aws.platform.timers.pending) aws.platform.timers.skip();
  const queue: CheckMessage[] = [];
  const seconds: CheckMessage[] = [];
  await respondToChanges(
    [...again, ...events.splice(0)].map((body, index) => ({ messageId: `m${index}`, body })),
    {
      accountId,
      affected: affectedPrincipals(iam, { pace }),
      versionText: versionText(iam, { pace }),
      rememberEdit: (edit) => rememberEdit(table, edit, now()),
      recentEdits: (target) => recentEdits(table, target, now()),
      hasTime: () => true,
      send: async (messages) => void queue.push(...messages),
      checkAccount: async (reasons) => expect(reasons).toEqual([]),
      note: (what, { reason }) => expect([what, reason]).toEqual(['ignored', expect.anything()]),
    },
  );
  for (const waiting of [queue, seconds])
    for (const message of waiting.splice(0)) {
      await checkChunk(message, {
        table,
        log: { table, days: 400 },
        now,
        hasTime: () => true,
        prepare: async () => {
          const readAt = now().toISOString();
          const checks = await checkSubjects(await accountFromIam(iam, { pace }), {
            expectations,
            today: readAt.slice(0, 10),
          });
          return { ...checks, readAt };
        },
        sendRest: async () => expect.fail('there is time'),
        sendAgain: async () => expect.fail('nobody is asked'),
        sendSecond: async (second) => void seconds.push(second),
      });
      for (const { subject } of message.principals) {
        const announcer = {
          table,
          id: `a${told.length}-${subject}-${message.batch.id}`,
          now,
          reminderDays: 0,
        };
        const claimed = await claimAlerts(announcer, subject);
        if (claimed === undefined) continue;
        await markAnnounced(announcer, claimed);
        const causes = claimed.changes.map(({ what }) => what);
        const announcement = announcements++;
        told.push(...claimed.alerts.map(({ finding }) => ({ subject, finding, causes, announcement })));
      }
    }
  return told;
}

it(
  'tells every gain and loss of random changes of IAM once, whoever and whatever is renamed or made anew',
  async () => {
    const { table } = history;
    await writeBaseline(table, { madeAt: now().toISOString(), untold: false });
    const window = fc.record({
      acts: fc.array(act, { minLength: 1, maxLength: 3 }),
      /** Its events come twice: at once, or once more with those of the next window. */
      again: fc.constantFrom<'never' | 'never' | 'at once' | 'later'>('never', 'never', 'at once', 'later'),
    });
    let gains = 0;
    let worlds = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(window, { minLength: 2, maxLength: 5 }), async (windows) => {
        const world = new ChangingIam(iam, `w${worlds++}`);
        await world.begin();
        await answer(table);
        let late: readonly string[] = [];
        for (const { acts, again } of windows) {
          const before = await world.all(acts);
          const repeated = [...late, ...(again === 'at once' ? events : [])];
          late = again === 'later' ? [...events] : [];
          const told = await answer(table, repeated);
          judgeOnce(told, JSON.stringify(acts));
          for (const [subject, can] of world.truth()) {
            gains += judge(told, subject, before.get(subject) ?? new Set(), can, JSON.stringify(acts));
            judgeCauses(told, subject, world.concerning(subject), acts);
          }
        }
      }),
      { seed, numRuns, ...(process.env.FUZZ_SHRINK ? {} : { endOnFailure: true }) },
    );
    expect(gains).toBeGreaterThan(numRuns / 2);
  },
  120_000 + numRuns * 5_000,
);
